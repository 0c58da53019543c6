"""The emergency stop: workflows, the whole shop, or a connection paused and resumed, and what was held meanwhile let go (R:V6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow.core.encoding import decode
from ecomflow.errors import NotFoundError
from ecomflow.runtime.clock import to_moment
from ecomflow.runtime.holding import ALL, BEGIN, CALL
from ecomflow.runtime.turn import Guarded

if TYPE_CHECKING:
    from ecomflow.runtime.children import Children
    from ecomflow.runtime.copies import Copies
    from ecomflow.runtime.definitions import Definitions
    from ecomflow.runtime.gates import Gates
    from ecomflow.runtime.holding import Holding
    from ecomflow.runtime.ingest import Ingest
    from ecomflow.runtime.people import People
    from ecomflow.runtime.record import LiveRun
    from ecomflow.runtime.runs import Runs
    from ecomflow.runtime.timekeeping import Timekeeper
    from ecomflow.runtime.turn import Turn
    from ecomflow.store import Store

    Row = tuple[Any, ...]


class Pausing:
    """Pauses and resumes.

    Args:
        store: the audit.
        turn: the transaction being made.
        definitions: which workflows there are.
        holding: what is held for workflows.
        gates: what is held at connections.
        ingest: decides events that were held.
        runs: take entries that were held.
        people: know whether what they gave still counts.
        children: calls of workflows that were held.
        copies: refuse to let a copy go on that nobody has adopted.
        time: holds timers when the clock jumps.
    """

    def __init__(
        self, store: Store, turn: Turn, definitions: Definitions, holding: Holding, gates: Gates, ingest: Ingest, runs: Runs,
        people: People, children: Children, copies: Copies, time: Timekeeper,
    ) -> None:  # fmt: skip
        self._time = time
        self._store, self._turn, self._definitions, self._holding, self._gates = store, turn, definitions, holding, gates
        self._ingest, self._runs, self._people, self._children, self._copies = ingest, runs, people, children, copies
        runs.waits_for_resume = self._hold_beginning

    def pause(self, workflow: str | None, by: str = "", *, connection: str | None = None) -> None:
        """Hold all that comes for a workflow, or for all, or all requests to one connection.

        Raises:
            NotFoundError: there is none of that name.
        """
        if connection is not None:
            self._gates.pause(connection, paused=True)
        else:
            if workflow is not None:
                self._known(workflow)
            self._holding.pause(workflow or ALL)
            if workflow is None:
                self._copies.keep_paused()
        self._audit(by, "pause", workflow, connection)

    def resume(self, workflow: str | None, by: str = "", *, connection: str | None = None, adopt: str | None = None) -> None:
        """Let a workflow, all, or a connection go on: what was held is decided in order of arrival, as of now.

        With ``adopt``, the place that it was copied from, a copied store becomes the shop's own, and goes on as far as no person had paused it.

        Raises:
            NotFoundError: there is no workflow of that name, nor was one paused; or no such connection.
            RefusedError: the store is a copy that nobody has adopted; or it is to be adopted, and is none.
        """
        if adopt:
            self._copies.adopt(adopt)
        else:
            self._copies.refuse()
        if connection is not None:
            self._gates.pause(connection, paused=False)
        else:
            if workflow is not None and workflow not in self._holding.paused:
                self._known(workflow)  # one that was removed while it was paused can still go on
            if not adopt:
                self._holding.resume(workflow or ALL)
            self._gates.look_again()
            released = self.released()
            self._turn.later.extend(released)
            self._turn.resumed = bool(released)
        self._audit(by, "adopt" if adopt else "resume", workflow, connection)

    def accept_time(self, seen: int, by: str = "") -> None:
        """Take the time of the machine, which was that one a moment ago, for the right one after its clock has jumped (R:V8).

        Raises:
            RefusedError: it has not jumped, or says another time by now.
        """
        self._time.accept(seen)
        self._store.run("add_audit", self._store.shop, self._turn.now, by, "accept the time", None, f"{to_moment(seen):%Y-%m-%d %H:%M:%S} UTC")

    def _known(self, workflow: str) -> None:
        if workflow not in self._definitions.current:
            raise NotFoundError(f"there is no workflow {workflow}")

    def _hold_beginning(self, run: LiveRun) -> bool:
        paused = bool(self._holding.paused) and self._holding.holds(run.workflow.name)
        if paused:
            self._holding.hold_beginning(run.workflow.name, run.n)
        return paused

    def _audit(self, by: str, what: str, workflow: str | None, connection: str | None) -> None:
        detail = f"connection {connection}" if connection is not None else workflow or ALL
        self._store.run("add_audit", self._store.shop, self._turn.now, by, what, None, detail)

    def released(self) -> list[Any]:
        """Return the units that let go what is held for workflows that are paused no more."""
        return [*self._children.due(), *(self._unit(row) for row in self._holding.released())]

    def _unit(self, row: Row) -> Guarded:
        return Guarded(lambda: self._release(row), lambda error: self._set_aside(row, error))

    def _release(self, row: Row) -> None:
        number, workflow, event, n, kind, path, data = row
        self._store.run("release", number)
        if event is not None:
            self._ingest.decide_for(event, workflow)
            return
        if kind == BEGIN:
            self._runs.begin_if_free(n)
            return
        if kind == CALL:
            self._children.go_on(int(path.partition(" ")[0]))
            return
        run: LiveRun = self._runs.get(n)
        value: Any = decode(data) if data else None
        if run.status.ended or not self._people.still_asked(run, kind, path):
            return
        if kind == "end":
            self._runs.end(run, value["how"], value["reason"])
        else:
            self._runs.feed(run, kind, path, value, kept=data)

    def _set_aside(self, row: Row, error: Exception) -> None:
        # An event is set aside with its reason; an entry stays, to be tried again when the engine starts the next time.
        number, workflow, event, *_ = row
        if event is not None:
            self._store.run("release", number)
            self._ingest.set_aside(event, error, workflow)
