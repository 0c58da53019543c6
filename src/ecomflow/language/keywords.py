"""What each key of a workflow file is for: shown by editors, and by the reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

WORKFLOW: Final[Mapping[str, str]] = {
    "name": "The workflow's name, unique in the project; by default that of its file.",
    "description": "What it is for, in one sentence.",
    "enabled": "false: it starts no runs; those that are open go on.",
    "inputs": "Settings with their defaults: `name: value`, or `{default, description}`. The project file may set others.",
    "vars": "Expressions that are evaluated once at the start; steps read them as `vars.name`.",
    "trigger": "What starts it: one trigger, or a list of them.",
    "subject": "What a run is about, as an expression or a list; by default what the event is about.",
    "mode": "What happens to a start while another run for the same subject is open.",
    "max_runs": "For `parallel`: how many runs of a subject may be open; more are refused.",
    "max_queued": "For `queued`: how many may wait; 100 by default.",
    "own_events": "true: an event that a run caused may start this workflow again for the same subject.",
    "group": "Workflows of one group have one open run for each key.",
    "priority": "Within a group the higher one supersedes; events are offered in this order.",
    "caps": "Limits of the project file that a start counts against.",
    "once": "Start once for each key, or once in `per`.",
    "throttle": "Start at most `limit` times in `per` for each key; the excess is dropped.",
    "debounce": "Act once the subject has been quiet for this long.",
    "conditions": "Start only where these are true: an expression, or a list that must hold altogether.",
    "on_unknown": "Where a condition cannot be decided: `skip` does not start, `fail` starts a failed run.",
    "exit_on": "Events that end a run at once, whatever step it is in.",
    "actions": "The steps, in their order.",
    "output": "What the run gives to a workflow that calls it.",
    "timezone": "The zone of times and calendar days; by default the project's.",
    "locale": "The language of words, money and dates; by default the project's.",
    "connections": "For a kind of connection, the one that steps use: `{smtp: mail}`.",
}

STEP: Final[Mapping[str, str]] = {
    "id": "A name for the step's result.",
    "name": "What people call the step.",
    "if": "Do the step only where this is true; with `then` and `else` it is a step of its own.",
    "on_unknown": "Where a condition cannot be decided: `else` goes on as if it were false, `fail` fails.",
}
"""The keys that every step may have."""

STEPS: Final[Mapping[str, Mapping[str, str]]] = {
    "action": {
        "action": "Call an action; `ecomflow actions` lists those that are installed.",
        "with": "The action's parameters.",
        "connection": "The connection that carries it out, where several fit.",
        "retry": "How failures are tried again.",
        "timeout": "For one attempt; 60 s by default.",
        "once": "Do it once for each key, or once in `per`; else the step is skipped.",
        "caps": "Limits of the project file that it counts against; beyond them it is skipped.",
        "on_error": "Where it fails for good: `stop` fails the run, `continue` goes on, a list of steps runs instead.",
    },
    "wait": {"wait": "Wait for a span such as `24h`, until a moment, or until a calendar is open."},
    "wait_for": {"wait_for": "Wait for an event, or until a time is over."},
    "choose": {"choose": "Take the first branch whose condition is true.", "else": "Steps where none is."},
    "for_each": {
        "for_each": "Do steps for each item of a list, or of all pages of a search.", "as": "The item's name; `item` by default.", "do": "The steps.",
        "max_parallel": "How many items at a time; 1 by default.", "on_error": "Where an item fails: `stop`, or `continue` with the next.",
        "key": "What tells items apart; doubles are left out.",
    },
    "parallel": {"parallel": "Branches of steps that run side by side.", "join": "`all` waits for every branch, `first` ends the others."},
    "repeat": {"repeat": "Do steps again: `times`, `while` or `until`.", "do": "The steps.", "max": "At most so many rounds; 100 by default."},
    "continue_if": {"continue_if": "Go on only where this is true; else the run ends quietly."},
    "set": {"set": "Give values to variables, `vars.name`."},
    "call": {"call": "Run another workflow and wait for its end.", "with": "Its inputs."},
    "emit": {"emit": "Send an event to the other workflows.", "data": "What the event carries."},
    "ask_approval": {"ask_approval": "Ask people, and wait for the answer of one of them."},
    "try": {"try": "Steps that may fail.", "catch": "Steps where one has failed; `error` tells how.", "finally": "Steps that run in any case."},
    "stop": {"stop": "End the run quietly, with a reason."},
    "fail": {"fail": "End the run as failed, with a reason."},
    "if": {"then": "Steps where the condition is true.", "else": "Steps where it is not."},
}

TRIGGERS: Final[Mapping[str, str]] = {
    "id": "A name for the trigger; `trigger.id` tells which one fired.",
    "event": "A type of events, a list, or a pattern such as `order.*`.",
    "holds_for": "Fire once the conditions have been true for this long.",
    "at": "The time of day, such as 09:00 in quotes.",
    "value": "The number that is watched.",
    "below": "Fire when the value falls below this.",
    "above": "Fire when the value rises above this.",
    "rearm_at": "Fire again only after the value has been back here.",
    "changed": "The field that is watched.",
    "from": "Only where it had this value before.",
    "to": "Only where it has this value now.",
    "without": "The event that should have come.",
    "match": "Fields of the arriving event (left) and values of this one (right) that must be equal.",
    "within": "The span in which it counts.",
    "lookback": "How long before an event may have come and still count.",
    "at_least": "Fire when there are so many.",
    "sum": "Add this up instead of counting.",
    "key": "Whose: one window or batch for each value.",
    "collect_for": "How long events are gathered.",
    "up_to": "Fire at once when there are so many.",
    "date": "The date that the events carry.",
    "offset": "Before (-3d) or after it.",
    "late": "`fire`: also where the moment is over already.",
}

PARTS: Final[Mapping[str, Mapping[str, str]]] = {
    "retry": {
        "attempts": "How often altogether.", "delay": "Before the second attempt; it doubles.", "max_delay": "The longest delay.",
        "deadline": "For all attempts together.",
    },
    "once": {"key": "Whose.", "per": "How long it counts; for ever by default."},
    "throttle": {"key": "Whose; all together by default.", "limit": "How many; 1 by default.", "per": "In which span."},
    "group": {"name": "The same in all its workflows.", "key": "One open run for each value."},
    "exit_on": {
        "event": TRIGGERS["event"], "match": TRIGGERS["match"], "where": "Only where this is true; `arriving` is the event's data.",
        "lookback": TRIGGERS["lookback"],
    },
    "branch": {"if": "Take the branch where this is true.", "then": "Its steps."},
    "input": {"default": "Its value where nobody sets another.", "description": "What it is for."},
    "debounce": {"quiet": "Act once nothing has come for this long.", "max": "At the latest after this."},
    "wait": {"until": "A moment, or a time such as `tue 11:00`.", "until_window": "A calendar of the project file: wait until it is open."},
    "wait_for": {
        "event": TRIGGERS["event"], "match": TRIGGERS["match"], "where": "Only where this is true; `arriving` is the event's data.",
        "timeout": "Wait at most this long.", "until": "Wait at most until then.",
        "since": "`start`: events since the run's start count; `step`: only those that come from now on.", "lookback": TRIGGERS["lookback"],
    },
    "repeat": {"times": "So often.", "while": "As long as this is true, asked before each round.", "until": "Until this is true, asked after each round."},
    "ask_approval": {
        "title": "What is asked.", "details": "More about it.", "to": "Who may decide: `people` of the project file, or addresses.",
        "remind_every": "Ask again after this.", "timeout": "Wait at most this long.",
        "on_timeout": "Where nobody answers: `reject`, `approve`, or steps.",
    },
}  # fmt: skip

CONDITIONS: Final[Mapping[str, str]] = {
    "all": "True where all are.", "any": "True where one is.", "not": "True where this is false.",
    "some": "A list: true where the condition holds for an item.", "every": "A list: true where it holds for every item.",
    "none": "A list: true where it holds for no item.", "if": "The condition.", "as": "The item's name; `item` by default.",
    "label": "What people call this condition.",
}  # fmt: skip

TRIGGER_KINDS: Final[Mapping[str, str]] = {
    "event": "Fires for each event of a type.",
    "threshold": "Fires when a value crosses a line, and again only after it has been back.",
    "changed": "Fires when a field differs from the last one seen for the subject.",
    "absence": "Fires when a second event did not come in time; scope is the first event.",
    "count": "Fires when a window has enough events, and again only after it has had fewer.",
    "batch": "Fires once for a burst of events, with every one of them in `events`.",
    "date": "Fires relative to a date that events carry; a newer event moves it.",
}

PROJECT: Final[Mapping[str, str]] = {
    "shop": "The shop's name; a part of every key under which something is sent.",
    "timezone": "The zone of the shop's days and hours, such as Europe/Berlin; UTC by default.",
    "locale": "The language of words, money and dates, such as de; en by default.",
    "store": "Where runs are kept, such as sqlite:///var/ecomflow.db.",
    "workflows": "The folder of workflows.",
    "templates": "The folder of templates.",
    "inputs": "For a workflow, the inputs that differ from its defaults.",
    "people": "Names for addresses: who may be asked, and written to.",
    "caps": "Limits that several workflows share.",
    "connections": "Configured access to outside systems, by a name of your own.",
    "calendars": "Hours and days, for `until_window` and for conditions.",
    "event_types": "Types of events of your own, with their schemas.",
    "deploy": "`auto` makes edited files current at each start, `manual` waits for `ecomflow deploy`.",
    "max_starts": "How often a workflow starts for one subject in an hour, at most; 60 by default.",
    "dedupe_for": "How long ids of events are remembered; 90 d by default.",
    "retention": "How long what is over is kept; for ever by default. What is still needed stays.",
    "consent": "The connection that is asked whether a customer accepts marketing, before it is sent; the first that knows customers by default, `none` for nobody.",
    "lookback": "How long before a start an awaited event may have come; 15 min by default.",
}
CAP: Final[Mapping[str, str]] = PARTS["throttle"]
RATE: Final[Mapping[str, str]] = {"limit": "Requests.", "per": "In any span so long, such as 1m."}
BREAKER: Final[Mapping[str, str]] = {
    "failures": "In a row, after which no request is made for a while; 10 by default.",
    "cool_down": "For how long; each time in a row it is doubled. 30s by default.", "max_cool_down": "At most so long; 10m by default.",
}  # fmt: skip
RETENTION: Final[Mapping[str, str]] = {
    "runs": "After their end, at least 1d, or `forever`, the default.",
    "events": "After they came, at least 1d, or `forever`, the default. One that a run saw is kept as long as the run.",
}  # fmt: skip
CALENDAR: Final[Mapping[str, str]] = {
    "days": "Days of the week, such as mon-fri; all by default.", "from": "When it opens, such as 09:00 in quotes.",
    "to": "When it closes.", "holidays": "Days on which it is closed: a place such as DE, or dates.",
}  # fmt: skip
EVENT_TYPE: Final[Mapping[str, str]] = {
    "schema": "JSON Schema of the event's data.", "subject": "The path of what it is about, such as order.id.", "description": "What has happened.",
}  # fmt: skip

TRIGGER_EXAMPLES: Final[Mapping[str, object]] = {
    "id": "evening", "event": "order.created", "holds_for": "24h", "schedule": "0 9 * * mon", "every": "14d", "starting": "2026-03-02T09:00:00",
    "timezone": "Europe/Berlin", "catch_up": "latest", "value": "order.total", "below": 10, "above": 100, "rearm_at": 15,
    "changed": "order.financial_status", "from": "pending", "to": "paid", "without": "parcel.sent", "match": {"parcel.order_id": "order.id"}, "within": "7d",
    "lookback": "15m", "at_least": 5, "sum": "order.total", "key": "order.email", "collect_for": "10m", "up_to": 100,
    "date": "order.created_at", "offset": "3d", "date.at": "09:00", "at": "2026-12-24T09:00:00", "late": "fire", "manual": True, "workflow": "abandoned-cart", "status": "failed",
}  # fmt: skip
"""A value for each key, for editors and for text to paste."""
