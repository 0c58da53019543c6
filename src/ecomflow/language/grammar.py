"""The JSON Schemas of the language: one of the file, one a kind of step, one a kind of trigger.

Each is shallow: what stands inside (steps, conditions, values) has its own, chosen by its own key, so that a message never
speaks of the wrong branch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

Schema = dict[str, Any]

TEXT: Final[Schema] = {"type": "string"}
NAME: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": 200}
BOOL: Final[Schema] = {"type": "boolean"}
VALUE: Final[Schema] = {}
MAPPING: Final[Schema] = {"type": "object"}
DURATION: Final[Schema] = {"type": "string", "x-ecomflow": "duration"}
EXPRESSION: Final[Schema] = {"type": ["string", "number", "boolean"], "x-ecomflow": "expression"}
CONDITION: Final[Schema] = {"type": ["string", "boolean", "array", "object"], "x-ecomflow": "condition"}
STEPS: Final[Schema] = {"type": "array", "x-ecomflow": "steps"}
EVENTS: Final[Schema] = {"type": ["string", "array"], "minLength": 1, "minItems": 1, "items": NAME, "x-ecomflow": "event"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 1}
MATCH: Final[Schema] = {"type": "object", "minProperties": 1, "additionalProperties": EXPRESSION}
NAMES: Final[Schema] = {"type": ["string", "array"], "items": NAME}


def mapping(required: tuple[str, ...] = (), /, **properties: Schema) -> Schema:
    """Return the schema of a mapping with these keys and no others; ``_`` at the end of a name is left out."""
    named = {key.removesuffix("_"): value for key, value in properties.items()}
    return {"type": "object", "properties": named, "required": list(required), "additionalProperties": False}


RETRY: Final = mapping(attempts={"type": "integer", "minimum": 1, "maximum": 1000}, delay=DURATION, max_delay=DURATION, deadline=DURATION)
ONCE: Final = mapping(("key",), key=EXPRESSION, per=DURATION)
THROTTLE: Final = mapping(("per",), limit=COUNT, per=DURATION, key=EXPRESSION)
CAP: Final = mapping(("key",), limit=COUNT, per=DURATION, key=EXPRESSION)
GROUP: Final = mapping(("name", "key"), name=NAME, key=EXPRESSION)
ARRIVAL: Final = mapping(("event",), event=EVENTS, match=MATCH, where=CONDITION, lookback=DURATION)
BRANCH: Final = mapping(("if", "then"), if_=CONDITION, then=STEPS)
INPUT: Final = mapping(default=VALUE, description=TEXT)
DEBOUNCE: Final = mapping(("quiet",), quiet=DURATION, max=DURATION)

WORKFLOW: Final = mapping(
    ("trigger", "actions"),
    name=TEXT,
    description=TEXT,
    enabled=BOOL,
    inputs=MAPPING,
    vars={"type": "object", "additionalProperties": EXPRESSION},
    trigger={"type": ["object", "array"], "minItems": 1},
    subject={"type": ["string", "array"], "minItems": 1, "items": EXPRESSION},
    mode={"enum": ["parallel", "single", "restart", "queued"]},
    max_runs=COUNT,
    max_queued=COUNT,
    own_events=BOOL,
    group=GROUP,
    priority={"type": "integer"},
    caps=NAMES,
    once=ONCE,
    throttle=THROTTLE,
    debounce={"type": ["string", "object"]},
    conditions=CONDITION,
    on_unknown={"enum": ["fail", "skip"]},
    exit_on={"type": ["object", "array"]},
    actions=STEPS,
    output=MAPPING,
    timezone=TEXT,
    locale=TEXT,
    connections={"type": "object", "additionalProperties": NAME},
)

TRIGGER_KEYS: Final[Mapping[str, tuple[str, ...]]] = {"event": ("event",)}
"""The keys by which the kind of a trigger that the language knows itself is known; those of the others are asked before."""

TRIGGERS: Final[Mapping[str, Schema]] = {"event": mapping(("event",), id=NAME, event=EVENTS, holds_for=DURATION)}

_COMMON: Final[dict[str, Schema]] = {"id": NAME, "name": TEXT, "if": CONDITION, "on_unknown": {"enum": ["else", "fail"]}}


def _step(required: tuple[str, ...], /, **properties: Schema) -> Schema:
    own = mapping(required, **properties)
    return {**own, "properties": {**_COMMON, **own["properties"]}}


STEPS_OF_KIND: Final[Mapping[str, Schema]] = {
    "action": _step(
        ("action",), action=NAME, with_=MAPPING, connection=NAME, retry=RETRY, timeout=DURATION, once=ONCE, caps=NAMES,
        on_error={"type": ["string", "array"]},
    ),
    "wait": _step(("wait",), wait={"type": ["string", "object"], "x-ecomflow": "duration"}),
    "wait_for": _step(("wait_for",), wait_for=MAPPING),
    "choose": _step(("choose",), choose={"type": "array", "minItems": 1}, else_=STEPS),
    "for_each": _step(
        ("for_each", "do"), for_each=EXPRESSION, as_=NAME, do=STEPS, max_parallel={**COUNT, "maximum": 1000}, on_error={"enum": ["stop", "continue"]},
        key=EXPRESSION,
    ),
    "parallel": _step(("parallel",), parallel={"type": "array", "minItems": 1, "items": STEPS}, join={"enum": ["all", "first"]}),
    "repeat": _step(("repeat", "do"), repeat=MAPPING, do=STEPS, max={**COUNT, "maximum": 100_000}),
    "continue_if": _step(("continue_if",), continue_if=CONDITION),
    "set": _step(("set",), set={"type": "object", "minProperties": 1}),
    "call": _step(("call",), call=NAME, with_=MAPPING),
    "emit": _step(("emit",), emit=NAME, data=MAPPING),
    "ask_approval": _step(("ask_approval",), ask_approval=MAPPING),
    "try": _step(("try",), try_=STEPS, catch=STEPS, finally_=STEPS),
    "stop": _step(("stop",), stop={"type": ["string", "number", "boolean", "null"]}),
    "fail": _step(("fail",), fail={"type": ["string", "number", "boolean"]}),
    "if": _step(("if", "then"), then=STEPS, else_=STEPS),
}
"""The schema of each kind of step; ``if`` stands last, because any step may have one."""

WAIT: Final = mapping(until=TEXT, until_window=NAME)
WAIT_FOR: Final = mapping(
    ("event",), event=EVENTS, match=MATCH, where=CONDITION, timeout=DURATION, until=TEXT, since={"enum": ["start", "step"]}, lookback=DURATION
)
REPEAT: Final = mapping(times={"type": ["integer", "string"], "minimum": 0}, while_=CONDITION, until=CONDITION)
APPROVAL: Final = mapping(
    ("title", "to"), title=TEXT, details=VALUE, to=NAMES, remind_every=DURATION, timeout=DURATION,
    on_timeout={"type": ["string", "array"]},
)

CONDITIONS: Final[Mapping[str, Schema]] = {
    "all": mapping(("all",), all=CONDITION, label=TEXT),
    "any": mapping(("any",), any=CONDITION, label=TEXT),
    "not": mapping(("not",), not_=CONDITION, label=TEXT),
    "some": mapping(("some", "if"), some=EXPRESSION, as_=NAME, if_=CONDITION, label=TEXT),
    "every": mapping(("every", "if"), every=EXPRESSION, as_=NAME, if_=CONDITION, label=TEXT),
    "none": mapping(("none", "if"), none=EXPRESSION, as_=NAME, if_=CONDITION, label=TEXT),
    "if": mapping(("if",), if_=CONDITION, label=TEXT),
}

RATE: Final = mapping(("limit", "per"), limit=COUNT, per=DURATION)
BREAKER: Final = mapping(failures=COUNT, cool_down=DURATION, max_cool_down=DURATION)
RETENTION: Final = mapping(runs=TEXT, events=TEXT)
EVENT_TYPE: Final = mapping(schema=MAPPING, subject=TEXT, description=TEXT)
PROJECT: Final = mapping(
    shop={"type": "string", "pattern": r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"},
    timezone=TEXT,
    locale=TEXT,
    store=TEXT,
    workflows=TEXT,
    templates=TEXT,
    inputs={"type": "object", "additionalProperties": MAPPING},
    people={"type": "object", "additionalProperties": NAMES},
    caps={"type": "object", "additionalProperties": CAP},
    connections={"type": "object", "additionalProperties": MAPPING},
    calendars={"type": "object", "additionalProperties": MAPPING},
    event_types={"type": "object", "additionalProperties": EVENT_TYPE},
    deploy={"enum": ["auto", "manual"]},
    max_starts=COUNT,
    dedupe_for=DURATION,
    lookback=DURATION,
    retention=RETENTION,
    consent=TEXT,
)
