"""Attacks 66 to 70 by plugins; names and imports (66 to 68) are also in tests/unit/registry/test_registry.py.

A plugin is code: what it does on purpose cannot be contained. These are its faults.
"""

import asyncio
import io
import json
import logging
import os
import re
import subprocess
import sys
import threading
import tracemalloc
from collections import OrderedDict, deque
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ecomflow import (
    Engine,
    EventType,
    Permanent,
    Retry,
    Retryable,
    action,
    connection,
    filter,  # noqa: A004 the word of the field
)
from ecomflow.foreign import LoopWatch
from ecomflow.registry import Registry
from ecomflow.testing import Simulation

PATIENCE = 20
ONCE = Retry(attempts=1)


class Own(BaseException):
    pass


def workflow(name, does, with_="{}"):
    return f"name: {name}\ntrigger: {{event: {name}.asked}}\nactions:\n  - id: did\n    action: {does}\n    with: {with_}\noutput: {{did: '{{{{ did | tojson }}}}'}}\n"


def lived(folder, registry, *names):
    """Start the workflows of these names, one after the other; return their runs when they have ended."""

    async def story():
        async with Engine.open(folder, role="engine", registry=registry) as engine:
            runs = []
            for name in names:
                receipt = await engine.emit(f"{name}.asked", {name: {"items": [{"n": 1}]}})
                runs.append(await engine.wait(receipt.decisions[0].run_id, PATIENCE))
            return runs

    return asyncio.run(story())


# --- what an action raises ---

def _raise(error):
    raise error


def _deep():
    return _deep()


RAISED = {
    "SystemExit": lambda: sys.exit(3),
    "KeyboardInterrupt": lambda: _raise(KeyboardInterrupt()),
    "GeneratorExit": lambda: _raise(GeneratorExit()),
    "StopIteration": lambda: _raise(StopIteration(5)),
    "StopAsyncIteration": lambda: _raise(StopAsyncIteration()),
    "CancelledError": lambda: _raise(asyncio.CancelledError()),
    "Own": lambda: _raise(Own("mine")),
    "RecursionError": _deep,
}


@pytest.mark.attack(68)
@pytest.mark.parametrize("what", RAISED)
def test_attack_68_whatever_an_action_raises_fails_its_run_alone(tmp_path, what):
    # Given actions that raise it in a thread, on the loop, after waiting, and at once,
    @action("bad.thread", effect="writes", retry=ONCE)
    def in_thread() -> None:
        RAISED[what]()

    @action("bad.async", effect="writes", retry=ONCE)
    async def on_loop() -> None:
        RAISED[what]()

    @action("bad.later", effect="writes", retry=ONCE)
    async def later() -> None:
        await asyncio.sleep(0)
        RAISED[what]()

    @action("bad.quick", effect="writes", retry=ONCE, quick=True)
    def quick() -> None:
        RAISED[what]()

    names = ("thread", "async", "later", "quick")
    for name in names:
        (tmp_path / f"{name}.yaml").write_text(workflow(name, f"bad.{name}"))
    (tmp_path / "good.yaml").write_text(workflow("good", "log.write", "{message: hello}"))

    # When they are called, Then each run fails and says why, and the engine goes on.
    *failed, good = lived(tmp_path, Registry.load([in_thread, on_loop, later, quick]), *names, "good")
    assert [run.status for run in failed] == ["failed"] * 4
    assert {run.error["type"] for run in failed} <= {what, "RuntimeError"}  # of a StopIteration Python itself makes that
    assert all(run.error["step"] == "did" for run in failed)
    assert good.status == "completed"


# --- what an action gives ---


def _nested():
    value: list[Any] = [1]
    for _ in range(100):
        value = [value, value]
    return value


def _ring():
    ring: dict[str, Any] = {}
    ring["a"] = ring["b"] = [ring, ring]
    return ring


async def _coroutine(): ...


