"""Role auto: who is a client takes over when the engine is gone, and is one again when another has taken over."""

import asyncio
import signal

from kit import seen, started

from ecomflow import Engine
from ecomflow.runtime.embedded import wall_clock
from ecomflow.store import Lease, Store
from ecomflow.store.lease import AHEAD_MICROS

CART = {"cart": {"id": "c1"}}
ALIVE = AHEAD_MICROS // 2
"""So far ahead another process has renewed its lease: it stays alive for as long as a test may take on a busy machine."""


async def engine_now(engine):
    """Return a look at whether it is the engine, for `seen`."""
    return engine.is_engine


def test_a_client_takes_over_when_the_engine_closes(shop):
    # Given two workers, as in a rolling restart: the new one opens while the old one is the engine.
    async def story():
        old = await Engine.open(shop).__aenter__()
        async with Engine.open(shop) as new, Engine.open(shop, role="client") as client:
            run = await started(new, "cart.left", CART, subject="c1")
            assert (old.is_engine, new.is_engine) == (True, False)

            # When the old one ends, Then the new one is the engine, and a client stays a client.
            await old.close()
            receipt = await client.emit("cart.left", CART, id="between", subject="c2")
            await seen(lambda: engine_now(new))
            assert not client.is_engine
            assert [d.outcome for d in (await receipt.decided(60)).decisions] == ["started"]
            await new.cancel(run)
            assert (await client.wait(run, 10)).status == "cancelled"
        async with Engine.open(shop, role="engine"):
            pass

    asyncio.run(story())


def test_a_client_takes_over_from_a_killed_engine(shop, processes):
    first = processes.serve().wait_for('"ready"')
    with Engine.open(shop).in_thread() as engine:
        assert not engine.is_engine
        first.end(signal.SIGKILL)
        receipt = engine.emit("cart.left", CART, subject="c1")
        assert [d.outcome for d in receipt.decided(60).decisions] == ["started"]
        assert engine.is_engine


def test_an_engine_that_lost_its_lease_goes_on_as_a_client(shop):
    # Given an engine that was held up so long that another process has taken over,
    async def story():
        async with Engine.open(shop) as engine:
            assert await started(engine, "cart.left", CART, subject="c1")
            store = Store(engine.store_path, "acme")
            other = Lease(store, "another process")
            assert other.take(wall_clock() + ALIVE)

            async def is_client():
                return not engine.is_engine

            await seen(is_client)

            # When events come, Then they are kept for that one; nothing is raised.
            receipt = await engine.emit("cart.left", CART, id="kept", subject="c2")
            assert receipt.duplicate is None

            # And when that one is gone, Then this process is the engine again, and decides them.
            other.free()
            store.close()
            assert [d.outcome for d in (await receipt.decided(60)).decisions] == ["started"]
            assert engine.is_engine
            assert engine.failed is None

    asyncio.run(story())


def test_a_bell_is_not_taken_from_the_engine_that_follows(shop):
    # Given an engine that lost its lease, When it is closed after the next one has begun, Then that one's socket stays.
    async def story():
        async with Engine.open(shop, role="engine") as old:
            lease = Lease(Store(old.store_path, "acme"), "another process")
            lease.take(wall_clock() + ALIVE)

            async def lost():
                return old.failed is not None

            await seen(lost)
            lease.free()
            async with Engine.open(shop, role="engine"):
                await old.close()
                assert old.store_path.with_name("ecomflow.sock").exists()
            lease._store.close()

    asyncio.run(story())
