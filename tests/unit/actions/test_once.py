"""Each changing action has one effect and one answer for a key: called again, by several at once, after a crash."""

import inspect
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Protocol

import pytest

from ecomflow import Effect, Permanent, actions
from ecomflow.registry import Registry

CHANGES = {
    "customer.tag": {"customer": "c1", "tags": ["vip"]},
    "discount.create": {"percent": 10},
    "draft_order.complete": {"draft": "d1"},
    "draft_order.update": {"draft": "d1", "tags": ["kept"], "reserve_until": "2026-03-09T09:00:00+00:00"},
    "gift_card.create": {"amount": 20},
    "import.retry": {"id": "i1"},
    "ledger.add": {"category": "fees", "amount": -3},
    "ledger.close": {"month": "2026-02"},
    "loyalty.add_points": {"customer": "c1", "points": 50},
    "message.send": {"to": "+49 1", "text": "Hello", "channel": "whatsapp"},
    "notify.send": {"to": "returns", "text": "Look"},
    "order.cancel": {"order": "o1", "reason": "fraud", "refund": True},
    "order.hold": {"order": "o1", "reason": "fraud"},
    "order.tag": {"order": "o1", "tags": ["gift"], "remove": ["late"]},
    "order.update": {"order": "o1", "note": "Ring twice", "attributes": {"gift": "yes"}},
    "payment.capture": {"order": "o1", "amount": 20},
    "price.set": {"variant": "v1", "price": 19},
    "product.tag": {"product": "p1", "tags": ["summer"]},
    "purchase.create": {"supplier": "Acme Mills", "lines": [{"sku": "TEE-S", "quantity": 40}]},
    "refund.create": {"order": "o1", "amount": 30},
    "report.export": {"report": "sales", "month": "2026-03"},
    "return.approve": {"id": "r1"},
    "return.create": {"order": "o1", "lines": ["TEE-S"]},
    "return.decline": {"id": "r1", "reason": "late"},
    "return.review": {"id": "r1", "reason": "no photo"},
    "return.set_fee": {"id": "r1", "amount": 4},
    "shipment.cancel": {"shipment": "s1", "reason": "changed"},
    "shipment.prepare": {"order": "o1", "service": "Ground"},
    "shipment.ready": {"shipment": "s1"},
    "shipment.track": {"shipment": "s1", "number": "1Z9"},
    "stock.adjust": {"variant": "v1", "by": -1},
    "stock.set": {"variant": "v1", "available": 7},
    "stock_alert.mark_notified": {"alert": "a1"},
    "ticket.assign": {"ticket": "t1", "team": "returns"},
    "ticket.close": {"ticket": "t1", "reason": "solved"},
    "ticket.create": {"subject": "Broken"},
    "ticket.note": {"ticket": "t1", "text": "Hm"},
    "ticket.reply": {"ticket": "t1", "text": "Sorry"},
    "ticket.set_priority": {"ticket": "t1", "priority": "high"},
    "ticket.set_status": {"ticket": "t1", "status": "pending"},
    "ticket.tag": {"ticket": "t1", "tags": ["vip"]},
    "variant.update": {"product": "p1", "variant": "v1", "sku": "TEE-SMALL"},
}
ADDING = {
    "discount.create", "gift_card.create", "ledger.add", "loyalty.add_points", "message.send", "notify.send", "payment.capture",
    "purchase.create", "refund.create", "return.create", "stock.adjust", "ticket.create", "ticket.note", "ticket.reply",
}  # fmt: skip
"""Those that do it anew under another key."""
KINDS = [
    "customer", "order", "draft_order", "payment", "customer_message", "ticket", "return", "stock", "stock_alert", "refund", "message",
    "gift_card", "points", "discount", "product", "shipment", "price", "purchase", "entry", "month", "report", "import",
]  # fmt: skip
every_change = pytest.mark.parametrize("name", CHANGES)


def everything(desk):
    return {kind: desk.find(kind) for kind in KINDS}


def test_every_change_that_a_desk_carries_out_is_here():
    known = Registry.load().catalog.actions.values()

    assert set(CHANGES) == {spec.name for spec in known if "local" in spec.connections and spec.effect is not Effect.READS}


