"""order.… on the embedded back office."""

import pytest

from ecomflow import Permanent


@pytest.fixture
def ordered(desk):
    """Put in five orders, of which the last has no moment."""
    desk.put(
        "order",
        {"id": "o1", "email": "ana@x.example", "customer": {"id": "c1"}, "created_at": "2026-02-01T09:00:00Z", "tags": ["vip"]},
        {"id": "o2", "email": "ANA@x.example", "customer": {"id": "c1"}, "created_at": "2026-03-02T01:30:00+02:00", "status": "open"},
        {"id": "o3", "email": "bo@x.example", "customer": {"id": "c2"}, "created_at": "2026-03-02T00:00:00Z", "tags": ["vip", "eu"]},
        {"id": "o4", "email": "ana@x.example", "created_at": "2026-03-01T23:00:00+00:00", "status": "on_hold"},
        {"id": "o5", "email": "cy@x.example"},
    )


def test_an_order_is_looked_up(do, stocked):
    found = do("order.get", id="o1")

    assert (found["total"], found["currency"], found["lines"][0]["sku"], found["status"], found["tags"]) == (50, "EUR", "TEE-S", None, None)
    assert do("order.get", id="o9") is None


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["o3", "o2", "o4", "o1", "o5"]),
        ({"limit": 2}, ["o3", "o2"]),
        ({"email": "Ana@X.example"}, ["o2", "o4", "o1"]),
        ({"customer": "c1"}, ["o2", "o1"]),
        ({"tag": "vip"}, ["o3", "o1"]),
        ({"status": "on_hold"}, ["o4"]),
        ({"email": "ana@x.example", "tag": "vip"}, ["o1"]),
        ({"since": "2026-03-01T23:30:00Z"}, ["o3", "o2"]),
        ({"since": "2026-03-01"}, ["o3", "o2", "o4"]),
        ({"since": "1d"}, ["o3", "o2", "o4"]),
        ({"since": "9h"}, ["o3"]),
        ({"email": "nobody@x.example"}, []),
        ({"customer": ""}, []),
        ({"tag": ""}, []),
        ({"status": ""}, []),
    ],
)
def test_orders_are_found_the_newest_first(do, ordered, wanted, found):
    assert [order["id"] for order in do("order.search", **wanted)] == found


@pytest.mark.parametrize(
    ("params", "message"),
    [({"since": ""}, "since: '' is neither a moment"), ({"since": "lately"}, "since: 'lately' is neither a moment"), ({"since": "-3d"}, "neither a moment"), ({"limit": "many"}, "expected a number"), ({"limit": 0}, "expected 1 to 250, got 0")],
)
def test_a_search_that_is_none_is_refused(do, params, message):
    with pytest.raises(Permanent, match=message):
        do("order.search", **params)


def test_tags_are_added_once_and_taken_away(do, stocked):
    assert do("order.tag", order="o1", tags=["gift", "gift"])["tags"] == ["gift"]
    assert do("order.tag", key="k2", order="o1", tags=["late"], remove=["gift"])["tags"] == ["late"]


def test_an_order_is_held_with_its_reason(do, stocked):
    held = do("order.hold", order="o1", reason="address is not complete")

    assert (held["status"], held["hold_reason"]) == ("on_hold", "address is not complete")
    assert do("order.get", id="o1") == held


def test_a_note_and_attributes_are_set_and_taken_away(do, stocked):
    # Given an order with a note and two attributes
    do("order.update", order="o1", note="Ring twice", attributes={"gift": "yes", "draft": "d1"})

    # When only some of it is named, Then the rest stays
    noted = do("order.update", key="k2", order="o1", attributes={"gift": None, "floor": "3"})
    assert (noted["note"], noted["attributes"]) == ("Ring twice", {"draft": "d1", "floor": "3"})
    assert do("order.update", key="k3", order="o1", note="")["note"] is None
    assert stocked.get("order", "o1")["attributes"] == {"draft": "d1", "floor": "3"}


def test_an_update_of_nothing_is_refused(do, stocked):
    with pytest.raises(Permanent, match="needs a note or attributes"):
        do("order.update", order="o1")


@pytest.mark.parametrize(("name", "params"), [("order.tag", {"tags": ["x"]}), ("order.hold", {"reason": "x"}), ("order.update", {"note": "x"})])
def test_an_order_that_is_not_there_is_named(do, name, params):
    with pytest.raises(Permanent, match="there is no order 'o9'"):
        do(name, order="o9", **params)


@pytest.mark.parametrize("name", ["order.get", "customer.get"])
def test_a_result_has_the_fields_that_events_have(registry, name):
    # Given the fields of an order, or a customer, in an event
    noun = name.partition(".")[0]
    event = registry.catalog.event_types["order.created"].schema["properties"][noun]["properties"]

    # Then the action gives each of them, of the same kind
    result = registry.catalog.actions[name].result["properties"]
    assert {field: part["type"] for field, part in event.items() if field != "id"} == {
        field: result[field]["type"] for field in event if field != "id"
    }


def test_plans(plan):
    assert plan("order.get", id="o1") == "look up order o1"
    assert plan("order.search", email="a@x.example", since="30d") == "look for orders: email a@x.example, since 30d"
    assert plan("order.search") == "look for orders: the newest"
    assert plan("order.tag", order="o1", tags=["a"]) == "tag order o1: +a"
    assert plan("order.hold", order="o1", reason="fraud") == "hold order o1: fraud"
    assert plan("order.update", order="o1", note="Ring", attributes={"a": "b"}) == "update order o1: note 'Ring', a = b"
    assert plan("order.update", order="o1", note="") == "update order o1: no note"
