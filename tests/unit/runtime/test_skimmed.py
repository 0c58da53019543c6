"""Events of which no more was read than the index asks: what becomes of them is what becomes of events that were read whole."""

import json

import pytest

from ecomflow.errors import EventError
from ecomflow.runtime import accept
from ecomflow.runtime.accept import make_event
from ecomflow.runtime.clock import to_moment

LARGE = """conditions:
  - thing.size == 'large'
actions:
  - {action: probe.send, with: {text: "{{ thing.note }} for {{ order.total }}"}}
"""
SMALL = LARGE.replace("thing.size == 'large'", "thing.colour == 'red'")
ODD = [b"1e9999999999999999999", b'"\xff"', b'"\\ud800"', b"NaN", b"[" * 70 + b"]" * 70, b"9" * 5000, b'"' + b"x" * 300_000 + b'"', b""]


def arriving(desk, data, type_="thing.happened", id_="e1"):
    """An event as an engine takes it, read for its index."""
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    event, raw = make_event(type_, raw, id_=id_, source="test", now=to_moment(desk.micros), skim=desk.kernel.ingest.skim)
    return desk.kernel.taking(event, raw)


def thing(**fields):
    return {"thing": {"id": "a", "size": "large", "note": "fragile", "colour": "red", **fields}, "order": {"total": 1.5}}


def texts(desk):
    return [call.params["text"] for call in desk.kernel.take_calls()]


def test_a_run_sees_all_of_its_event(open_desk, project):
    # Given a workflow that asks one field, When an event has it, Then its actions read the others.
    desk = open_desk(project(one=LARGE))
    desk.kernel.do(arriving(desk, thing()))
    assert texts(desk) == ["fragile for 1.5"]


@pytest.fixture
def whole(monkeypatch):
    """The events that were decoded whole."""
    found = []
    decode = accept.decode_event
    monkeypatch.setattr(accept, "decode_event", lambda raw: found.append(raw) or decode(raw))
    return found


def test_of_an_event_no_more_is_decoded_than_its_run_reads(open_desk, project, whole):
    # Given a workflow with variables, a subject and keys, When an event starts it, Then what they name is decoded alone.
    more = "vars: {colour: thing.colour}\nonce: {key: order.total}\n"
    desk = open_desk(project(one=more + LARGE.replace("{{ thing.note }}", "{{ thing.note }}, {{ vars.colour }},")))
    desk.kernel.do(arriving(desk, thing()))
    assert texts(desk) == ["fragile, red, for 1.5"]
    assert not whole


@pytest.mark.parametrize("conditions", ["", "conditions: [order.total > 1]\n", "conditions: [now.year > 2000]\n"])
def test_what_an_event_is_about_is_read_with_it(open_desk, project, whole, conditions):
    # Given an event type of which it is known where it names its subject, When one starts a run, Then that is decoded with it.
    actions = "actions: [{action: probe.send, with: {text: '{{ order.number }} {{ run.subject }}'}}]\n"
    desk = open_desk(project(one=f"trigger: {{event: order.created}}\n{conditions}{actions}"))
    desk.kernel.do(arriving(desk, {"order": {"id": "o1", "number": "#7", "total": 5, "note": "x"}, "customer": {"id": "c1"}}, "order.created"))
    assert texts(desk) == ["#7 o1"]
    assert not whole


def test_an_event_is_decoded_whole_for_a_run_that_reads_all_of_it(open_desk, project, whole):
    desk = open_desk(project(one=LARGE.replace("order.total", "thing | tojson")))
    desk.kernel.do(arriving(desk, thing()))
    assert json.loads(texts(desk)[0].removeprefix("fragile for ")) == thing()["thing"]
    assert len(whole) == 1


def test_an_event_that_was_read_before_a_deployment_is_decided_by_the_new_files(open_desk, project):
    # Given an event that was read for one index, When other files become current before it is decided,
    desk = open_desk(project(one=LARGE))
    unit = arriving(desk, thing(size="small"))
    desk.kernel.do(lambda: desk.kernel.deploy(project(two=SMALL), "keep"))

    # Then these decide it.
    assert [each.workflow for each in desk.kernel.do(unit).decisions] == ["two"]
    assert texts(desk) == ["fragile for 1.5"]


def test_an_event_that_nobody_wants_is_kept_as_it_came(open_desk, project):
    desk = open_desk(project(one=LARGE))
    assert not desk.kernel.do(arriving(desk, thing(size="small"))).decisions
    assert desk.kernel.do(arriving(desk, thing(size="small"))).decisions[0].reason == ""
    assert desk.kernel.do(arriving(desk, thing(size="tiny"))).decisions[0].reason == "conflict: same id, other type, subject or data"
    assert desk.kernel.events.get(1).event.data == thing(size="small")


@pytest.mark.parametrize("type_", ["thing.happened", "thing.unnamed"])
@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("place", [b'{"odd":%b}', b'{"thing":{"size":"small","odd":%b}}', b'{"thing":{"size":%b}}', b"%b"])
def test_what_is_no_event_is_refused_whoever_listens(open_desk, project, type_, odd, place):
    desk = open_desk(project(one=LARGE))
    with pytest.raises(EventError):
        arriving(desk, place.replace(b"%b", odd), type_)
