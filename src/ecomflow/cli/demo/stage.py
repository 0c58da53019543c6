"""What a scene of the demo is told with: the shop's records and deliveries go in, and what comes of them is noted by itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from ecomflow.cli.decisions import WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ecomflow.cli.demo.post import Mail
    from ecomflow.model import Decision
    from ecomflow.plugins import Source
    from ecomflow.runtime.simulated import SimulatedRuntime

_MORNING: Final = 9


@dataclass(slots=True)
class Told:
    """One scene as it went.

    Attributes:
        title: what it is about.
        lines: what happened, with its moment.
        facts: what the shop's records say at the end.
        runs: ids of the runs that it started.
    """

    title: str
    lines: list[tuple[datetime, str]] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)


class Stage:
    """Plays scenes one after the other, each from the next morning on.

    Args:
        runtime: the engine.
        desk: the shop's records.
        vendor: what makes events of webhooks.
        mails: all that were caught, with their moments; it grows while time passes.
    """

    def __init__(
        self, runtime: SimulatedRuntime, desk: Any, vendor: Source, mails: Sequence[tuple[datetime, Mail]]
    ) -> None:  # fmt: skip
        self._runtime, self._desk, self._vendor, self._mails = runtime, desk, vendor, mails
        self._seen, self._told = 0, Told("")

    def begin(self, title: str) -> Told:
        """Begin a scene on the morning after the last one, and return what will be told of it."""
        now = self._runtime.now
        self._runtime.advance((now + timedelta(days=1)).replace(hour=_MORNING - 1, minute=0))
        self._seen, self._told = len(self._mails), Told(title)
        return self._told

    @property
    def now(self) -> datetime:
        """The virtual time."""
        return self._runtime.now

    def put(self, kind: str, *records: Mapping[str, Any]) -> None:
        """Put records into the shop."""
        self._desk.put(kind, *records)

    def find(self, kind: str, **fields: Any) -> list[dict[str, Any]]:
        """Return records of the shop."""
        found: list[dict[str, Any]] = self._desk.find(kind, **fields)
        return found

    def after(self, **span: float) -> None:
        """Let time pass."""
        self._runtime.advance(self.now + timedelta(**span))
        self._note_mails()

    def happens(self, text: str) -> None:
        """Tell what somebody did."""
        self._told.lines.append((self.now, text))

    def fact(self, text: str) -> None:
        """Tell what is so at the end."""
        self._told.facts.append(text)

    def deliver(self, topic: str, body: Mapping[str, Any], id: str, note: str = "") -> None:
        """Take a delivery of the vendor's."""
        for event in self._vendor(topic, body, id):
            self._take(event, f"Shopify delivers {topic}{note}")

    def emit(self, type_: str, id: str, data: Mapping[str, Any]) -> None:
        """Take an event of another system."""
        event = {"type": type_, "id": id, "source": "helpdesk", "subject": None, "time": None, "data": data}
        self._take(event, f"the help desk tells of {type_}")

    def decide(self, *, approved: bool, by: str) -> None:
        """Let somebody answer the question that is open."""
        run = next(run for run in self._runtime.runs() if any(each.kind == "person" for each in run.waiting_for))
        self.happens(f"{by} {'approves' if approved else 'rejects'} it")
        self._runtime.decide(run.id, approved=approved, by=by)
        self._note_mails()

    def _take(self, event: Mapping[str, Any], text: str) -> None:
        at = self.now
        receipt = self._runtime.emit(
            event["type"], event["data"], id=event["id"], source=event["source"], subject=event["subject"], time=at
        )
        self._told.lines.append((at, f"{text}: {'; '.join(map(_said, receipt.decisions))}"))
        self._told.runs += [each.run_id for each in receipt.decisions if each.run_id]
        self._note_mails()

    def _note_mails(self) -> None:
        self._told.lines += [(at, f"mail to {mail.to}: {mail.subject}") for at, mail in self._mails[self._seen :]]
        self._seen = len(self._mails)


def _said(decision: Decision) -> str:
    reason = f" ({decision.reason})" if decision.reason else ""
    return f"{decision.workflow or 'the event'} {WORDS[decision.outcome]}{reason}"
