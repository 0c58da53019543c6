"""How decorated actions are called, planned and kept from harm."""

import asyncio
import logging
import math
import sys
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from ecomflow import ActionCall, Engine, Money, Page, Permanent, Retry, action, connection
from ecomflow.registry import Registry

CALL = ActionCall(
    key="k1", attempt=1, connection=None, log=logging.getLogger("t"), now=datetime(2026, 1, 1, tzinfo=UTC),
    shop="acme", workflow="w", run_id="r", step="s", locale="en",
)  # fmt: skip


@dataclass
class Made:
    id: str
    cost: float
    parts: tuple[str, ...] = ()


@action("thing.make", effect="charges", idempotent=True, retry=Retry(attempts=2), timeout=5, connections=("http",))
async def make(call: ActionCall, cost: Money, name: str = "x") -> Made:
    """Make a thing."""
    assert isinstance(cost, Decimal)
    return Made(f"{call.key}-{name}", 1.5, ("a",))


@make.plan
def _plan(cost, name, **_):
    return f"make {name} for {cost}"


@action("thing.thread", effect="reads")
def in_thread() -> str:
    return threading.current_thread().name


@action("thing.quick", effect="writes", quick=True)
def quick(call: ActionCall, text: str = "") -> str:
    return f"{threading.current_thread().name} {call.key}"


@action("thing.free", effect="reads")
def free(**params: Any) -> Any:
    return params


@action("thing.exit", effect="reads")
async def leave() -> None:
    sys.exit(3)


@action("thing.exit_in_thread", effect="reads")
def leave_in_thread() -> None:
    sys.exit(3)


@action("thing.cycle", effect="reads")
async def cycle() -> Any:
    ring: list[Any] = []
    ring.append(ring)
    return ring


@action("thing.nan", effect="reads")
async def nan() -> Any:
    return {"x": math.nan}


REGISTRY = Registry.load([make, in_thread, quick, free, leave, leave_in_thread, cycle, nan])


def run(name, **params):
    return asyncio.run(REGISTRY.action(name).call(CALL, params))


def test_the_spec_says_what_the_decorator_said():
    spec = REGISTRY.catalog.actions["thing.make"]
    assert (spec.effect, spec.idempotent, spec.retry.attempts, spec.timeout, spec.connections) == ("charges", True, 2, 5, ("http",))
    assert spec.description == "Make a thing."
    assert spec.result["properties"]["cost"] == {"type": "number"}


def test_a_record_becomes_a_mapping_without_floats_and_tuples():
    assert run("thing.make", cost=3) == {"id": "k1-x", "cost": Decimal("1.5"), "parts": ["a"]}


def test_a_plain_function_runs_in_a_thread():
    assert run("thing.thread") != threading.main_thread().name


def test_an_action_that_asks_for_consent_takes_what_it_asks_by():
    @action("thing.tell", effect="sends", consent=("to",))
    async def tell(to: str) -> None:
        """Tell somebody."""

    (problem,) = Registry.load([tell]).problems

    assert "asks for consent, so it takes `purpose`" in problem.message


def test_a_quick_function_runs_at_once():
    assert run("thing.quick") == f"{threading.main_thread().name} k1"
    assert REGISTRY.action("thing.quick").call_quick(CALL, {"text": "a"}) == f"{threading.main_thread().name} k1"


def test_free_parameters_reach_the_function():
    assert run("thing.free", a=1, b=[2]) == {"a": 1, "b": [2]}


def test_wrong_parameters_are_a_permanent_failure_that_names_them():
    with pytest.raises(Permanent, match=r"thing\.make: cost: expected a number, got a text"):
        run("thing.make", cost="3")


@pytest.mark.attack(68)
@pytest.mark.parametrize("name", ["thing.exit", "thing.exit_in_thread"])
def test_attack_68_an_action_cannot_end_the_process(name):
    with pytest.raises(Permanent, match="tried to end the process"):
        run(name)


@pytest.mark.attack(68)
@pytest.mark.parametrize(("name", "message"), [("thing.cycle", "holds itself"), ("thing.nan", "no number")])
def test_attack_68_a_result_that_is_no_value_is_refused(name, message):
    with pytest.raises(Permanent, match=message):
        run(name)


def test_plans_use_the_planner_with_defaults():
    assert REGISTRY.action("thing.make").plan({"cost": 3}) == "make x for 3"


def test_a_planner_that_fails_gives_the_default_plan():
    @action("thing.bad", effect="reads")
    def bad(x: str = "") -> None: ...

    @bad.plan
    def _(x, **_):
        raise RuntimeError

    assert Registry.load([bad]).action("thing.bad").plan({"x": "a"}) == "thing.bad with x=a"


def test_the_default_plan_is_short():
    text = REGISTRY.action("thing.free").plan({"a": "1\n2", "b": "x" * 500})
    assert text.startswith("thing.free with a=1 2, b=xxx")
    assert len(text) < 120


