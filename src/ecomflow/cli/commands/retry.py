"""``ecomflow retry``: let failed or blocked runs go on."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

import click

from ecomflow.cli.again import sent_again
from ecomflow.cli.engines import ask, look
from ecomflow.cli.options import common, person
from ecomflow.cli.output import note
from ecomflow.cli.requests import find_run
from ecomflow.cli.since import since_option
from ecomflow.cli.states import status_option
from ecomflow.model import RunStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any

    from ecomflow.cli.output import Out
    from ecomflow.model import Run
    from ecomflow.runtime.reading import Reader

_SHOWN = 20
_DEAD = frozenset({RunStatus.FAILED, RunStatus.BLOCKED})


@click.command("retry")
@click.argument("runs", nargs=-1, metavar="[RUN...]")
@click.option("--workflow", help="All failed runs of this workflow.")
@click.option("--subject", help="All failed runs about this subject, by its value.")
@status_option
@since_option
@click.option("--error", metavar="TYPE", help="All that failed with an error of this type, such as http_503.")
@click.option("--event", metavar="ID", help="Instead of runs, an event: the workflows that failed to decide it decide it again.")
@click.option("--from", "step", metavar="STEP", help="Go back to this step, by id or path: all from there on happens again, under new keys.")
@click.option("--yes", is_flag=True, help="Do not ask before many runs go on.")
@person()
@common
def command(project: Path, out: Out, runs: Sequence[str], event: str | None, step: str | None, by: str, *, yes: bool, **wanted: Any) -> int | None:
    """Let failed RUNs go on where they failed, or repeat a call in doubt under the same key.

    Says what may be sent again. Without a RUN, all that the options find, after that and a question; `--status failed,blocked`
    finds both kinds, by default only what failed.
    """
    found = any(value is not None for value in wanted.values())
    if event is not None and not runs and not found:
        _retry_event(project, out, event, by)
        return None
    if bool(runs) is found or event is not None:
        raise click.UsageError("name runs, or say by --workflow, --subject, --status, --since or --error which, or name an --event: one of the three")
    if found:
        return _retry_found(project, out, _find(project, wanted), step, by, yes=yes)
    for run in [find_run(project, run) for run in runs]:
        _retry(project, out, run, step, by)
    return None


def _retry(project: Path, out: Out, run: Run, step: str | None, by: str) -> None:
    again = look(project, lambda _, reader: list(sent_again(run, reader.definition(run.version), step, reader.definition)))
    asked = ask(project, lambda engine: engine.retry(run.id, step, by))
    # Only now: of a run that cannot be retried nothing happens again.
    for line in again:
        note(line)
    out.record("retry", done=asked.done, run=run.id, step=step, by=by)
    if asked.done:
        out.say(f"{run.workflow} {run.id} goes on.")


def _retry_event(project: Path, out: Out, event: str, by: str) -> None:
    asked = ask(project, lambda engine: engine.retry_event(event, by))
    out.record("retry", event=event, by=by, done=asked.done)
    for decision in asked.value or ():
        out.record("decision", event=event, workflow=decision.workflow, outcome=decision.outcome, run=decision.run_id, reason=decision.reason)
        out.say("  ".join(filter(None, [decision.workflow, str(decision.outcome), decision.run_id, decision.reason])))
    if asked.done and not asked.value:
        out.say("Decided again: nothing came of it.")


# --- many


def _find(project: Path, wanted: dict[str, Any]) -> list[Run]:
    status = wanted["status"] or str(RunStatus.FAILED)
    if not set(status.split(",")) <= {str(each) for each in _DEAD}:
        raise click.UsageError("only failed and blocked runs can be retried: --status failed, blocked, or both")
    found: list[Run] = look(project, lambda _, reader: list(reader.runs(**{**wanted, "status": status})))
    return found


def _retry_found(project: Path, out: Out, found: list[Run], step: str | None, by: str, *, yes: bool) -> int | None:
    if not found:
        note("No such runs.")
        return None
    _tell(project, found, step)
    if not yes and not _agreed(len(found)):
        return 1
    asked = ask(project, lambda engine: engine.retry_all([run.id for run in found], step, by))
    told: dict[str, str] = asked.value if asked.done else dict.fromkeys((run.id for run in found), "")
    for run in found:
        out.record("retry", run=run.id, step=step, by=by, done=asked.done and not told[run.id], reason=told[run.id])
    refused = {run_id: reason for run_id, reason in told.items() if reason}
    for run_id, reason in list(refused.items())[:_SHOWN]:
        note(f"{run_id}: {reason}")
    if asked.done:
        out.say(f"{len(found) - len(refused)} of {_runs(len(found))} {'goes' if len(found) == 1 else 'go'} on.")
    return 1 if refused else None


def _tell(project: Path, found: list[Run], step: str | None) -> None:
    """Say which runs are meant, and what may happen again; on stderr, for it is no result."""
    for run in found[:_SHOWN]:
        note(f"{run.id}  {run.workflow}  {run.subject or '-'}  {run.status}  {_why(run)}")
    if len(found) > _SHOWN:
        note(f"… and {len(found) - _SHOWN} more")
    again = look(project, lambda _, reader: _again(reader, found, step))
    for line, count in again.items():
        note(f"{line} ({_runs(count)})")


def _again(reader: Reader, found: list[Run], step: str | None) -> Counter[str]:
    lines: Counter[str] = Counter()
    for run in found:
        lines.update(set(sent_again(reader.run(run.id), reader.definition(run.version), step, reader.definition)))
    return lines


def _why(run: Run) -> str:
    return str(run.error.get("message") or run.error.get("type")) if run.error else run.reason


def _agreed(count: int) -> bool:
    if not sys.stdin.isatty():
        note(f"{_runs(count)} would go on. Nothing was done: say --yes where nobody can be asked.")
        return False
    return click.confirm(f"Let {_runs(count)} go on?", err=True)


def _runs(count: int) -> str:
    return f"{count} run{'' if count == 1 else 's'}"
