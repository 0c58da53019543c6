"""What starts a workflow, in plain words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from ecomflow.cli.describing.said import event
from ecomflow.cli.describing.steps import arrival

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ecomflow.cli.describing.said import Words
    from ecomflow.language import TriggerKind

    Trigger = Mapping[str, Any]

_DAYS: Final = {
    name: day for number, day in enumerate(("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")) for name in (str(number), day[:3].lower())
}  # fmt: skip
_CLOCK: Final = re.compile(r"(\d{1,2}) (\d{1,2}) (\S+) \* (\S+)")


class Triggers:
    """Says triggers.

    Args:
        words: for values and conditions.
        kinds: the kinds that there are.
    """

    def __init__(self, words: Words, kinds: Mapping[str, TriggerKind]) -> None:
        self._words, self._kinds = words, kinds
        self._ways: Mapping[str, Callable[[Trigger], str]] = {
            "event": self._event, "schedule": self._schedule, "threshold": self._threshold, "changed": self._changed, "absence": self._absence,
            "count": self._count, "batch": self._batch, "date": self._date, "manual": self._manual, "workflow": self._workflow,
        }  # fmt: skip

    def all(self, trigger: Any) -> list[str]:
        """Return one clause a trigger."""
        return [self._one(each) for each in (trigger if isinstance(trigger, list) else [trigger])]

    def _one(self, trigger: Trigger) -> str:
        kind = next((kind for kind in self._kinds.values() if any(key in trigger for key in kind.keys)), None)
        way = self._ways.get(kind.name) if kind else None
        if way is not None:
            return way(trigger)
        told = self._words.value({key: value for key, value in trigger.items() if key != "id"})
        return f"by the trigger `{kind.name if kind else '?'}` ({told})"

    def _event(self, trigger: Trigger) -> str:
        held = f", once the conditions have been true for {self._words.span(trigger['holds_for'])}" if "holds_for" in trigger else ""
        return f"when {event(trigger['event'])}{held}"

    def _schedule(self, trigger: Trigger) -> str:
        zone = f", in {trigger['timezone']}" if "timezone" in trigger else ""
        late = {"all": ", and makes up for every time that was missed", "none": ", and lets go what was missed"}.get(trigger.get("catch_up", ""), "")
        if "every" in trigger:
            start = f", counted from {trigger['starting']}" if "starting" in trigger else ""
            return f"every {self._words.span(trigger['every'])}{start}{zone}{late}"
        if "at" in trigger:
            return f"once, at {trigger['at']}{zone}{late}"
        return f"{_cron(str(trigger['schedule']))}{zone}{late}"

    def _threshold(self, trigger: Trigger) -> str:
        below = "below" in trigger
        line = trigger["below" if below else "above"]
        again = f"; again only after it has been back at {self._words.phrase(trigger.get('rearm_at', line))}"
        return f"when {event(trigger['event'])} and {self._words.phrase(trigger['value'])} {'falls below' if below else 'rises above'} {self._words.phrase(line)}{again}"

    def _changed(self, trigger: Trigger) -> str:
        was = f" from {self._words.value(trigger['from'])}" if "from" in trigger else ""
        now = f" to {self._words.value(trigger['to'])}" if "to" in trigger else ""
        held = f", and the conditions have been true for {self._words.span(trigger['holds_for'])}" if "holds_for" in trigger else ""
        return f"when {event(trigger['event'])} and {self._words.phrase(trigger['changed'])} has changed{was}{now}{held}"

    def _absence(self, trigger: Trigger) -> str:
        asked = {"event": trigger["without"], **({"match": trigger["match"]} if "match" in trigger else {})}
        return f"when {event(trigger['event'])}, and within {self._words.span(trigger['within'])} it does not happen that {arrival(self._words, asked)}"

    def _count(self, trigger: Trigger) -> str:
        within = str(trigger["within"])
        span = f"a {within}" if within in ("day", "week", "month") else self._words.span(within)
        key = f", counted for each value of {self._words.phrase(trigger['key'])}" if "key" in trigger else ""
        what = f"{self._words.phrase(trigger['sum'])} adds up to at least {trigger['at_least']}" if "sum" in trigger else f"this happened at least {trigger['at_least']} times"
        return f"when {event(trigger['event'])} and {what} within {span}{key}"

    def _batch(self, trigger: Trigger) -> str:
        most = f", or {trigger['up_to']} events" if "up_to" in trigger else ""
        key = f", for each value of {self._words.phrase(trigger['key'])}" if "key" in trigger else ""
        return f"when {event(trigger['event'])}, once for all that comes within {self._words.span(trigger['collect_for'])}{most}{key}"

    def _date(self, trigger: Trigger) -> str:
        offset = str(trigger.get("offset", ""))
        side = f"{self._words.span(offset.lstrip('-+'))} {'before' if offset.startswith('-') else 'after'} " if offset else "on "
        at = f", at {trigger['at']}" if "at" in trigger else ""
        late = ", also where that is over already" if trigger.get("late") == "fire" else ""
        return f"{side}{self._words.phrase(trigger['date'])}{at}, as the last event says ({event(trigger['event'])}){late}"

    def _manual(self, _: Trigger) -> str:
        return "when a person or a program starts it"

    def _workflow(self, trigger: Trigger) -> str:
        status = trigger.get("status")
        ended = f" as {' or '.join(status if isinstance(status, list) else [status])}" if status else ""
        return f"when a run of the workflow {trigger['workflow']} has ended{ended}"


def _cron(line: str) -> str:
    found = _CLOCK.fullmatch(" ".join(line.split()))
    if found is None:
        return f'at the times of "{line}" (minute, hour, day, month, weekday)'
    minute, hour, day, weekday = found.groups()
    at = f"at {int(hour):02}:{int(minute):02}"
    if day == "*" and weekday == "*":
        return f"every day {at}"
    if day == "*" and weekday.lower() in _DAYS:
        return f"every {_DAYS[weekday.lower()]} {at}"
    if day.isdecimal() and weekday == "*":
        return f"on day {day} of each month {at}"
    return f'at the times of "{line}" (minute, hour, day, month, weekday)'
