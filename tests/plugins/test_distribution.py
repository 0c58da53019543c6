"""A real distribution: built, installed by pip into an environment of its own, used, and tested by its own tests."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from ecomflow.cli.commands.plugin import command

GIFTCARD = Path(__file__).parents[2] / "examples" / "plugins" / "ecomflow-giftcard"
STORY = """
import asyncio, json, sys
from ecomflow import Engine

async def story():
    async with Engine.open(".", role="engine") as engine:
        for number in range(1, 7):
            order = {"id": f"o{number}", "email": "ana@shopper.example"}
            receipt = await engine.emit("order.created", {"order": order}, id=f"e{number}")
            for decision in receipt.decisions:
                if decision.run_id:
                    run = await engine.wait(decision.run_id, 30)
                    print(json.dumps([number, str(run.status), run.output]))
        used = await engine.emit("giftcard.used", {"giftcard": {"code": "X", "amount": 5, "balance": 3}}, id="used")
        print(json.dumps([str(decision.outcome) for decision in used.decisions]))

asyncio.run(story())
"""
LOYAL = """
name: loyal-customer
trigger: {event: order.created, every_nth: 3, by: order.email}
actions:
  - id: card
    action: giftcard.issue
    with: {amount: 10, email: "{{ order.email }}"}
  - action: log.write
    with: {message: "card {{ card.code | masked }}"}
output: {code: "{{ card.code }}", count: "{{ trigger.count }}"}
"""
USED = """
name: card-used
trigger: {event: giftcard.used}
conditions: [giftcard.balance < 5]
actions:
  - {action: log.write, with: {message: "{{ giftcard.code | masked }} is nearly empty"}}
"""


@pytest.fixture
def shop(tmp_path):
    """Return a project that uses everything the plugin brings."""
    folder = tmp_path / "shop"
    (folder / "workflows").mkdir(parents=True)
    (folder / "ecomflow.yaml").write_text("shop: acme\nconnections: {cards: {plugin: giftcards, path: var/cards.db}}\n")
    (folder / "workflows" / "loyal-customer.yaml").write_text(LOYAL)
    (folder / "workflows" / "card-used.yaml").write_text(USED)
    return folder


def test_a_workflow_uses_what_the_distribution_brings(giftcard, shop):
    # Given a shop with the plugin's trigger, action, connection, filter and event type, When six orders come,
    assert giftcard.ecomflow("check", cwd=shop).startswith("2 workflows checked: ")
    third, sixth, used = map(json.loads, giftcard.run("-c", STORY, cwd=shop).splitlines())

    # Then the third and the sixth start a run that issues a card of its own, kept in the plugin's ledger.
    assert (third[:2], sixth[:2], used) == ([3, "completed"], [6, "completed"], ["started"])
    assert (third[2]["count"], sixth[2]["count"]) == (3, 6)
    ledger = "from ecomflow_giftcard.ledger import Ledger; from pathlib import Path; print([c.code for c in Ledger(Path('var/cards.db')).cards()])"
    assert giftcard.run("-c", ledger, cwd=shop).strip() == str([third[2]["code"], sixth[2]["code"]])
    # And the story tells of it.
    assert "giftcard.issue" in giftcard.ecomflow("show", json.loads(giftcard.ecomflow("runs", "--json", cwd=shop).splitlines()[-1])["id"], cwd=shop)


def test_its_own_tests_pass_where_it_is_installed(giftcard, tmp_path):
    # The tests alone are copied, so that they meet what was installed.
    shutil.copytree(GIFTCARD / "tests", tmp_path / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    printed = giftcard.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests", cwd=tmp_path)
    assert "12 passed" in printed


def test_it_is_listed_and_keeps_the_contract(giftcard, tmp_path):
    own, plugin = map(json.loads, giftcard.ecomflow("plugins", "--json", cwd=tmp_path).splitlines())
    assert (own["distribution"], plugin["distribution"], plugin["version"], plugin["problems"]) == ("ecomflow", "ecomflow-giftcard", "0.1.0", [])
    assert {f"{thing['kind']} {thing['name']}" for thing in plugin["things"]} == {
        "action giftcard.issue", "trigger every_nth", "connection giftcards", "filter masked", "event type giftcard.used",
    }  # fmt: skip
    assert giftcard.ecomflow("plugin", "check", cwd=tmp_path) == "ecomflow-giftcard checked: nothing found\n"


def test_a_new_plugin_can_be_built_installed_and_used(install, tmp_path):
    made = CliRunner().invoke(command, ["new", "gift-wrap", "--dir", str(tmp_path / "made")], standalone_mode=False)
    assert made.exception is None
    environment = install(tmp_path / "made")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "w.yaml").write_text(
        "name: w\ntrigger: {event: order.created}\nactions:\n  - id: did\n    action: gift_wrap.add\n    with: {name: '{{ order.id }}'}\noutput: {did: '{{ did.name }}'}\n"
    )

    assert environment.ecomflow("plugin", "check", "--call", "gift-wrap", cwd=tmp_path) == "ecomflow-gift-wrap checked: nothing found\n"
    printed = environment.ecomflow("run", "w", "--event", "-", "--json", "--wait", "20", cwd=tmp_path / "shop", input='{"order": {"id": "o1"}}')
    assert json.loads(printed.splitlines()[-1])["output"] == {"did": "o1"}
