"""Results as their types say, whatever a connection leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from ecomflow import ExpressionError, Mark, Page, Permanent, add_duration, parse_duration

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

T = TypeVar("T")


def whole(type_: type[T], record: Mapping[str, Any]) -> T:
    """Return a record with all fields that its type names; those that it lacks are none, and it may hold more."""
    return cast("T", {**dict.fromkeys(type_.__annotations__), **record})


def whole_or_none(type_: type[T], record: Mapping[str, Any] | None) -> T | None:
    """Return a record with all fields that its type names, or none where there is no record."""
    return None if record is None else whole(type_, record)


def page_of(type_: type[T], found: Sequence[Mapping[str, Any]], *, more: bool = True) -> Page[T]:
    """Return records as ``whole`` does, as one page of what a search finds.

    Args:
        type_: of the records.
        found: what a connection gives; a page says itself whether there is another.
        more: whether another one may be asked for.
    """
    return Page([whole(type_, each) for each in found], found.next if more and isinstance(found, Page) else None)


def named(**given: Any) -> dict[str, Any]:
    """Return the parameters that a step names. An empty text is named, too: a search for it must not become one for everything."""
    return {name: value for name, value in given.items() if value is not None}


def told(given: Mapping[str, object], *names: str, otherwise: str) -> str:
    """Say which of some parameters a step names, and their values."""
    return ", ".join(f"{name} {given[name]}".rstrip() for name in names if given.get(name) is not None) or otherwise


def limit_to(most: int) -> Mark:
    """Return the mark of a number from 1 to a highest one, held where it is known only in the run, too."""

    def check(value: int) -> int:
        if not 1 <= value <= most:
            raise ValueError(f"expected 1 to {most}, got {value}")
        return value

    return Mark({"minimum": 1, "maximum": most}, check)


def filled(name: str, text: str) -> str:
    """Return the text of a parameter.

    Raises:
        Permanent: it is blank.
    """
    if not text.strip():
        raise Permanent(f"{name}: is empty", type="wrong_parameter")
    return text


def before_now(name: str, now: datetime, span: str, *, wanted: str = "no duration such as 30d") -> datetime:
    """Return the moment that lies a duration before now.

    Args:
        name: of the parameter.
        now: the moment of the call.
        span: the duration's text.
        wanted: what a text that is no duration fails to be.

    Raises:
        Permanent: the text is no duration.
    """
    try:
        return add_duration(now, parse_duration(f"-{span}", signed=True), "UTC")
    except (ExpressionError, ValueError, OverflowError):
        raise Permanent(f"{name}: {span[:60]!r} is {wanted}", type="wrong_parameter") from None


def tagging(tags: object, remove: object) -> str:
    """Say which tags would be added and removed."""
    parts = [f"{sign}{each}" for sign, some in (("+", tags), ("-", remove)) if isinstance(some, (list, tuple)) for each in some]
    return " ".join(parts) or "nothing"
