"""Marketing has two connections on its way, its own and the one that is asked first (R:P12), on a real kernel and virtual time."""

from typing import Literal

import pytest

from ecomflow import action
from ecomflow.language import load_project
from ecomflow.registry import Registry
from ecomflow.runtime import gates

SALE = """\
trigger: {event: thing.happened}
subject: thing.id
actions:
  - {action: email.send, with: {to: "{{ thing.to }}", subject: Sale, text: Come, purpose: marketing}}
"""
MAIL = """\
trigger: {event: other.happened}
actions:
  - {action: email.send, with: {to: a@x.example, subject: S, text: T}}
"""
LOOK = """\
trigger: {event: other.happened}
actions:
  - {action: customer.get, with: {email: a@x.example}}
"""
CONNECTIONS = "connections:\n  mail: {plugin: smtp, host: 127.0.0.1, from: shop@acme.example}\n  desk: {plugin: local}\n"


@pytest.fixture
def project(tmp_path, catalog):
    """Return what writes a project of these workflows."""

    def write(more=CONNECTIONS, catalog=catalog, **workflows):
        (tmp_path / "shop" / "workflows").mkdir(parents=True)
        (tmp_path / "shop" / "ecomflow.yaml").write_text(f"shop: acme\n{more}", "utf-8")
        for name, text in workflows.items():
            (tmp_path / "shop" / "workflows" / f"{name}.yaml").write_text(f"name: {name}\n{text}", "utf-8")
        return load_project(tmp_path / "shop", catalog)

    return write


def pause(desk, *connections):
    for name in connections:
        desk.kernel.do(lambda name=name: desk.kernel.pause(None, connection=name))


def resume(desk, *connections):
    for name in connections:
        desk.kernel.do(lambda name=name: desk.kernel.resume(None, connection=name))


def made(desk, turns):
    """Return the calls that are made within so many turns, each at once where something is due, else a second later."""
    found = []
    for _ in range(turns):
        desk.kernel.turn([])
        found += desk.kernel.take_calls()
        if desk.kernel.next_fire is None or desk.kernel.next_fire > desk.micros:
            desk.micros += 1_000_000
    return found


def test_two_gates_do_not_hand_a_mail_to_each_other_for_ever(open_desk, project):
    # Given a call at each of two connections that cannot go, for its workflow is paused
    desk = open_desk(project(w=SALE, p=MAIL, q=LOOK))
    pause(desk, "mail", "desk")
    desk.emit("other.happened")
    for name in ("p", "q"):
        desk.kernel.do(lambda name=name: desk.kernel.pause(name))
    resume(desk, "mail", "desk")

    # When a third workflow sends marketing, which goes through both, Then it is sent
    desk.emit(id="a", to="a@shop.example")
    assert [call.params["to"] for call in made(desk, 10)] == ["a@shop.example"]


def test_what_two_gates_have_held_goes_when_both_are_open(open_desk, project, monkeypatch):
    # Given more than a portion at each of two connections, When both are resumed, Then all of it is sent
    monkeypatch.setattr(gates, "_PORTION", 4)
    desk = open_desk(project(w=SALE))
    pause(desk, "mail")
    desk.kernel.turn([desk.event(id=f"m{n}", to=f"m{n}@shop.example") for n in range(24)])
    pause(desk, "desk")
    resume(desk, "mail")
    made(desk, 3)

    resume(desk, "desk")

    assert len({call.params["to"] for call in made(desk, 40)}) == 24


def test_a_connection_that_is_named_and_is_none_lets_nothing_through(open_desk, project):
    # Given a name that is misspelt, When marketing is to be sent, Then that one is asked, which fails; nobody else is in its place
    loaded = project(more=f"consent: crm\n{CONNECTIONS}", w=SALE)
    assert "no connection `crm` knows customers" in [fault.message for fault in loaded.diagnostics]
    desk = open_desk(loaded)

    desk.emit(id="a", to="a@shop.example")

    [call] = desk.kernel.take_calls()
    assert [each.connection for each in call.asks] == ["crm"]


def test_the_shop_is_not_flooded_with_questions(open_desk, project):
    # Given thousands of recipients, When a mail is to be sent, Then one more than may be is what the call holds
    desk = open_desk(project(w=SALE))

    desk.emit(id="a", to=[f"{n}@shop.example" for n in range(9_000)])

    [call] = desk.kernel.take_calls()
    assert len(call.asks) == 51


def test_an_action_that_is_marketing_by_default_asks_too(open_desk, project):
    @action("promo.push", effect="sends", consent=("to",))
    async def push(to: str, purpose: Literal["marketing", "transactional"] = "marketing") -> None:
        """Push.

        Args:
            to: whom.
            purpose: why.
        """

    registry = Registry.load([push])
    push_it = "trigger: {event: thing.happened}\nactions:\n  - {action: promo.push, with: {to: bo@x.example}}\n"
    desk = open_desk(project(catalog=registry.catalog, w=push_it), catalog=registry.catalog)

    desk.emit(id="a")

    [call] = desk.kernel.take_calls()
    assert [each.params["email"] for each in call.asks] == ["bo@x.example"]
