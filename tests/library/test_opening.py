"""What can be opened, by whom, and what a failed opening leaves behind."""

import asyncio

import pytest

from ecomflow import Engine, NotFoundError, ProjectError, RefusedError, StoreError

CART = {"cart": {"id": "c1"}}


@pytest.mark.parametrize("role", ["auto", "client"])
def test_a_mistyped_folder_is_refused_and_not_made(tmp_path, role):
    # Given a folder that is not there, and one that holds nothing, When they are opened,
    # Then this is said: events left there would never be decided.
    (tmp_path / "empty").mkdir()
    for name in ("shoop", "empty"):
        with pytest.raises(NotFoundError, match=f"{name} holds no ecomflow.yaml and no workflows"):
            Engine.open(tmp_path / name, role=role)
    assert [path.name for path in tmp_path.rglob("*")] == ["empty"]


@pytest.mark.parametrize("text", ["shop: [", "- shop", "shop: a\nshop: b\n", "shop: acme\nstore: 5\n"])
def test_a_project_file_that_cannot_be_read_is_not_taken_for_another_shop(shop, text):
    # Given a project file of which nobody knows which store it names, When it is opened, Then no store is made elsewhere.
    (shop / "ecomflow.yaml").write_text(text, "utf-8")
    with pytest.raises(ProjectError, match=r"ecomflow\.yaml:"):
        Engine.open(shop)
    assert not (shop / "var").exists()


def test_an_unreadable_project_file_does_not_undeploy_what_works(shop):
    async def story():
        async with Engine.open(shop) as engine:
            (shop / "ecomflow.yaml").write_text("shop: [", "utf-8")
            with pytest.raises(RefusedError, match="goes on"):
                await engine.deploy()
            assert (await engine.emit("cart.left", CART)).decisions[0].outcome == "started"

    asyncio.run(story())


def test_a_failed_opening_leaves_nothing_open_and_no_lease(shop, monkeypatch):
    # Given a socket that cannot be bound, for a folder is in its place, When the engine is opened, Then it fails,
    in_the_way = shop / "var" / "ecomflow.sock"
    (in_the_way / "something").mkdir(parents=True)

    async def story():
        with pytest.raises(OSError, match="directory"):
            await Engine.open(shop).__aenter__()
        (in_the_way / "something").rmdir()
        in_the_way.rmdir()

        # And the next one need not wait for a lease.
        async with Engine.open(shop, role="engine") as engine:
            assert engine.is_engine

    asyncio.run(story())


RACING = """
import asyncio, sys
from ecomflow import Engine

async def main():
    sys.stdin.readline()
    async with Engine.open(sys.argv[1]) as engine:
        await engine.emit("cart.left", {"cart": {"id": "c1"}}, id=sys.argv[2], subject=sys.argv[2])
        print("engine" if engine.is_engine else "client", flush=True)
        sys.stdin.readline()

asyncio.run(main())
"""


def test_processes_that_begin_a_new_shop_at_one_moment_agree_on_one_engine(shop, processes):
    # Given several workers and no store yet, When all open the shop at once, round after round,
    for round_ in range(5):
        workers = [processes.start("-c", RACING, str(shop), f"{round_}-{n}") for n in range(4)]
        for worker in workers:
            worker.say("go")

        # Then none fails, and one is the engine.
        for worker in workers:
            worker.wait_for("\n")
        assert sorted(worker.said["out"] for worker in workers) == ["client\n"] * 3 + ["engine\n"], [w.said for w in workers]
        for worker in workers:
            worker.say("end")
        assert [worker.end() for worker in workers] == [0] * 4, [worker.said for worker in workers]
        for file in (shop / "var").iterdir():
            file.unlink()


def test_a_closed_engine_cannot_be_used(shop):
    async def story():
        engine = await Engine.open(shop).__aenter__()
        await engine.close()
        await engine.close()
        for work in (engine.emit("cart.left", CART), engine.cancel("r1"), engine.wait("r1"), engine.why("e1")):
            with pytest.raises(StoreError, match="not open"):
                await work

    asyncio.run(story())
