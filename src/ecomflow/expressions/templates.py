"""Templates: values that are handed over, the simple ones as joined closures (R:X4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from jinja2 import nodes

from ecomflow.errors import ExpressionError
from ecomflow.expressions.compiler import Compiler
from ecomflow.expressions.env import Env
from ecomflow.expressions.expression import plain, why_missing
from ecomflow.expressions.limits import MAX_TEXT, too_large
from ecomflow.expressions.outputs import Render, writer
from ecomflow.expressions.remembering import remembered
from ecomflow.expressions.statements import compile_statements
from ecomflow.expressions.syntax import parse_template
from ecomflow.expressions.unparse import unparse
from ecomflow.expressions.values import kind
from ecomflow.model import MISSING, OMIT

Paths = tuple[tuple[str, ...], ...]
_MARKS = ("{{", "{%", "{#")


class Template(Protocol):
    """What every template of this room is; see :class:`ecomflow.model.Template`."""

    @property
    def paths(self) -> Paths:
        """Every constant path that it reads."""

    @property
    def render(self) -> Render:
        """Return the value for a scope; raises ExpressionError where something is missing."""

    @property
    def is_text(self) -> bool:
        """Whether it is known to give text, whatever the scope."""


@dataclass(frozen=True, slots=True)
class CompiledTemplate:
    """A template made ready.

    Attributes:
        render: gives the value for a scope.
        paths: every constant path that it reads.
        fields: the keys that it gives, where it is a mapping; else None.
        is_text: whether it is known to give text, whatever the scope.
        is_plain: whether it is known to give a mapping of nothing but texts, whose keys mean nothing to the store.
    """

    render: Render
    paths: Paths = ()
    fields: tuple[str, ...] | None = None
    is_text: bool = False
    is_plain: bool = False


def constant(value: Any) -> CompiledTemplate:
    """Return the template that always gives a value as it is."""
    return CompiledTemplate(lambda _: value, (), tuple(value) if isinstance(value, dict) else None, isinstance(value, str))


def mapping(parts: Mapping[str, Template]) -> CompiledTemplate:
    """Return the template of a mapping; what gives ``omit`` is left out."""
    renders = tuple((key, part.render) for key, part in parts.items())

    def render(scope: Mapping[str, Any]) -> dict[str, Any]:
        found = {}
        for key, inner in renders:
            value = inner(scope)
            if value is not OMIT:
                found[key] = value
        return found

    is_plain = all(part.is_text and not key.startswith("$") for key, part in parts.items())
    return CompiledTemplate(render, _paths(parts.values()), tuple(parts), is_plain=is_plain)


def sequence(parts: Iterable[Template]) -> CompiledTemplate:
    """Return the template of a list; what gives ``omit`` is left out."""
    found = tuple(parts)
    renders = tuple(part.render for part in found)
    return CompiledTemplate(lambda scope: [value for inner in renders if (value := inner(scope)) is not OMIT], _paths(found))


def _paths(parts: Iterable[Template]) -> Paths:
    return tuple(dict.fromkeys(path for part in parts for path in part.paths))


@remembered
def compile_template(text: str, env: Env) -> CompiledTemplate:
    """Compile a text that may hold ``{{ … }}``.

    Args:
        text: the template. A single ``{{ … }}`` keeps the type of its value; everything else gives text.
        env: what it is compiled against.

    Raises:
        ExpressionError: it cannot be read, or names what does not exist.
    """
    if not any(mark in text for mark in _MARKS):
        return constant(text)
    tree = parse_template(text)
    parts = _outputs(tree)
    if parts is None:
        render, found = compile_statements(text, env)
        return CompiledTemplate(render, found)
    compiler = Compiler(env)
    outputs = [part for part in parts if not isinstance(part, nodes.TemplateData)]
    rest = "".join(part.data for part in parts if isinstance(part, nodes.TemplateData))
    joined = len(outputs) != 1 or bool(rest.strip())
    render = _joined(compiler, parts) if joined else _typed(compiler, outputs[0])
    return CompiledTemplate(render, tuple(compiler.paths), is_text=joined)


def _outputs(tree: nodes.Template) -> list[nodes.Expr] | None:
    """Return the parts of a template without statements, or None."""
    found = [node for node in tree.body if isinstance(node, nodes.Output)]
    return [part for node in found for part in node.nodes] if len(found) == len(tree.body) else None


def _typed(compiler: Compiler, node: nodes.Node) -> Render:
    read, env = compiler.value(node), compiler.env

    def render(scope: Mapping[str, Any]) -> Any:
        value = read(scope)
        if value is MISSING:
            raise why_missing(node, scope, env)
        if type(value) is str:
            return value
        if kind(value) in ("other", "calendar") and value is not OMIT:
            raise ExpressionError("EF210", f"`{unparse(node)}` is a {kind(value)}, no value that can be handed over", offset=node.lineno)
        return plain(value)

    return render


def _joined(compiler: Compiler, parts: list[nodes.Expr]) -> Render:
    pieces = [part.data if isinstance(part, nodes.TemplateData) else "" for part in parts]
    outputs = [
        (place, compiler.value(part), writer(part, compiler.env)) for place, part in enumerate(parts) if not isinstance(part, nodes.TemplateData)
    ]  # fmt: skip
    room = MAX_TEXT - sum(map(len, pieces))

    def render(scope: Mapping[str, Any]) -> str:
        texts, size = pieces.copy(), 0
        for place, read, write in outputs:
            value = read(scope)
            texts[place] = text = value if type(value) is str else write(value, scope)
            size += len(text)
        if size > room:
            raise too_large("the template's text")
        return "".join(texts)

    return render
