"""Projects that lie deep: a path is longer than the address of a Unix socket may be, and the engine is woken all the same."""

import asyncio
import sys

import pytest

from ecomflow import Engine
from ecomflow.runtime import wake
from ecomflow.runtime.wake import WakeSocket, ring

CART = {"cart": {"id": "c1"}}
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the engine looks by itself")
# The second has fewer letters than the limit, and more bytes.
DEEP = [("d" * 50,) * 3, ("ü" * 30,), ("a b",) * 60]


@pytest.fixture
def deep(tmp_path_factory):
    """Return what makes a folder in a short one, for the name of a test counts too."""

    def make(parts):
        made = tmp_path_factory.mktemp("p").joinpath(*parts)
        made.mkdir(parents=True)
        return made

    return make


@pytest.mark.parametrize("parts", DEEP)
def test_an_engine_and_its_client_work_in_a_deep_folder(shop, deep, parts):
    # Given a project of which the path is long, When an engine and a client are open there,
    project = shop.rename(deep(parts) / "shop")

    async def story():
        async with Engine.open(project, role="engine") as engine, Engine.open(project, role="client") as client:
            # Then what the client leaves is decided, and the end leaves no socket behind.
            receipt = await client.emit("cart.left", CART, id="e1", subject="c1")
            assert [d.outcome for d in (await receipt.decided(10)).decisions] == ["started"]
            assert engine.failed is None

    asyncio.run(story())
    assert not (project / "var" / "ecomflow.sock").exists()


@LINUX
@pytest.mark.parametrize("parts", DEEP)
def test_a_bell_rings_in_a_deep_folder(deep, parts):
    # Given a bell at a long path, with a stale one in its place
    path, rung = deep(parts) / "ecomflow.sock", []
    path.touch()
    bell = WakeSocket(path, lambda: rung.append("rung"))

    # When somebody rings, Then it is heard; and only the owner gets at it.
    ring(path)
    bell.read()
    assert rung == ["rung"]
    assert path.stat().st_mode & 0o777 == 0o600

    # And after the end it is gone, and ringing does nothing.
    bell.close()
    assert not path.exists()
    ring(path)


def test_where_no_short_way_leads_to_a_long_path_the_engine_looks_by_itself(deep, tmp_path, monkeypatch):
    # Given a system without names of open folders, Then there is no bell, and neither end breaks.
    monkeypatch.setattr(wake, "_OPEN_FOLDERS", str(tmp_path / "nowhere"))
    path = deep(DEEP[0]) / "ecomflow.sock"
    bell = WakeSocket(path, lambda: None)
    assert bell.socket is None
    ring(path)
    bell.close()
