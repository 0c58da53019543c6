"""One story told by each face of the library: the engine, a client, and both of them blocking."""

import asyncio
import inspect
from contextlib import asynccontextmanager, contextmanager

import pytest
from kit import PATIENCE

from ecomflow import Engine, EventError, NotFoundError, RefusedError, StoreError
from ecomflow.runtime.thread import EngineThread

CART = {"cart": {"id": "c1"}}
NOT_BLOCKING = {"open", "in_thread", "reader", "project"}
"""How one is made, and what the command line reads with."""


class Awaited:
    """Calls of an asynchronous engine as if they were blocking, so that the story is told once."""

    def __init__(self, engine, run):
        self._engine, self._run = engine, run

    def __getattr__(self, name):
        method = getattr(self._engine, name)
        return lambda *values, **named: self._run(self._finish(method(*values, **named)))

    async def _finish(self, found):
        return [each async for each in found] if inspect.isasyncgen(found) else await found


@contextmanager
def awaited(engine):
    with asyncio.Runner() as runner:
        runner.run(engine.__aenter__())
        try:
            yield Awaited(engine, runner.run)
        finally:
            runner.run(engine.close())


@pytest.fixture(params=["engine", "client", "blocking engine", "blocking client"])
def engine(request, shop, processes):
    """Return an open engine, by four ways."""
    kind = request.param.rpartition(" ")[2]
    if kind == "client":
        processes.serve().wait_for('"ready"')
    opened = Engine.open(shop, role=kind)
    with opened.in_thread() if "blocking" in request.param else awaited(opened) as face:
        yield face


def decided(engine, receipt):
    found = receipt.decided(10)
    return engine._run(found) if inspect.iscoroutine(found) else found


def test_every_face_tells_the_same_story(engine):
    # Given an event, When it is emitted, Then its receipt has its decisions once they are asked for,
    receipt = decided(engine, engine.emit("cart.left", CART, id="e1", subject="c1"))
    (decision,) = receipt.decisions
    assert (receipt.event_id, receipt.duplicate) == ("e1", False)
    assert (decision.workflow, decision.outcome) == ("remind", "started")
    again = decided(engine, engine.emit("cart.left", CART, id="e1", subject="c1"))
    assert (again.duplicate, [d.outcome for d in again.decisions]) == (True, ["duplicate"])

    # And the run can be waited for, looked at, found, explained and cancelled,
    run = engine.wait(decision.run_id, timeout=0.01)
    assert (run.status, [each.kind for each in run.waiting_for]) == ("waiting", ["timer"])
    assert engine.ended(run.id, timeout=0.01) is False
    assert [each.id for each in engine.runs(workflow="remind", subject="c1", status="waiting")] == [run.id]
    assert [each.outcome for each in engine.why("e1", workflow="remind")] == ["started", "duplicate"]
    engine.cancel(run.id, reason="enough")
    assert engine.ended(run.id, PATIENCE)
    assert engine.run(run.id).reason == "enough"

    # And people decide, repeat, pause, resume and deploy.
    (asked,) = decided(engine, engine.emit("refund.requested", {"refund": {"id": "f1", "total": 5}})).decisions
    engine.decide(asked.run_id, approved=True, by="ana", comment="fine")
    assert engine.wait(asked.run_id, PATIENCE).status == "completed"
    (failing,) = decided(engine, engine.emit("thing.failed", {})).decisions
    assert engine.wait(failing.run_id, PATIENCE).status == "failed"
    engine.retry(failing.run_id, from_step=None)
    assert engine.wait(failing.run_id, PATIENCE).status == "failed"
    engine.pause("remind", by="ana")
    assert [d.outcome for d in decided(engine, engine.emit("cart.left", CART)).decisions] == ["held"]
    engine.resume("remind", by="ana")
    assert engine.deploy() == engine.deploy("migrate", by="ana") == []
    assert engine.older_runs() == []
    newest = [each.id for each in engine.runs(newest=2)]
    assert newest == [each.id for each in engine.runs()][:-3:-1]

    # And what cannot be is refused by the same errors.
    with pytest.raises(EventError):
        engine.emit("nonsense", {})
    with pytest.raises(RefusedError, match="keep, migrate or cancel, not 'drop'"):
        engine.deploy("drop")
    with pytest.raises(NotFoundError):
        engine.wait("r99-none")
    with pytest.raises(NotFoundError):
        engine.ended("r99-none")
    for ask in (engine.cancel, engine.skip, engine.retry):
        with pytest.raises(RefusedError):
            ask(run.id)
    with pytest.raises(RefusedError):
        engine.decide(asked.run_id, approved=True, by="ana")


def test_every_method_has_a_blocking_form_that_takes_the_same():
    def public(of):
        return {name: member for name, member in vars(of).items() if not name.startswith("_")}

    missing = [name for name in public(Engine) if name not in NOT_BLOCKING and not hasattr(EngineThread, name)]
    assert missing == []
    for name, member in public(Engine).items():
        if name not in NOT_BLOCKING and inspect.isfunction(member):
            ours, theirs = (list(inspect.signature(each).parameters.values()) for each in (getattr(EngineThread, name), member))
            assert [(p.name, p.kind, p.default) for p in ours] == [(p.name, p.kind, p.default) for p in theirs], name


# --- used in the wrong place ---


def test_a_loop_that_is_not_the_engines_is_told_so(shop):
    # Given an engine on one loop, When another loop uses it, Then it says what to do instead, and keeps nothing of it.
    with awaited(Engine.open(shop, role="engine")) as engine:
        for work in (engine._engine.emit("cart.left", CART), engine._engine.cancel("r1"), engine._engine.wait("r1")):
            with pytest.raises(StoreError, match="in_thread"):
                asyncio.run(work)
        assert engine.runs() == []


def test_a_blocking_engine_that_is_not_open_says_so_and_hangs_nobody(shop):
    engine = Engine.open(shop).in_thread()
    for _ in range(2):
        with pytest.raises(StoreError, match="not open"):
            engine.emit("cart.left", CART)
        with engine:
            assert engine.is_engine
            assert engine.failed is None
            with pytest.raises(StoreError, match="open already"):
                engine.start()
        engine.close()


def test_an_engine_is_entered_once_at_a_time(shop):
    async def story():
        engine = Engine.open(shop)
        async with engine:
            with pytest.raises(StoreError, match="open already"):
                await engine.__aenter__()
            assert engine.is_engine
        async with engine:
            assert engine.is_engine

    asyncio.run(story())


def test_whoever_waits_while_an_engine_closes_is_told_at_once(shop):
    @asynccontextmanager
    async def waiting(engine):
        run = (await engine.emit("cart.left", CART, subject="c1")).decisions[0].run_id
        tasks = [asyncio.create_task(ask(run, timeout=3600)) for ask in (engine.wait, engine.ended)]
        await asyncio.sleep(0)
        yield
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            assert isinstance(result, StoreError), result

    async def story():
        engine = await Engine.open(shop).__aenter__()
        async with waiting(engine):
            await engine.close()

    asyncio.run(story())
