"""Attacks 25 to 28, 53, 60 and 82: conditions, schemas, data of events, chains of events, names in filters, far moments."""

from __future__ import annotations

import json
import time

import pytest

from ecomflow.errors import EventError, ExpressionError
from ecomflow.expressions import Env, compile_condition, compile_expression
from ecomflow.language import load_project
from ecomflow.model import Catalog
from ecomflow.testing import Simulation

ENV = Env()
SECONDS = 5.0
LOGS = "name: w\ntrigger: {event: thing.happened}\nactions:\n  - {action: log.write, with: {message: '%s'}}\n"


@pytest.fixture(autouse=True)
def in_bounded_time():
    # Of the processor: what else a machine has to do is no fault of what is tested.
    started = time.process_time()
    yield
    assert time.process_time() - started < SECONDS


@pytest.fixture
def simulated(tmp_path):
    """Return what writes workflows and plays them."""
    opened = []

    def play(**workflows):
        for name, text in workflows.items():
            (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
        opened.append(Simulation.load(tmp_path, start="2026-01-01T00:00:00Z"))
        return opened[-1]

    yield play
    for sim in opened:
        sim.close()


# --- patterns ---

BACKTRACKING = ["(a+)+$", "(a|aa)+$", "(a|a?)+$", "(.*a){20}$", "([a-z]+)*$", "^(a?){30}a{30}$"]


@pytest.mark.attack(25)
@pytest.mark.parametrize("pattern", BACKTRACKING)
def test_a_pattern_that_backtracks_is_asked_in_linear_time(pattern):
    # Given patterns that take Python's own engine years, When they are asked of a long text, Then there is an answer
    text = "a" * 50_000 + "!"
    assert compile_condition(f"x is match('{pattern}')", ENV).test({"x": text}) in (True, False)
    assert compile_condition(f"x is search('{pattern}')", ENV).test({"x": text}) in (True, False)
    compile_expression(f"x | regex_replace('{pattern}', 'b')", ENV).value({"x": text})


@pytest.mark.attack(25)
@pytest.mark.parametrize("pattern", ["(?=a)b", r"(a)\\1", "(?<!a)b", "a{1001}", "((a{100}){100}){100}", "a" * 20_000])
def test_a_pattern_that_has_no_linear_time_is_refused_when_it_is_loaded(pattern):
    with pytest.raises(ExpressionError):
        compile_condition(f"x is match('{pattern}')", ENV)


# --- schemas ---


def schema_faults(tmp_path, schema):
    (tmp_path / "ecomflow.yaml").write_text(json.dumps({"shop": "acme", "event_types": {"thing.happened": {"schema": schema}}}))
    (tmp_path / "workflows").mkdir()
    (tmp_path / "workflows" / "w.yaml").write_text("name: w\ntrigger: {event: thing.happened}\nconditions: [thing.n == 1]\nactions: []\n")
    return [fault for fault in load_project(tmp_path, Catalog()).diagnostics if fault.severity == "error"]


@pytest.mark.attack(26)
@pytest.mark.parametrize("place", ["http", "file:///etc/passwd", "//127.0.0.1/x"])
def test_a_schema_never_fetches_what_it_refers_to(tmp_path, web, place):
    # Given a schema that refers to an address, When the project is loaded, Then nobody is asked for it
    url = f"{web.url}/schema.json" if place == "http" else place
    schema_faults(tmp_path, {"type": "object", "properties": {"thing": {"$ref": url}}})
    assert web.requests == []


# --- data of events ---


@pytest.mark.attack(27)
@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "no JSON"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "262144"),
        (b'{"a": ' + b"[" * 80 + b"]" * 80 + b"}", "nested"),
        (b'{"a": NaN}', "no JSON"),
        (b'{"a": Infinity}', "no JSON"),
        (b'{"a": 1', "no JSON"),
        (b"[1]", "mapping"),
        (b"\xff", "no JSON"),
        (b'{"a": "' + b"x" * 300_000 + b'"}', "262144"),
    ],
    ids=["lists", "mappings", "80 deep", "nan", "infinity", "half", "list", "bytes", "large"],
)
def test_data_that_are_none_are_refused_and_nothing_is_kept(simulated, raw, said):
    sim = simulated(w=LOGS % "x")
    with pytest.raises(EventError, match=said):
        sim.emit("thing.happened", raw)
    assert list(sim.decisions) == []


@pytest.mark.attack(27)
@pytest.mark.parametrize("number", ["1" + "0" * 5_000, "1e400", "-1e999999", "1e-999999", "9" * 4_400, "0." + "1" * 5_000])
def test_a_number_that_nothing_holds_stays_in_its_event(simulated, number):
    # Given an event with such a number, and two workflows that name it, When it arrives,
    sim = simulated(w=LOGS % "{{ thing.n }}", other=(LOGS % "other").replace("name: w", "name: other"))
    try:
        sim.emit("thing.happened", b'{"thing": {"n": ' + number.encode() + b"}}")
    except EventError:
        return
    # Then one may fail and the other goes on.
    assert {run.workflow: str(run.status) for run in sim.runs}["other"] == "completed"


@pytest.mark.attack(27)
def test_of_a_key_that_is_there_twice_one_value_counts_everywhere(simulated):
    # Given data that name a key twice, When conditions and templates see them, Then they see the same one
    sim = simulated(w=(LOGS % "{{ thing.n }}").replace("actions:", "conditions: [thing.n == 2]\nactions:"))
    sim.emit("thing.happened", b'{"thing": {"n": 1, "n": 2}}')
    assert [action.params["message"] for action in sim.actions] == ["2"]


