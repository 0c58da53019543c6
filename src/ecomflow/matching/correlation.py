"""From an event to the waiting runs it concerns: a key from type, fields and values serves waits and look-back alike."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from ecomflow.expressions import subject_text
from ecomflow.matching.tables import look_up
from ecomflow.model import type_fits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ecomflow.model import Event, Workflow

Fields = tuple[str, ...]
SUBJECT: Fields = ("$subject",)
"""The fields of a wait without ``match``: the subject (R:S2)."""


def key_of(type_: str, fields: Iterable[str], values: Iterable[str]) -> bytes:
    """Return the key of an event type or pattern, fields and their values as text (R:X3)."""
    # Values are anybody's text: their lengths keep two of them from passing for two others.
    told = [f"{len(value)}:{value}" for value in values]
    return blake2b("\x1f".join((type_, *fields, *told)).encode(errors="surrogatepass"), digest_size=16).digest()


def subscription_key(type_: str, match: Iterable[tuple[str, str]] | None, subject: str) -> tuple[Fields, bytes]:
    """Return the fields and the key of a wait.

    Args:
        type_: an event type or pattern.
        match: pairs of a field and a text; None for the run's own subject.
        subject: the run's subject, with its kind.
    """
    if match is None:
        return SUBJECT, key_of(type_, SUBJECT, (subject,))
    pairs = sorted(match)
    fields = tuple(field for field, _ in pairs)
    return fields, key_of(type_, fields, (value for _, value in pairs))


def shapes_of(workflow: Workflow) -> Iterator[tuple[str, Fields]]:
    """Yield the (type, fields) of what a workflow's runs wait for since their start."""
    for types, fields, _ in workflow.awaited:
        yield from ((type_, SUBJECT if fields is None else tuple(sorted(fields))) for type_ in types)


class Shapes:
    """The (type, fields) that anybody has ever waited for: an event makes keys for these alone."""

    def __init__(self, known: Iterable[tuple[str, Fields]] = ()) -> None:
        self._known = set(known)
        self._by_type: dict[str, list[tuple[str, Fields]]] = {}

    def add(self, type_: str, fields: Fields) -> bool:
        """Note a shape and return whether it is new."""
        if (type_, fields) in self._known:
            return False
        self._known.add((type_, fields))
        self._by_type.clear()
        return True

    def of(self, type_: str) -> list[tuple[str, Fields]]:
        """Return the shapes that an event type fits."""
        shapes = self._by_type.get(type_)
        if shapes is None:
            shapes = self._by_type[type_] = sorted(shape for shape in self._known if type_fits(shape[0], type_))
        return shapes

    def keys(self, event: Event, subject: str | None) -> list[bytes]:
        """Return the keys of an event.

        Args:
            event: what came.
            subject: its own subject with its kind, or None.
        """
        keys = []
        for type_, fields in self.of(event.type):
            values = _values(event, fields, subject)
            if values is not None:
                keys.append(key_of(type_, fields, values))
        return keys


def _values(event: Event, fields: Fields, subject: str | None) -> list[str] | None:
    if fields == SUBJECT:
        return None if subject is None else [subject]
    values = []
    for field in fields:
        text = subject_text(look_up(_data(event, field), field.split(".")))
        if text is None:
            return None
        values.append(text)
    return values


def _data(event: Event, field: str) -> Mapping[str, object]:
    if field.startswith("event."):
        return {"event": {"id": event.id, "type": event.type, "source": event.source, "subject": event.subject}}
    return event.data
