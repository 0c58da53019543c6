"""What a shop sends, as it sends it, through the workflows to real mail and real records; only the clock is virtual."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from realshop import START, RealShop, own


@pytest.fixture
def shop(tmp_path, mailbox):
    """Return an open shop without records."""
    opened = RealShop(tmp_path / "shop", mailbox)
    yield opened
    opened.close()


@pytest.fixture(params=["published", "own"])
def sample(request):
    """Return what gives the body of a topic: Shopify's own samples, or those of the project."""
    if request.param == "own":
        return own
    folder = request.getfixturevalue("realdata") / "webhooks" / "shopify" / "2026-04"
    return lambda topic: json.loads((folder / f"{topic.replace('/', '__')}.json").read_text("utf-8"))


# --- restock alert ---


def variant(sample):
    return {**sample("variants/in_stock"), "id": 51, "inventory_quantity": 2}


@pytest.fixture
def three_wait(shop):
    """Let two pieces be there, and three people wait for them; ids are not in order of joining."""
    shop.desk.put("stock", {"id": "s51", "variant_id": "51", "available": 2})
    for name, days in (("cleo", 1), ("ben", 2), ("ana", 3)):
        joined = (START - timedelta(days=days)).isoformat()
        shop.desk.put("stock_alert", {"id": f"a-{name}", "variant_id": "51", "email": f"{name}@shopper.example", "joined_at": joined})
    return shop


def waiting(shop):
    return [alert["id"] for alert in shop.desk.find("stock_alert", variant_id="51") if not alert.get("notified_at")]


TOLD_TWO = [("ana@shopper.example", "What you waited for is back"), ("ben@shopper.example", "What you waited for is back")]


def test_three_wait_for_two_pieces(three_wait, sample):
    # Given three who wait and two pieces, When the variant is back
    shop = three_wait
    assert shop.webhook("variants/in_stock", variant(sample), "w1")[0][:2] == ("restock-alert", "started")

    # Then the two who joined first get one mail each, and the third keeps their place.
    assert shop.mails == TOLD_TWO
    assert waiting(shop) == ["a-cleo"]

    # When it is delivered again, with the same id and with another one, Then nothing happens.
    assert [outcome for _, outcome, _ in shop.webhook("variants/in_stock", variant(sample), "w1")] == ["duplicate"]
    assert shop.webhook("variants/in_stock", variant(sample), "w2")[0][:2] == ("restock-alert", "refused")
    assert shop.mails == TOLD_TWO

    # When both are bought before the others' turn, Then the run ends, and the third still waits.
    shop.desk.put("stock", {"id": "s51", "variant_id": "51", "available": 0})
    shop.after(days=10)
    assert (shop.run().status, shop.mails, waiting(shop)) == ("stopped", TOLD_TWO, ["a-cleo"])


def test_the_third_is_told_where_a_piece_is_left(three_wait, sample):
    three_wait.webhook("variants/in_stock", variant(sample))
    three_wait.after(hours=5)
    assert three_wait.mails == TOLD_TWO

    three_wait.after(hours=7)

    assert three_wait.mails == [*TOLD_TWO, ("cleo@shopper.example", "What you waited for is back")]
    assert waiting(three_wait) == []


def test_the_next_restock_goes_on_where_the_last_one_ended(three_wait, sample):
    # Given two who were told, and a stock that was sold
    shop = three_wait
    shop.webhook("variants/in_stock", variant(sample), "w1")
    shop.desk.put("stock", {"id": "s51", "variant_id": "51", "available": 0})
    shop.after(days=1)

    # When it is back again
    shop.desk.put("stock", {"id": "s51", "variant_id": "51", "available": 5})
    shop.webhook("variants/in_stock", variant(sample), "w2")
    shop.after(days=9)

    # Then the third is told, and nobody twice.
    assert shop.mails == [*TOLD_TWO, ("cleo@shopper.example", "What you waited for is back")]


# --- return approval ---


def wanted_back(sample):
    """Return the body of a return of two lines; where the sample names lines, it is of one."""
    body = sample("returns/request")
    lines = [{**line, "fulfillment_line_item": {"line_item": {"id": 1}}} for line in body["return_line_items"]]
    return {**body, "id": 71, "order": {"id": 61}, "return_line_items": lines}


