"""The engine inside a program, and as a client of one elsewhere: the same methods, the same answers."""

import asyncio
import threading
from contextlib import asynccontextmanager

import pytest
from kit import CART, PATIENCE, parcel, refund, seen, started

from ecomflow import Engine, EventError, NotFoundError, RefusedError, action
from ecomflow.registry import Registry

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


def test_people_start_what_can_be_started(opened):
    async def story():
        async with opened() as engine:

            async def start(*args, **more):
                receipt = await engine.start_workflow(*args, **more)
                return await receipt.decided(10)

            receipts = [await start("report", {"rows": 3}, id="one"), await start("report", {"rows": 3}, id="one")]
            assert [receipt.duplicate for receipt in receipts] == [False, True]
            run = await engine.wait(receipts[0].decisions[0].run_id, PATIENCE)
            assert (run.status, run.subject, run.event_id) == ("completed", "report", "one")
            assert (await start("report", {"rows": 0}, subject="march")).decisions == []
            forced = await start("report", {"rows": 0}, force=True, by="ana")
            assert [decision.outcome for decision in forced.decisions] == ["started"]
            with pytest.raises(RefusedError, match="no trigger `manual: true`"):
                await start("ship")
            with pytest.raises(NotFoundError):
                await start("nobody")
            with pytest.raises(EventError):
                await engine.start_workflow("report", {"rows": object()})

    asyncio.run(story())


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
            # A fault does not take what works out of service; a file that is gone does.
            file.write_text("name: remind\nnonsense: true\n", "utf-8")
            assert await engine.deploy() == []
            assert (await engine.run(new)).status == "waiting"
            file.unlink()
            assert await engine.deploy("cancel") == ["remind"]
            assert {(await engine.wait(run, 10)).status for run in (old, new)} == {"cancelled"}

    asyncio.run(story())


def test_waiting_runs_go_on_in_the_new_version_and_what_stays_says_why(opened, shop):
    remind = "name: remind\ntrigger: {event: cart.left}\nactions:\n"

    async def story():
        async with opened() as engine:
            file = shop / "workflows" / "remind.yaml"
            file.write_text(f"{remind}  - {{id: pause, wait: 1d}}\n", "utf-8")
            await engine.deploy()
            moves = [await started(engine, "cart.left", CART, subject=f"c{n}") for n in range(60)]
            file.write_text(f"{remind}  - {{id: rest, wait: 1d}}\n", "utf-8")
            await engine.deploy()
            stays = await started(engine, "cart.left", CART, subject="other")
            file.write_text(f"{remind}  - stop: early\n  - {{id: pause, wait: 2d}}\n", "utf-8")

            assert await engine.deploy("migrate", by="ana") == ["remind"]

            assert [(each.run.id, each.stays) for each in await engine.older_runs()] == [(stays, "there is no step `rest` any more")]
            runs = [await engine.run(run) for run in moves]
            assert {(run.status, run.waiting_for[0].path) for run in runs} == {("waiting", "actions/1")}
            assert len({run.version for run in runs}) == 1

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


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "half \ud800"}, {"source": "half \ud800"}, {"subject": "half \ud800"}, {"id": 5}, {"id": ""}, {"source": ""}, {"id": "x" * 257},
        {"time": "yesterday"}, {"time": 5}, {"time": "0001-01-01T00:00:00+14:00"}, {"data": {"a": float("nan")}}, {"data": []}, {"type": "nonsense"}, {"type": None},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_event_is_refused_and_nothing_is_kept(opened, wrong):
    async def story():
        async with opened() as engine:
            event = {"type": "cart.left", "data": CART, **wrong}
            with pytest.raises(EventError):
                await engine.emit(event.pop("type"), event.pop("data"), **event)
            assert await started(engine, "cart.left", CART, subject="c1")
            assert len([run async for run in engine.runs()]) == 1

    asyncio.run(story())
