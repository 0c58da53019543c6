"""A run's story as people read it: where it stands, what comes next, and a time line with every value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ecomflow.cli.chapters import chapters
from ecomflow.cli.output import Ink
from ecomflow.cli.places import Places
from ecomflow.cli.standing import standing
from ecomflow.cli.telling import Teller
from ecomflow.cli.words import TRUTH, flow, shown, when
from ecomflow.model import RunStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import tzinfo

    from ecomflow.cli.output import Out
    from ecomflow.model import Leaf, Run, StepRecord, Workflow


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
        zone: the shop's.
        event: the type of the event that started it, where that is known.
        conditions: those of its start, with what they saw.
        definition: gives a version by its hash, for what was done on older ones.
    """

    def __init__(
        self, run: Run, workflow: Workflow, zone: tzinfo, event: str = "", conditions: Sequence[Leaf] = (),
        definition: Callable[[str], Workflow] | None = None,
    ) -> None:  # fmt: skip
        self._chapters = chapters(run, workflow, definition)
        self._run, self._places, self._zone, self._type, self._conditions = run, Places(workflow), zone, event, conditions
        self._ways: Mapping[str, Callable[[StepRecord], tuple[str, str]]] = {
            "started": self._started, "attempt": self._attempt, "late": self._late, "timer": self._timer, "event": self._event,
            "decision": self._decision, "end": self._end, "settle": self._settle, "retry": self._retry, "child": self._child,
            "migrated": self._migrated,
        }  # fmt: skip

    def lines(self) -> list[Line]:
        """Return the time line, oldest first."""
        found: list[Line] = []
        for places, records in self._chapters:
            self._places, teller = places, Teller(places, self._zone)
            found += [line for record in records for line in self._lines(record, teller)]
        return found

    def _lines(self, record: StepRecord, teller: Teller) -> Iterator[Line]:
        if record.kind == "value":
            value = teller.tell(record)
            if value is not None:
                yield Line(record.at, value, value=True)
            return
        text, colour = self.tell(record)
        yield Line(record.at, text, colour)
        if record.kind == "started":
            for leaf in filter(lambda leaf: leaf.asked, self._conditions):
                yield Line(record.at, _asked(leaf), value=True)

    def tell(self, record: StepRecord) -> tuple[str, str]:
        """Return what happened in words, and the colour of that; for what expressions gave there is ``Teller``."""
        tell = self._ways.get(record.kind)
        return tell(record) if tell else (f"{record.kind} {record.text}".strip(), "")

    def _started(self, _: StepRecord) -> tuple[str, str]:
        if self._run.caller is not None:
            return f"called by {self._run.caller}", ""
        return " ".join(filter(None, ["started by", self._type, self._run.event_id or "hand"])), ""

    def _attempt(self, record: StepRecord) -> tuple[str, str]:
        name, data = self._places.name(record.path), record.data or {}
        if "skipped" in data:
            return f"{name}: skipped ({data['skipped']})", "yellow"
        if data.get("ok") and "next" in data:
            return f"{name}: done{_found(data)}", "green"
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

    def _child(self, record: StepRecord) -> tuple[str, str]:
        data = record.data or {}
        name, run = self._places.name(record.path), data["run"] or "not started"
        if data["status"] == RunStatus.COMPLETED:
            return f"{name}: {run} is completed{_result(data['output'])}", "green"
        return f"{name}: {run}, {data['status']}{_because(data['reason'])}", "" if data["status"] == RunStatus.STOPPED else "red"

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

    def _migrated(self, record: StepRecord) -> tuple[str, str]:
        return f"goes on at {self._places.name(record.path)} in version {(record.data or {}).get('to', '')[:12]}", "yellow"

    def _retry(self, record: StepRecord) -> tuple[str, str]:
        step = (record.data or {}).get("from")
        return f"a person lets it go on{f' from {step}' if step else ''}", ""


def _asked(leaf: Leaf) -> str:
    return f"{leaf.source}: {TRUTH[leaf.outcome]}{f'  ({leaf.detail})' if leaf.detail else ''}"


def _because(reason: Any) -> str:
    return f": {reason}" if reason else ""


def _result(value: Any) -> str:
    known = {key: inner for key, inner in value.items() if inner is not None} if isinstance(value, dict) else value
    return " (no result)" if value is None else f"  {shown(flow(known))}"


def _found(page: dict[str, Any]) -> str:
    more = "" if page["next"] is None else ", and there are more pages"
    return f"{_result(page['result'])}{more}"


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
