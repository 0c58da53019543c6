"""Who waits for a migration, or lists what is left of it, hears of the end of the engine and stops nothing else."""

import asyncio

import pytest

from ecomflow import Engine
from ecomflow.errors import LeaseLostError, StoreError
from ecomflow.runtime.embedded import wall_clock
from ecomflow.store import Lease, Store
from ecomflow.store.lease import AHEAD_MICROS

OLD = "name: remind\ntrigger: {event: cart.left}\nactions:\n  - {id: pause, wait: 1d}\n"
NEW = OLD.replace("1d", "2d")
RUNS = 300


@pytest.fixture
def file(shop):
    """Return the file of a workflow whose runs wait."""
    file = shop / "workflows" / "remind.yaml"
    file.write_text(OLD, "utf-8")
    return file


async def begin(engine, file):
    """Let runs wait, and edit their workflow."""
    await asyncio.gather(*(engine.emit("cart.left", {"cart": {"id": f"c{n}"}}) for n in range(RUNS)))
    file.write_text(NEW, "utf-8")


async def under_way(engine):
    """Return once a migration is under way, and not done."""
    while not engine.reader().older.is_migrating:  # noqa: ASYNC110 nothing rings
        await asyncio.sleep(0)


def test_the_wait_for_a_migration_ends_as_that_for_a_run_when_the_engine_closes(shop, file):
    async def story():
        # Given a migration that is waited for, When the engine is closed in the middle
        async with Engine.open(shop) as engine:
            await begin(engine, file)
            waits = asyncio.create_task(engine.deploy("migrate", timeout=600))
            await under_way(engine)
        # Then whoever waits hears so
        with pytest.raises(StoreError, match="closed"):
            await asyncio.wait_for(waits, 60)

    asyncio.run(story())


def test_the_wait_for_a_migration_ends_when_the_lease_is_lost(shop, file):
    async def story():
        # Given a migration that is waited for, When another process takes over in the middle
        async with Engine.open(shop, role="engine") as engine:
            await begin(engine, file)
            waits = asyncio.create_task(engine.deploy("migrate", timeout=600))
            await under_way(engine)
            store = Store(engine.store_path, "acme")
            assert Lease(store, "another process").take(wall_clock() + AHEAD_MICROS // 2)
            # Then whoever waits does not wait until the time is up
            with pytest.raises(LeaseLostError):
                await asyncio.wait_for(waits, 60)
            store.close()

    asyncio.run(story())


def test_the_list_of_older_runs_lets_events_come_in_between(shop, file):
    async def story():
        async with Engine.open(shop) as engine:
            # Given many runs of an older version
            await begin(engine, file)
            await engine.deploy()
            # When they are listed, Then an event that comes meanwhile is decided before the list is done
            listed = asyncio.create_task(engine.older_runs())
            receipt = await engine.emit("cart.left", {"cart": {"id": "new"}})
            assert not listed.done()
            assert [decision.outcome for decision in receipt.decisions] == ["started"]
            assert [each.stays for each in await listed] == [""] * RUNS

    asyncio.run(story())