@every_change
def test_the_same_key_changes_nothing_more_and_gives_the_same_answer(do, stocked, name):
    # Given a desk on which it was done
    before = everything(stocked)
    answer = do(name, **CHANGES[name])
    after = everything(stocked)

    # When it is done again under its key, later, Then nothing changes
    assert do(name, later=timedelta(days=1), **CHANGES[name]) == answer
    assert everything(stocked) == after != before

    # But another key does it anew where it adds something
    do(name, key="k2", **{**CHANGES[name], **({"amount": 1} if name in {"payment.capture", "refund.create"} else {})})
    assert (everything(stocked) != after) is (name in ADDING)


@every_change
def test_several_at_once_have_one_effect(do, stocked, name):
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: do(name, **CHANGES[name]), range(8)))

    assert all(answer == answers[0] for answer in answers)
    assert len(stocked.find("ticket")) + len(stocked.find("refund")) <= 2
    assert len(stocked.get("ticket", "t1")["messages"]) <= 1


class Process:
    """One that carries an action out when it is told to."""

    def __init__(self, folder, name, *more):
        words = [str(folder), "k1", name, json.dumps(CHANGES[name]), *more]
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("once.py")), *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout.readline() == "ready\n"

    def go(self):
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def end(self):
        printed, _ = self._process.communicate(timeout=60)
        return self._process.returncode, json.loads(printed) if printed else None


@pytest.mark.parametrize("name", ["ticket.reply", "refund.create"])
def test_several_processes_at_once_have_one_effect(stocked, tmp_path, name):
    # Given processes that are ready
    processes = [Process(tmp_path, name) for _ in range(3)]

    # When all of them do it under one key
    for process in processes:
        process.go()
    ended = [process.end() for process in processes]

    # Then
    assert [code for code, _ in ended] == [0, 0, 0]
    assert len({json.dumps(answer) for _, answer in ended}) == 1
    assert len(stocked.get("ticket", "t1")["messages"]) + len(stocked.find("refund")) == 1


@pytest.mark.parametrize("name", ["ticket.reply", "refund.create"])
def test_a_process_that_ends_in_the_middle_has_had_no_effect(do, stocked, tmp_path, name):
    # Given one that changed the records and died before it was all on disk
    before = everything(stocked)
    process = Process(tmp_path, name, "die")
    process.go()
    assert process.end() == (9, None)
    assert everything(stocked) == before

    # When it is done again, Then it is done once
    answer = do(name, **CHANGES[name])
    assert do(name, **CHANGES[name]) == answer
    assert len(stocked.get("ticket", "t1")["messages"]) + len(stocked.find("refund")) == 1


def test_two_refunds_at_once_cannot_both_have_the_rest(registry, do, stocked):
    # Given an order of 50, When two refunds of 30 are asked for at once
    def refund(key):
        try:
            return do("refund.create", key=key, order="o1", amount=30)["amount"]
        except Permanent:
            return "refused"

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(refund, ["k1", "k2"]))

    # Then one is refused
    assert sorted(map(str, answers)) == ["30", "refused"]


def test_what_was_refused_may_be_done_later_under_its_key(do, stocked):
    # Given a reply to a ticket that is not there
    with pytest.raises(Permanent, match="there is no ticket"):
        do("ticket.reply", ticket="t2", text="Hi")

    # When the ticket is put in and a person retries, Then it is done
    stocked.put("ticket", {"id": "t2", "subject": "Late"})
    assert len(do("ticket.reply", ticket="t2", text="Hi")["messages"]) == 1


def test_the_desk_has_what_actions_call_with_the_same_parameters(registry, desk):
    # Given the protocols through which actions speak to their connections
    modules = [import_module(f"ecomflow.actions.{each.name}") for each in iter_modules(actions.__path__)]
    protocols = {each for module in modules for each in vars(module).values() if isinstance(each, type) and each.__bases__ == (Protocol,)}
    wanted = {name: of for each in protocols for name, of in vars(each).items() if name[0] != "_" and callable(of) and name != "send"}

    # Then each action of the desk has its method, which the desk has with the same parameters
    carried = {name.replace(".", "_") for name, spec in registry.catalog.actions.items() if "local" in spec.connections}
    assert set(wanted) & carried == carried
    for name in carried:
        asked, given = (inspect.signature(of).parameters.values() for of in (wanted[name], getattr(type(desk), name)))
        assert [(each.name, each.kind) for each in asked] == [(each.name, each.kind) for each in given], name
