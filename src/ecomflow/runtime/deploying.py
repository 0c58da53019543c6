"""Makes a project's files current: new versions take over, and runs on older ones go on or end (R:V4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ecomflow.matching import shapes_of

if TYPE_CHECKING:
    from ecomflow.language import Project
    from ecomflow.model import Workflow
    from ecomflow.runtime.definitions import Definitions
    from ecomflow.runtime.events import Events
    from ecomflow.runtime.gates import Gates
    from ecomflow.runtime.migrating import Migrating
    from ecomflow.runtime.runs import Runs
    from ecomflow.runtime.turn import Turn
    from ecomflow.runtime.watches import Watches
    from ecomflow.store import Store

NEWER_DEPLOYED: Final = "a newer version was deployed"
"""Why a run is cancelled by a deployment."""


class Deploying:
    """Deploys.

    Args:
        store: the audit, and which versions are current.
        turn: the transaction being made.
        definitions: which workflows there are.
        events: which keys of events are asked for.
        watches: what triggers remember.
        gates: what connections take.
        runs: who ends runs.
        migrating: who brings them to new versions.
    """

    def __init__(
        self, store: Store, turn: Turn, definitions: Definitions, events: Events, watches: Watches, gates: Gates, runs: Runs,
        migrating: Migrating,
    ) -> None:  # fmt: skip
        self._store, self._turn, self._definitions, self._events = store, turn, definitions, events
        self._watches, self._gates, self._runs, self._migrating = watches, gates, runs, migrating

    def at_opening(self, project: Project) -> None:
        """Make a project's files current, unless that is left to people."""
        if project.deploy != "manual" or not self._definitions.load():
            self._make_current(project)

    def deploy(self, project: Project, how: str = "keep", by: str = "") -> list[str]:
        """Make a project's files current while running.

        Args:
            project: the whole folder.
            how: ``keep`` lets runs finish on their versions, ``migrate`` brings those that can to the new ones, ``cancel``
                ends them.
            by: who asks, for the audit.

        Returns:
            The names whose version changed.
        """
        changed = self._make_current(project)
        self._store.run("add_audit", self._store.shop, self._turn.now, by, "deploy", None, ", ".join([f"--{how}", *changed]))
        self._definitions.use(project)
        self._gates.use(project)
        if how == "cancel":
            self._cancel_older()
        if how == "migrate":
            self._migrating.begin(by)
        return changed

    def _make_current(self, project: Project) -> list[str]:
        for workflow in project.workflows.values():
            for type_, fields in shapes_of(workflow):
                self._events.know(type_, fields)
        changed = self._definitions.deploy(self._with_kept(project), self._turn.now, project.faulty)
        self._watches.deployed(changed)
        return changed

    def _with_kept(self, project: Project) -> dict[str, Workflow]:
        # A file that has a fault now does not take a version out of service that works.
        deployed = dict(self._store.rows("deployments", self._store.shop))
        kept = {name: self._definitions.usable(deployed[name]) for name in project.faulty if name in deployed}
        return {**{name: found for name, found in kept.items() if found is not None}, **project.workflows}

    def _cancel_older(self) -> None:
        versions = {name: workflow.version for name, workflow in self._definitions.current.items()}
        rows = self._store.rows("open_runs", self._store.shop)
        older = [n for n, name, version in rows if versions.get(name) != version]
        self._runs.end_all(older, "cancelled", NEWER_DEPLOYED)