UNFIT = {
    "NaN": (lambda: {"x": [float("nan")]}, "no number"),
    "infinity": (lambda: Decimal("-Infinity"), "no number"),
    "a cycle": (_ring, "holds itself|more than"),
    "a list that doubles a hundred times": (_nested, "holds itself|more than"),
    "a gigabyte": (lambda: {"text": "x" * 2**20 * 64}, "more than 262144 bytes"),
    "ten million of nothing": (lambda: [{}] * 10**7, "more than 262144 bytes"),
    "endless": (lambda: [{"a": "x" * 1000}] * 10**7, "more than 262144 bytes"),
    "bytes": (lambda: b"x", "holds a bytes"),
    "a generator": (lambda: (n for n in range(3)), "holds a generator"),
    "a coroutine": (_coroutine, "holds a coroutine"),
    "an open file": (lambda: io.StringIO("x"), "holds a StringIO"),
    "a function": (lambda: print, "holds a builtin_function"),
    "a deque": (lambda: deque([1]), "holds a deque"),
    "a class": (lambda: Own, "holds a type"),
}


@pytest.mark.attack(68)
@pytest.mark.parametrize("what", UNFIT)
def test_attack_68_a_result_that_is_no_value_is_a_wrong_result(tmp_path, what):
    give, said = UNFIT[what]

    @action("bad.thread", effect="reads", retry=ONCE)
    def in_thread() -> Any:
        return give()

    @action("bad.async", effect="reads", retry=ONCE)
    async def on_loop() -> Any:
        return give()

    for name in ("thread", "async"):
        (tmp_path / f"{name}.yaml").write_text(workflow(name, f"bad.{name}"))
    for run in lived(tmp_path, Registry.load([in_thread, on_loop]), "thread", "async"):
        assert (run.status, run.error["type"]) == ("failed", "wrong_result")
        assert re.search(said, run.error["message"])


@pytest.mark.attack(68)
def test_attack_68_a_gigabyte_is_refused_without_a_copy_of_it():
    @action("bad.huge", effect="reads")
    def huge() -> Any:
        return {"parts": [text] * 1000}

    text, action_ = "x" * 2**20, Registry.load([huge]).action("bad.huge")
    tracemalloc.start()
    try:
        with pytest.raises(Permanent, match="more than 262144 bytes"):
            asyncio.run(action_.call(None, {}))
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_values_of_other_classes_become_plain_ones(tmp_path):
    class Name(str):
        __slots__ = ()

    @action("good.give", effect="reads")
    def give() -> Any:
        return OrderedDict(name=Name("ana"), share=0.5, items={1: (1, 2)})

    (tmp_path / "give.yaml").write_text(workflow("give", "good.give"))
    (run,) = lived(tmp_path, Registry.load([give]), "give")
    assert json.loads(run.output["did"]) == {"name": "ana", "share": 0.5, "items": {"1": [1, 2]}}


# --- what an action does to others ---


@pytest.mark.attack(68)
def test_attack_68_an_action_that_changes_its_parameters_changes_no_later_attempt(tmp_path):
    # Given an action that empties what it gets and fails at first,
    seen = []

    @action("bad.empty", effect="writes", retry=Retry(attempts=3, delay=0.01))
    def empty(items: list[Any], box: dict[str, Any], any: Any) -> int:
        seen.append(deepcopy((items, box, any)))
        items[0]["n"] = 99
        items.clear()
        box.clear()
        any.append("more")
        if len(seen) < 3:
            raise Retryable("not yet")
        return len(items)

    @empty.plan
    def plan(items, box, any):
        items.clear()
        return "empty"

    (tmp_path / "w.yaml").write_text(workflow("w", "bad.empty", '{items: "{{ w[\'items\'] }}", box: {a: 1}, any: [1]}'))
    # When it is tried three times, Then each attempt gets the same, and so do the plan and the scope.
    (run,) = lived(tmp_path, Registry.load([empty]), "w")
    assert run.status == "completed"
    assert seen == [([{"n": 1}], {"a": 1}, [1])] * 3

    with Simulation.load(tmp_path, registry=Registry.load([empty])) as sim:
        sim.emit("w.asked", {"w": {"items": [{"n": 1}]}})
        assert (sim.actions[0].plan, sim.actions[0].params["items"]) == ("empty", [{"n": 1}])


