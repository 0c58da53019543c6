"""Templates with statements: Jinja2's sandbox runs the statements, and every expression in them is one of ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from jinja2 import BaseLoader, StrictUndefined, TemplateError, TemplateNotFound, Undefined, nodes, pass_context
from jinja2.exceptions import SecurityError
from jinja2.lexer import Lexer
from jinja2.runtime import BlockReference, Context, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from ecomflow.errors import ExpressionError
from ecomflow.expressions.compiler import Compiler
from ecomflow.expressions.env import Env
from ecomflow.expressions.expression import why_missing
from ecomflow.expressions.limits import budget, spend
from ecomflow.expressions.outputs import Render, writer
from ecomflow.expressions.rewriting import LOOP_PARTS, local_names, rewrite
from ecomflow.expressions.syntax import PlacedLexer, parse_template
from ecomflow.expressions.unparse import unparse
from ecomflow.expressions.values import kind
from ecomflow.model import MISSING

Paths = tuple[tuple[str, ...], ...]
_CALLABLE: Final = (Macro, BlockReference)
Closure = Callable[[Context, Mapping[str, Any]], Any]


class Sandbox(ImmutableSandboxedEnvironment):
    """Runs statements only: no name of its own, no attribute, no call but of the template's macros.

    Args:
        env: what expressions are compiled against.
        loader: gives the templates that this one may name.
        html: whether output is escaped, by the name of the template.
        local: names that no schema knows.
    """

    def __init__(self, env: Env, loader: BaseLoader | None, html: Callable[[str | None], bool], local: frozenset[str]) -> None:
        super().__init__(loader=loader, autoescape=html, optimized=False, undefined=StrictUndefined, keep_trailing_newline=True, cache_size=-1, auto_reload=False)
        self.compiler, self.local_names = Compiler(env, local), local
        self.globals, self.filters, self.tests = {}, {}, {}  # nothing of Jinja2's own
        self._own_lexer = PlacedLexer(self)

    @property
    def lexer(self) -> Lexer:
        """Return the lexer that keeps places and decimals."""
        return self._own_lexer

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:  # noqa: ARG002 Jinja2's own signature
        tree = parse_template(source, self)
        self.compiler.local |= local_names(tree)
        return rewrite(tree, self._register)

    def _register(self, node: nodes.Expr, purpose: str) -> str:
        """Compile an expression and return the name of the filter that gives it for a mapping of names."""
        name = f"{purpose}{len(self.filters)}"
        self.filters[name] = pass_context(_PURPOSES[purpose](self.compiler, node))
        return name

    def is_safe_callable(self, obj: Any) -> bool:
        """Return whether a template may call it: its own macros alone."""
        return isinstance(obj, _CALLABLE)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return a part of a loop or a macro of an imported file; there are no other attributes."""
        if isinstance(obj, LoopContext) and attribute in LOOP_PARTS:
            return getattr(obj, attribute)
        found = vars(obj).get(attribute) if type(obj).__name__ == "TemplateModule" else None
        if isinstance(found, Macro):
            return found
        raise SecurityError(f"`{attribute}` is no field of data")

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return the same as ``getattr``."""
        return self.getattr(obj, str(argument))


def _known(names: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in names.items() if not isinstance(value, Undefined)}


def _output(compiler: Compiler, node: nodes.Expr) -> Closure:
    read, write = compiler.value(node), writer(node, compiler.env)

    def output(_jinja: Context, names: Mapping[str, Any]) -> Any:
        scope = _known(names)
        value = read(scope)
        text = value if type(value) is str else write(value, scope)
        spend(1, len(text))
        return text

    return output


def _valued(compiler: Compiler, node: nodes.Expr) -> Closure:
    read, env = compiler.value(node), compiler.env

    def value(_jinja: Context, names: Mapping[str, Any]) -> Any:
        scope = _known(names)
        spend(1)
        found = read(scope)
        if found is MISSING:
            raise why_missing(node, scope, env)
        return found

    return value


def _listed(compiler: Compiler, node: nodes.Expr) -> Closure:
    read = _valued(compiler, node)

    def items(_jinja: Context, names: Mapping[str, Any]) -> Any:
        found = read(_jinja, names)
        if isinstance(found, Mapping):
            return list(found)
        if not isinstance(found, (list, tuple)):
            raise ExpressionError("EF210", f"`{unparse(node)}` is a {kind(found)}; `for` goes through a list", offset=node.lineno)
        return found

    return items


def _decided(compiler: Compiler, node: nodes.Expr) -> Closure:
    test, read, env = compiler.test(node), compiler.value(node), compiler.env

    def decide(_jinja: Context, names: Mapping[str, Any]) -> Any:
        scope = _known(names)
        spend(1)
        outcome = test(scope)
        if outcome is None:
            if (found := read(scope)) is MISSING:
                raise why_missing(node, scope, env)
            raise ExpressionError("EF210", f"`{unparse(node)}` is a {kind(found)}, no yes or no", offset=node.lineno, help=f"write `{unparse(node)} is present`")
        return outcome

    return decide


def _charged(compiler: Compiler, node: nodes.Expr) -> Closure:  # noqa: ARG001
    size = node.value if isinstance(node, nodes.Const) else 0

    def charge(_jinja: Context, names: Mapping[str, Any]) -> str:  # noqa: ARG001
        spend(1, size)
        return Markup()

    return charge


_PURPOSES: Final[dict[str, Callable[[Compiler, nodes.Expr], Closure]]] = {
    "output": _output,
    "value": _valued,
    "items": _listed,
    "test": _decided,
    "charge": _charged,
}


def compile_statements(text: str, env: Env) -> tuple[Render, Paths]:
    """Compile a text with statements.

    Args:
        text: the template's source.
        env: what it is compiled against.

    Returns:
        What renders it, and the constant paths that it reads.

    Raises:
        ExpressionError: it cannot be read, or names what does not exist.
    """
    sandbox = Sandbox(env, None, lambda _: False, frozenset())
    return renderer(sandbox, None, text), tuple(sandbox.compiler.paths)


def renderer(sandbox: Sandbox, name: str | None, text: str = "") -> Render:
    """Return what renders a template of a sandbox within the limits.

    Raises:
        ExpressionError: it cannot be compiled.
    """
    try:
        template = sandbox.get_template(name) if name is not None else sandbox.from_string(text)
    except TemplateNotFound as error:
        raise ExpressionError("EF211", f"no template is called `{error.message}`") from None
    except (SyntaxError, RecursionError):  # Python's own bound on nested blocks
        raise ExpressionError("EF208", "nested deeper than allowed") from None
    except TemplateError as error:
        raise ExpressionError("EF201", f"the template cannot be compiled: {error}") from None

    def render(scope: Mapping[str, Any]) -> str:
        with budget():
            try:
                return "".join(template.root_render_func(template.new_context(dict(scope), shared=True)))
            except RecursionError:
                raise ExpressionError("EF208", "the template's macros or includes are nested deeper than allowed") from None
            except (TemplateError, TypeError, ValueError) as error:
                raise ExpressionError("EF210", f"the template cannot be rendered: {error}") from None

    return render
