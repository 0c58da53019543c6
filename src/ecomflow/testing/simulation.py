"""The public kit: a project on a virtual clock, where nothing leaves the process."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ecomflow.errors import ActionError, ProjectError
from ecomflow.language import load_project
from ecomflow.model import Outcome
from ecomflow.registry import Registry
from ecomflow.runtime.simulated import SimulatedRuntime
from ecomflow.testing.answers import Answers, FakedCall, failed, parse_pages, succeeded
from ecomflow.testing.scenario import DEFAULT_START, moment
from ecomflow.testing.values import seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from types import TracebackType

    from ecomflow.language import Project
    from ecomflow.model import Run
    from ecomflow.runtime.base import DecisionRecord, Explanation, Receipt

_KEPT = 2000
"""Runs that stay in memory while they wait: some ten kilobytes each."""


class Simulation:
    """A project on virtual time. Actions are faked and written down; three days take milliseconds.

    Args:
        project: what runs.
        registry: what is installed.
        start: the first moment.
    """

    def __init__(self, project: Project, registry: Registry, start: datetime = DEFAULT_START) -> None:
        self._answers = Answers(registry.catalog, planner(registry))
        self.runtime = SimulatedRuntime(project, start=start, performer=self._answers, catalog=registry.catalog, kept=_KEPT)

    @classmethod
    def load(
        cls, folder: str | Path, *, start: str | datetime = DEFAULT_START, plugins: Sequence[object] = (), registry: Registry | None = None
    ) -> Simulation:
        """Load a folder with ``ecomflow.yaml``, or a folder of workflows.

        Args:
            folder: where it is.
            start: the first moment, such as ``2026-01-01T00:00:00Z``.
            plugins: what is not installed: modules or objects with hooks, or decorated functions.
            registry: what is installed, where that is not what this interpreter finds.

        Raises:
            ProjectError: a file has faults.
        """
        installed = registry or Registry.load(plugins)
        project = load_project(Path(folder), installed.catalog)
        errors = [fault for fault in project.diagnostics if fault.severity == "error"]
        if errors:
            raise ProjectError(errors)
        return cls(project, installed, moment(start))

    @property
    def now(self) -> datetime:
        """The moment at which the simulation stands."""
        return self.runtime.now

    def emit(
        self,
        type: str,
        data: dict[str, Any],
        *,
        id: str | None = None,
        source: str = "test",
        subject: str | None = None,
        time: str | datetime | None = None,
    ) -> Receipt:
        """Put an event in; all that is due at once is done when this returns.

        Args:
            type: such as ``order.created``.
            data: what it carries.
            id: its own; a fresh one by default.
            source: where it comes from.
            subject: what it is about, where no schema says so.
            time: when it happened; now by default.
        """
        when = None if time is None else moment(time)
        return self.runtime.emit(type, data, id=id, source=source, subject=subject, time=when)

    def start_workflow(
        self, workflow: str, data: dict[str, Any] | None = None, *, force: bool = False, id: str | None = None, subject: str | None = None
    ) -> Receipt:
        """Start a workflow that has a trigger ``manual``.

        Args:
            workflow: its name.
            data: what its conditions and steps see.
            force: whether its conditions are not asked.
            id: of the event that the start is; a fresh one by default.
            subject: what it is about; the workflow by default.

        Raises:
            NotFoundError: no workflow has that name.
            RefusedError: it has no such trigger.
        """
        return self.runtime.start_workflow(workflow, data, force=force, id=id, subject=subject)

    def advance(self, span: str | timedelta) -> None:
        """Let time go on; timers, retries and answers come in their order.

        Args:
            span: such as ``24h``, exact.
        """
        by = span if isinstance(span, timedelta) else timedelta(seconds=seconds(span))
        self.runtime.advance(self.runtime.now + by)

    def restart(self, down: str = "0s") -> None:
        """Kill the process and start it again.

        Args:
            down: how long it stays away.
        """
        self.runtime.restart(seconds(down))

    def on(
        self,
        action: str,
        *,
        returns: Any = None,
        raises: ActionError | type[ActionError] | str | None = None,
        takes: str = "0s",
        pages: Sequence[Sequence[Any]] | None = None,
    ) -> None:
        """Say what a faked action answers from now on.

        Args:
            action: its name.
            returns: its result.
            raises: how it fails: an error, or one of ``permanent retryable rate_limited timeout in_doubt``.
            takes: how long it lasts.
            pages: what a search finds, page by page, in place of a result.

        Raises:
            CaseError: the pages are no lists.
        """
        lasting = seconds(takes)
        if pages is not None:
            self._answers.on(action, parse_pages(action, {"pages": [list(each) for each in pages]})._replace(takes=lasting))
            return
        self._answers.on(action, succeeded(returns, lasting) if raises is None else failed(raises, lasting))

    @property
    def actions(self) -> Sequence[FakedCall]:
        """Every attempt of every action, in order."""
        return tuple(self._answers.calls)

    @property
    def runs(self) -> Sequence[Run]:
        """Every run, in order of start."""
        return self.runtime.runs()

    @property
    def decisions(self) -> Sequence[DecisionRecord]:
        """Every decision, in order; *not matched* is explained on demand (R:V2)."""
        return [record for record in self.runtime.decisions() if record.outcome is not Outcome.NOT_MATCHED]

    def why(self, event_id: str, workflow: str | None = None) -> Sequence[Explanation]:
        """Explain what became of an event.

        Args:
            event_id: its id.
            workflow: of which workflow; all by default.
        """
        return self.runtime.why(event_id, workflow)

    def close(self) -> None:
        """Give back what the simulation holds."""
        self.runtime.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def planner(registry: Registry) -> Callable[[str, Mapping[str, Any]], str]:
    """Return the function that says what an installed action would do.

    Args:
        registry: what is installed.
    """
    return lambda action, params: registry.action(action).plan(params)
