"""The trail: what every expression gave that a run asked for. Live it is written, in replay it is read and nothing is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from ecomflow.core.encoding import canonical, comes_back, encode, encode_plain
from ecomflow.core.signals import Mismatch, StepFailed
from ecomflow.errors import ExpressionError, LimitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecomflow.core.journal import Came, Closed, Records
    from ecomflow.core.scheduler import Strand
    from ecomflow.core.scope import Frame, Span

NOTE, UNCLAIMED, DROPPED, RETRY = "!note", "!unclaimed", "!dropped", "!retry"
"""How paths begin of what is on a trail beside outcomes: see ``journal``."""

REFUSED = "#refused"
"""How paths end of requests that were one too many."""

NOTHING: Final[Mapping[str, Any]] = {}
"""What there is of a journal that is not being replayed; nobody writes to it."""

MAX_DECISIONS = 100_000
"""Outcomes of one entry; a loop that asks for more would hold up all other runs."""


class Trail:
    """What was evaluated because of an entry: ``[path, outcome]``, or ``[path, outcome, more]`` with ``more`` a mapping:
    ``type`` and ``message`` of an evaluation that failed, ``ending`` where it was part of an end.

    Attributes:
        items, closed: what the row of the entry is to keep.
        records: outcomes by path while a journal is replayed; None while the run is live.
        ends, rounds, pages: closed steps, closed rounds and further pages of the journal being replayed.
        revival: whether a person's ``retry`` is still to come, so that what has no record waits for it.
        count: outcomes since the entry began.
        plain: whether the items hold nothing that the encoding must look at.
        tells: whether a value tells a secret: such an outcome is a failure, and is not kept (R:V9).
    """

    __slots__ = ("closed", "count", "ends", "items", "pages", "plain", "records", "revival", "rounds", "scars", "sealed", "tells")

    def __init__(self, tells: Callable[[Any], bool] | None = None) -> None:
        self.tells = tells
        self.items: list[list[Any]] = []
        self.closed: list[list[Any]] = []
        self.records: Records | None = None
        self.ends: Mapping[str, Closed] = NOTHING
        self.rounds: Mapping[str, int] = NOTHING
        self.pages: Mapping[str, Came] = NOTHING
        self.revival = self.sealed = False
        self.plain = True
        self.count = 0
        self.scars: list[str] = []

    def decide(self, path: str, what: Callable[[dict[str, Any]], Any], frame: Frame, *, sure: bool = False) -> Any:
        """Evaluate something and keep its outcome; in a replay give the outcome that was kept.

        Args:
            path: the step's address.
            what: evaluates it, from the names in scope.
            frame: the names, and the branch.
            sure: whether the outcome is known to come back from the store as it is.

        Raises:
            StepFailed: it could not be evaluated.
            Mismatch: a replay asks for what was never asked.
        """
        self.count += 1
        if self.records is not None:
            return self.recorded(path)
        try:
            if self.count > MAX_DECISIONS:
                raise StepFailed("limit", f"more than {MAX_DECISIONS} steps without waiting for anything")  # noqa: TRY301 an outcome like others
            value = what(frame.names())
            if not (sure or comes_back(value)):
                value, self.plain = canonical(value), False
            if self.tells is not None and self.tells(value):
                raise StepFailed("secret", "a value contains a secret; secrets belong to connections")  # noqa: TRY301 as above
        except Exception as error:  # noqa: BLE001 whatever an expression raises is an outcome, and ends nothing but its step
            failure = _failure(error)
            self._write(path, failure, ending=frame.strand.unwinding)
            raise failure from None
        self.items.append([path, value, {"message": "", "ending": True}] if frame.strand.unwinding else [path, value])
        return value

    def _write(self, path: str, failure: StepFailed, *, ending: bool) -> None:
        more = {"type": failure.type, "message": failure.message}
        self.items.append([path, None, {**more, "ending": True} if ending else more])

    def recorded(self, path: str) -> Any:
        """Give the outcome that a replay has for a path, as ``decide`` does."""
        assert self.records is not None
        found = self.records.get(path)
        if found is None:
            raise Mismatch(path, "asks for what the journal does not have")
        item = found.pop(0)
        if not found:
            del self.records[path]
        if len(item) > 2 and "type" in item[2]:
            raise StepFailed(item[2]["type"], item[2]["message"])
        return item[1]

    def learn(self, records: Records) -> None:
        """Take up the outcomes from a person's ``retry`` on."""
        if self.records is not None:
            for path, items in records.items():
                self.records.setdefault(path, []).extend(items)

    def failed(self, path: str) -> bool:
        """Return whether a replay has no outcome for a path but a failure, or none."""
        found = self.records.get(path) if self.records else None
        return found is None or (len(found[0]) > 2 and "type" in found[0][2])

    def lacks(self, path: str) -> bool:
        """Return whether a replay has no outcome for a path."""
        return self.records is not None and path not in self.records

    def take(self) -> tuple[bytes | None, bytes | None]:
        """Return items and closed steps for the journal; what is taken is not given again."""
        items = closed = None
        if self.items:
            items = encode_plain(self.items) if self.plain else encode(self.items)
            self.items, self.plain = [], True
        if self.closed:
            closed, self.closed = encode(self.closed), []
        return items, closed

    def note(self, mark: str, path: str, value: Any = None) -> None:
        """Write something beside the outcomes; in a replay it stands there already."""
        if self.records is None:
            self.items.append([f"{mark}/{path}", value])
            self.plain = self.plain and value is None

    def refuse(self, path: str, failure: StepFailed) -> StepFailed:
        """Write that a request was refused."""
        self.count += 1
        self._write(f"{path}{REFUSED}", failure, ending=False)
        return failure

    def refused(self, path: str) -> StepFailed | None:
        """Return the failure of a request that was refused when the journal was written."""
        found = self.records.pop(f"{path}{REFUSED}", None) if self.records else None
        if found is None:
            return None
        self.count += 1
        return StepFailed(found[0][2]["type"], found[0][2]["message"])

    def close(self, path: str, span: Span, result: Any, seq: int, strand: Strand, *, loop: str = "", number: int = 0) -> bool:
        """Write that a composite step has ended, if that saves a replay anything and can be told to it; return whether."""
        if self.records is not None or span.seq == seq or self.sealed or strand.ending:
            return False
        if self.scars and any(scar.startswith(f"{loop or path}/") for scar in self.scars):
            return False
        change = span.change()
        if strand.unwinding:
            change["ending"] = True
        if loop:
            change["loop"], change["round"] = loop, number
        self.closed.append([path, result, change])
        return True


def _failure(error: Exception) -> StepFailed:
    if isinstance(error, StepFailed):
        return error
    if isinstance(error, ExpressionError):
        return StepFailed(error.code if error.code in ("unknown", "limit") else "expression", error.message)
    if isinstance(error, LimitError):
        return StepFailed("limit", str(error))
    return StepFailed("expression", f"{type(error).__name__}: {error}")
