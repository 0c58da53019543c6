"""A store that was copied while a process was in the middle of a call."""

import asyncio
import shutil
import signal

import pytest
from kit import Processes, parcel, seen

from ecomflow import Engine


@pytest.fixture
def copied(shop, tmp_path, processes, receiver):
    """Return a copy of a shop whose engine was killed in the middle of a call; the shop itself is not served any more."""
    engine = processes.serve().wait_for('"ready"')

    async def leave():
        async with Engine.open(shop, role="client") as client:
            await (await client.emit("parcel.ordered", parcel("p1", how="held"), id="e1")).decided(10)

    asyncio.run(leave())
    receiver.wait_for(1)
    engine.end(signal.SIGKILL)
    receiver.let_go.set()
    return shutil.copytree(shop, tmp_path / "copy", ignore=shutil.ignore_patterns("*.sock"))


def test_a_copy_sends_nothing_until_it_is_adopted(copied, receiver):
    with Processes(copied) as processes:
        # Given a copy, When it is served
        engine = processes.serve().wait_for('"ready"').wait_for("resume --adopt` lets this one go on.")

        # Then it tells what would go on, the story of a run tells it too, and nothing is sent
        assert "What would go on: 1 run was in the middle of a call." in engine.said["err"]
        (run,) = [record for record in processes.cli("runs") if record["kind"] == "run"]
        told = processes.start("-m", "ecomflow.cli", "show", run["id"], "--project", str(copied))
        assert told.end() == 0
        assert "This store is a copy: it was at" in told.said["err"]
        refused = processes.start("-m", "ecomflow.cli", "resume", "--all", "--project", str(copied))
        assert refused.end() == 1
        assert "this store is a copy" in refused.said["err"]
        assert len(receiver.tries) == 1

        # And when it is adopted, the call is repeated under its key, and the run goes on to its end
        assert [record["done"] for record in processes.cli("resume", "--adopt", "--by", "ana")] == [True]

        async def ended():
            async with Engine.open(copied, role="client") as client:
                return await seen(lambda: _status(client, run["id"]))

        assert asyncio.run(ended()) == "completed"
        assert receiver.seen == [("/held/pick", "p1"), ("/label", "p1")]
        assert [record["what"] for record in processes.cli("audit")] == ["adopt"]


async def _status(client, run):
    status = str((await client.run(run)).status)
    return status if status == "completed" else None
