"""Filters and named tests to closures, their arguments checked while compiling."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from jinja2 import nodes

from ecomflow.errors import ExpressionError
from ecomflow.expressions import filters_list, filters_text, filters_words, patterns
from ecomflow.expressions.env import Env
from ecomflow.expressions.limits import limited
from ecomflow.expressions.named_tests import TESTS
from ecomflow.expressions.parts import Parts, Test, nearest
from ecomflow.expressions.paths import Value, constant_of
from ecomflow.expressions.selecting import SELECTING, selecting
from ecomflow.expressions.values import blank
from ecomflow.model import MISSING, OMIT, copied, plain

FILTERS: Final = filters_text.FILTERS | filters_list.FILTERS | filters_words.FILTERS
_ELSEWHERE: Final = {
    "attr": "fields are named: `order.total`, or `order['total']`",
    "random": "chance comes from the data: use `order.id | bucket(100)`",
    "pprint": "use `tojson`",
    "filesizeformat": "use `number`",
    "xmlattr": "write the attributes out",
    "urlize": "write the link out",
}
_UNFIT: Final = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError)


def filter_call(parts: Parts, node: nodes.Filter) -> Value:
    """Return the closure of a filter.

    Raises:
        ExpressionError: there is no such filter, or its arguments do not fit.
    """
    name, whole = node.name, parts.value(node.node)  # type: ignore[arg-type] # a filter without a value was refused
    if name in ("default", "d"):
        return _default(parts, node, whole)
    if name == "link":
        raise ExpressionError("EF213", "`link` does not run yet: it needs the server that shows the page", offset=node.lineno, length=len(name))
    if name in SELECTING:
        return selecting(parts, node, whole, lambda wanted, at: find_filter(parts.env, wanted, at), find_test)
    run = find_filter(parts.env, name, node.lineno)
    _check_pattern(node, "regex_replace")
    arguments = _arguments(parts, node, _signature(run), "filter")
    return _applied(run, whole, *arguments)


def _applied(run: Callable[..., Any], whole: Value, args: list[Value], named: dict[str, Value]) -> Value:
    def apply(scope: Mapping[str, Any]) -> Any:
        value = whole(scope)
        if value is MISSING or value is OMIT:
            return MISSING
        given, extra = [argument(scope) for argument in args], {key: argument(scope) for key, argument in named.items()}
        return MISSING if any(item is MISSING for item in (*given, *extra.values())) else run(value, *given, **extra)

    return apply


def find_filter(env: Env, name: str, offset: int) -> Callable[..., Any]:
    """Return a filter that takes a value and arguments, and gives MISSING where they do not fit.

    Raises:
        ExpressionError: there is none of that name.
    """
    if name in FILTERS:
        return _own(FILTERS[name], env)
    if name in env.filters:
        return _foreign(env.filters[name], name)
    help = _ELSEWHERE.get(name) or nearest(name, [*FILTERS, *SELECTING, *env.filters, "default"])
    raise ExpressionError("EF203", f"unknown filter `{name}`", offset=offset, length=len(name), help=help)


def _own(run: Callable[..., Any], env: Env) -> Callable[..., Any]:
    def apply(value: Any, *args: Any, **named: Any) -> Any:
        try:
            return limited(run(env, value, *args, **named))
        except _UNFIT:
            return MISSING

    apply.of = run  # type: ignore[attr-defined] # where its arguments are read from
    return apply


def _foreign(run: Callable[..., Any], name: str) -> Callable[..., Any]:
    def apply(value: Any, *args: Any, **named: Any) -> Any:
        try:
            found = run(copied(value), *map(copied, args), **{key: copied(item) for key, item in named.items()})
        except KeyboardInterrupt:  # a person's
            raise
        except BaseException as error:  # a plugin's filter may raise anything
            raise ExpressionError("EF216", f"filter `{name}` failed: {type(error).__name__}: {error}") from error
        try:
            return MISSING if found is MISSING else limited(plain(found))
        except ValueError as error:
            raise ExpressionError("EF216", f"filter `{name}`: what it gave {error}") from error

    return apply


@lru_cache(maxsize=512)
def _parameters(run: Callable[..., Any]) -> inspect.Signature | None:
    try:
        return inspect.signature(run)
    except (TypeError, ValueError):
        return None


def _signature(run: Any) -> inspect.Signature | None:
    """Return what a filter or test takes besides the environment and the value."""
    signature = _parameters(getattr(run, "of", run))
    if signature is None or not hasattr(run, "of"):
        return None
    return signature.replace(parameters=[item for key, item in signature.parameters.items() if key not in ("env", "value", "text")])


def _arguments(parts: Parts, node: Any, signature: inspect.Signature | None, what: str) -> tuple[list[Value], dict[str, Value]]:
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        raise ExpressionError("EF205", "arguments are written out, without `*`", offset=node.lineno)
    args, named = list(node.args), {pair.key: pair.value for pair in node.kwargs}
    try:
        if signature is not None:
            signature.bind(*args, **named)
    except TypeError as error:
        raise ExpressionError("EF205", f"{what} `{node.name}`: {error}", offset=node.lineno, length=len(node.name)) from None
    return [parts.value(argument) for argument in args], {key: parts.value(argument) for key, argument in named.items()}


def _check_pattern(node: Any, *names: str) -> None:
    if node.name in names and node.args and isinstance(pattern := constant_of(node.args[0]), str):
        patterns.compiled(pattern)


def _default(parts: Parts, node: nodes.Filter, whole: Value) -> Value:
    given = [*node.args, *(pair.value for pair in node.kwargs)]
    if not 1 <= len(given) <= 2:
        raise ExpressionError("EF205", "filter `default` takes the value to use instead", offset=node.lineno, length=len(node.name))
    other, blanks = parts.value(given[0]), len(given) > 1 and constant_of(given[1]) is True

    def choose(scope: Mapping[str, Any]) -> Any:
        value = whole(scope)
        absent = value is MISSING or value is None or (blanks and (blank(value) or value is False))
        return other(scope) if absent else value

    return choose


def find_test(name: str, offset: int) -> Callable[..., bool | None]:
    """Return a named test, which takes the environment, a value and arguments.

    Raises:
        ExpressionError: there is none of that name.
    """
    if name not in TESTS:
        help = nearest(name, TESTS)
        raise ExpressionError("EF204", f"unknown test `{name}`", offset=offset, length=len(name), help=help)
    return TESTS[name]


def test_call(parts: Parts, node: nodes.Test) -> Test:
    """Return the closure of ``x is …``.

    Raises:
        ExpressionError: there is no such test, or its arguments do not fit.
    """
    run, env = find_test(node.name, node.lineno), parts.env
    whole = parts.value(node.node)
    _check_pattern(node, "search", "match")
    args, named = _arguments(parts, node, _test_signature(run), "test")
    if not args and not named:
        return lambda scope: run(env, whole(scope))

    def test(scope: Mapping[str, Any]) -> bool | None:
        return run(env, whole(scope), *[argument(scope) for argument in args], **{key: argument(scope) for key, argument in named.items()})

    return test


def _test_signature(run: Callable[..., Any]) -> inspect.Signature | None:
    signature = _parameters(run)
    return None if signature is None else signature.replace(parameters=list(signature.parameters.values())[2:])
