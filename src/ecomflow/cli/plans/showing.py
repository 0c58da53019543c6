"""A plan on the terminal, or as JSON lines."""

from __future__ import annotations

from collections import Counter
from shutil import get_terminal_size
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final

from ecomflow.cli.explaining import decided_by, leaf_records, leaf_row
from ecomflow.cli.output import Ink, safe
from ecomflow.cli.plans.performer import ASSUMED
from ecomflow.cli.words import flow, shown, span, when
from ecomflow.model import Mode, Outcome, RunStatus
from ecomflow.testing.values import flow as yaml_flow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo

    from ecomflow.cli.output import Out
    from ecomflow.cli.plans.playing import Played
    from ecomflow.cli.plans.telling import PlanLine
    from ecomflow.model import Run, Workflow

_ROOM: Final = 400
_EFFECTS: Final = {"reads": "reads", "writes": "writes", "sends": "sends", "charges": "moves money"}
_WOULD: Final = {
    RunStatus.COMPLETED: "The run would be completed", RunStatus.STOPPED: "The run would be stopped", RunStatus.FAILED: "The run would fail",
    RunStatus.BLOCKED: "The run would be blocked, for a person to settle",
}  # fmt: skip
_DETAIL: Final = frozenset({"value", "answer"})


def show_start(out: Out, played: Played, workflow: Workflow, how: str, zone: tzinfo) -> None:
    """Show whether the workflow would start, and each condition with what it saw.

    Args:
        out: where to.
        played: what would happen.
        workflow: the one.
        how: it starts, such as ``for order.created``.
        zone: the shop's.
    """
    one, run = played.explanation, played.run
    out.record("plan", entry="start", workflow=workflow.name, start=how, at=played.started, outcome=one.outcome, reason=one.reason, leaves=leaf_records(one.leaves))
    decisive = None if run else decided_by(one)
    if run:
        about = f", about {run.subject}" if run.subject else ""
        out.say(Ink(workflow.name, bold=True), f" would start {how} at {when(played.started, zone)}{about}.")
    else:
        out.say(Ink(workflow.name, bold=True), f" would not start {how} at {when(played.started, zone)}: ", _refusal(played, decided=decisive is not None), ".")
    out.table([leaf_row(n, leaf, decisive=leaf is decisive) for n, leaf in enumerate(one.leaves, 1)], indent="  ")


def _refusal(played: Played, *, decided: bool) -> str:
    one = played.explanation
    if decided:
        return "a condition is false" if one.outcome is not Outcome.UNKNOWN else "a condition is unknown"
    return f"{one.outcome}{f', {one.reason}' if one.reason else ''}"


def show_lines(out: Out, lines: Sequence[PlanLine], workflow: Workflow, zone: tzinfo) -> None:
    """Show what would happen, line by line; a moment stands only where it changes.

    Args:
        out: where to.
        lines: oldest first.
        workflow: the planned one; lines of others say whose they are.
        zone: the shop's.
    """
    out.say()
    before = ""
    for line in lines:
        out.record("plan", entry=line.entry, workflow=line.workflow, at=line.at, path=line.path, text=line.text, **line.fields)
        if line.quiet:
            continue
        at, text = when(line.at, zone), line.text if line.workflow == workflow.name else f"{line.workflow}: {line.text}"
        lead = " " * len(at) if at == before else at
        before = at
        if line.entry in _DETAIL:
            _hang(out, lead, "  ", Ink(f"{line.mark}: " if line.mark else "", "yellow" if line.mark == ASSUMED else ""), text, "bright_black")
        else:
            _hang(out, lead, "", Ink(f"{line.mark} " if line.mark else "", line.colour, bold=True), text, "" if line.mark else line.colour)
        if line.fields.get("params"):
            _hang(out, " " * len(at), "  ", Ink(""), f"with {flow(_short(line.fields['params']))}", "bright_black")