def sell(shop, worth, days, lines=1):
    """Put an order of so much into the desk that was delivered so many days ago."""
    price = (Decimal(worth) / lines).quantize(Decimal("0.01"))
    order = {
        "id": "61", "number": "1061", "email": "ana@shopper.example", "currency": "EUR", "total": Decimal(worth), "tags": [],
        "lines": [{"id": str(number + 1), "title": "Shirt", "quantity": 1, "price": price} for number in range(lines)],
        "delivered_at": (START - timedelta(days=days)).isoformat(), "created_at": (START - timedelta(days=days + 2)).isoformat(),
    }  # fmt: skip
    shop.desk.put("order", order)


def lines_of(sample):
    return max(1, len(sample("returns/request")["return_line_items"]) or sample("returns/request")["total_return_line_items"])


def the_return(shop):
    (found,) = shop.desk.find("return")
    return found


def test_a_small_return_in_time_is_paid_back_once(shop, sample):
    # Given an order of 40 that was delivered ten days ago, When all of it is to come back
    sell(shop, "40.00", days=10, lines=lines_of(sample))
    body = wanted_back(sample)
    assert shop.webhook("returns/request", body, "w1")[0][:2] == ("return-approval", "started")

    # Then it is approved with a label, paid back, and the customer is told the label's code.
    (refund,) = shop.desk.find("refund")
    assert (refund["order_id"], refund["amount"], refund["currency"]) == ("61", Decimal("40.00"), "EUR")
    assert the_return(shop)["status"] == "approved"
    assert shop.mails == [("ana@shopper.example", "Your return of order 1061 is accepted")]
    assert the_return(shop)["label"]["code"] in shop.text(0)
    assert "40.00" in shop.text(0)
    assert shop.run().status == "completed"

    # When the shop delivers it again, under the same id and another, and days pass, Then nothing is paid or told again.
    shop.webhook("returns/request", body, "w1")
    assert shop.webhook("returns/request", {**body, "name": "#1061-R1"}, "w2")[0][:2] == ("return-approval", "deduplicated")
    shop.after(days=30)
    assert (len(shop.desk.find("refund")), len(shop.mails)) == (1, 1)


@pytest.fixture
def large(shop, sample):
    """Let a return that is worth 400 be asked for."""
    sell(shop, "400.00", days=10, lines=lines_of(sample))
    shop.webhook("returns/request", wanted_back(sample))
    assert (shop.run().status, shop.run().waiting_for[0].kind) == ("waiting", "person")
    assert shop.desk.find("refund") == []
    assert shop.mails == [("ana@acme.example", f"Take back {wanted_back(sample)['name'] or 71} of order 1061?")]
    return shop


def test_a_large_return_is_paid_back_once_a_person_approves(large):
    large.after(hours=20)
    large.runtime.decide(large.run().id, approved=True, by="ana@acme.example")

    (refund,) = large.desk.find("refund")
    assert refund["amount"] == Decimal("400.00")
    assert large.mails[1:] == [("ana@shopper.example", "Your return of order 1061 is accepted")]
    assert the_return(large)["status"] == "approved"


def test_a_large_return_that_a_person_rejects_is_declined(large):
    large.runtime.decide(large.run().id, approved=False, by="ana@acme.example", comment="worn")

    assert (the_return(large)["status"], large.desk.find("refund")) == ("declined", [])
    assert large.mails[1:] == [("ana@shopper.example", "About your return of order 1061")]
    assert "we cannot take it back" in large.text(1)
    assert "worn" not in large.text(1)


def test_of_a_large_return_people_are_reminded_and_where_nobody_decides_it_is_declined(large):
    # Given a question that nobody answers, When two days have passed, Then people have been reminded each day.
    large.after(days=2, hours=23)
    assert large.run().status == "waiting"
    question = large.mails[0][1]
    assert large.mails[1:] == [("ana@acme.example", f"Reminder: {question}")] * 2

    # When the third has, Then it is declined and the customer is told.
    large.after(days=3)
    assert (the_return(large)["status"], large.desk.find("refund"), large.run().status) == ("declined", [], "completed")
    assert large.mails[-1] == ("ana@shopper.example", "About your return of order 1061")


