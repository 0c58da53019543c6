"""A run's story as people read it: where it stands, what comes next, and a time line with every value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ecomflow.cli.output import Ink
from ecomflow.cli.places import Places
from ecomflow.cli.standing import standing
from ecomflow.cli.telling import told_value
from ecomflow.cli.words import flow, shown, when

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from ecomflow.cli.output import Out
    from ecomflow.model import Run, StepRecord, Workflow


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a time line; ``value`` lines tell what an expression gave."""

    at: datetime
    text: str
    colour: str = ""
    value: bool = False


class Story:
    """The time line of one run.

    Args:
        run: with its steps.
        workflow: the version that it is on.
        event: the type of the event that started it, where that is known.
    """

    def __init__(self, run: Run, workflow: Workflow, event: str = "") -> None:
        self._run, self._places, self._event = run, Places(workflow), event

    def lines(self) -> list[Line]:
        """Return the time line, oldest first."""
        return [line for record in self._run.steps if (line := self._line(record)) is not None]

    def _line(self, record: StepRecord) -> Line | None:
        if record.kind == "value":
            text = told_value(self._places, record.path, record.data)
            return None if text is None else Line(record.at, text, value=True)
        tell = getattr(self, f"_{record.kind}", None)
        text, colour = tell(record) if tell else (f"{record.kind} {record.text}".strip(), "")
        return Line(record.at, text, colour)

    def _started(self, _: StepRecord) -> tuple[str, str]:
        return " ".join(filter(None, ["started by", self._event, self._run.event_id or "hand"])), ""

    def _attempt(self, record: StepRecord) -> tuple[str, str]:
        name, data = self._places.name(record.path), record.data or {}
        if "skipped" in data:
            return f"{name}: skipped ({data['skipped']})", "yellow"
        if data.get("ok"):
            return f"{name}: done{_result(data.get('result'))}", "green"
        return f"{name}: {_failure(data)}", "red"

    def _late(self, record: StepRecord) -> tuple[str, str]:
        text, _ = self._attempt(record)
        return f"{text} (too late: nobody waited for it any more)", "yellow"

    def _timer(self, record: StepRecord) -> tuple[str, str]:
        return f"{self._places.name(record.path)}: the time has come", ""

    def _event(self, record: StepRecord) -> tuple[str, str]:
        return f"took event {(record.data or {}).get('event', '')}".strip(), ""

    def _decision(self, record: StepRecord) -> tuple[str, str]:
        data = record.data or {}
        word, comment = ("approved", "green") if data.get("approved") else ("rejected", "yellow"), data.get("comment")
        return f"{word[0]} by {data.get('by') or 'nobody named'}{f': {comment}' if comment else ''}", word[1]

    def _end(self, record: StepRecord) -> tuple[str, str]:
        data = record.data or {}
        word = {"exit": "ended early", "superseded": "superseded", "cancelled": "cancelled"}.get(data.get("how", ""), "ended")
        return f"{word}{_because(data.get('reason'))}", "yellow"

    def _settle(self, record: StepRecord) -> tuple[str, str]:
        data = record.data or {}
        if data.get("how") == "skip":
            return f"{self._places.name(record.path)}: settled by a person{_result(data.get('result'))}", ""
        return f"{self._places.name(record.path)}: a person repeats it", ""

    def _retry(self, record: StepRecord) -> tuple[str, str]:
        step = (record.data or {}).get("from")
        return f"a person lets it go on{f' from {step}' if step else ''}", ""


def _because(reason: Any) -> str:
    return f": {reason}" if reason else ""


def _result(value: Any) -> str:
    return "" if value is None else f"  {shown(flow(value))}"


def _failure(data: dict[str, Any]) -> str:
    word = {"in_doubt": "nobody knows whether it took effect", "rate_limited": "asked to wait"}.get(data.get("class", ""), "failed")
    return f"{word}: {data.get('message') or data.get('type')}"


def say_lines(out: Out, lines: Sequence[Line], zone: tzinfo) -> None:
    """Print a time line; a moment stands only where it changes."""
    before = ""
    for line in lines:
        at = when(line.at, zone)
        stamp = " " * len(at) if at == before else at
        out.say("  ", stamp, "    " if line.value else "  ", Ink(line.text, "bright_black" if line.value else line.colour))
        before = at


def say_standing(out: Out, run: Run, zone: tzinfo, places: Places | None = None, now: datetime | None = None) -> None:
    """Print in one sentence where a run stands and what comes next."""
    out.say(standing(run, zone, places, now))