def _hang(out: Out, lead: str, indent: str, mark: Ink, text: str, colour: str) -> None:
    """Print a text behind a moment and a mark, folded to the terminal with its lines below each other."""
    room = max(get_terminal_size().columns - len(lead) - len(indent) - 4, 30)
    folded = wrap(shown(mark.text + safe(text), _ROOM), room, break_on_hyphens=False, subsequent_indent="  ") or [""]
    out.say("  ", lead, "  ", indent, mark, Ink(folded[0].removeprefix(mark.text), colour))
    for rest in folded[1:]:
        out.say("  ", " " * len(lead), "  ", indent, Ink(rest, colour))


def _short(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters with rendered pages left out: their text would hide the rest."""
    return {key: "(rendered)" if isinstance(value, dict) and "html" in value else value for key, value in params.items()}


def show_end(out: Out, played: Played, run: Run, lines: Sequence[PlanLine], zone: tzinfo) -> None:
    """Show how far the plan goes, and why not further.

    Args:
        out: where to.
        played: what would happen.
        run: the workflow's.
        lines: what was shown.
        zone: the shop's.
    """
    question = played.open_question
    out.record(
        "plan", entry="end", at=run.ended or played.now, status=run.status, reason=run.reason, error=run.error, output=run.output,
        question=question.text if question else None, cut=played.cut,
    )  # fmt: skip
    out.say()
    out.say(Ink(_end(played, run, zone), bold=True))
    counts = Counter(line.mark for line in lines if line.entry == "action")
    told = [f"{_EFFECTS[effect]} {_times(counts[effect])}" for effect in _EFFECTS if counts[effect]]
    out.say(f"Until then it {', '.join(told)}." if told else "Until then it does nothing outside.")


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _end(played: Played, run: Run, zone: tzinfo) -> str:
    if played.open_question is not None:
        return f"Here a person decides: {played.open_question.text}. --approve or --reject plans on."
    if run.status in _WOULD:
        reason = (run.error or {}).get("message") or run.reason
        after = f" at {when(run.ended, zone)}, after {span((run.ended - run.started).total_seconds())}" if run.ended else ""
        return f"{_WOULD[run.status]}{after}{f': {reason}' if reason else ''}."
    if played.cut:
        return "The run would still go on; the plan is cut off here."
    waits = "; ".join(f"{waiting.text or waiting.kind}" for waiting in run.waiting_for if not waiting.path.startswith("exit/"))
    return f"The run would wait without an end: for {waits}." if waits else f"The run would be {run.status}."


def show_limits(out: Out, workflow: Workflow) -> None:
    """Show what a plan does not look at: what would end the run early, and what other runs and tokens might refuse.

    Args:
        out: where to.
        workflow: the one.
    """
    for exit_ in workflow.exit_on:
        pairs = " and ".join(f"{pair.field} is {pair.value.source}" for pair in exit_.match or ())
        where = f", where {exit_.where.source}" if exit_.where else ""
        text = f"{' or '.join(exit_.types)} ({pairs or 'of the same subject'}){where}"
        out.record("plan", entry="limit", text=f"exit_on {text}")
        out.say(f"It would end early with {text}.")
    asked = [f"{token.kind} {token.name}" if token.kind == "cap" else token.kind for token in workflow.tokens]
    asked += [f"mode {workflow.mode}"] if workflow.mode is not Mode.PARALLEL else []
    asked += [f"group {workflow.group.name}"] if workflow.group else []
    if asked:
        out.record("plan", entry="limit", text=", ".join(asked))
        out.say(f"Not looked at, for a plan knows no other runs: {', '.join(asked)}.")


def show_assumed(out: Out, assumed: Mapping[str, Any]) -> None:
    """Show what was assumed, ready to be pasted into a file for ``--answers``.

    Args:
        out: where to.
        assumed: examples by action.
    """
    if not assumed:
        return
    out.say()
    out.say("Assumed, for nobody was asked (--ask asks what only reads). --answers FILE takes")
    out.say("what you expect instead, such as:")
    for action, result in assumed.items():
        out.record("plan", entry="assumed", action=action, result=result)
        out.say("  ", f"{action}: {yaml_flow(result)}")