@pytest.fixture
def gate():
    """Return an event that frees what blocks; it is set when the test is over."""
    opened = threading.Event()
    yield opened
    opened.set()


class Freeing(logging.Handler):
    """Frees what blocks as soon as the log names it."""

    def __init__(self, gate):
        super().__init__(logging.WARNING)
        self.gate, self.said = gate, []

    def emit(self, record):
        self.said.append(record.getMessage())
        self.gate.set()


@pytest.fixture
def freeing(gate):
    handler, log = Freeing(gate), logging.getLogger("ecomflow.action")
    log.addHandler(handler)
    yield handler
    log.removeHandler(handler)


@pytest.mark.attack(68)
def test_attack_68_an_action_that_blocks_its_thread_is_timed_out(tmp_path, gate):
    @action("bad.block", effect="reads", timeout=0.05, retry=ONCE)
    def block() -> None:
        gate.wait(PATIENCE)

    (tmp_path / "w.yaml").write_text(workflow("w", "bad.block"))
    (run,) = lived(tmp_path, Registry.load([block]), "w")
    assert (run.status, run.error["type"]) == ("failed", "in_doubt")


@pytest.mark.attack(68)
def test_attack_68_an_action_that_does_not_let_itself_be_cancelled_is_timed_out(tmp_path, gate, freeing):
    @action("bad.deaf", effect="reads", timeout=0.05, retry=ONCE)
    async def deaf() -> None:
        while not gate.is_set():
            try:
                await asyncio.sleep(0.01)
            except asyncio.CancelledError:
                continue

    (tmp_path / "w.yaml").write_text(workflow("w", "bad.deaf"))
    (run,) = lived(tmp_path, Registry.load([deaf]), "w")
    assert (run.status, run.error["type"]) == ("failed", "in_doubt")
    assert freeing.said == ["action bad.deaf goes on after its time: it does not let itself be cancelled"]


def test_an_action_that_ends_well_while_it_is_cancelled_has_ended_well(tmp_path):
    @action("good.late", effect="writes", timeout=0.05, retry=ONCE)
    async def late() -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "done"

    (tmp_path / "w.yaml").write_text(workflow("w", "good.late"))
    (run,) = lived(tmp_path, Registry.load([late]), "w")
    assert run.output == {"did": '"done"'}


@pytest.mark.attack(68)
@pytest.mark.parametrize("name", ["async", "quick"])
def test_attack_68_the_log_names_the_action_that_blocks_the_loop(tmp_path, gate, freeing, name):
    # Given an action that blocks the engine's loop until the log has named it,
    @action("bad.async", effect="reads")
    async def on_loop() -> bool:
        return gate.wait(PATIENCE)

    @action("bad.quick", effect="reads", quick=True)
    def quick() -> bool:
        return gate.wait(PATIENCE)

    (tmp_path / f"{name}.yaml").write_text(workflow(name, f"bad.{name}"))
    # When it is called, Then the log names it while it blocks, once.
    (run,) = lived(tmp_path, Registry.load([on_loop, quick]), name)
    assert run.output == {"did": "true"}
    assert len(freeing.said) == 1
    assert freeing.said[0].startswith(f"action bad.{name} holds the engine's loop")


def test_a_watch_names_nobody_who_gives_the_loop_back(gate, freeing):
    # Given one who gave the loop back, and one, under a slower watch, who does not
    watch, slower = LoopWatch(0.25), LoopWatch(0.6)
    watch.enter("action good.quick")
    watch.leave()
    slower.enter("action bad.slow")
    # When the slower watch has named that one, so that the other has looked, too
    assert gate.wait(PATIENCE)
    watch.close()
    slower.close()
    # Then the log names nobody else
    assert [line.split(" holds ")[0] for line in freeing.said] == ["action bad.slow"]


# --- plans, filters, connections ---


