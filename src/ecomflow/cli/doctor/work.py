"""Checks of the work itself: runs that need a person, and events of which nothing became."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from ecomflow.cli.doctor.findings import fail, ok, some, warn
from ecomflow.cli.sizes import counted
from ecomflow.cli.words import when, zone_of
from ecomflow.errors import NotFoundError, ProjectError
from ecomflow.matching import WatchIndex, WorkflowIndex, type_fits
from ecomflow.model import RunStatus, WaitForStep
from ecomflow.runtime.clock import DAY, to_moment
from ecomflow.runtime.definitions import Definitions
from ecomflow.store.looking import in_time
from ecomflow.testing.steps import every_step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ecomflow.cli.doctor.findings import Finding
    from ecomflow.cli.doctor.installation import Installation
    from ecomflow.language import Project
    from ecomflow.store import Store

_NEWEST: Final = 100_000
"""So many are looked at where all take too long."""

_ALL: Final = 2**53
_PATIENCE: Final = 0.7
"""Seconds for a look at all: a reader that stays makes the engine's log grow."""

_VERSIONS: Final = 50
_DAYS: Final = 7

Row = tuple[str, str, str, int, int, int | None]
"""Workflow, version, state, how many, the newest's number, when the last of them ended."""


def _asked(opened: Store, name: str, what: str, **values: int) -> tuple[list[Any], str]:
    """Return what a query finds among all runs or events; where that takes too long, among the newest, with words that say so."""
    values["shop"] = opened.shop
    try:
        with in_time(opened, _PATIENCE):
            return list(opened.select(name, {**values, "most": _ALL})), ""
    except TimeoutError:
        return list(opened.select(name, {**values, "most": _NEWEST})), f" among the newest {_NEWEST:,} {what}"


def runs(found: Installation) -> Iterator[Finding]:
    """Look at runs that are blocked, have failed, or are on a version that cannot go on."""
    opened = found.store
    if opened is None or found.project is None:
        return
    rows, among = _asked(opened, "count_runs", "runs", since=found.now - _DAYS * DAY)
    blocked = [row for row in rows if row[2] == RunStatus.BLOCKED]
    failed = [row for row in rows if row[2] == RunStatus.FAILED]
    waiting = [row for row in rows if row[2] not in (RunStatus.BLOCKED, RunStatus.FAILED)]
    if blocked:
        yield fail(
            f"{_total(blocked)} blocked{among} and need{'s' if _count(blocked) == 1 else ''} a person",
            f"`ecomflow show r{blocked[0][4]}` says why, and what to do; `ecomflow runs --status blocked` lists them", *_told(blocked),
        )  # fmt: skip
    if failed:
        yield warn(
            f"{counted(_count(failed), 'run')} failed in the last {_DAYS} days{among}",
            f"`ecomflow show r{failed[0][4]}` says why; `ecomflow retry RUN` lets one go on, `ecomflow runs --status failed` lists them", *_told(failed),
        )  # fmt: skip
    stuck = list(_stuck(found, [*waiting, *blocked]))
    yield from stuck
    if not blocked and not stuck:
        yield ok(f"{counted(_count(waiting), 'run')} open, none blocked{among}", *_without_file(waiting, found.project))


def _count(rows: Iterable[Row]) -> int:
    return sum(row[3] for row in rows)


def _total(rows: list[Row]) -> str:
    return f"{counted(_count(rows), 'run')} {'is' if _count(rows) == 1 else 'are'}"


def _told(rows: list[Row]) -> tuple[str, ...]:
    counts: dict[str, tuple[int, int]] = {}
    for workflow, _, _, number, newest, _ in rows:
        before = counts.get(workflow, (0, 0))
        counts[workflow] = (before[0] + number, max(before[1], newest))
    return some([f"{workflow}: {number:,}, the newest is r{newest}" for workflow, (number, newest) in counts.items()])


