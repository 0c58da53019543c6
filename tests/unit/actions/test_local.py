"""log.write, customer.… and discount.…, on records in a file of the project."""

import logging
from decimal import Decimal

import pytest

from ecomflow import Permanent, Retryable
from ecomflow.registry import Registry

REGISTRY = Registry.load()


@pytest.mark.parametrize(("message", "line"), [("hello", "hello"), (Decimal("1.50"), "1.50"), (None, "None"), ("%s", "%s")])
def test_log_write_writes_the_text_as_it_is(do, caplog, message, line):
    with caplog.at_level(logging.INFO, "ecomflow.log"):
        assert do("log.write", message=message) is None
    assert caplog.messages == [line]


def test_log_write_asks_for_a_text_at_load_time():
    assert REGISTRY.catalog.actions["log.write"].params["properties"]["message"]["type"] == "string"


def test_records_are_put_got_found_and_removed(desk, tmp_path):
    desk.put("customer", {"id": "2", "email": "Bo@X.example", "spent": Decimal("1.10")})
    desk.put("customer", {"id": "1", "email": "ana@x.example"})
    desk.put("customer", {"id": "1", "email": "ana@y.example"})
    assert desk.get("customer", "2") == {"id": "2", "email": "Bo@X.example", "spent": Decimal("1.10")}
    assert desk.get("order", "2") is None
    assert [each["id"] for each in desk.find("customer")] == ["1", "2"]
    assert [each["id"] for each in desk.find("customer", email="bo@x.EXAMPLE")] == ["2"]
    assert desk.find("customer", email="ana@x.example") == []
    assert desk.remove("customer", "2") is True
    assert desk.remove("customer", "2") is False
    assert (tmp_path / "var" / "local.db").exists()


@pytest.mark.parametrize("record", [{}, {"id": 5}, {"id": ""}, {"id": "1", "x": object()}, {"id": "1", "x": Decimal("NaN")}])
def test_a_record_that_is_none_is_refused(desk, record):
    with pytest.raises(Permanent):
        desk.put("customer", record)
    assert desk.find("customer") == []


def test_an_unusable_file_is_said(tmp_path):
    (tmp_path / "var").write_text("a file where a folder should be")
    with pytest.raises(Retryable, match=r"local\.db"):
        REGISTRY.open_connection("desk", "local", {}, tmp_path).get("customer", "1")


def test_a_customer_is_found_by_id_or_address(do, desk):
    desk.put("customer", {"id": "c1", "email": "Ana@Example.com", "first_name": "Ana", "accepts_marketing": True, "vip": 1})
    found = do("customer.get", email="ana@example.com")
    assert found == do("customer.get", id="c1", email=None)
    # What is not known is none, and a record may hold more than the action names.
    assert (found["email"], found["first_name"], found["accepts_marketing"], found["vip"]) == ("Ana@Example.com", "Ana", True, 1)
    assert {name for name, value in found.items() if value is None} == {
        "phone", "last_name", "tags", "orders_count", "total_spent", "currency", "locale", "note", "points", "staff",
        "created_at", "updated_at",
    }  # fmt: skip


def test_no_such_customer_is_none(do):
    assert do("customer.get", id="c9") is None
    assert do("customer.get", email="x@example.com") is None


def test_nothing_to_look_for_is_refused(do):
    with pytest.raises(Permanent, match="needs an id or an email"):
        do("customer.get", email=None)


def test_customers_are_looked_for(do, desk):
    desk.put("customer", {"id": "c2", "tags": ["VIP"], "accepts_marketing": True}, {"id": "c1", "tags": ["vip", "new"]}, {"id": "c3"})

    assert [each["id"] for each in do("customer.search")] == ["c1", "c2", "c3"]
    assert [each["id"] for each in do("customer.search", tag="vip")] == ["c1", "c2"]
    assert [each["id"] for each in do("customer.search", tag="vip", accepts_marketing=True)] == ["c2"]
    assert [each["id"] for each in do("customer.search", limit=1)] == ["c1"]
    assert do("customer.search", tag="late") == []
    assert do("customer.search", tag="") == []


def test_tags_of_a_customer_are_added_once_and_taken_away(do, stocked):
    assert do("customer.tag", customer="c1", tags=["vip", "new"], remove=["old"])["tags"] == ["new", "vip"]
    assert do("customer.tag", key="k2", customer="c1", tags=[], remove=["new"])["tags"] == ["vip"]
    assert stocked.get("customer", "c1")["tags"] == ["vip"]


def test_a_customer_who_is_not_there_cannot_be_tagged(do):
    with pytest.raises(Permanent, match="there is no customer 'c9'"):
        do("customer.tag", customer="c9", tags=["vip"])


def test_the_same_discount_is_made_once(do, desk):
    first = do("discount.create", percent=10, expires_in="48h", email="ana@example.com")
    again = do("discount.create", percent=10, expires_in="48h", email="ana@example.com")
    other = do("discount.create", key="k2", amount=Decimal("5.00"))
    assert first == again
    assert first["percent"] == 10
    assert first["amount"] is None
    assert first["expires_at"] == "2026-03-04T09:00:00+00:00"
    assert other["code"] != first["code"]
    assert (other["amount"], other["expires_at"]) == (Decimal("5.00"), None)
    assert len(desk.find("discount")) == 2
    assert desk.find("discount", code=first["code"])[0]["email"] == "ana@example.com"


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, "either percent or amount"),
        ({"percent": 5, "amount": 5}, "either percent or amount"),
        ({"percent": 0}, "above 0"),
        ({"percent": 101}, "at most 100"),
        ({"amount": -1}, "above 0"),
        ({"percent": 5, "expires_in": "soon"}, "expires_in"),
        ({"percent": "5"}, "expected a number"),
        ({"percent": 5, "usage_limit": 0}, "expected 1"),
    ],
)
def test_a_discount_that_is_none_is_refused(do, desk, params, message):
    with pytest.raises(Permanent, match=message):
        do("discount.create", **params)
    assert desk.find("discount") == []


def test_a_discount_for_one_use_is_looked_up(do, desk):
    made = do("discount.create", percent=10, usage_limit=1)

    assert do("discount.get", code=made["code"]) == made
    assert made["usage_limit"] == 1
    assert do("discount.get", code="NONE") is None


def test_plans(plan):
    assert plan("discount.get", code="TEN") == "look up discount TEN"
    assert plan("discount.create", percent=10, email="a@x.example", expires_in="48h") == "discount of 10 % for a@x.example, valid for 48h"
    assert plan("discount.create", amount=5) == "discount of 5"
    assert plan("customer.get", email="a@x.example") == "look up customer a@x.example"
    assert plan("customer.search", tag="vip", accepts_marketing=True) == "look for customers: tag vip, accepts_marketing True"
    assert plan("customer.search") == "look for customers: all"
    assert plan("customer.tag", customer="c1", tags=["vip"], remove=["new"]) == "tag customer c1: +vip -new"
    assert plan("log.write", message="hi") == "log: hi"
