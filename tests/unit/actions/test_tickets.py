"""ticket.… on the embedded desk."""

from datetime import timedelta

import pytest

from ecomflow import Permanent


def test_a_ticket_is_opened_with_all_that_is_known(do):
    made = do(
        "ticket.create", subject="Broken cup", text="It came in pieces.", email="ana@x.example", customer="c1", order="o1",
        priority="high", tags=["damage", "vip", "damage"], team="returns",
    )  # fmt: skip

    assert made == {
        "id": made["id"], "subject": "Broken cup", "text": "It came in pieces.", "status": "open", "priority": "high",
        "tags": ["damage", "vip"], "team": "returns", "person": None, "email": "ana@x.example", "customer_id": "c1",
        "order_id": "o1", "messages": [], "created_at": "2026-03-02T09:00:00+00:00", "closed_at": None,
    }  # fmt: skip
    assert do("ticket.get", ticket=made["id"]) == made


def test_a_subject_is_enough(do):
    made = do("ticket.create", subject="Hello")

    assert (made["priority"], made["tags"], made["text"], made["team"]) == ("normal", [], None, None)


def test_no_such_ticket_is_none(do):
    assert do("ticket.get", ticket="t9") is None


def test_answers_and_notes_are_kept_in_order(do, stocked):
    do("ticket.reply", key="k1", ticket="t1", text="Sorry!")
    told = do("ticket.note", key="k2", ticket="t1", text="Refund?", later=timedelta(hours=1))

    assert told["messages"] == [
        {"at": "2026-03-02T09:00:00+00:00", "kind": "reply", "text": "Sorry!"},
        {"at": "2026-03-02T10:00:00+00:00", "kind": "note", "text": "Refund?"},
    ]


def test_tags_are_added_once_and_taken_away(do, stocked):
    assert do("ticket.tag", ticket="t1", tags=["vip", "web"], remove=["none"])["tags"] == ["web", "vip"]
    assert do("ticket.tag", key="k2", ticket="t1", tags=["late"], remove=["web"])["tags"] == ["vip", "late"]


def test_priority_team_and_person(do, stocked):
    assert do("ticket.set_priority", ticket="t1", priority="urgent")["priority"] == "urgent"
    do("ticket.assign", key="k2", ticket="t1", team="returns")
    handed = do("ticket.assign", key="k3", ticket="t1", person="bo@acme.example")
    assert (handed["team"], handed["person"]) == ("returns", "bo@acme.example")


def test_a_ticket_is_closed_once(do, stocked):
    closed = do("ticket.close", ticket="t1", reason="solved")
    again = do("ticket.close", key="k2", ticket="t1", reason="again", later=timedelta(days=1))

    assert (closed["status"], closed["closed_at"]) == ("closed", "2026-03-02T09:00:00+00:00")
    assert [message["text"] for message in closed["messages"]] == ["solved"]
    assert again == closed


def test_a_ticket_says_how_far_it_is_and_opens_again(do, stocked):
    assert do("ticket.set_status", ticket="t1", status="pending")["status"] == "pending"

    # Given one that is closed, When it is set to open, Then it is no more
    do("ticket.close", key="k2", ticket="t1")
    opened = do("ticket.set_status", key="k3", ticket="t1", status="open")
    assert (opened["status"], opened["closed_at"]) == ("open", None)


def test_a_ticket_that_a_person_put_in_with_less_is_complete(do, desk):
    # Given a record without status, tags and messages
    desk.put("ticket", {"id": "t5", "subject": "By hand"})

    # When it is read and answered, Then it is a ticket like any other
    assert (do("ticket.get", ticket="t5")["status"], do("ticket.get", ticket="t5")["tags"]) == ("open", [])
    assert [message["text"] for message in do("ticket.reply", ticket="t5", text="Hi")["messages"]] == ["Hi"]


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("ticket.reply", {"text": "x"}),
        ("ticket.note", {"text": "x"}),
        ("ticket.tag", {"tags": ["x"]}),
        ("ticket.set_priority", {"priority": "low"}),
        ("ticket.set_status", {"status": "open"}),
        ("ticket.assign", {"team": "x"}),
        ("ticket.close", {}),
    ],
)
def test_a_ticket_that_is_not_there_is_named(do, name, params):
    with pytest.raises(Permanent, match="there is no ticket 't9'") as raised:
        do(name, ticket="t9", **params)
    assert raised.value.type == "not_found"


@pytest.mark.parametrize(
    ("name", "params", "message"),
    [
        ("ticket.create", {"subject": "  "}, "subject: is empty"),
        ("ticket.create", {"subject": "x", "priority": "asap"}, "expected one of low, normal, high, urgent"),
        ("ticket.reply", {"ticket": "t1", "text": ""}, "text: is empty"),
        ("ticket.set_priority", {"ticket": "t1", "priority": "5"}, "expected one of low"),
        ("ticket.set_status", {"ticket": "t1", "status": "closed"}, "expected one of new, open, pending, solved"),
        ("ticket.assign", {"ticket": "t1"}, "needs a team or a person"),
        ("ticket.tag", {"ticket": "t1", "tags": "vip"}, "expected a list, got a text"),
    ],
)
def test_what_is_wrong_is_said_and_changes_nothing(do, stocked, name, params, message):
    before = stocked.find("ticket")
    with pytest.raises(Permanent, match=message):
        do(name, **params)
    assert stocked.find("ticket") == before


def test_plans(plan):
    assert plan("ticket.create", subject="Broken", priority="high", team="returns") == "open ticket: Broken, high, for returns"
    assert plan("ticket.create", subject="Broken") == "open ticket: Broken"
    assert plan("ticket.get", ticket="t1") == "look up ticket t1"
    assert plan("ticket.reply", ticket="t1", text="Sorry!") == "answer ticket t1: Sorry!"
    assert plan("ticket.note", ticket="t1", text="Hm") == "note in ticket t1: Hm"
    assert plan("ticket.tag", ticket="t1", tags=["a", "b"], remove=["c"]) == "tag ticket t1: +a +b -c"
    assert plan("ticket.set_priority", ticket="t1", priority="low") == "set ticket t1 to low"
    assert plan("ticket.set_status", ticket="t1", status="open") == "set the status of ticket t1 to open"
    assert plan("ticket.assign", ticket="t1", team="a", person="b") == "hand ticket t1 to a, b"
    assert plan("ticket.close", ticket="t1", reason="done") == "close ticket t1: done"
    assert plan("ticket.close", ticket="t1") == "close ticket t1"
