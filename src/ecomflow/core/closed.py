"""Composite steps that have ended: what they gave stands for them in a replay (R:G4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ecomflow.core.tasks import Leaf

if TYPE_CHECKING:
    from ecomflow.core.journal import Prepared
    from ecomflow.core.scope import Frame


class Mark(NamedTuple):
    """Where a composite step began: counts of entries, changes of variables, results put under ids, events taken."""

    fed: int
    changes: int
    bound: int
    taken: int


class Gate(Leaf):
    """Lets a replay walk past a closed step when it comes to the row that closed it.

    Args:
        path: the step's address.
        seq: the row's number.
    """

    def __init__(self, path: str, seq: int) -> None:
        super().__init__(path)
        self.seq, self.over = seq, False

    def start(self) -> None:
        """Wait for the row."""
        self.machine.closed.gates.append(self)

    def cancel(self) -> bool:
        """Wait no more."""
        self.over = True
        return True


class Closed:
    """The closed steps of one run: those of its past, and those that are to be kept."""

    def __init__(self) -> None:
        self.fed = 0
        """Entries that were fed."""
        self.changes = 0
        """Changes of variables."""
        self._bound: list[tuple[str, Any]] = []
        self._closing: list[list[Any]] = []
        self._prepared: Prepared | None = None
        self.gates: list[Gate] = []
        """Closed steps that a replay has come to before the rows that closed them."""

    def use(self, prepared: Prepared | None) -> None:
        """Take what a journal says."""
        self._prepared = prepared

    def take(self) -> list[list[Any]]:
        """Return the steps that have ended since the last call."""
        closing, self._closing = self._closing, []
        return closing

    def mark(self, taken: int) -> Mark:
        """Return where a step begins, with the number of events taken so far."""
        return Mark(self.fed, self.changes, len(self._bound), taken)

    def note_bound(self, name: str, value: Any) -> None:
        """Note a result that was put under an id."""
        self._bound.append((name, value))

    def close(
        self, path: str, mark: Mark, result: Any, taken: list[int], variables: dict[str, Any], *, effects: bool,
        rounds: tuple[str, int] | None, in_turn: bool,
    ) -> None:  # fmt: skip
        """Keep what a step gave, unless nothing was fed inside it.

        Args:
            path: its address.
            mark: where it began.
            result: what it gave.
            taken: the entries of events that its waits took.
            variables: ``vars`` as they are now.
            effects: whether the run has had an effect.
            rounds: of a loop's round, the loop's path and how many rounds have ended.
            in_turn: whether it is an item of a list that is walked one after the other.
        """
        names = dict(self._bound[mark.bound :])
        if self.fed == mark.fed:
            return
        told = {"names": names, "taken": taken, "effects": effects, "in_turn": in_turn}
        record: dict[str, Any] = {"result": result, **{key: value for key, value in told.items() if value}}
        if self.changes != mark.changes or rounds is not None:
            record["vars"] = dict(variables)
        if rounds is not None:
            record["rounds"] = list(rounds)
        self._closing.append([path, record])

    def reopen(self, record: dict[str, Any], frame: Frame) -> None:
        """Do again what a closed step did to the scope; names of items stay inside their items."""
        for name, value in record.get("names", {}).items():
            if name in frame.names:
                frame.bind(name, value)
                self.note_bound(name, value)
        if "vars" in record:
            frame.names["vars"].clear()
            frame.names["vars"].update(record["vars"])

    def find(self, path: str) -> dict[str, Any] | None:
        """Return what a step gave, if it has ended before."""
        return None if self._prepared is None else self._prepared.closed.get(path)

    def gate(self, path: str, seq: int) -> Gate | None:
        """Return what a replay that has come to row ``seq`` waits for before it walks past a closed step."""
        closing = 0 if self._prepared is None else self._prepared.gates.get(path, 0)
        return Gate(path, closing) if closing > seq else None

    def next_gate(self, seq: int) -> Gate | None:
        """Return the first of the gates that row ``seq`` opens, and forget it."""
        due = [gate for gate in self.gates if gate.seq <= seq and not gate.over]
        if not due:
            return None
        first = min(due, key=lambda gate: gate.seq)
        self.gates.remove(first)
        return first

    def rounds(self, path: str) -> tuple[int, dict[str, Any] | None]:
        """Return how many rounds of a loop have ended before, and what the last gave."""
        return (0, None) if self._prepared is None else self._prepared.rounds.get(path, (0, None))
