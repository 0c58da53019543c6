"""return.… on the embedded back office."""

from datetime import timedelta
from decimal import Decimal

import pytest

from ecomflow import Permanent

MUG = {"id": "l1", "sku": "MUG", "quantity": 2, "price": Decimal("9.90"), "title": "Mug"}
CAP = {"id": "l2", "sku": "CAP", "quantity": 1, "price": 15, "title": "Cap"}


@pytest.fixture
def ordered(desk):
    """Put in an order of two mugs and a cap."""
    desk.put("order", {"id": "o1", "email": "ana@x.example", "total": Decimal("34.80"), "lines": [MUG, CAP]})


def test_a_whole_order_comes_back(do, ordered):
    made = do("return.create", order="o1", reason="too small", photos=["https://x.example/1.jpg"])

    assert made == {
        "id": made["id"], "order_id": "o1", "status": "requested", "reason": "too small", "lines": [MUG, CAP], "value": Decimal("34.80"),
        "photos": ["https://x.example/1.jpg"], "email": "ana@x.example", "label": None, "note": None, "fee": None,
        "fee_reason": None, "review_reason": None, "declined_reason": None, "created_at": "2026-03-02T09:00:00+00:00", "decided_at": None,
    }  # fmt: skip
    assert do("return.get", id=made["id"]) == made


@pytest.mark.parametrize(
    ("lines", "found", "value"),
    [
        (["MUG"], ["Mug"], Decimal("19.80")),
        (["l2"], ["Cap"], 15),
        ([{"sku": "MUG", "quantity": 1}], ["Mug"], Decimal("9.90")),
        ([{"id": "l1", "quantity": 1}, "l2"], ["Mug", "Cap"], Decimal("24.90")),
        ([{"id": "r-7", "line_id": "l2", "quantity": 1, "price": None}], ["Cap"], 15),
        ([{"sku": "HAT", "quantity": 1}], [None], None),
        ([{"sku": "HAT", "quantity": 2, "price": 3}], [None], 6),
        ([], [], None),
    ],
)
def test_lines_are_named_by_id_or_sku_and_filled_from_the_order(do, ordered, lines, found, value):
    made = do("return.create", order="o1", lines=lines)

    assert [line.get("title") for line in made["lines"]] == found
    assert made["value"] == value


def test_an_order_that_is_kept_elsewhere_may_come_back(do):
    made = do("return.create", order="o9", lines=["MUG"], email="bo@x.example")

    assert (made["lines"], made["value"], made["email"]) == ([{"id": "MUG"}], None, "bo@x.example")


def test_an_approved_return_has_a_label_of_its_own(do, stocked):
    approved = do("return.approve", id="r1", note="fine")
    again = do("return.approve", key="k2", id="r1", later=timedelta(days=1))

    assert (approved["status"], approved["decided_at"], approved["note"]) == ("approved", "2026-03-02T09:00:00+00:00", "fine")
    assert len(approved["label"]["code"]) == 12
    assert (approved["label"]["address"], approved["label"]["url"]) == ("Acme, Dock 3", None)
    assert again == approved


def test_a_label_may_be_left_out(do, stocked):
    assert do("return.approve", id="r1", label=False)["label"] is None


def test_a_declined_return_has_a_reason(do, stocked):
    declined = do("return.decline", id="r1", reason="too late")

    assert (declined["status"], declined["declined_reason"], declined["label"]) == ("declined", "too late", None)
    assert do("return.decline", key="k2", id="r1", reason="other") == declined


@pytest.mark.parametrize(("first", "second"), [("approve", "decline"), ("decline", "approve")])
def test_what_was_decided_stays(do, stocked, first, second):
    # Given a return that was decided
    reason = {"approve": {}, "decline": {"reason": "x"}}
    do(f"return.{first}", id="r1", **reason[first])

    # When somebody decides otherwise, Then that is refused
    with pytest.raises(Permanent, match=f"return 'r1' is {first}d already"):
        do(f"return.{second}", key="k2", id="r1", **reason[second])


def test_a_return_that_is_not_there(do):
    assert do("return.get", id="r9") is None
    with pytest.raises(Permanent, match="there is no return 'r9'"):
        do("return.approve", id="r9")
    with pytest.raises(Permanent, match="there is no return 'r9'"):
        do("return.decline", id="r9", reason="x")


def test_a_return_that_people_look_at_may_be_decided(do, stocked):
    looked_at = do("return.review", id="r1", reason="no photo")
    again = do("return.review", key="k2", id="r1", reason="another")

    assert (
        (looked_at["status"], looked_at["review_reason"])
        == ("in_review", "no photo")
        == (again["status"], again["review_reason"])
    )
    assert do("return.approve", key="k3", id="r1")["status"] == "approved"
    with pytest.raises(Permanent, match="'r1' is approved already"):
        do("return.review", key="k4", id="r1", reason="too late")


def test_sending_back_costs_what_was_set_until_it_is_declined(do, stocked):
    assert do("return.set_fee", id="r1", amount=Decimal("4.90"), reason="from abroad")["fee"] == Decimal("4.90")
    with pytest.raises(Permanent, match="must not be below 0"):
        do("return.set_fee", key="k2", id="r1", amount=-1)

    do("return.decline", key="k3", id="r1", reason="late")
    with pytest.raises(Permanent, match="'r1' is declined already"):
        do("return.set_fee", key="k4", id="r1", amount=0)


def test_plans(plan):
    assert plan("return.create", order="o1", reason="broken") == "open return of order o1: broken"
    assert plan("return.get", id="r1") == "look up return r1"
    assert plan("return.approve", id="r1") == "approve return r1, with a label"
    assert plan("return.approve", id="r1", label=False) == "approve return r1"
    assert plan("return.decline", id="r1", reason="late") == "decline return r1: late"
    assert plan("return.review", id="r1", reason="no photo") == "have return r1 looked at: no photo"
    assert plan("return.set_fee", id="r1", amount=4) == "set the fee of return r1 to 4"