def test_what_one_registry_lets_a_connection_carry_out_no_other_does():
    # Given two registries of the same built-in actions, When a connection of the first one says it can carry one out,
    @connection("acme-desk", carries=("ticket.note",))
    def acme_desk() -> object:
        """Work on tickets."""

    first, second = Registry.load([acme_desk]), Registry.load()

    # Then it can there, and the action of the second one goes where it went.
    assert "acme-desk" in first.action("ticket.note").spec.connections
    assert "acme-desk" not in second.action("ticket.note").spec.connections


def test_a_decorated_function_is_still_a_function():
    assert free(a=1) == {"a": 1}
    assert make.__doc__ == "Make a thing."


def test_a_connection_carries_out_actions_that_were_there_before_it(tmp_path):
    # Given a connection of a plugin that says it can write notes on tickets, and a workflow that was written before it,
    # When the project says that the desk is such a connection, Then the note goes there, and nothing else changes.
    notes = []

    class Desk:
        async def ticket_note(self, call, ticket, text):
            notes.append((call.key, ticket, text))
            return {"id": ticket}

    @connection("acme-desk", carries=("ticket.note", "no.such"))
    def acme_desk(subdomain: str) -> Desk:
        """Work on Acme's tickets.

        Args:
            subdomain: of the shop.
        """
        return Desk()

    (tmp_path / "workflows").mkdir()
    (tmp_path / "ecomflow.yaml").write_text("shop: s\nconnections: {desk: {plugin: acme-desk, subdomain: acme}}\n")
    (tmp_path / "workflows" / "w.yaml").write_text(
        "name: w\ntrigger: {event: ticket.created}\nactions:\n  - {action: ticket.note, with: {ticket: '{{ ticket.id }}', text: seen}}\n"
    )

    with Engine.open(tmp_path, plugins=[acme_desk]).in_thread() as engine:
        receipt = engine.emit("ticket.created", {"ticket": {"id": "t1"}})
        run = engine.wait(receipt.decisions[0].run_id)

    assert run.status == "completed", run.error
    assert notes == [(f"s/{run.id}/actions/0/0", "t1", "seen")]
    assert Registry.load().catalog.actions["ticket.note"].connections == ("local",)


# --- pages ---


@action("thing.search", effect="reads")
def search(call: ActionCall, gives: Any = None) -> Page[dict[str, Any]]:
    """Give what the test wants."""
    return {"call.page": Page([{"id": call.page}]), "list": [{"id": 1}], "more": Page([(1, 2.5)], "m2"), "none": None, "empty": Page([], "")}.get(
        gives, Page([], gives)
    )


def test_an_action_that_searches_says_so_and_gives_a_list():
    spec = Registry.load([search]).catalog.actions["thing.search"]

    assert spec.pages
    assert spec.result == {"type": "array", "items": {"type": "object"}}
    assert not Registry.load([make]).catalog.actions["thing.make"].pages


@pytest.mark.parametrize(("gives", "items", "following"), [("list", [{"id": 1}], None), ("more", [[1, Decimal("2.5")]], "m2"), ("call.page", [{"id": "m7"}], None)])
def test_a_page_is_converted_like_any_result_and_keeps_its_mark(gives, items, following):
    found = asyncio.run(Registry.load([search]).action("thing.search").call(CALL._replace(page="m7"), {"gives": gives}))

    assert (found, found.next) == (items, following)


@pytest.mark.parametrize(
    ("gives", "message"),
    [
        ("none", "is no page of a list but NoneType"),
        ("empty", "has '' as the mark of its next page: a text of 1 to 4096 characters, or None on the last page"),
        (2, "has 2 as the mark"),
        ("m" * 4097, "a text of 1 to 4096 characters"),
    ],
)
def test_a_page_that_is_none_is_refused(gives, message):
    with pytest.raises(Permanent, match=message) as refused:
        asyncio.run(Registry.load([search]).action("thing.search").call(CALL, {"gives": gives}))

    assert refused.value.type == "wrong_result"


def test_a_page_without_the_annotation_is_refused():
    @action("thing.list", effect="reads")
    def unsaid() -> list[str]:
        return Page(["a"], "m2")

    with pytest.raises(Permanent, match=r"is a page, and its annotation does not say so: write `-> Page\[…\]`"):
        asyncio.run(Registry.load([unsaid]).action("thing.list").call(CALL, {}))


def test_an_action_that_gives_pages_only_reads():
    @action("thing.drain", effect="writes")
    def drain(call: ActionCall) -> Page[str]:
        return Page()

    (problem,) = Registry.load([drain]).problems

    assert "'thing.drain' gives pages, so its effect is 'reads': each page is a call of its own" in problem.message


def test_an_action_that_gives_pages_can_be_asked_for_one():
    @action("thing.find", effect="reads")
    def find(tag: str) -> Page[str]:
        return Page()

    (problem,) = Registry.load([find]).problems

    assert "'thing.find' gives pages, so it takes `call`: `call.page` says which one is asked for" in problem.message
