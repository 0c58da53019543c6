"""Random triggers of every kind that events of things feed, and what holds events back; for the modelled shops and the simulated ones."""

from __future__ import annotations

from random import Random
from typing import Any

DATES = (
    "2026-03-02T15:00:00Z", "2026-03-02T16:00:00+01:00", "2026-03-02T22:45:10Z", "2026-03-03", "2026-03-03T10:00:00", "2026-03-05T09:00:00Z",
    "2026-03-01T09:00:00Z", None, "soon",
)  # fmt: skip
"""What stands in ``thing.at``: of the first day and later, one moment in two ways, one that is over, and what is no date."""

Settings = dict[str, Any]


def listening(random: Random, event: str) -> tuple[Settings, Settings]:
    """Return a trigger that events of this type feed, and what the workflow says of bursts."""
    kinds = (_threshold, _changed, _absence, _count, _batch, _date, _holds_for)
    trigger = {"event": event, **(random.choice(kinds)(random) if random.random() < 0.65 else {})}
    return trigger, {"debounce": random.choice(["40s", "400s", "20m", {"quiet": "5m", "max": "12m"}])} if random.random() < 0.25 else {}


def _threshold(random: Random) -> Settings:
    line, below = random.randint(3, 6), random.random() < 0.5
    back = random.choice([{}, {"rearm_at": line + (2 if below else -2)}])
    return {"value": "thing.n", "below" if below else "above": line, **back}


def _changed(random: Random) -> Settings:
    ways = random.choice([{}, {}, {"to": "x"}, {"from": "x"}, {"to": None}, {"from": None, "to": "y"}])
    return {"changed": random.choice(["thing.note", "thing.note", "thing.n", "thing.ok"]), **ways, **random.choice([{}, {}, _holds_for(random)])}


def _holds_for(random: Random) -> Settings:
    return {"holds_for": random.choice(["50s", "1h", "9h"])}


def _absence(random: Random) -> Settings:
    answered = {"without": "answer.given", "match": {"answer.thing_id": "thing.id"}}
    second = random.choice([{"without": "thing.closed"}, {"without": "thing.closed", "match": {"thing.id": "thing.id"}}, answered])
    return {**second, "within": random.choice(["5m", "1h", "9h"]), **random.choice([{}, {}, {"lookback": "2m"}, {"lookback": "2h"}])}


def _count(random: Random) -> Settings:
    how = random.choice([{"at_least": 2}, {"at_least": 3}, {"at_least": 8, "sum": "thing.n"}])
    return {**how, "within": random.choice(["5m", "2h", "1d", "day"]), **_key(random)}


def _batch(random: Random) -> Settings:
    return {"collect_for": random.choice(["90s", "2h"]), **random.choice([{}, {"up_to": random.randint(2, 3)}]), **_key(random)}


def _key(random: Random) -> Settings:
    return random.choice([{}, {"key": "thing.owner"}, {"key": "thing.id"}])


def _date(random: Random) -> Settings:
    ways = random.choice([{}, {}, {"offset": "-2h"}, {"offset": "1d"}, {"at": "20:00"}, {"offset": "-1d", "at": "11:30"}])
    return {"date": "thing.at", **ways, **random.choice([{}, {}, {"late": "fire"}])}


def paired(trigger: Settings) -> Settings:
    """Return a trigger of a workflow that has its own subject: there an absence must say what pairs (S2)."""
    return {**trigger, "match": {"thing.id": "thing.id"}} if trigger.get("without") == "thing.closed" else trigger
