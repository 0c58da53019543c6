"""Template files: inheritance, escaped HTML, the text made from it, the subject in front."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from jinja2 import BaseLoader, Environment, TemplateNotFound, nodes

from ecomflow.errors import ExpressionError
from ecomflow.expressions.env import Env
from ecomflow.expressions.html_text import html_to_text
from ecomflow.expressions.outputs import Render
from ecomflow.expressions.parts import nearest
from ecomflow.expressions.remembering import remembered
from ecomflow.expressions.rewriting import named_constantly
from ecomflow.expressions.statements import Sandbox, renderer
from ecomflow.expressions.syntax import parse_template
from ecomflow.expressions.templates import CompiledTemplate, Template, compile_template

_FENCE: Final = "---"
_NAMING: Final = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)


class _Sources(BaseLoader):
    """Gives the templates that were handed over, and no file."""

    def __init__(self, bodies: Mapping[str, str]) -> None:
        self._bodies = bodies

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:  # noqa: ARG002
        if template not in self._bodies:
            raise TemplateNotFound(template)
        return self._bodies[template], None, None


@lru_cache(maxsize=512)
def template_names(source: str) -> frozenset[str]:
    """Return the names of the templates that a template extends, includes or imports.

    Args:
        source: the text of the template.

    Raises:
        ExpressionError: the template cannot be read, or a name is not constant.
    """
    tree = parse_template(_split(source)[1])
    return frozenset(name for node in tree.find_all(_NAMING) for name in named_constantly(node))


def file_template(name: str, sources: Mapping[str, str], env: Env, data: Template | None = None) -> CompiledTemplate:
    """Compile a template file to what gives ``{"html": …, "text": …, "subject": …}``.

    Args:
        name: the file's name; ``.txt`` gives text only, every other HTML and the text made from it.
        sources: the text of every file that takes part, by name.
        env: what it is compiled against.
        data: the mapping that adds to the scope.

    Raises:
        ExpressionError: a file is missing or cannot be compiled; the message names it.
    """
    fields = frozenset(getattr(data, "fields", None) or ())
    body = _file(name, env if data is None or fields else _unchecked(env), frozenset(sources.items()), fields)
    paths = dict.fromkeys([*(data.paths if data is not None else ()), *body.paths])
    return CompiledTemplate(_render(body, data, html=_is_html(name)), tuple(paths), ("html", "text", "subject"))


@dataclass(frozen=True, slots=True)
class _File:
    """A file made ready: its body, the line of its subject, and the constant paths that both read."""

    render: Render
    subject: CompiledTemplate | None
    paths: tuple[tuple[str, ...], ...]


@remembered
def _file(name: str, env: Env, texts: frozenset[tuple[str, str]], fields: frozenset[str]) -> _File:
    sources = dict(texts)
    order = _reached(name, sources, ())
    parts = {key: _split(sources[key]) for key in order}
    sandbox = Sandbox(env, _Sources({key: body for key, (_, body) in parts.items()}), _is_html, fields)
    for key in reversed(order):
        _placed(key, sources[key], lambda key=key: renderer(sandbox, key))  # type: ignore[misc]
    render = renderer(sandbox, name)
    subject = _placed(name, sources[name], lambda: _subject(parts[name][0], sandbox.compiler.env, sandbox.compiler.local))
    return _File(render, subject, tuple(dict.fromkeys([*sandbox.compiler.paths, *(subject.paths if subject else ())])))


def _render(file: _File, data: Template | None, *, html: bool) -> Render:
    def whole(scope: Mapping[str, Any]) -> dict[str, str | None]:
        own = scope if data is None else {**scope, **_mapping(data.render(scope))}
        body = file.render(own)
        title = None if file.subject is None else " ".join(str(file.subject.render(own)).split())
        return {"html": body if html else None, "text": html_to_text(body) if html else body, "subject": title}

    return whole


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ExpressionError("EF210", "`data` is a mapping of names to values")
    return value


def _is_html(name: str | None) -> bool:
    return not (name or "").endswith(".txt")


def _unchecked(env: Env) -> Env:
    """Return the environment for data whose names are not known: no schema can tell what is missing."""
    return Env(env.zone, env.locale, None, env.filters)


def _reached(name: str, sources: Mapping[str, str], above: tuple[str, ...]) -> list[str]:
    """Return the template and all that it names, each once; raise ExpressionError for one that is missing or names itself."""
    if name in above:
        raise ExpressionError("EF211", f"template `{name}` includes itself")
    if name not in sources:
        raise ExpressionError("EF211", f"no template is called `{name}`", help=nearest(name, sources))
    names = _placed(name, sources[name], lambda: sorted(template_names(sources[name])))
    found = [name, *(inner for other in names for inner in _reached(other, sources, (*above, name)))]
    return list(dict.fromkeys(found))


def _placed(name: str, source: str, compile: Callable[[], Any]) -> Any:
    """Return what is compiled; its errors name the file and the line."""
    try:
        return compile()
    except ExpressionError as error:
        if error.message.startswith(("template `", "no template")):
            raise
        skipped = len(source) - len(_split(source)[1])
        line = source.count("\n", 0, skipped + error.offset) + 1 if error.offset is not None else 1
        raise ExpressionError(error.code, f"template `{name}`, line {line}: {error.message}", help=error.help) from None


def _split(source: str) -> tuple[str | None, str]:
    """Return the subject of the front matter, if there is one, and the rest."""
    text = source.removeprefix("\ufeff")
    lines = text.split("\n")
    if lines[0].strip() != _FENCE:
        return None, text
    end = next((number for number, line in enumerate(lines[1:], 1) if line.strip() == _FENCE), None)
    if end is None:
        raise ExpressionError("EF211", "the front matter does not end", help="a line `---` ends it")
    return _front(lines[1:end]), "\n".join(lines[end + 1 :])


def _front(lines: list[str]) -> str | None:
    subject = None
    for line in filter(str.strip, lines):
        key, colon, value = line.partition(":")
        if key.strip() != "subject" or not colon or subject is not None:
            raise ExpressionError("EF211", f"front matter has one line `subject: …`, not `{line.strip()[:40]}`")
        subject = value.strip()
        quoted = len(subject) > 1 and subject[0] == subject[-1] and subject[0] in "\"'"
        subject = subject[1:-1] if quoted else subject
    return subject


def _subject(text: str | None, env: Env, local: frozenset[str]) -> CompiledTemplate | None:
    """Compile the line of the subject; names that data adds are known to the body's compiler alone."""
    if text is None:
        return None
    resolve = env.resolve
    if resolve is None:
        return compile_template(text, env)
    return compile_template(text, Env(env.zone, env.locale, lambda path, offset, length: None if path[0] in local else resolve(path, offset, length), env.filters))
