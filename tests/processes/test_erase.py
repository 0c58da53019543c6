"""A person is erased while an engine runs elsewhere, where none runs yet, and across kills."""

import asyncio
import shutil
import signal

from kit import HERE, PATIENCE

from ecomflow import Engine

ANA, BO = "ana.kqx@shopper.example", "bo.zvw@shopper.example"


def refund(id, customer, email):
    return {"refund": {"id": id, "total": 5}, "customer": {"id": customer, "email": email}}


def parcel(id, customer, email):
    return {"parcel": {"id": id, "total": 80, "how": "quick"}, "customer": {"id": customer, "email": email}}


def held(shop, *texts):
    """The files of the shop that hold one of these texts."""
    return {path.name for path in (shop / "var").iterdir() if path.is_file() and any(text.encode() in path.read_bytes() for text in texts)}


async def trade(shop, receiver):
    """Let two people have runs that have ended and runs that ask."""
    async with Engine.open(shop) as engine:
        for number, (customer, email) in enumerate([("c17-kqx", ANA), ("c18-zvw", BO)]):
            receipt = await engine.emit("parcel.ordered", parcel(f"p{number}", customer, email), id=f"{customer}-parcel")
            assert (await engine.wait(receipt.decisions[0].run_id, PATIENCE)).status == "completed"
            await engine.emit("refund.requested", refund(f"f{number}", customer, email), id=f"{customer}-refund")


def copy(shop, to):
    """Return a copy of a shop's folder."""
    return shutil.copytree(shop, to, ignore=shutil.ignore_patterns("*.sock"))


def words(*more):
    return ("erase", "--subject", "customer:c17-kqx", "--also", ANA, "--by", "ana", *more)


def test_the_command_erases_while_an_engine_runs_in_another_process(shop, processes, receiver):
    # Given an engine with both people's runs, and a letter that a client has just left
    asyncio.run(trade(shop, receiver))
    engine = processes.serve().wait_for("ready")

    async def leave():
        async with Engine.open(shop, role="client") as client:
            await client.emit("refund.requested", refund("f9", "c17-kqx", ANA), id="c17-kqx-late")

    asyncio.run(leave())
    # When one of them is erased
    (erased,) = processes.cli(*words("--yes"))
    # Then they are gone from all files while the engine goes on, and the other's run asks still
    assert erased["done"]
    assert (erased["counts"]["event"], erased["counts"]["run"], erased["counts"]["run ended"]) == (5, 3, 2)
    assert held(shop, ANA, "c17-kqx") == set()
    assert held(shop, BO) == {"ecomflow.db"}
    (waiting,) = processes.cli("runs", "--status", "waiting")
    assert processes.cli("approve", waiting["id"], "--by", "ana")[0]["done"]
    assert engine.end(signal.SIGTERM) == 0


def test_without_an_engine_the_request_is_kept_and_carried_out_by_the_next(shop, processes, receiver):
    asyncio.run(trade(shop, receiver))
    (kept,) = processes.cli(*words("--yes"))
    assert kept["done"] is False
    assert any(name.startswith("inbox.db") for name in held(shop, ANA))

    async def story():
        async with Engine.open(shop) as engine, asyncio.timeout(PATIENCE):
            while not (await engine.erase("customer:nobody", timeout=PATIENCE)).done:
                pass

    asyncio.run(story())  # which comes after the one that was kept
    assert held(shop, ANA, "c17-kqx") == set()


def test_wherever_it_is_killed_it_is_finished_by_the_next_engine(shop, processes, receiver, tmp_path):
    # Given a shop, and a copy of it for each kill
    asyncio.run(trade(shop, receiver))
    whole = processes.start(str(HERE / "erasing.py"), str(copy(shop, tmp_path / "whole")), "0", "customer:c17-kqx", ANA)
    whole.end()
    points = int(whole.said["out"].split()[-1])
    assert points > 20
    for number in range(1, points + 1, 3):
        dead = copy(shop, tmp_path / str(number))
        # When the process is killed at one point
        killed = processes.start(str(HERE / "erasing.py"), str(dead), str(number), "customer:c17-kqx", ANA)
        assert killed.end() == -signal.SIGKILL, killed.said
        # Then the next engine finishes it, unless it was killed before the request was on disk
        async def story(folder=dead):
            async with Engine.open(folder) as engine, asyncio.timeout(PATIENCE):
                return await engine.erase("customer:nobody", timeout=PATIENCE), [run async for run in engine.runs()]

        last, runs = asyncio.run(story())
        assert last.done
        expected = {"ecomflow.db"} if last.number == 1 else set()
        assert held(dead, ANA, "c17-kqx") == expected, f"killed at {number}"
        assert held(dead, BO) == {"ecomflow.db"}
        assert [str(run.status) for run in runs] == (["completed", "waiting"] * 2 if expected else ["completed", "cancelled", "completed", "waiting"])


def test_the_command_says_what_it_would_do_and_asks_before(shop, processes, receiver):
    asyncio.run(trade(shop, receiver))
    listed = processes.cli(*words("--dry-run"))
    assert {(each["what"], each.get("type") or each["workflow"]) for each in listed} == {
        ("event", "parcel.ordered"), ("event", "refund.requested"), ("event", "approval.requested"), ("run", "ship"), ("run", "refund"),
    }  # fmt: skip
    assert held(shop, ANA) == {"ecomflow.db"}
    assert processes.cli(*words(), code=1) == []  # nobody can be asked
    assert processes.cli("erase", "--subject", "c17", code=2) == []
    assert processes.cli("erase", "--subject", "customer:c17", "--also", "ana", code=2) == []
    assert held(shop, ANA) == {"ecomflow.db"}