def _stuck(found: Installation, rows: list[Row]) -> Iterator[Finding]:
    """Look at the versions that open runs are on, and that are not those of today's files."""
    assert found.store is not None
    assert found.project is not None
    current = {workflow.version for workflow in found.project.workflows.values()}
    definitions = Definitions(found.store, found.registry.catalog)
    for version in list(dict.fromkeys(row[1] for row in rows if row[1] not in current))[:_VERSIONS]:
        those = [row for row in rows if row[1] == version]
        said = f"{counted(_count(those), 'run')} of {those[0][0]} cannot go on"
        try:
            definitions.version(version)
        except NotFoundError as error:
            yield fail(f"{said}: {error}", "put a backup back that has it (`ecomflow store restore FILE`), or end them: `ecomflow cancel RUN`")
        except ProjectError as error:
            yield fail(f"{said} on their version: {error}", "install again what it names, start the engine, and then `ecomflow resume --all`")


def _without_file(rows: list[Row], project: Project) -> tuple[str, ...]:
    gone = [row for row in rows if row[0] not in project.sources]
    return tuple(f"the file of {each.partition(':')[0]} is gone: its open runs go on to their end" for each in _told(gone))


def events(found: Installation) -> Iterator[Finding]:
    """Look at events that could not be decided, and at those that concerned nobody."""
    opened = found.store
    if opened is None or found.project is None:
        return
    aside, among = _asked(opened, "set_aside", "events", limit=1000)
    if aside:
        yield fail(
            f"{counted(len(aside), 'event')} could not be decided{among}", f"`ecomflow why {aside[0][0]}` tells more; `ecomflow retry --event ID` decides one again",
            *some([f"{id_}{f' for {workflow}' if workflow else ''}: {reason}" for id_, workflow, reason in aside]),
        )  # fmt: skip
    rows, among = _asked(opened, "unconcerned", "events")
    heard = _Heard(found.project)
    nobody = [row for row in rows if not heard.hears(row[0])]
    yield from _mistyped(found, nobody, heard, among)
    if not aside:
        # What the shop's own runs emit, such as that somebody is asked, need concern nobody.
        lines = [f"{type_}: {counted(number, 'event')}, no workflow listens to this type" for type_, number, _, outside in nobody if outside and not heard.near(type_)]
        yield ok(f"none was set aside{among}", *some(lines))


def _mistyped(found: Installation, nobody: Iterable[tuple[str, int, int, int]], heard: _Heard, among: str) -> Iterator[Finding]:
    assert found.project is not None
    zone = zone_of(found.project.timezone)
    for type_, number, last, _ in nobody:
        near = heard.near(type_)
        if near:
            yield warn(
                f"{counted(number, 'event')} of type {type_}{among}, the last at {when(to_moment(last), zone)}: no workflow listens to it",
                f"did who emits it mean {near}? `ecomflow events --type {type_}` lists them",
            )  # fmt: skip


class _Heard:
    """The event types that workflows of a project start with or wait for."""

    def __init__(self, project: Project) -> None:
        active = [workflow for workflow in project.workflows.values() if workflow.enabled]
        self._starting, self._watching = WorkflowIndex(active), WatchIndex(active)
        waits = [step for workflow in active for step in every_step(workflow.actions) if isinstance(step, WaitForStep)]
        exits = [entry for workflow in active for entry in workflow.exit_on]
        self._waited = {pattern for step in waits for pattern in step.types} | {pattern for entry in exits for pattern in entry.types}
        watched = {type_ for workflow in active for each in workflow.triggers if each.watch for type_ in (*each.watch.types, *each.watch.against)}
        self._all = sorted({type_ for workflow in active for each in workflow.triggers for type_ in each.types} | self._waited | watched)

    def hears(self, type_: str) -> bool:
        """Return whether anybody listens to a type."""
        return bool(self._starting.listening(type_) or self._watching.listening(type_) or any(type_fits(each, type_) for each in self._waited))

    def near(self, type_: str) -> str:
        """Return a type that somebody listens to and that looks like this one; an empty text for none."""
        return next(iter(get_close_matches(type_, self._all, 1, 0.85)), "")
