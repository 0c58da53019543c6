"""Brings waiting runs to the version of their workflow that is current, some at a time (R:V5).

A mark in the store says how far it is, so that a request is carried out to its end whatever happens meanwhile, beside
everything else: each portion is a unit. A run is on its old version or on the new one, never between. What cannot move
stays, and is looked at again when it is asked for again.
"""

from __future__ import annotations

import json
import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from ecomflow.core.commands import Subscribe
from ecomflow.core.encoding import encode
from ecomflow.errors import EcomflowError, RefusedError
from ecomflow.model import RunStatus
from ecomflow.runtime.turn import Guarded
from ecomflow.store import FAULTS

if TYPE_CHECKING:
    from datetime import datetime

    from ecomflow.core.commands import Command, Row
    from ecomflow.core.machine import Machine
    from ecomflow.model import Workflow
    from ecomflow.runtime.definitions import Definitions
    from ecomflow.runtime.loading import Loader
    from ecomflow.runtime.performing import Commands
    from ecomflow.runtime.record import LiveRun
    from ecomflow.runtime.runs import Runs
    from ecomflow.runtime.turn import Turn
    from ecomflow.store import Store

_log = logging.getLogger("ecomflow")
_PORTION = 50
"""Runs looked at in one commit: a few dozen milliseconds."""
_GONE = "its file is gone: it finishes on its version"


class Migrating:
    """Migrates runs.

    Args:
        store: where they are, and the mark.
        turn: the transaction being made.
        definitions: which versions are current.
        runs: the runs.
        commands: who subscribes.
    """

    def __init__(self, store: Store, turn: Turn, definitions: Definitions, runs: Runs, commands: Commands) -> None:
        self._store, self._turn, self._definitions, self._runs, self._commands = store, turn, definitions, runs, commands
        self.forget()

    def forget(self) -> None:
        """Drop what is in memory; the store knows it all."""
        self._mark = mark_of(self._store)

    @property
    def has_step(self) -> bool:
        """Whether runs are still to be looked at."""
        return self._mark is not None

    def begin(self, by: str) -> None:
        """Look at all runs of older versions from now on, and at the first of them at once; ``by`` is for the audit."""
        self._move([0, by])
        self._turn.later.append(self.portion)

    @property
    def portion(self) -> Guarded:
        """The unit that looks at a portion of runs; where it fails, each of them is looked at in a unit of its own."""
        return Guarded(self.step, self._one_by_one)

    def step(self) -> None:
        """Look at a portion of runs."""
        if self._mark is None:
            return
        after, by = self._mark
        rows = self._store.rows("older_runs", self._store.shop, after, _PORTION)
        for n, _, current in rows:
            self._look_at(n, current, by)
        self._move([rows[-1][0], by] if len(rows) == _PORTION else None)

    def _one_by_one(self, _: Exception) -> None:
        if self._mark is None:
            return
        after, by = self._mark
        for n, _version, current in self._store.rows("older_runs", self._store.shop, after, _PORTION):
            self._turn.later.append(Guarded(partial(self._one, n, current, by), partial(self._pass_over, n, by)))

    def _one(self, n: int, current: str | None, by: str) -> None:
        self._look_at(n, current, by)
        self._move([n, by])

    def _pass_over(self, n: int, by: str, error: Exception) -> None:
        _log.error("run %s stays on its version: %s: %s", n, type(error).__name__, error)
        self._move([n, by])

    def _move(self, mark: list[Any] | None) -> None:
        if mark is None:
            self._store.run("drop_meta", _key(self._store))
        else:
            self._store.run("set_meta", _key(self._store), json.dumps(mark))
        self._mark = mark

    def _look_at(self, n: int, current: str | None, by: str) -> None:
        run = self._runs.readable(n)
        if run is None:
            return
        try:
            moved = plan(self._store, self._runs.loader, self._definitions, run, current, self._turn.moment)
        except RefusedError as error:
            _log.info("run %s stays on its version: %s", run.id, error)
            return
        except FAULTS:
            raise
        except Exception:  # noqa: BLE001 a fault of one run, or of ours, must not stop the others; nothing was written
            _log.exception("run %s stays on its version", run.id)
            return
        self._write(run, *moved)
        self._store.run("add_audit", self._store.shop, self._turn.now, by, "migrate", n, f"{run.workflow.name} to {run.workflow.version[:12]}")

    def _write(self, run: LiveRun, workflow: Workflow, machine: Machine, row: Row, asked: list[Command]) -> None:
        store, entry = self._store, row.entry
        run.machine.release()
        run.workflow, run.machine, run.seq = workflow, machine, entry.seq
        store.run(
            "add_entry", store.shop, run.n, entry.seq, self._turn.now, entry.kind, entry.path, encode(entry.data), encode(row.trail), None
        )
        store.run("move_run", workflow.version, run.n)
        # What the old version has taken may not pass for what a step of the new one takes at the same address.
        store.run("move_tokens", f"{entry.data['generation']}:", run.n)
        store.run("move_timers", entry.path, store.shop, run.n)
        store.run("move_approvals", entry.path, store.shop, run.n)
        self._subscribe(run, [command for command in asked if isinstance(command, Subscribe)])

    def _subscribe(self, run: LiveRun, asked: list[Subscribe]) -> None:
        # What is asked for as before counts as of then: an event whose deliveries go on must find it.
        before = dict(self._store.rows("subscriptions_of", run.n))
        self._store.run("drop_subscriptions", run.n)
        for command in asked:
            self._commands.ways[type(command)](run, command)
        for key, since in before.items():
            self._store.run("subscribed_since", since, run.n, key)


def plan(
    store: Store, loader: Loader, definitions: Definitions, run: LiveRun, current: str | None, now: datetime
) -> tuple[Workflow, Machine, Row, list[Command]]:
    """Return how a run goes on in the current version of its workflow; nothing is written.

    Args:
        store: where it is.
        loader: reads its journal.
        definitions: its versions.
        run: where it stands.
        current: the version; None where the workflow has none any more.
        now: the moment of the change.

    Raises:
        RefusedError: it cannot; the message says why.
    """
    if run.status is RunStatus.QUEUED:
        raise RefusedError("it has not begun: it waits for its turn")
    if store.row("is_held_run", store.shop, run.n):
        raise RefusedError("what it was given while its workflow is paused is kept for it")
    if current is None:
        raise RefusedError(_GONE)
    try:
        workflow = definitions.version(current)
    except EcomflowError as error:
        raise RefusedError(f"the current version is out of service: {error}") from error
    rows = [row for row in loader.journal(run) if row.entry.kind != "late"]
    return workflow, *run.machine.migrate(rows, workflow, run.seq + 1, now)


def mark_of(store: Store) -> list[Any] | None:
    """Return how far a migration is, and who asked for it; None where none is under way."""
    text = store.value("meta", _key(store))
    return None if text is None else json.loads(text)


def _key(store: Store) -> str:
    return f"migrating/{store.shop}"
