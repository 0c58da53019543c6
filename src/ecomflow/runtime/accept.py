"""What an event must be to be accepted: a CloudEvent 1.0 of JSON values, not too large, with a zone in its time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ecomflow.core.encoding import decode_event, encode_event
from ecomflow.errors import EventError, LimitError
from ecomflow.model import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ecomflow.core.skimming import Skim

_TYPE = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_MAX_NAME = 256
_MARGIN = timedelta(days=1)


class Skimmed(Event):
    """An event that was read only as far as the index asks; its data are decoded for the first who wants them.

    Attributes:
        skim: what read it.
        part: what that gave.
    """

    __slots__ = ("_data", "_raw", "part", "skim")
    skim: Skim
    part: Mapping[str, Any]
    _raw: bytes
    _data: Mapping[str, Any] | None

    def __init__(self, id_: str, type_: str, source: str, time: datetime, subject: str | None, raw: bytes, skim: Skim, part: Mapping[str, Any]) -> None:
        told = {"id": id_, "type": type_, "source": source, "time": time, "subject": subject, "_raw": raw, "_data": None, "skim": skim, "part": part}
        for name, value in told.items():
            object.__setattr__(self, name, value)

    @property
    def data(self) -> Mapping[str, Any]:
        """All that it says."""
        if self._data is None:
            object.__setattr__(self, "_data", decode_event(self._raw))
        return self._data  # type: ignore[return-value] # it was just set

    def seen(self, paths: frozenset[tuple[str, ...]] | None) -> Mapping[str, Any]:
        """Return what was read of it, where that is no less than stands under some paths, else all that it says."""
        return self.part if paths is not None and paths <= self.skim.paths else self.data


def make_event(
    type_: str, data: Mapping[str, Any] | bytes, *, id_: str, source: str, now: datetime, subject: str | None = None,
    time: datetime | str | None = None, skim: Callable[[str], Skim | None] | None = None,
) -> tuple[Event, bytes]:  # fmt: skip
    """Return an event whose data are what the store will give back, and their JSON.

    Args:
        type_: ``noun.past_verb``.
        data: a mapping of JSON values, or its JSON; numbers with a point become decimals.
        id_: unique within ``source``.
        source: who says it.
        now: its time where none is given.
        subject: what it is about.
        time: when it happened, with a zone, as a moment or RFC 3339 text.
        skim: gives what reads all that is asked of an event of a type; None where its whole data are.

    Raises:
        EventError: one of these is not what CloudEvents 1.0 wants, or the data are too large.
    """
    if not _is_text(type_) or not _is_type(type_):
        raise EventError(f"the type of an event is noun.past_verb, such as order.created, not {str(type_)[:80]!r}")
    about = None if subject is None else str(subject)
    for name, text in (("id", id_), ("source", source)):
        if not _is_text(text) or len(text) > _MAX_NAME:
            raise EventError(f"the {name} of an event is a text of 1 to {_MAX_NAME} characters")
    if about and not _is_text(about):
        raise EventError("the subject of an event is a text")
    try:
        raw = data if isinstance(data, bytes) else encode_event(data)
        reads = None if skim is None else skim(type_)
        if reads is not None and (part := reads(raw)) is not None:
            return Skimmed(id_, type_, source, _time(time, now), about, raw, reads, part), raw
        value = decode_event(raw)
    except LimitError as error:
        raise EventError(str(error)) from error
    if not isinstance(value, dict):
        raise EventError(f"the data of an event are a mapping, not {type(value).__name__}")
    return Event(id_, type_, source, _time(time, now), value, about), raw


def seen_by(event: Event, skim: Skim | None) -> Mapping[str, Any]:
    """Return what a skim reads of an event; all its data where it was read in another way, such as before a deployment."""
    return event.part if isinstance(event, Skimmed) and event.skim is skim else event.data


def _is_text(value: Any) -> bool:
    # Half of a surrogate pair is no character, and no file can hold it; texts without any are asked cheaply.
    return isinstance(value, str) and value != "" and (value.isascii() or not _SURROGATE.search(value))


@lru_cache(maxsize=1024)
def _is_type(text: str) -> bool:
    return len(text) <= _MAX_NAME and _TYPE.fullmatch(text) is not None


def _time(time: datetime | str | None, now: datetime) -> datetime:
    if time is None:
        return now
    moment: Any = _parse(time) if isinstance(time, str) else time
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise EventError(f"the time of an event needs a zone: {moment}")
    try:
        at: datetime = moment.astimezone(UTC)  # as the store gives it back
        assert at - _MARGIN < at + _MARGIN  # it is shown in the zone of who asks
    except OverflowError as error:
        raise EventError(f"the time of an event is beyond the calendar: {moment}") from error
    return at


def _parse(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise EventError(f"the time of an event is RFC 3339 with a zone, not {text[:40]!r}") from error