@pytest.mark.parametrize("given", [None, 5, "x" * 10**7, "two\nlines"], ids=["none", "number", "long", "lines"])
@pytest.mark.attack(68)
def test_attack_68_a_plan_is_one_short_line(given):
    @action("odd.plan", effect="reads")
    def odd(x: str = "a") -> None: ...

    @odd.plan
    def plan(x):
        return given

    text = Registry.load([odd]).action("odd.plan").plan({"x": "b"})
    assert "\n" not in text
    assert len(text) < 600
    assert isinstance(given, str) or text == "odd.plan with x=b"


@pytest.mark.parametrize("what", [name for name in RAISED if name != "KeyboardInterrupt"])
@pytest.mark.attack(68)
def test_attack_68_a_plan_that_raises_is_the_default_one(what):
    @action("odd.plan", effect="reads")
    def odd(x: str = "a") -> None: ...

    @odd.plan
    def plan(x):
        RAISED[what]()

    assert Registry.load([odd]).action("odd.plan").plan({"x": "b"}) == "odd.plan with x=b"


FILTERED = """name: w
trigger: {event: w.asked}
conditions: ["w.n | odd == 1"]
actions:
  - {action: log.write, with: {message: "never"}}
"""
GIVEN = {name: raising for name, raising in RAISED.items() if name != "KeyboardInterrupt"} | {name: give for name, (give, _) in UNFIT.items() if name != "a coroutine"}


@pytest.mark.attack(68)
@pytest.mark.parametrize("what", GIVEN)
def test_attack_68_a_filter_that_fails_fails_what_asks_it_and_nothing_else(tmp_path, what):
    @filter("odd")
    def odd(value):
        return GIVEN[what]()

    (tmp_path / "w.yaml").write_text(FILTERED)
    (tmp_path / "other.yaml").write_text(FILTERED.replace("name: w", "name: other").replace('conditions: ["w.n | odd == 1"]', "conditions: [w.n == 1]"))
    (tmp_path / "text.yaml").write_text(workflow("text", "log.write", "{message: '{{ w.n | odd }}'}").replace("text.asked", "text.wanted"))
    with Simulation.load(tmp_path, registry=Registry.load([odd])) as sim:
        sim.emit("text.wanted", {"w": {"n": 1}})
        receipt = sim.emit("w.asked", {"w": {"n": 1}})
        assert {d.workflow: str(d.outcome) for d in receipt.decisions} == {"w": "unknown", "other": "started"}
        failed = next(run for run in sim.runs if run.workflow == "text")
        assert (failed.status, "filter `odd`" in failed.error["message"]) == ("failed", True)


@pytest.mark.attack(68)
def test_attack_68_a_filter_that_changes_its_value_changes_no_scope(tmp_path):
    @filter("empty")
    def empty(value, other):
        value.clear()
        other.clear()
        return 1

    (tmp_path / "w.yaml").write_text(FILTERED.replace("w.n | odd == 1", "w.items | empty(w.others) == 1").replace("never", "{{ w['items'] | length }}{{ w.others | length }}"))
    with Simulation.load(tmp_path, registry=Registry.load([empty])) as sim:
        sim.emit("w.asked", {"w": {"items": [1, 2], "others": [3]}})
        assert sim.actions[0].params["message"] == "21"


def shop_with(tmp_path, *things):
    (tmp_path / "workflows").mkdir()
    (tmp_path / "ecomflow.yaml").write_text("shop: acme\nconnections:\n  far: {plugin: far}\n")
    (tmp_path / "workflows" / "w.yaml").write_text(workflow("w", "far.ask"))
    (tmp_path / "workflows" / "good.yaml").write_text(workflow("good", "log.write", "{message: hello}"))

    @action("far.ask", effect="reads", connections=("far",), timeout=0.2, retry=ONCE)
    async def ask(call: Any) -> str:
        return str(call.connection)

    return Registry.load([ask, *things])


