"""A store that is not where it was: copied, moved, or on a host of another name. Two engines on two copies would both send."""

import logging
import shutil

import pytest

from ecomflow import Engine, RefusedError

CART = {"cart": {"id": "c1"}}
DAY = 86_400_000_000


class Clock:
    """A clock that stands until it is set."""

    def __init__(self):
        self.now = 1_770_000_000_000_000

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def opened(clock):
    """Return what opens a folder as its engine."""
    return lambda folder: Engine.open(folder, role="engine", clock=clock).in_thread()


def copy(shop, to):
    return shutil.copytree(shop, to, ignore=shutil.ignore_patterns("*.sock"))


def states(engine):
    """Return the states of the runs after all that is due by now."""
    engine.emit("nothing.happened", {})
    return [str(run.status) for run in engine.runs()]


def settled(engine, clock):
    """Go on past the two minutes in which what was due during a stop waits, and return the runs' states."""
    clock.now += 180_000_000
    return states(engine)


@pytest.fixture
def copied(shop, tmp_path, opened, clock):
    """Return a copy of a shop in which a run waits for a day; two days have gone by."""
    with opened(shop) as engine:
        engine.emit("cart.left", CART, id="e1")
    clock.now += 2 * DAY
    return copy(shop, tmp_path / "copy")


def test_a_copy_does_nothing_until_it_is_adopted(copied, opened, clock, caplog, shop):
    # Given a copy whose run is overdue, When it is opened
    with caplog.at_level(logging.WARNING), opened(copied) as engine:
        receipt = engine.emit("cart.left", {"cart": {"id": "c2"}}, id="e2")

        # Then it says where it was and what would go on, and nothing does
        assert f":{shop / 'var' / 'ecomflow.db'}: the whole shop is paused" in caplog.text
        assert "1 wait is overdue" in caplog.text
        assert settled(engine, clock) == ["waiting"]
        assert [decision.outcome for decision in receipt.decisions] == ["held"]
        for resume in (engine.resume, lambda: engine.resume("remind")):
            with pytest.raises(RefusedError, match="resume --adopt"):
                resume()

        # And once it is adopted it goes on: the overdue run ends, the event that was kept starts one
        engine.resume(adopt=True, by="ana")
        assert states(engine) == ["waiting", "waiting"]
        assert settled(engine, clock) == ["completed", "waiting"]

    # And it is the shop's own from then on
    caplog.clear()
    with opened(copied) as engine:
        assert settled(engine, clock) == ["completed", "waiting"]
        with pytest.raises(RefusedError, match="nothing to adopt"):
            engine.resume(adopt=True)
    assert caplog.text == ""


def test_the_store_that_was_copied_goes_on(copied, shop, opened, clock):
    # Given a shop of which there is a copy, When it is opened where it always was, Then nothing is paused.
    with opened(shop) as engine:
        assert settled(engine, clock) == ["completed"]


def test_a_copy_that_was_opened_before_stays_paused(copied, opened, clock):
    # Given a copy that was opened and closed, When it is opened again, Then it is still paused, and goes on once adopted.
    with opened(copied):
        pass
    with opened(copied) as engine:
        assert settled(engine, clock) == ["waiting"]
        engine.resume(adopt=True)
        assert settled(engine, clock) == ["completed"]


@pytest.mark.parametrize("moment", ["before the copy", "in the copy"])
def test_adopting_does_not_undo_what_a_person_paused(shop, tmp_path, opened, clock, moment):
    # Given a shop that a person has paused, before it was copied or after
    with opened(shop) as engine:
        engine.emit("cart.left", CART, id="e1")
        if moment == "before the copy":
            engine.pause(by="ana")
    clock.now += 2 * DAY
    with opened(copy(shop, tmp_path / "copy")) as engine:
        if moment == "in the copy":
            engine.pause(by="ana")

        # When it is adopted, Then it stays paused until a person lets it go on
        engine.resume(adopt=True)
        assert settled(engine, clock) == ["waiting"]
        engine.resume()
        assert settled(engine, clock) == ["completed"]


def test_a_workflow_that_a_person_paused_stays_paused(shop, tmp_path, opened, clock):
    with opened(shop) as engine:
        engine.emit("cart.left", CART, id="e1")
        engine.pause("remind")
    clock.now += 2 * DAY
    with opened(copy(shop, tmp_path / "copy")) as engine:
        engine.resume(adopt=True)
        assert settled(engine, clock) == ["waiting"]
        engine.resume("remind")
        assert settled(engine, clock) == ["completed"]


def test_a_store_that_is_brought_back_goes_on_by_itself(shop, tmp_path, opened, clock):
    # Given a shop that was moved away, opened there and so paused, When it is moved back, Then it goes on.
    with opened(shop) as engine:
        engine.emit("cart.left", CART, id="e1")
    clock.now += 2 * DAY
    away = shop.rename(tmp_path / "away")
    with opened(away) as engine:
        assert settled(engine, clock) == ["waiting"]
    with opened(away.rename(shop)) as engine:
        assert settled(engine, clock) == ["completed"]


def test_the_host_is_what_the_environment_says(shop, opened, clock, monkeypatch):
    # Given a container that has another name at each start
    monkeypatch.setattr("socket.gethostname", lambda: "1f0c")
    monkeypatch.setenv("ECOMFLOW_HOST", "shop-engine")
    with opened(shop) as engine:
        engine.emit("cart.left", CART, id="e1")
    clock.now += 2 * DAY

    # When it comes up under a new name, Then it is the same host while ECOMFLOW_HOST says so, and else another one
    monkeypatch.setattr("socket.gethostname", lambda: "77ab")
    monkeypatch.delenv("ECOMFLOW_HOST")
    with opened(shop) as engine:
        assert settled(engine, clock) == ["waiting"]
    monkeypatch.setenv("ECOMFLOW_HOST", "shop-engine")
    with opened(shop) as engine:
        assert settled(engine, clock) == ["completed"]
