"""Texts are compiled once: what comes of one depends on the text, the zone, the language, the filters, and what the names in scope answer.

A shop's workflows say the same things again and again, and a deployment compiles files that have not changed. What was
compiled is kept with every question that it asked about names; where a later one gets the same answers, it gets the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import update_wrapper
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from ecomflow.expressions.env import Env, Resolve

P = ParamSpec("P")
R = TypeVar("R")

_MOST: Final = 4096
"""Texts that are kept; the oldest leave."""

_MOST_ALIKE: Final = 8
"""Results of one text, for scopes whose answers differ."""

_Question = tuple[tuple[str, ...], int, int]


class _Asking:
    """Passes questions on, and notes them with their answers; afterwards it holds nobody's names."""

    def __init__(self, resolve: Resolve) -> None:
        self.resolve: Resolve | None = resolve
        self.noted: list[tuple[_Question, str | None]] = []

    def __call__(self, path: tuple[str, ...], offset: int, length: int) -> str | None:
        assert self.resolve is not None, "names are asked for while a text is compiled, and not later"
        answer = self.resolve(path, offset, length)
        self.noted.append(((path, offset, length), answer))
        return answer


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was compiled, and what was asked for it."""

    result: Any
    filters: Any
    noted: tuple[tuple[_Question, str | None], ...] | None

    def fits(self, env: Env) -> bool:
        """Return whether compiling anew would give the same; raise as that would."""
        if self.filters is not env.filters or (self.noted is None) is not (env.resolve is None):
            return False
        return env.resolve is None or all(env.resolve(*question) == answer for question, answer in self.noted or ())


def remembered(compile: Callable[Concatenate[str, Env, P], R]) -> Callable[Concatenate[str, Env, P], R]:
    """Decorate a function that compiles a text against an environment, and does nothing else.

    Args:
        compile: takes the text, the environment, and what else is hashable.
    """
    kept: dict[Any, list[_Kept]] = {}

    def compiled(text: str, env: Env, /, *args: P.args, **kwargs: P.kwargs) -> R:
        key = (text, env.zone, env.locale, args, *kwargs.items())
        alike = kept.get(key, ())
        for known in alike:
            if known.fits(env):
                result: R = known.result
                return result
        asking = None if env.resolve is None else _Asking(env.resolve)
        result = compile(text, Env(env.zone, env.locale, asking, env.filters), *args, **kwargs)
        noted = None if asking is None else tuple(asking.noted)
        if asking is not None:
            asking.resolve = None
        if len(kept) >= _MOST and key not in kept:
            kept.pop(next(iter(kept)), None)
        kept[key] = [_Kept(result, env.filters, noted), *alike][:_MOST_ALIKE]
        return result

    update_wrapper(compiled, compile)
    return compiled
