"""The names in scope at a place of a workflow, and what is known of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ecomflow.errors import ExpressionError
from ecomflow.language.nearest import nearest
from ecomflow.language.shapes import ANY, Shape, closed, shape_of, union

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ecomflow.model import EventType

BUILT_IN: Final = ("event", "trigger", "events", "inputs", "vars", "steps", "run", "now", "calendars", "people")
RESERVED: Final = frozenset({*BUILT_IN, "loop", "error", "arriving", "omit", "true", "false", "none", "True", "False", "None", "not", "and", "or", "in", "is", "if", "else"})
TEXT: Final = Shape("text", {})
NUMBER: Final = Shape("number", {})
BOOL: Final = Shape("bool", {})
MOMENT: Final = Shape("moment")
LOOP: Final = closed("a loop", index=NUMBER, first=BOOL, last=BOOL, length=NUMBER)
ENDLESS: Final = closed("a loop whose end a condition decides", index=NUMBER, first=BOOL)
PAGED: Final = closed("a walk over pages: which item is the last, and how many there are, is not known before the last page", index=NUMBER, first=BOOL)
ERROR: Final = closed("an error", type=TEXT, message=TEXT, step=TEXT)
RUN: Final = closed("a run", id=TEXT, workflow=TEXT, started_at=MOMENT, subject=TEXT)
APPROVAL: Final = closed("the result of ask_approval", approved=BOOL, timed_out=BOOL, by=TEXT, comment=TEXT)


class UnknownNameError(ExpressionError):
    """A name or field that cannot exist; ``label`` says where it is not."""

    label = ""


@dataclass(frozen=True)
class Names:
    """The names in scope at one place.

    Attributes:
        data: the shape of the event's data; its fields are names of their own.
        own: every other name.
    """

    data: Shape = ANY
    own: Mapping[str, Shape] = field(default_factory=dict)

    def adding(self, **names: Shape) -> Names:
        """Return these names and more."""
        return Names(self.data, {**self.own, **names})

    def holds(self, name: str) -> bool:
        """Return whether a name is certainly taken."""
        return name in self.own or name in RESERVED or name in (self.data.fields or ())

    def resolve(self, path: tuple[str, ...], offset: int = 0, length: int = 1) -> str | None:
        """Return the kind of what a path leads to, or None where that is not known.

        Raises:
            UnknownNameError: it cannot exist.
        """
        return self.shape(path, offset, length).word

    def shape(self, path: tuple[str, ...], offset: int = 0, length: int = 1) -> Shape:
        """Return what is known of what a path leads to.

        Raises:
            UnknownNameError: it cannot exist.
        """
        shape = self.own.get(path[0]) or self._field_of_data(path[0], offset, length)
        for number, part in enumerate(path[1:], 1):
            inner = shape.field(part)
            if inner is None:
                raise _unknown_field(path[: number + 1], shape, offset, length)
            shape = inner
        return shape

    def _field_of_data(self, name: str, offset: int, length: int) -> Shape:
        found = self.data.field(name)
        if found is None:
            help = nearest(name, [*(self.data.fields or ()), *self.own]) or self._offer(name)
            error = UnknownNameError("EF111", f"unknown name `{name}`", offset=offset, length=length, help=help)
            error.label = f"not in {self.data.origin}" if self.data.origin else "not in scope"
            raise error
        return found

    def _offer(self, name: str) -> str:
        """Return where a field of that name is, if it stands one level deeper."""
        inside = next((key for key, shape in (self.data.fields or {}).items() if name in (shape.fields or ())), None)
        return f"did you mean `{inside}.{name}`?" if inside else ""


def _unknown_field(path: tuple[str, ...], shape: Shape, offset: int, length: int) -> UnknownNameError:
    known = list(shape.fields or ())
    help = nearest(path[-1], known)
    if not help and known:
        help = f"it has {', '.join(f'`{name}`' for name in known[:12])}"
    error = UnknownNameError("EF112", f"unknown field `{'.'.join(path)}`", offset=offset, length=length, help=help)
    error.label = f"not in {shape.origin}" if shape.origin else ""
    return error


# --- event types


class EventShapes:
    """The shapes of event types, each made once.

    Args:
        types: what is known, by name.
    """

    def __init__(self, types: Mapping[str, EventType]) -> None:
        self.types = types
        self._shapes: dict[str, Shape] = {}

    def matching(self, patterns: Iterable[str]) -> list[str]:
        """Return the known types that patterns such as ``order.*`` mean, and every plain name."""
        return list(dict.fromkeys(name for pattern in patterns for name in self._matching(pattern)))

    def _matching(self, pattern: str) -> list[str]:
        if not pattern.endswith("*"):
            return [pattern]
        return sorted(name for name in self.types if name.startswith(pattern[:-1])) or [pattern]

    def unknown(self, patterns: Iterable[str]) -> list[str]:
        """Return the types that have no schema."""
        return [name for name in self.matching(patterns) if name not in self.types]

    def shape(self, patterns: Iterable[str]) -> Shape:
        """Return the shape of the data of events of these types."""
        return union(self._shape(name) for name in self.matching(patterns))

    def _shape(self, name: str) -> Shape:
        if name not in self.types:
            return ANY
        if name not in self._shapes:
            self._shapes[name] = _with_previous(shape_of(self.types[name].schema, f"event `{name}`"))
        return self._shapes[name]

    def kinds(self, patterns: Iterable[str]) -> set[str]:
        """Return the kinds of subject that events of these types have (R:S1)."""
        return {self._kind(name) for name in self.matching(patterns)}

    def subjects(self, patterns: Iterable[str]) -> set[tuple[str, ...]]:
        """Return the paths at which events of these types name their subject, where that is known."""
        known = (self.types.get(name) for name in self.matching(patterns))
        return {tuple(each.subject.split(".")) for each in known if each is not None and each.subject}

    def _kind(self, name: str) -> str:
        known = self.types.get(name)
        return known.subject if known is not None and known.subject else name.rpartition(".")[0] or name


def _with_previous(shape: Shape) -> Shape:
    """Add ``previous``, the values before, in the same shape (R:E4)."""
    if shape.fields is None or "previous" in shape.fields:
        return shape
    return Shape(shape.word, {**shape.fields, "previous": shape}, origin=shape.origin)


def event_shape(data: Shape) -> Shape:
    """Return the shape of an event's envelope around its data."""
    return closed("an event", id=TEXT, type=TEXT, source=TEXT, subject=TEXT, time=MOMENT, data=data)
