"""A program goes on while its engine lets go what was held, a portion at a time (R:V6)."""

import asyncio

import pytest

from ecomflow import ActionCall, Engine, StoreError, action

HELD = 100
PAYS = """\
name: pay
trigger: {event: sale.began}
subject: sale.id
actions:
  - {action: pay.charge, with: {to: "{{ sale.id }}"}}
"""


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


def test_an_engine_that_stops_in_the_middle_of_a_resume_waits_for_the_charges_it_has_begun(shop, portions):
    # Given a resume under way that lets go charges, the later ones slower
    charged = []

    @action("pay.charge", effect="charges", idempotent=False)
    async def charge(call: ActionCall, to: str) -> str:
        """Charge."""
        for _ in range(20 + 5 * int(to)):
            await asyncio.sleep(0)
        charged.append(to)
        return to

    (shop / "workflows" / "pay.yaml").write_text(PAYS, "utf-8")

    async def first():
        async with Engine.open(shop, role="engine", plugins=[charge]) as engine:
            await engine.pause("pay")
            await asyncio.gather(*[engine.emit("sale.began", {"sale": {"id": str(number)}}) for number in range(HELD)])
            resuming = asyncio.create_task(engine.resume("pay"))
            for _ in range(4):
                await asyncio.sleep(0)
            coming = asyncio.create_task(engine.emit("sale.began", {"sale": {"id": str(HELD)}}))
            await asyncio.sleep(0)
        await resuming
        return len(charged), await asyncio.gather(coming, return_exceptions=True)

    async def second():
        async with Engine.open(shop, role="engine", plugins=[charge]) as engine:
            runs = [run.id async for run in engine.runs()]
            for run in runs:
                await engine.wait(run, timeout=60)
            return [str(run.status) async for run in engine.runs()]

    # When it is closed, Then it begins no more of them, waits for those it began, and turns away what would overtake the others
    before, [turned_away] = asyncio.run(first())
    assert before < HELD
    assert isinstance(turned_away, StoreError)

    # And the next engine begins the rest, none twice and none in doubt
    assert asyncio.run(second()) == ["completed"] * HELD
    assert sorted(charged, key=int) == [*map(str, range(HELD))]
