"""A program goes on while its engine lets go what was held, a portion at a time (R:V6)."""

import asyncio

import pytest

from ecomflow import Engine, StoreError

HELD = 100


@pytest.fixture
def portions(monkeypatch):
    """Ten units a portion."""
    monkeypatch.setattr("ecomflow.runtime.kernel._PORTION", 10)


async def hold(engine):
    await engine.pause("remind")
    await asyncio.gather(*[engine.emit("cart.left", {}, id=str(number)) for number in range(HELD)])


async def count(steps):
    while True:
        await asyncio.sleep(0)
        steps.append(len(steps))


def test_the_loop_of_the_program_goes_on_during_a_resume_and_what_is_emitted_meanwhile_comes_after(shop, portions):
    # Given a hundred held events, When they are resumed, and another comes, Then the loop is free in between, and the order is kept.
    async def live():
        async with Engine.open(shop, role="engine") as engine:
            await hold(engine)
            steps = []
            counting = asyncio.create_task(count(steps))
            resuming = asyncio.create_task(engine.resume("remind"))
            await asyncio.sleep(0)
            receipt = await engine.emit("cart.left", {}, id="last")
            counting.cancel()
            await resuming
            return len(steps), receipt.decisions[0].outcome, [run.event_id async for run in engine.runs()]

    steps, outcome, events = asyncio.run(live())

    assert steps >= HELD // 10
    assert outcome == "started"
    assert events == [*map(str, range(HELD)), "last"]


def test_who_resumes_is_told_when_all_that_was_held_is_decided(shop, portions):
    async def live():
        async with Engine.open(shop, role="engine") as engine:
            await hold(engine)
            await engine.resume("remind")
            return [run.id async for run in engine.runs()]

    assert len(asyncio.run(live())) == HELD


def test_an_engine_that_stops_in_the_middle_of_a_resume_leaves_the_rest_to_the_next(shop, portions):
    # Given a resume under way, When the engine is closed, Then who resumed is told that it counts, and the next engine does the rest.
    async def first():
        async with Engine.open(shop, role="engine") as engine:
            await hold(engine)
            resuming = asyncio.create_task(engine.resume("remind"))
            for _ in range(4):
                await asyncio.sleep(0)
        await resuming
        with pytest.raises(StoreError):
            await engine.emit("cart.left", {})

    async def second():
        async with Engine.open(shop, role="engine") as engine:
            return [run.event_id async for run in engine.runs()]

    asyncio.run(first())

    assert asyncio.run(second()) == [*map(str, range(HELD))]
