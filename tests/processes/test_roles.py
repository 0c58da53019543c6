"""Who is the engine, who its client, and how plain code uses either."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from kit import CART, PATIENCE, parcel, refund, started

from ecomflow import Engine, RefusedError, StoreError

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
        assert engine.start_workflow("report", {"rows": 1}).decisions[0].outcome == "started"
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
