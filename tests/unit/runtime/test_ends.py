"""Waits for ends of runs: each ends by itself, whatever the others do, and with one alarm for all."""

import asyncio

import pytest

from ecomflow.errors import StoreError
from ecomflow.runtime.ends import Ends


def test_a_short_wait_ends_while_a_long_one_goes_on():
    async def waits():
        # Given two waits for one run, of which one has no time at all
        ends = Ends(asyncio.get_running_loop())
        long = asyncio.create_task(ends.wait(1, 3600))
        # When the short one is over
        short = await ends.wait(1, 0)
        # Then the long one still waits, and hears of the end
        still = not long.done()
        ends.came(1)
        return short, still, await long

    assert asyncio.run(waits()) == (False, True, True)


def test_the_alarm_of_a_wait_that_is_over_does_no_harm_to_the_next():
    async def waits():
        # Given a wait that heard of its end
        ends = Ends(asyncio.get_running_loop())
        first = asyncio.create_task(ends.wait(1, 0.001))
        await asyncio.sleep(0)
        ends.came(1)
        told = await first
        # When another run is waited for, longer than the alarm of the first takes, and then no more
        return told, await ends.wait(2, 0.002)

    assert asyncio.run(waits()) == (True, False)


def test_a_wait_that_is_given_up_is_forgotten():
    async def waits():
        # Given a wait
        ends = Ends(asyncio.get_running_loop())
        task = asyncio.create_task(ends.wait(1, 3600))
        await asyncio.sleep(0)
        # When whoever waits is cancelled
        task.cancel()
        await asyncio.wait([task])
        # Then the end finds nobody
        ends.came(1)
        return task.cancelled(), len(vars(ends)["_waits"])

    assert asyncio.run(waits()) == (True, 0)


def test_an_engine_that_stops_tells_everybody_who_waits():
    async def waits():
        # Given a wait
        ends = Ends(asyncio.get_running_loop())
        task = asyncio.create_task(ends.wait(1, 3600))
        await asyncio.sleep(0)
        # When the engine stops
        ends.fail(StoreError("the engine has been closed"))
        # Then it ends with that
        with pytest.raises(StoreError, match="closed"):
            await task

    asyncio.run(waits())
