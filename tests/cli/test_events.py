"""emit, events, why: what comes in and what becomes of it."""

import json

import pytest

CHECKOUT = json.dumps({"checkout": {"id": "c1", "total": 80, "email": "ana@shopper.example"}})
SMALL = '{"checkout": {"id": "c2", "total": 20.50, "email": "ana@shopper.example"}}'


def test_without_an_engine_the_event_is_kept_and_decided_later(ecomflow, shop, engine):
    # Given no engine
    result = ecomflow("emit", "checkout.updated", "--data", "-", "--id", "e1", stdin=CHECKOUT)
    assert result.code == 0
    assert "checkout.updated e1 is kept" in result.out
    assert "No engine runs" in result.err
    assert "waits for an engine" in ecomflow("events").out

    # When one runs
    engine(shop)
    decided = ecomflow("emit", "checkout.updated", "--data", "-", "--id", "e1", "--json", stdin=CHECKOUT)

    # Then the first arrival was taken in, and the second is a duplicate
    assert decided.of("receipt")[0]["duplicate"] is True
    assert [record["decisions"][0]["outcome"] for record in ecomflow("events", "--json").of("event")] == ["started"]


def test_an_engine_decides_at_once(ecomflow, shop, engine):
    engine(shop)

    people = ecomflow("emit", "checkout.updated", "--data", shop / "events" / "checkout.json")
    programs = ecomflow("emit", "checkout.updated", "--data", "-", "--id", "e2", "--json", stdin=CHECKOUT)

    assert "abandoned-cart  started  run r1-" in people.out
    assert programs.of("receipt")[0]["decided"] is True
    decision = programs.of("decision")[0]
    assert (decision["event"], decision["workflow"], decision["outcome"]) == ("e2", "abandoned-cart", "started")


def test_what_starts_nothing_says_so(ecomflow, shop, engine):
    engine(shop)

    result = ecomflow("emit", "checkout.updated", "--data", "-", "--id", "small", stdin=SMALL)

    assert "no workflow started; `ecomflow why small` tells more" in result.out


def test_a_vendors_webhook_becomes_an_event(ecomflow, shop, engine):
    engine(shop)

    result = ecomflow(
        "emit", "--from", "shopify", "--topic", "checkouts/update", "--data", shop / "events" / "shopify-checkouts-update.json", "--id", "w1"
    )

    assert result.code == 0
    event = ecomflow("events", "--json").of("event")[0]
    assert (event["id"], event["type"], event["source"], event["subject"]) == ("w1", "checkout.updated", "shopify", "c7e1f09a")


@pytest.mark.parametrize(
    ("words", "stdin", "code"),
    [
        (["checkout.updated", "--data", "-"], "{", 2),
        (["checkout.updated", "--data", "-"], "[1]", 2),
        (["checkout.updated", "--data", "-", "--time", "soon"], CHECKOUT, 2),
        (["--data", "-"], CHECKOUT, 2),
        (["not a type", "--data", "-"], CHECKOUT, 1),
        (["--from", "nobody", "--topic", "x", "--data", "-"], CHECKOUT, 3),
        (["--from", "shopify", "--topic", "x/y", "--data", "-"], CHECKOUT, 3),
        (["--from", "shopify", "--topic", "orders/create", "--data", "-"], "[]", 2),
        (["checkout.updated", "--data", "nowhere.json"], "", 2),
    ],
)
def test_what_cannot_be_taken_in_is_refused(ecomflow, shop, words, stdin, code):
    result = ecomflow("emit", *words, stdin=stdin)

    assert result.code == code
    assert result.out == ""
    assert "error: " in result.err


def test_events_are_listed_newest_first_and_by_type(ecomflow, shop, engine):
    engine(shop)
    ecomflow("emit", "checkout.updated", "--data", "-", "--id", "e1", stdin=SMALL)
    ecomflow("emit", "order.created", "--data", "-", "--id", "e2", stdin='{"order": {"id": "o1"}}')

    assert [event["id"] for event in ecomflow("events", "--json").of("event")] == ["e2", "e1"]
    assert [event["id"] for event in ecomflow("events", "--json", "--type", "order.created").of("event")] == ["e2"]
    assert ecomflow("events", "--json", "--limit", "1", "--since", "1h").of("event")[0]["id"] == "e2"
    assert ecomflow("events", "--json", "--since", "2100-01-01T00:00:00Z").out == ""
    assert "e2  nobody was concerned" in ecomflow("events").out


def test_why_names_the_condition_and_the_change_that_turns_it(ecomflow, shop, engine):
    engine(shop)
    ecomflow("emit", "checkout.updated", "--data", "-", "--id", "small", stdin=SMALL)

    lines = ecomflow("why", "small", "abandoned-cart").out.splitlines()

    assert lines[0] == "abandoned-cart did not start for small: condition 1 of 2 is false."
    assert lines[1].split("  ")[1:3] == ["1", "checkout.total >= inputs.minimum"]
    assert "FALSE" in lines[1]
    assert "20.50 >= 50" in lines[1]
    assert "would turn with: 50 or more" in lines[1]
    assert lines[2].endswith("not asked")


def test_why_an_event_started_a_run(ecomflow, shop, engine):
    engine(shop)
    ecomflow("emit", "checkout.updated", "--data", "-", "--id", "e1", stdin=CHECKOUT)

    assert ecomflow("why", "e1").out.startswith("abandoned-cart started for e1: run r1-")
    leaves = ecomflow("why", "e1", "--json").of("explanation")[0]["leaves"]
    assert [leaf["outcome"] for leaf in leaves] == [True, True]


def test_why_of_what_nobody_listens_to(ecomflow, shop, engine):
    engine(shop)
    ecomflow("emit", "parcel.lost", "--data", "-", "--id", "p1", stdin="{}")

    assert ecomflow("why", "p1").out == "No workflow listens to events like p1.\n"
    assert ecomflow("why", "p1", "abandoned-cart").out == "abandoned-cart does not listen to events of this type.\n"


@pytest.mark.parametrize("words", [["nothing"], ["e1", "nobody"]])
def test_why_of_nothing_is_3(ecomflow, shop, engine, words):
    engine(shop)
    ecomflow("emit", "checkout.updated", "--data", "-", "--id", "e1", stdin=CHECKOUT)

    assert ecomflow("why", *words).code == 3


@pytest.mark.attack(61)
def test_values_of_events_do_not_steer_the_terminal(ecomflow, shop, engine):
    # Given an event whose id and data hold escape sequences (attack 61)
    engine(shop)
    evil = json.dumps({"checkout": {"id": "\x1b]0;owned\x07", "total": 80, "email": "\x1b[2J@x.example"}})
    ecomflow("emit", "checkout.updated", "--data", "-", "--id", "\x1b[31mred", stdin=evil)

    # When everything is looked at, then no escape is printed
    for words in (["events"], ["events", "--json"], ["runs"], ["runs", "--json"], ["show", "r1"], ["why", "\x1b[31mred"]):
        result = ecomflow(*words)
        assert result.code == 0
        assert "\x1b" not in result.out + result.err
        assert "\x07" not in result.out
