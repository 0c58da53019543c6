"""store prune: counted first, then done by the engine."""

import json
import time

import pytest

from ecomflow import Engine
from ecomflow.runtime.clock import DAY

ORDER = json.dumps({"order": {"id": "o1", "email": "ana@shopper.example"}})


@pytest.fixture
def old(refunds):
    """Return a project with events that came a hundred days ago, and a new one: two alone, one with which a run waits, and what that asked."""
    back = 100 * DAY
    clock = {"back": back}
    with Engine.open(refunds, clock=lambda: time.time_ns() // 1000 - clock["back"]).in_thread() as engine:
        engine.emit("order.created", json.loads(ORDER), id="open")
        engine.emit("thing.seen", {}, id="x")
        engine.emit("thing.seen", {}, id="y")
    with Engine.open(refunds).in_thread() as engine:
        engine.emit("thing.seen", {}, id="new")
    return refunds


def left(ecomflow):
    return [each["id"] for each in ecomflow("events", "--json").of("event")]


def test_a_dry_run_counts_and_drops_nothing(ecomflow, old):
    # Given old events, When somebody asks what would go, Then it is told, and all are there
    told = ecomflow("store", "prune", "--dry-run")
    assert (told.code, told.out) == (0, "0 runs, 3 events would go.\n")
    assert ecomflow("store", "prune", "--dry-run", "--json", "--keep", "200d").of("over") == [{"v": 1, "kind": "over", "runs": 0, "events": 0}]
    assert {"x", "y", "open"} <= set(left(ecomflow))


def test_the_engine_prunes_when_it_is_asked(ecomflow, old, engine):
    # Given an engine on an old store
    engine(old)
    # When somebody has it pruned
    told = ecomflow("store", "prune", "--by", "ana")
    assert (told.code, told.out) == (0, "The engine drops what is over, in small steps.\n")
    while "x" in left(ecomflow) or "y" in left(ecomflow):
        pass
    # Then what nothing needs is gone, what a run waits with is not, and the audit says who asked
    assert "open" in left(ecomflow)
    assert [each["what"] for each in ecomflow("audit", "--json", "--who", "ana").of("audit")] == ["prune"]


def test_what_names_a_run_that_is_gone_is_told_all_the_same(ecomflow, refunds, engine):
    # Given an event that is held for one workflow, and whose run of another one is long over
    for name in ("done", "other"):
        (refunds / "workflows" / f"{name}.yaml").write_text(f"name: {name}\ntrigger: {{event: thing.seen}}\nactions:\n  - {{action: log.write, with: {{message: x}}}}\n")
    with Engine.open(refunds, clock=lambda: time.time_ns() // 1000 - 100 * DAY).in_thread() as old:
        old.pause("other")
        run = old.emit("thing.seen", {}, id="e1").decisions[0].run_id
        assert old.ended(run)
        old.cancel(old.emit("order.created", json.loads(ORDER), id="e2").decisions[0].run_id, by="bo")
    running = engine(refunds)
    running.emit("order.created", json.loads(ORDER), id="e3")
    running.prune()
    while ecomflow("show", run).code == 0:
        pass
    # When somebody asks why, and who asked for what, Then the run that is gone is named by its number
    told = ecomflow("why", "e1", "done")
    assert (told.code, told.err) == (0, "")
    assert run.partition("-")[0] in told.out
    assert [each["run"] for each in ecomflow("audit", "--json", "--who", "bo").of("audit")] == ["r2"]
    assert ecomflow("events").code == 0


@pytest.mark.parametrize("how", [(), ("--dry-run",)])
def test_where_nothing_says_how_long_nothing_goes(ecomflow, old, engine, how):
    # Given a project that says no `retention`
    project = old / "ecomflow.yaml"
    project.write_text("".join(line for line in project.read_text().splitlines(keepends=True) if not line.startswith("retention:")))
    engine(old)
    # When somebody has it pruned, Then it is refused, and says what to do
    told = ecomflow("store", "prune", *how)
    assert told.code == 1
    assert "--keep 90d" in told.err


@pytest.mark.parametrize(("span", "told"), [("soon", "such as 30d"), ("2h", "at least 1d")])
def test_a_span_that_is_none_or_too_short_is_refused(ecomflow, old, span, told):
    # Given a span that cannot be, When it is asked for, Then the message says what can
    result = ecomflow("store", "prune", "--keep", span)
    assert result.code == 2
    assert told in result.err