def test_a_late_return_is_declined_with_the_reason(shop, sample):
    sell(shop, "40.00", days=60, lines=lines_of(sample))
    shop.webhook("returns/request", wanted_back(sample))

    assert (the_return(shop)["status"], the_return(shop)["declined_reason"]) == ("declined", "the time for sending it back is over")
    assert shop.mails == [("ana@shopper.example", "About your return of order 1061")]
    assert "the time for sending it back is over" in shop.text(0)
    assert shop.desk.find("refund") == []


def test_the_fourth_return_of_a_customer_is_for_a_person(shop):
    # Given three orders of a customer of which something came back
    sell(shop, "49.90", days=10)
    for number in range(3):
        order = {"id": f"6{number}0", "email": "Ana@Shopper.example", "tags": ["returned"], "created_at": "2026-02-01T09:00:00Z"}
        shop.desk.put("order", order)

    # When a fourth return is asked for, Then a person decides.
    shop.webhook("returns/request", wanted_back(own))
    assert shop.run().status == "waiting"


def test_of_an_order_of_two_pieces_one_is_paid_back(shop):
    sell(shop, "100.00", days=10, lines=2)
    shop.webhook("returns/request", wanted_back(own))

    (refund,) = shop.desk.find("refund")
    assert refund["amount"] == Decimal("50.00")


# --- ticket priority ---


def test_a_very_important_customer_wants_another_size(shop):
    # Given a ticket on the desk, When it is told of
    shop.desk.put("ticket", {"id": "t1", "subject": "My order", "email": "ana@shopper.example"})
    ticket = {"id": "t1", "subject": "My order", "text": "please change the size of my order", "email": "ana@shopper.example"}
    assert shop.emit("ticket.created", {"ticket": ticket, "customer": {"tags": ["vip"]}})[0][1] == "started"

    # Then it is high, tagged and with the team for orders.
    found = shop.desk.get("ticket", "t1")
    assert (found["priority"], found["tags"], found["team"]) == ("high", ["vip", "change-order"], "orders")


def test_the_shops_own_records_say_who_is_important(shop):
    shop.desk.put("ticket", {"id": "t1", "subject": "My order"})
    shop.desk.put("customer", {"id": "k1", "email": "ana@shopper.example", "tags": ["vip"]})
    shop.emit("ticket.created", {"ticket": {"id": "t1", "text": "Cancel it, please", "email": "Ana@shopper.example"}})

    assert shop.desk.get("ticket", "t1")["priority"] == "urgent"


@pytest.mark.parametrize("data", [{"ticket": {"id": "t1"}}, {"ticket": {"id": "t1", "text": None}, "customer": {"tags": ["vip"]}}])
def test_a_ticket_without_a_text_is_unknown_and_says_why(shop, data):
    ((workflow, outcome, reason),) = shop.emit("ticket.created", data)

    assert (workflow, outcome) == ("ticket-priority", "unknown")
    assert "ticket.text" in reason
    assert shop.runtime.runs() == []


# --- abandoned cart ---


def left(sample):
    body = sample("checkouts/update")
    return {**body, "token": "tok-1", "email": "ana@shopper.example", "total_price": "80.00"}


@pytest.fixture
def consenting(shop):
    """Let the shopper have agreed to mail."""
    shop.desk.put("customer", {"id": "k1", "email": "ana@shopper.example", "first_name": "Ana", "accepts_marketing": True})
    return shop


def test_a_checkout_is_reminded_of_after_a_day_and_offered_a_code_three_days_later(consenting, sample):
    consenting.webhook("checkouts/update", left(sample))
    consenting.after(hours=23, minutes=59)
    assert consenting.mails == []

    consenting.after(hours=24)
    assert consenting.mails == [("ana@shopper.example", "Ana, your cart is waiting")]

    consenting.after(days=10)
    assert consenting.mails[1:] == [("ana@shopper.example", "Ten percent for you")]
    (discount,) = consenting.desk.find("discount")
    assert discount["code"] in consenting.text(1)
    assert consenting.run().status == "completed"


def test_an_order_of_the_checkout_ends_it_before_any_mail(consenting, sample):
    consenting.webhook("checkouts/update", left(sample))
    consenting.after(hours=5)
    order = {"id": 61, "checkout_token": "tok-1", "email": "somebody.else@shopper.example", "total_price": "80.00", "line_items": []}

    assert consenting.webhook("orders/create", order)[0][:2] == ("abandoned-cart", "exited")

    consenting.after(days=10)
    assert (consenting.run().status, consenting.mails) == ("stopped", [])
