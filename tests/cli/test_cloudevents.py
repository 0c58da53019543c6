"""emit --from cloudevents: one CloudEvent in structured mode."""

import json
from base64 import b64encode

import pytest

EVENT = {
    "specversion": "1.0", "id": "ce-1", "source": "https://shop.example/tills/3", "type": "checkout.updated", "subject": "c1",
    "time": "2026-03-02T09:00:00.5Z", "datacontenttype": "application/json", "traceparent": "00-1-2-01",
    "data": {"checkout": {"id": "c1", "total": 80.10, "email": "ana@shopper.example"}},
}  # fmt: skip


def emit(ecomflow, **changes):
    event = {name: value for name, value in {**EVENT, **changes}.items() if value is not ...}
    return ecomflow("emit", "--from", "cloudevents", "--data", "-", "--json", stdin=json.dumps(event))


def test_what_it_says_of_itself_is_kept(ecomflow, shop, engine):
    # Given an engine, When a CloudEvent comes in
    engine(shop)
    result = emit(ecomflow)

    # Then id, source, type, subject, time and data are its own, and a second one is a duplicate.
    assert (result.code, result.of("decision")[0]["outcome"]) == (0, "started")
    (kept,) = ecomflow("events", "--json").of("event")
    assert (kept["id"], kept["source"], kept["type"], kept["subject"]) == (
        "ce-1",
        EVENT["source"],
        "checkout.updated",
        "c1",
    )
    assert kept["time"].startswith("2026-03-02T09:00:00.5")
    assert emit(ecomflow).of("receipt")[0]["duplicate"] is True
    assert emit(ecomflow, source="elsewhere").of("receipt")[0]["duplicate"] is False


def test_data_may_come_in_base64_and_the_rest_may_be_missing(ecomflow, shop, engine):
    engine(shop)
    data = b64encode(json.dumps(EVENT["data"]).encode()).decode()

    result = emit(
        ecomflow,
        data=...,
        data_base64=data,
        time=...,
        subject=None,
        datacontenttype="application/vnd.shop+json; charset=utf-8",
    )

    assert result.of("decision")[0]["outcome"] == "started"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"specversion": ...}, "specversion: "), ({"specversion": "0.3"}, "specversion: "), ({"specversion": 1.0}, "specversion: "),
        ({"id": ...}, "id: "), ({"id": ""}, "id: "), ({"id": 7}, "id: "), ({"source": ...}, "source: "), ({"source": []}, "source: "),
        ({"type": ...}, "type: "), ({"type": None}, "type: "), ({"subject": ""}, "subject: "), ({"subject": 5}, "subject: "),
        ({"time": "yesterday"}, "time: "), ({"time": "2026-03-02T09:00:00"}, "time: "), ({"time": "2026-02-30T09:00:00Z"}, "time: "),
        ({"time": 0}, "time: "), ({"data": [1]}, "data: "), ({"data": None}, "data: "), ({"data": "text"}, "data: "),
        ({"datacontenttype": "text/xml"}, "datacontenttype: "), ({"data_base64": "e30="}, "data_base64: "),
        ({"data": ..., "data_base64": "no base64"}, "data_base64: "), ({"data": ..., "data_base64": "eA=="}, "data_base64: "),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_wrong_is_named(ecomflow, shop, changes, named):
    result = emit(ecomflow, **changes)

    assert (result.code, result.out) == (2, "")
    assert f"value: {named}" in result.err


def test_a_type_that_the_engine_cannot_take_is_named(ecomflow, shop):
    result = emit(ecomflow, type="not a type")

    assert result.code == 1
    assert "the type of an event is noun.past_verb" in result.err


@pytest.mark.parametrize("text", ["[]", "5", "null", "[{}]"])
def test_what_is_no_object_is_refused(ecomflow, shop, text):
    result = ecomflow("emit", "--from", "cloudevents", "--data", "-", stdin=text)

    assert result.code == 2
    assert "a CloudEvent is one JSON object" in result.err


@pytest.mark.parametrize(
    "words",
    [["order.created"], ["--topic", "x"], ["--id", "e1"], ["--subject", "s"], ["--time", "2026-03-02T09:00:00Z"]],
)
def test_nothing_else_may_say_what_it_is(ecomflow, shop, words):
    result = ecomflow("emit", *words, "--from", "cloudevents", "--data", "-", stdin=json.dumps(EVENT))

    assert result.code == 2
    assert "a CloudEvent says itself what it is" in result.err
