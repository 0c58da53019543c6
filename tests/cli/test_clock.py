"""What people see and do when the machine's clock has jumped (R:V8)."""

import pytest

from ecomflow import Engine
from ecomflow.runtime.timekeeping import MachineClock

YEAR = 365 * 86_400_000_000


class Machine(MachineClock):
    """This machine's clocks, of which the steady one can be put wrong: seen from it, the wall's clock has jumped."""

    off = 0

    def steady(self):
        return super().steady() - self.off


@pytest.fixture
def jumped(shop):
    """Return the clocks of an engine that is told of a jump of a year."""
    machine = Machine()
    with Engine.open(shop, role="engine", clock=machine).in_thread() as engine:
        engine.emit("nothing.happened", {})
        machine.off = YEAR
        engine.emit("nothing.happened", {})
        yield machine


@pytest.mark.parametrize("words", [["runs"], ["doctor"], ["runs", "--json"]])
def test_a_jump_is_told_wherever_somebody_looks(ecomflow, jumped, words):
    told = ecomflow(*words)

    said = " ".join((told.out + told.err).split())
    assert "the machine's clock has jumped from 20" in said
    assert "`ecomflow resume --clock`" in said


def test_the_doctor_fails_until_the_clock_is_put_right(ecomflow, jumped):
    # Given a jump, When the clock is put right, Then the doctor has nothing to say of it any more.
    before = ecomflow("doctor").out
    jumped.off = 0
    ecomflow("emit", "nothing.happened", "--data", "-", stdin="{}")
    after = ecomflow("doctor").out

    assert "fail  clock" in before
    assert "ok    clock" in after


def test_a_person_accepts_the_time(ecomflow, jumped):
    # Given a jump, When a person takes the time for right, Then that is kept, and a second time there is nothing to accept.
    accepted = ecomflow("resume", "--clock", "--by", "ana")
    ecomflow("emit", "nothing.happened", "--data", "-", stdin="{}")
    again = ecomflow("resume", "--clock", "--by", "ana")

    assert (accepted.code, accepted.out) == (0, "The machine's time is taken for the right one; what fell due meanwhile goes on within two minutes.\n")
    assert "has jumped" not in ecomflow("runs").err
    assert "accept the time" in ecomflow("audit").out
    assert again.code == 1
    assert "the clock has not jumped" in again.err


@pytest.mark.parametrize("more", [["--all"], ["--adopt"], ["abandoned-cart"]])
def test_the_clock_is_accepted_alone(ecomflow, shop, more):
    told = ecomflow("resume", "--clock", *more)

    assert told.code == 2
    assert "about the whole store" in told.err