@pytest.mark.parametrize("what", RAISED)
@pytest.mark.parametrize("is_async", [False, True], ids=["def", "async"])
@pytest.mark.attack(68)
def test_attack_68_a_connection_that_cannot_be_opened_fails_who_asks_for_it(tmp_path, what, is_async):
    @connection("far")
    def far():
        RAISED[what]()

    @connection("far")
    async def far_async():
        RAISED[what]()

    registry = shop_with(tmp_path, far_async if is_async else far)
    failed, again, good = lived(tmp_path, registry, "w", "w", "good")
    assert [failed.status, again.status, good.status] == ["failed", "failed", "completed"]


@pytest.mark.attack(68)
def test_attack_68_a_connection_that_blocks_while_it_is_opened_holds_only_who_asks_for_it(tmp_path, gate):
    opened = []

    @connection("far")
    def far():
        opened.append(True)
        gate.wait(PATIENCE)
        return "far"

    registry = shop_with(tmp_path, far)
    first, second, good = lived(tmp_path, registry, "w", "w", "good")
    assert [first.error["type"], second.error["type"], good.status] == ["in_doubt", "in_doubt", "completed"]
    assert opened == [True]


def test_a_connection_is_opened_once_and_closed_in_the_end_whatever_that_raises(tmp_path, caplog):
    opened = []

    class Far:
        async def aclose(self):
            raise Own

        def __str__(self):
            return "far"

    @connection("far")
    async def far():
        opened.append(True)
        return Far()

    runs = lived(tmp_path, shop_with(tmp_path, far), "w", "w")
    assert [run.output for run in runs] == [{"did": '"far"'}] * 2
    assert opened == [True]
    assert "connection far could not be closed" in caplog.text


# --- what a plugin prints ---

LOUD = """
import os, subprocess, sys
from ecomflow import action, hookimpl
print("import")

@action("loud.do", effect="writes")
def do() -> None:
    "Do."
    print("print")
    os.write(1, b"descriptor")
    subprocess.run([sys.executable, "-c", "print('child')"], check=True)

@do.plan
def plan():
    print("plan")
    return "do"

@hookimpl
def register_actions(register):
    register(do)
"""


@pytest.mark.attack(68)
def test_attack_68_what_a_plugin_prints_stays_out_of_the_results(tmp_path, installed):
    # Given a plugin that prints at import, in its plan and when it is called, When a command prints JSON,
    installed("acme-loud", LOUD)
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "w.yaml").write_text(workflow("w", "loud.do"))
    done = subprocess.run(
        [sys.executable, "-m", "ecomflow.cli", "run", "w", "--event", "-", "--json", "--wait", "20"],
        input='{"w": {}}', cwd=shop, env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    # Then stdout has nothing but JSON, and what was printed stands on stderr.
    assert [json.loads(line) for line in done.stdout.splitlines()][-1]["status"] == "completed"
    assert all(word in done.stderr for word in ("import", "print", "descriptor", "child"))


# --- what its schemas say ---


@pytest.mark.attack(69)
def test_attack_69_what_the_schema_lets_pass_and_the_function_refuses_is_a_wrong_parameter(tmp_path):
    # Given an event whose data are not what the installed schema says,
    thing = EventType("w.asked", {"type": "object", "properties": {"w": {"type": "object", "properties": {"n": {"type": "integer"}}}}})

    @action("good.count", effect="reads", retry=ONCE)
    def count(n: int) -> int:
        return n

    (tmp_path / "w.yaml").write_text(workflow("w", "good.count", '{n: "{{ w.n }}"}'))

    with Simulation.load(tmp_path, registry=Registry.load([count, thing])) as sim:
        sim.emit("w.asked", {"w": {"n": "many"}})
        assert sim.runs[0].status == "completed"  # a faked action asks nothing

    # When the action is called for real, Then the step fails and names the parameter.
    registry = Registry.load([count, thing])
    with pytest.raises(Permanent, match=r"good\.count: n: expected a number, got a text") as raised:
        asyncio.run(registry.action("good.count").call(None, {"n": "many"}))
    assert raised.value.type == "wrong_parameter"


@pytest.mark.attack(70)
def test_attack_70_the_pages_say_that_a_plugin_is_code():
    text = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text()
    assert "--require-hashes" in text
    assert "os._exit" in text
