"""Text to syntax tree, by Jinja2's own parser; ``lineno`` of a node is the offset of its first character."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, TypeVar

from jinja2 import Environment, StrictUndefined, TemplateSyntaxError, nodes
from jinja2.lexer import Lexer, Token
from jinja2.parser import Parser

from ecomflow.errors import ExpressionError
from ecomflow.expressions.limits import MAX_DEPTH, MAX_DIGITS, MAX_EXPRESSION, MAX_NODES, MAX_SOURCE, too_large

_Tree = TypeVar("_Tree", bound=nodes.Node)
_OPERATORS: Final = {"===": "==", "&&": "and", "||": "or", "<>": "!="}


class PlacedLexer(Lexer):
    """Jinja2's lexer, with offsets for line numbers and decimals for numbers with a point."""

    def tokeniter(self, source: str, name: str | None, filename: str | None = None, state: str | None = None) -> Iterator[tuple[int, str, str]]:
        """Yield tokens with their offsets instead of lines."""
        position = 0
        try:
            for _, kind, text in super().tokeniter(source, name, filename, state):
                if not text:
                    continue
                found = source.find(text, position)
                position = found if found >= 0 else position
                yield position, kind, text
                position += len(text) if found >= 0 else 0
        except TemplateSyntaxError as error:
            raise ExpressionError("EF201", _plain(error.message), offset=_line_start(source, error.lineno), help=_advice(source)) from None

    def wrap(self, stream: Iterable[tuple[int, str, str]], name: str | None = None, filename: str | None = None) -> Iterator[Token]:
        """Yield tokens with their values, numbers with a point as decimals."""
        for offset, kind, text in stream:
            if kind in ("float", "integer"):
                yield Token(offset, kind, _number(kind, text, offset))
            else:
                yield from super().wrap([(offset, kind, text)], name, filename)


def _number(kind: str, text: str, offset: int) -> Any:
    value = Decimal(text.replace("_", "")) if kind == "float" else None
    if len(text) > MAX_DIGITS or (value is not None and abs(value.adjusted()) > MAX_DIGITS):
        raise ExpressionError("EF208", "a number with too many digits", offset=offset, length=len(text))
    return int(text.replace("_", ""), 0) if value is None else value


class PlacedEnvironment(Environment):
    """The part of a Jinja2 environment that parsing needs."""

    @property
    def lexer(self) -> Lexer:
        """Return the lexer that keeps places and decimals."""
        return _lexer


def _environment() -> PlacedEnvironment:
    return PlacedEnvironment(keep_trailing_newline=True, optimized=False, undefined=StrictUndefined)


_plain_environment: Final = _environment()
_lexer: Final = PlacedLexer(_plain_environment)


def parse_expression(text: str) -> nodes.Expr:
    """Return the syntax tree of an expression; braces around the whole are taken off.

    Raises:
        ExpressionError: it is none, or longer or deeper than allowed.
    """
    if len(text) > MAX_EXPRESSION:
        raise too_large("an expression")
    source = _without_braces(text)
    if not source.strip():
        raise ExpressionError("EF201", "an expression is empty", offset=0, length=max(1, len(text)))
    return _parse(source)


@lru_cache(maxsize=4096)
def _parse(source: str) -> nodes.Expr:
    return _guarded(source, lambda: _expression(source))


def _expression(source: str) -> nodes.Expr:
    parser = Parser(_plain_environment, source, state="variable")
    node = parser.parse_expression()
    if not parser.stream.eos:
        raise TemplateSyntaxError(f"unexpected '{parser.stream.current.value}'", parser.stream.current.lineno)
    return node


def _guarded(source: str, parse: Callable[[], _Tree]) -> _Tree:
    try:
        tree = parse()
    except TemplateSyntaxError as error:
        offset = min(max(error.lineno, 0), max(len(source) - 1, 0))
        raise ExpressionError("EF201", _plain(error.message), offset=offset, help=_advice(source)) from None
    except RecursionError:
        raise ExpressionError("EF208", "nested deeper than allowed") from None
    except (ValueError, ArithmeticError) as error:
        raise ExpressionError("EF201", str(error)) from None
    check_size(tree)
    return tree


def check_size(tree: nodes.Node) -> None:
    """Raise ExpressionError where a syntax tree has too many nodes or is too deep."""
    level, depth, count = [tree], 0, 0
    while level:
        depth, count = depth + 1, count + len(level)
        if depth > MAX_DEPTH:
            raise ExpressionError("EF208", "nested deeper than allowed")
        if count > MAX_NODES:
            raise too_large("an expression or template")
        level = [child for node in level for child in node.iter_child_nodes()]


def parse_template(text: str, environment: Environment | None = None) -> nodes.Template:
    """Return the syntax tree of a template.

    Raises:
        ExpressionError: it is none, or larger or deeper than allowed.
    """
    if len(text) > MAX_SOURCE:
        raise too_large("a template")
    return _guarded(text, lambda: Parser(environment or _plain_environment, text).parse())


def _without_braces(text: str) -> str:
    """Return the text with blanks for the braces around the whole, so that offsets stay."""
    stripped = text.strip()
    if not (stripped.startswith("{{") and stripped.endswith("}}")):
        return text
    kinds = [kind for _, kind, _ in _lexer.tokeniter(text, None)]
    if kinds.count("variable_begin") != 1 or kinds[-1] not in ("variable_end", "data"):
        return text
    begin, end = text.index("{{"), text.rindex("}}")
    inner = text[begin + 2 : end]
    inner = (" " + inner[1:] if inner[:1] in "-+" and inner[1:2].isspace() else inner) if inner else ""
    return " " * (begin + 2) + (inner[:-1] + " " if inner.endswith("-") else inner)


def _plain(message: str | None) -> str:
    return (message or "this is no expression").replace("end of print statement", "the end of the expression").rstrip(".")


def _advice(source: str) -> str:
    for written, meant in _OPERATORS.items():
        if written in source:
            return f"write `{meant}` for `{written}`"
    if re.search(r"[^=<>!]=[^=]", source) and "{%" not in source:
        return "write `==` to compare"
    return "texts stand in quotes: `order.status == 'paid'`"


def _line_start(source: str, line: int) -> int:
    return sum(len(part) + 1 for part in source.split("\n")[: max(0, line - 1)])
