"""An engine prunes beside its work: events that keep coming do not keep it from that."""

import asyncio

from ecomflow import Engine
from ecomflow.runtime.clock import DAY

CART = {"cart": {"id": "c1"}}


def test_an_engine_that_is_never_idle_prunes_all_the_same(shop):
    # Given an engine with events that are over
    (shop / "ecomflow.yaml").write_text("shop: acme\npeople: {finance: [ana]}\nretention: {events: 30d}\n", "utf-8")
    now = {"micros": 1_790_000_000_000_000}

    async def story():
        async with Engine.open(shop, clock=lambda: now["micros"]) as engine:
            for number in range(300):
                await engine.emit("thing.seen", CART, id=f"old{number}")
            now["micros"] += 40 * DAY
            await engine.prune(by="ana")
            # When events go on to come, each as soon as the one before is decided
            emitted = 0
            while engine.reader().over(now["micros"])["events"] and emitted < 20_000:
                await engine.emit("thing.seen", CART, id=f"new{emitted}")
                emitted += 1
            # Then all that was over has gone
            left = engine.reader().newest_events(None, None, 30_000)
            assert len(left) == emitted
            assert not any(each.event.id.startswith("old") for each in left)

    asyncio.run(story())
