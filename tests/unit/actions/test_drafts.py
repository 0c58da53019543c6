"""draft_order.… on the embedded back office."""

import pytest

from ecomflow import Permanent


def test_a_draft_becomes_an_order_once(do, stocked):
    # Given a draft
    made = do("draft_order.complete", draft="d1")

    # Then the order has what the draft had, and the draft names it
    assert stocked.get("order", made["id"]) == {
        "id": made["id"], "status": "open", "financial_status": "pending", "total": 30, "currency": "EUR", "tags": ["desk"],
        "created_at": "2026-03-02T09:00:00+00:00",
    }  # fmt: skip
    assert (stocked.get("draft_order", "d1")["status"], stocked.get("draft_order", "d1")["order_id"]) == ("completed", made["id"])

    # When it is completed again, by somebody else, Then that order is the answer
    assert do("draft_order.complete", key="k2", draft="d1")["id"] == made["id"]
    assert [each["id"] for each in do("draft_order.search", order=made["id"])] == ["d1"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["d2", "d1"]),
        ({"status": "completed"}, ["d2"]),
        ({"tag": "desk"}, ["d1"]),
        ({"email": "ANA@x.example"}, ["d2"]),
        ({"order": "o1"}, ["d2"]),
        ({"limit": 1}, ["d2"]),
        ({"order": "o9"}, []),
        ({"order": ""}, []),
        ({"tag": ""}, []),
    ],
)
def test_drafts_are_found_the_newest_first(do, stocked, wanted, found):
    stocked.put("draft_order", {"id": "d2", "status": "completed", "order_id": "o1", "email": "ana@x.example", "created_at": "2026-03-01T09:00:00Z"})

    assert [each["id"] for each in do("draft_order.search", **wanted)] == found


def test_a_draft_is_changed_in_what_is_named(do, stocked):
    changed = do("draft_order.update", draft="d1", tags=["kept"], remove=["desk"], reserve_until="2026-03-09T09:00:00+01:00")
    assert (changed["tags"], changed["reserve_until"], changed["note"]) == (["kept"], "2026-03-09T09:00:00+01:00", None)

    noted = do("draft_order.update", key="k2", draft="d1", note="by phone")
    assert (noted["tags"], noted["reserve_until"], noted["note"]) == (["kept"], "2026-03-09T09:00:00+01:00", "by phone")


@pytest.mark.parametrize(
    ("name", "params", "message"),
    [
        ("draft_order.update", {"draft": "d1"}, "needs something to change"),
        ("draft_order.update", {"draft": "d9", "note": "x"}, "there is no draft order 'd9'"),
        ("draft_order.complete", {"draft": "d9"}, "there is no draft order 'd9'"),
    ],
)
def test_a_change_that_is_none_is_refused(do, stocked, name, params, message):
    with pytest.raises(Permanent, match=message):
        do(name, **params)


def test_a_result_has_the_fields_that_events_have(registry):
    # Given the fields of a draft in an event, Then what is found has each of them, of the same kind
    event = registry.catalog.event_types["draft_order.created"].schema["properties"]["draft_order"]["properties"]
    result = registry.catalog.actions["draft_order.search"].result["items"]["properties"]
    assert {field: part["type"] for field, part in event.items()} == {field: result[field]["type"] for field in event}


def test_plans(plan):
    assert plan("draft_order.search", order="o1", status="completed") == "look for drafts: order o1, status completed"
    assert plan("draft_order.search") == "look for drafts: the newest"
    assert plan("draft_order.update", draft="d1", tags=["a"], note="x") == "update draft d1: +a, note x"
    assert plan("draft_order.complete", draft="d1") == "make an order of draft d1"
