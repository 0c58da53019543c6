"""Versions of workflows: what is current, what runs are pinned to, and how a change of files becomes current (R:V4)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from ecomflow.core.encoding import decode, encode
from ecomflow.errors import NotFoundError, ProjectError
from ecomflow.expressions import subject_text
from ecomflow.language import compile_bundle
from ecomflow.matching import WatchIndex, WorkflowIndex, look_up
from ecomflow.model import MISSING
from ecomflow.runtime.clock import DAY, SECOND, at_most

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from ecomflow.language import Project
    from ecomflow.model import Catalog, Event, EventType, Workflow
    from ecomflow.store import Store

_log = logging.getLogger("ecomflow")


class Definitions:
    """The definitions of one shop.

    Args:
        store: where versions are kept.
        catalog: what is installed.
    """

    def __init__(self, store: Store, catalog: Catalog) -> None:
        self._store, self._catalog = store, catalog
        self._versions: dict[str, Workflow] = {}
        self._event_types: Mapping[str, EventType] = catalog.event_types
        self.people: Mapping[str, tuple[str, ...]] = {}
        self.max_starts = 60
        self.dedupe_for = 90 * DAY
        self.keep_runs: int | None = None
        """How long an ended run is kept, in microseconds; None for ever."""
        self.keep_events: int | None = None
        """How long an event is kept that nothing needs."""
        self.current: dict[str, Workflow] = {}
        self._longest: int | None = None
        self.index = WorkflowIndex(())
        self.watching = WatchIndex(())

    def use(self, project: Project) -> None:
        """Take from the project what is no part of a version: people, limits, event types."""
        self.people, self.max_starts = project.people, project.max_starts
        self.dedupe_for = (31 * project.dedupe_for.months + project.dedupe_for.days) * DAY + int(project.dedupe_for.seconds * SECOND)
        self.keep_runs, self.keep_events = (None if span is None else at_most(span) for span in (project.retention.runs, project.retention.events))
        self._event_types = project.event_types

    def deploy(self, workflows: Mapping[str, Workflow], now: int, kept: Collection[str] = ()) -> list[str]:
        """Make versions current, inside a transaction; a name that is gone stops triggering.

        Args:
            workflows: the whole folder.
            now: microseconds.
            kept: names that stay deployed, though they may be out of service for now.

        Returns:
            The names whose version changed, gone ones included.
        """
        shop = self._store.shop
        before = dict(self._store.rows("deployments", shop))
        changed = [name for name in before if name not in workflows and name not in kept]
        for name in changed:
            self._store.run("undeploy", shop, name)
        for name, workflow in workflows.items():
            self._versions[workflow.version] = workflow
            if before.get(name) != workflow.version:
                changed.append(name)
                bundle = encode(workflow.bundle).decode()
                self._store.run("add_definition", shop, workflow.version, name, bundle)
                self._store.run("deploy", shop, name, workflow.version, now)
        self._set_current(workflows.values())
        return changed

    def forget(self) -> None:
        """Make current again what the store says, after a transaction that was undone."""
        self.load()

    def load(self) -> bool:
        """Make current what was deployed last; return whether anything ever was."""
        rows = self._store.rows("deployments", self._store.shop)
        self._set_current(found for _, version in rows if (found := self.usable(version)) is not None)
        return bool(rows)

    def longest_lookback(self) -> int:
        """Return how far back any current workflow looks, in microseconds (R:W5)."""
        if self._longest is None:  # asked every few seconds, and there may be ten thousand workflows
            self._longest = int(max((each.lookback for workflow in self.current.values() for each in workflow.awaited), default=0.0) * SECOND)
        return self._longest

    def _set_current(self, workflows: Iterable[Workflow]) -> None:
        self.current, self._longest = {workflow.name: workflow for workflow in workflows}, None
        self.index = WorkflowIndex(self.current.values())
        self.watching = WatchIndex(self.current.values())

    def usable(self, version: str) -> Workflow | None:
        """Return a version, or None for one that needs what is no longer installed: it is out of service, the others are not."""
        try:
            return self.version(version)
        except ProjectError as error:
            _log.error("a deployed version is out of service: %s", error)
            return None

    def version(self, version: str) -> Workflow:
        """Return a version, compiled again from the store where it is not in memory.

        Raises:
            NotFoundError: the store does not have it.
            ProjectError: it names what is no longer installed.
        """
        found = self._versions.get(version)
        if found is None:
            bundle = self._store.value("definition", self._store.shop, version)
            if bundle is None:
                raise NotFoundError(f"the store has no definition {version[:12]}")
            found = self._versions[version] = compile_bundle(decode(bundle.encode()), self._catalog)
        return found

    # --- subjects (R:S1) ---

    def event_subject(self, event: Event) -> tuple[str, str | None]:
        """Return kind and value of what an event is about, whoever listens."""
        known = self._event_types.get(event.type)
        if known is not None and known.subject:
            path = tuple(known.subject.split("."))
            return known.subject, subject_text(look_up(event.seen(frozenset({path})), path))
        return event.type.rpartition(".")[0] or event.type, event.subject

    def run_subject(self, workflow: Workflow, event: Event, scope: Mapping[str, Any]) -> tuple[str, str | None]:
        """Return kind and value of what a run started by this event is about."""
        if not workflow.subject:
            return self.event_subject(event)
        texts = [subject_text(_value(expression.value(scope))) for expression in workflow.subject]
        if None in texts:
            return workflow.subject_kind, None
        return workflow.subject_kind, texts[0] if len(texts) == 1 else encode(texts).decode()


def _value(value: Any) -> Any:
    return None if value is MISSING else value