@pytest.mark.attack(28)
@pytest.mark.parametrize("name", ["steps", "env", "run", "vars", "inputs", "event", "trigger", "now", "people", "calendars", "__proto__", "__class__", "secrets"])
@pytest.mark.parametrize("whole", ["", "{% if true %}{% endif %}"], ids=["read in part", "read whole"])
def test_fields_of_an_event_hide_no_name_of_the_engine(simulated, name, whole):
    # Given an event whose fields are called like names in scope, When a workflow prints those that are the engine's,
    text = LOGS % ("{{ run.id | length > 5 }} {{ event.type }} {{ vars.x }} {{ inputs.y }} {{ trigger.kind }} {{ steps | length }} {{ now.year }}" + whole)
    sim = simulated(w=text.replace("actions:", "inputs: {y: 2}\nvars: {x: '1'}\nactions:"))
    sim.emit("thing.happened", {name: {"id": "evil", "type": "evil", "x": "evil", "y": "evil", "kind": "evil"}, "thing": {"id": "a"}})
    # Then they are the engine's.
    assert [action.params["message"] for action in sim.actions] == ["true thing.happened 1 2 event 0 2026"]


# --- chains ---


@pytest.mark.attack(53)
def test_events_that_cause_each_other_come_to_an_end(simulated):
    # Given two workflows that set each other off for ever, each with a new subject,
    one = "name: one\nown_events: true\ntrigger: {event: ping.sent}\nactions:\n  - {emit: pong.sent, data: {pong: {n: 1}}}\n"
    sim = simulated(one=one, two=one.replace("one", "two").replace("ping", "x").replace("pong", "ping").replace("x.sent", "pong.sent"))
    # When one begins, Then the chain ends, and says why.
    sim.emit("ping.sent", {"ping": {"n": 1}})
    assert len(sim.runs) == 17
    assert [decision.reason for decision in sim.decisions if decision.outcome == "capped"] == ["loop: 16 events caused each other"]


# --- names ---

INJECTED = ["';DROP TABLE run;--", '" or 1=1 --', "%", "_", "a*", "NEAR(", "w' or '1'='1", "\x00", "{{ 1 }}", "🦎"]


@pytest.mark.attack(60)
@pytest.mark.parametrize("text", INJECTED, ids=repr)
def test_what_looks_like_sql_is_a_name_like_any_other(simulated, text):
    # Given an event and a run whose subject, id and source are such texts,
    sim = simulated(w=(LOGS % "{{ thing.id }}").replace("actions:", "subject: thing.id\nmode: single\nactions:"))
    receipt = sim.emit("thing.happened", {"thing": {"id": text}}, id=f"id {text}", source=f"source {text}", subject=text)
    sim.emit("thing.happened", {"thing": {"id": "other"}})
    # When it is asked for by these, Then it is found, it alone, and all is there still.
    assert receipt.decisions[0].outcome == "started"
    assert [answer.outcome for answer in sim.why(f"id {text}")] == ["started"]
    assert [run.subject for run in sim.runs].count(text) == 1
    assert len(sim.runs) == 2


# --- moments ---


@pytest.mark.attack(82)
@pytest.mark.parametrize("span", ["1000000000000s", "11y", "-5s", "0s", "3700d", "99999999999999999999999d", "1e9d", "200 months"])
def test_a_span_beyond_the_limit_is_refused_when_it_is_loaded(tmp_path, span):
    (tmp_path / "w.yaml").write_text(f"name: w\ntrigger: {{event: thing.happened}}\nactions:\n  - wait: {span}\n")
    assert [fault.code for fault in load_project(tmp_path, Catalog()).diagnostics if fault.severity == "error"] != []


@pytest.mark.attack(82)
@pytest.mark.parametrize("span", ["1000000000000s", "99999999999999999999999d", "NaN", "", "9999999999"])
def test_a_span_from_an_event_that_is_beyond_the_limit_fails_its_step(simulated, span):
    sim = simulated(w="name: w\ntrigger: {event: thing.happened}\nactions:\n  - {wait: '{{ thing.span }}'}\n", good=(LOGS % "x").replace("name: w", "name: good"))
    sim.emit("thing.happened", {"thing": {"span": span}})
    assert {run.workflow: str(run.status) for run in sim.runs} == {"w": "failed", "good": "completed"}


@pytest.mark.attack(82)
@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "1969-01-01T00:00:00Z"])
def test_a_moment_at_the_edge_of_the_calendar_stops_nobody_else(simulated, moment):
    text = "name: w\ntrigger: {event: thing.happened}\nactions:\n  - {wait: {until: '{{ thing.at }}'}}\n"
    sim = simulated(w=text, good=(LOGS % "x").replace("name: w", "name: good"))
    sim.emit("thing.happened", {"thing": {"at": moment}})
    sim.advance("24h")
    assert {run.workflow: str(run.status) for run in sim.runs}["good"] == "completed"


@pytest.mark.attack(82)
@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"])
def test_an_event_from_the_edge_of_the_calendar_is_refused(simulated, moment):
    with pytest.raises(EventError, match="beyond the calendar"):
        simulated(w=LOGS % "x").emit("thing.happened", {}, time=moment)
