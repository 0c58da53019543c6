"""The engine inside a program, and as a client of one elsewhere: the same methods, the same answers."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import pytest
from kit import PATIENCE

from ecomflow import Engine, NotFoundError, RefusedError, StoreError, action
from ecomflow.registry import Registry

CART = {"cart": {"id": "c1"}}


def refund(id):
    return {"refund": {"id": id, "total": 5}}


def parcel(id, how="quick", total=80):
    return {"parcel": {"id": id, "total": total, "how": how}}


async def started(engine, type, data, **more):
    """Emit an event and return the run that it started, however the engine tells it."""
    receipt = await engine.emit(type, data, **more)
    if hasattr(receipt, "decided"):
        await receipt.decided(10)
    (decision,) = receipt.decisions
    assert decision.outcome == "started"
    return decision.run_id


async def seen(look):
    """Ask again until a thing is so; the loop goes on in between, and nothing sleeps."""
    async with asyncio.timeout(PATIENCE):
        while not (found := await look()):  # noqa: ASYNC110 the store is asked, nothing rings here
            await asyncio.sleep(0)
    return found


# --- one story, told by the engine and by a client of another process ---


@pytest.fixture(params=["engine", "client"])
def opened(request, shop, processes):
    """Return what opens the shop as its engine, or as a client of an engine in another process."""
    if request.param == "client":
        processes.serve().wait_for('"ready"')

    @asynccontextmanager
    async def open_():
        async with Engine.open(shop, role=request.param) as engine:
            assert engine.is_engine is (request.param == "engine")
            yield engine

    return open_


def test_runs_are_waited_for_and_looked_at(opened, receiver):
    async def story():
        async with opened() as engine:
            run = await started(engine, "parcel.ordered", parcel("p1"), id="e1")
            assert await engine.ended(run, 15)
            done = await engine.wait(run)
            assert (done.status, done.workflow, done.event_id, done.error) == ("completed", "ship", "e1", None)
            assert done.steps
            assert (await engine.run(run)).ended == done.ended
            small = await engine.emit("parcel.ordered", parcel("p2", total=1), id="e2")
            if hasattr(small, "decided"):
                await small.decided(10)
            assert small.decisions == []
            (why,) = await engine.why("e2")
            assert (why.workflow, why.outcome) == ("ship", "not_matched")
            assert "1 > 10" in why.reason
            (why,) = await engine.why("e1", "ship")
            assert (why.outcome, why.run_id, why.disagrees) == ("started", run, "")
            assert [r.id async for r in engine.runs(workflow="ship", status="completed")] == [run]
            assert [r.id async for r in engine.runs(workflow="remind")] == []
            with pytest.raises(NotFoundError):
                await engine.run("r99-none")
            with pytest.raises(NotFoundError):
                await engine.why("e1", "no-such-workflow")

    asyncio.run(story())
    assert receiver.seen == [("/label", "p1"), ("/quick/pick", "p1")]


def test_a_wait_that_is_not_over_in_time_gives_the_run_as_it_is(opened):
    async def story():
        async with opened() as engine:
            run = await started(engine, "cart.left", CART, subject="c1")
            waiting = await engine.wait(run, timeout=0.01)
            assert waiting.status == "waiting"
            assert [w.kind for w in waiting.waiting_for if w.due]
            assert await engine.ended(run, 0.01) is False
            await engine.cancel(run, reason="enough", by="ana")
            assert await engine.ended(run, 10)
            assert ((await engine.run(run)).status, (await engine.run(run)).reason) == ("cancelled", "enough")
            with pytest.raises(RefusedError):
                await engine.cancel(run)

    asyncio.run(story())


def test_people_decide(opened, receiver):
    async def story():
        async with opened() as engine:
            yes, no = [await started(engine, "refund.requested", refund(id)) for id in ("f1", "f2")]
            with pytest.raises(RefusedError, match="may not decide"):
                await engine.decide(yes, approved=True, by="bo")
            await engine.decide(yes, approved=True, by="ana", comment="fine")
            await engine.decide(no, approved=False, by="ana")
            assert ((await engine.wait(yes, 15)).status, (await engine.wait(no, 15)).status) == ("completed", "stopped")
            with pytest.raises(RefusedError):
                await engine.decide(yes, approved=True, by="ana")
            with pytest.raises(RefusedError):
                await engine.skip(yes, {})

    asyncio.run(story())
    assert receiver.seen == [("/pay", "f1")]


def test_an_event_ends_a_run_of_another(opened):
    async def story():
        async with opened() as engine:
            run = await started(engine, "cart.left", CART, subject="c1")
            receipt = await engine.emit("cart.bought", CART, subject="c1")
            if hasattr(receipt, "decided"):
                await receipt.decided(10)
            assert [(d.outcome, d.run_id) for d in receipt.decisions] == [("exited", run)]
            assert (await engine.run(run)).status == "stopped"

    asyncio.run(story())


def test_a_pause_holds_starts_until_the_resume(opened, receiver):
    async def story():
        async with opened() as engine:
            await engine.pause("ship", by="ana")
            receipt = await engine.emit("parcel.ordered", parcel("p1"), id="e1")
            if hasattr(receipt, "decided"):
                await receipt.decided(10)
            assert [(d.outcome, d.reason) for d in receipt.decisions] == [("held", "paused")]
            assert await started(engine, "cart.left", CART, subject="c1")
            assert receiver.tries == []
            await engine.resume("ship", by="ana")

            async def runs():
                return [r async for r in engine.runs(workflow="ship")]

            (run,) = await seen(runs)
            assert (await engine.wait(run.id, 15)).status == "completed"
            assert [e.outcome for e in await engine.why("e1")] == ["held", "started"]

    asyncio.run(story())


def test_a_deployment_makes_edited_files_current(opened, shop):
    async def story():
        async with opened() as engine:
            old = await started(engine, "cart.left", CART, subject="c1")
            file = shop / "workflows" / "remind.yaml"
            file.write_text(file.read_text("utf-8").replace("1d", "2d"), "utf-8")
            (shop / "workflows" / "thank.yaml").write_text("name: thank\ntrigger: {event: cart.bought}\nactions:\n  - stop: thanks\n", "utf-8")
            assert sorted(await engine.deploy()) == ["remind", "thank"]
            assert await engine.deploy() == []
            new = await started(engine, "cart.left", CART, subject="c2")
            assert (await engine.run(old)).version != (await engine.run(new)).version
            # What a client asks again is asked of what is current now.
            assert [w async for w in engine.runs(status="waiting")] != []
            file.write_text("name: remind\nnonsense: true\n", "utf-8")
            assert await engine.deploy("cancel") == ["remind"]
            assert {(await engine.wait(run, 10)).status for run in (old, new)} == {"cancelled"}

    asyncio.run(story())


# --- actions of the program's own ---


@pytest.fixture
def gate():
    """Return an event that ends the blocking action; it is set when the test is over, whatever happened."""
    opened = threading.Event()
    opened.returned = []
    yield opened
    opened.set()


def own_actions(gate, answers=()):
    """Return a registry with an action that blocks its thread, a plain one, and one that answers in turn."""
    left = list(answers)

    @action("own.block", effect="writes")
    def block() -> None:
        gate.wait(PATIENCE)
        gate.returned.append(True)

    @action("own.thread", effect="writes")
    def in_thread() -> str:
        return threading.current_thread().name

    @action("own.charge", effect="charges", timeout=0.05)
    async def charge() -> str:
        if left:
            left.pop(0)
            await asyncio.Event().wait()
        return "paid"

    @action("own.fail", effect="writes")
    def fail() -> None:
        if left:
            raise ValueError(left.pop(0))

    return Registry.load([block, in_thread, charge, fail])


def folder_of(tmp_path, **actions):
    """Make a folder of workflows: ``name`` is started by ``name.asked`` and carries one action out."""
    for name, what in actions.items():
        (tmp_path / f"{name}.yaml").write_text(f"name: {name}\ntrigger: {{event: {name}.asked}}\nactions:\n  - id: did\n    action: {what}\noutput: {{did: '{{{{ did }}}}'}}\n", "utf-8")
    return tmp_path


@pytest.mark.parametrize("blocked", [1, 100])
def test_actions_that_block_their_threads_hold_nobody_else(tmp_path, gate, blocked):
    # Given many runs whose actions block, more than there are cores, When another workflow has a plain action of its own,
    folder = folder_of(tmp_path, stuck="own.block", free="own.thread")

    async def story():
        async with Engine.open(folder, role="engine", registry=own_actions(gate)) as engine:
            stuck = [await started(engine, "stuck.asked", {"n": n}) for n in range(blocked)]
            free = await started(engine, "free.asked", {})

            # Then it is carried out at once, and the others when they are let go.
            assert (await engine.wait(free, PATIENCE)).status == "completed"
            assert (await engine.run(stuck[0])).status == "running"
            gate.set()
            assert {(await engine.wait(run, PATIENCE)).status for run in stuck} == {"completed"}

    asyncio.run(story())


def test_a_program_ends_although_an_action_blocks_its_thread(tmp_path, gate):
    # Given an action that never comes back, When the engine is closed with little time to drain, Then the loop ends, too.
    folder = folder_of(tmp_path, stuck="own.block")

    async def story():
        engine = await Engine.open(folder, role="engine", registry=own_actions(gate)).__aenter__()
        run = await started(engine, "stuck.asked", {})
        await engine.close(drain=0.01)
        return run

    run = asyncio.run(story())
    assert gate.returned == []

    # And the next engine repeats what is in doubt.
    gate.set()

    async def again():
        async with Engine.open(folder, role="engine", registry=own_actions(gate)) as engine:
            return (await engine.wait(run, PATIENCE)).status

    assert asyncio.run(again()) == "completed"


def test_a_charge_in_doubt_blocks_until_a_person_settles_it(tmp_path, gate):
    folder = folder_of(tmp_path, pay="own.charge")

    async def story():
        async with Engine.open(folder, role="engine", registry=own_actions(gate, ["late", "late"])) as engine:
            retried, skipped = [await started(engine, "pay.asked", {}) for _ in range(2)]

            async def blocked():
                return len([r async for r in engine.runs(status="blocked")]) == 2

            await seen(blocked)
            await engine.retry(retried, by="ana")
            await engine.skip(skipped, "paid by hand", by="ana")
            runs = [await engine.wait(run, PATIENCE) for run in (retried, skipped)]
            assert [(run.status, run.output) for run in runs] == [("completed", {"did": "paid"}), ("completed", {"did": "paid by hand"})]

    asyncio.run(story())


def test_a_failed_run_is_taken_up_again(tmp_path, gate):
    folder = folder_of(tmp_path, flop="own.fail")

    async def story():
        async with Engine.open(folder, role="engine", registry=own_actions(gate, ["not today"])) as engine:
            run = await started(engine, "flop.asked", {})
            failed = await engine.wait(run, PATIENCE)
            assert (failed.status, failed.error["message"], failed.error["step"]) == ("failed", "not today", "did")
            await engine.retry(run, by="ana")
            assert (await engine.wait(run, PATIENCE)).status == "completed"
            with pytest.raises(RefusedError):
                await engine.retry(run)

    asyncio.run(story())


# --- faults ---


def test_emit_never_raises_for_a_faulty_workflow(tmp_path, gate):
    # Given one faulty file, one that fails at its first step, and a sound one, all for one type of event,
    head = "trigger: {event: thing.happened}\nactions:\n"
    files = {
        "faulty": "  - {wiat: 1h}\n",
        "unknown": "  - {action: own.thread, once: {key: thing.nothing}}\n",
        "failing": "  - stop: '{{ thing.nothing }}'\n",
        "sound": "  - action: own.thread\n",
        "noyaml": "  - [\n",
    }
    for name, actions in files.items():
        (tmp_path / f"{name}.yaml").write_text(f"name: {name}\n{head}{actions}", "utf-8")

    async def story():
        async with Engine.open(tmp_path, role="engine", registry=own_actions(gate)) as engine:
            assert sorted(engine.project.faulty) == ["faulty", "noyaml"]
            receipt = await engine.emit("thing.happened", {"thing": {}})
            runs = {d.workflow: d.run_id for d in receipt.decisions}
            assert sorted(runs) == ["failing", "sound", "unknown"]
            return {name: str((await engine.wait(run, PATIENCE)).status) for name, run in runs.items()}

    assert asyncio.run(story()) == {"failing": "failed", "sound": "completed", "unknown": "failed"}


# --- roles ---


def test_the_first_of_a_program_is_the_engine_and_the_second_its_client(shop, receiver):
    async def story():
        async with Engine.open(shop) as first, Engine.open(shop) as second:
            assert (first.is_engine, second.is_engine) == (True, False)
            with pytest.raises(StoreError, match="another process is the engine"):
                await Engine.open(shop, role="engine").__aenter__()
            run = await started(second, "parcel.ordered", parcel("p1"))
            assert (await first.wait(run, PATIENCE)).status == "completed"
            assert (await second.wait(run, PATIENCE)).status == "completed"
        async with Engine.open(shop) as third:
            assert third.is_engine

    asyncio.run(story())
    with pytest.raises(ValueError, match="role"):
        Engine.open(shop, role="boss")


def test_a_client_that_was_open_before_any_engine_sees_what_it_does(shop, receiver):
    async def story():
        async with Engine.open(shop, role="client") as client:
            receipt = await client.emit("parcel.ordered", parcel("p1"), id="early")
            async with Engine.open(shop, role="engine"):
                await receipt.decided(10)
                assert [d.outcome for d in receipt.decisions] == ["started"]
                assert (await client.wait(receipt.decisions[0].run_id, PATIENCE)).status == "completed"

    asyncio.run(story())


def test_an_engine_that_is_not_open_says_so(shop):
    engine = Engine.open(shop)

    async def story():
        with pytest.raises(StoreError, match="not open"):
            await engine.emit("thing.happened", {})
        async with engine:
            pass
        with pytest.raises(StoreError, match="not open"):
            await engine.cancel("r1")

    asyncio.run(story())


# --- from plain code ---


def test_plain_code_uses_an_engine_in_a_thread(shop, receiver):
    # Given plain code, When it emits from several threads at once, Then each event is decided once.
    with Engine.open(shop).in_thread() as engine:
        assert engine.is_engine
        with ThreadPoolExecutor(4) as pool:
            receipts = list(pool.map(lambda n: engine.emit("parcel.ordered", parcel(f"p{n}"), id=f"e{n}"), range(40)))
        runs = [receipt.decisions[0].run_id for receipt in receipts]
        assert {engine.wait(run, PATIENCE).status for run in runs} == {"completed"}
        assert sorted(run.id for run in engine.runs("ship")) == sorted(runs)
        assert engine.emit("parcel.ordered", parcel("p1"), id="e1").duplicate
        assert [one.outcome for one in engine.why("e1")] == ["started", "duplicate"]

        approval = engine.emit("refund.requested", refund("f1")).decisions[0].run_id
        engine.decide(approval, approved=True, by="ana")
        assert engine.wait(approval, PATIENCE).status == "completed"
        engine.pause()
        assert engine.emit("cart.left", CART, subject="c1").decisions[0].outcome == "held"
        engine.resume()
        waiting = engine.emit("cart.left", {"cart": {"id": "c2"}}, subject="c2").decisions[0].run_id
        engine.cancel(waiting)
        assert engine.run(waiting).status == "cancelled"
        assert engine.deploy() == []
        with pytest.raises(RefusedError):
            engine.retry(waiting)
        with pytest.raises(RefusedError):
            engine.skip(waiting)
    assert len(receiver.effects) == 81


def test_plain_code_is_a_client_too(processes, shop):
    processes.serve().wait_for('"ready"')
    with Engine.open(shop).in_thread() as client:
        assert not client.is_engine
        receipt = client.decided(client.emit("cart.left", CART, subject="c1"))
        assert client.run(receipt.decisions[0].run_id).status == "waiting"


def test_what_goes_wrong_at_the_opening_is_raised_in_plain_code(processes, shop):
    processes.serve().wait_for('"ready"')
    with pytest.raises(StoreError, match="another process"), Engine.open(shop, role="engine").in_thread():
        pytest.fail("it must not open")
