"""The time that an engine goes by: the machine's, unless its clock jumps by more than an hour (R:V8).

Beside the clock of the wall, which anybody may set, a machine has one that counts from its start and that nobody can. The two
drift apart slowly, and are followed. Where they suddenly are more than an hour apart, the wall's clock has jumped: nobody but
a person knows whether it is wrong now or was wrong before. Until it is put right or accepted the engine goes by the steady
clock, so that nothing is dated by a time that is wrong, and holds all timers.

A steady clock counts on while the machine is suspended: one that slept for two weeks has had a stop, and no jump.
"""

from __future__ import annotations

import json
import logging
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, runtime_checkable

from ecomflow.errors import RefusedError
from ecomflow.runtime.clock import HOUR, MINUTE, to_moment
from ecomflow.runtime.goneoff import drop_gone_off

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecomflow.runtime.gates import Gates
    from ecomflow.runtime.holding import Holding
    from ecomflow.runtime.turn import Turn
    from ecomflow.store import Lease, Store

_log = logging.getLogger("ecomflow")
_MARK: Final = "clock:"
_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
_TIME_SPACE: Final = Path("/proc/self/ns/time")
_STEADY: Final[int | None] = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))


@runtime_checkable
class Clock(Protocol):
    """A clock of the wall with one beside it that cannot be set. A plain function in its place is believed, whatever it says.

    Attributes:
        reference: names what the steady clock counts from; two readings of one name can be compared.
    """

    reference: str

    def __call__(self) -> int:
        """Return the time of the wall in microseconds since 1970 UTC."""

    def steady(self) -> int:
        """Return microseconds that nobody can set, those in which the machine was suspended included."""

    def awake(self) -> int:
        """Return the same without those in which the machine was suspended."""


class MachineClock:
    """The clocks of this machine."""

    def __init__(self) -> None:
        self.reference = _reference()

    def __call__(self) -> int:
        """Return the time of the wall in microseconds since 1970 UTC."""
        return time.time_ns() // 1000

    def steady(self) -> int:
        """Return the microseconds since the machine was started."""
        return (time.monotonic_ns() if _STEADY is None else time.clock_gettime_ns(_STEADY)) // 1000

    def awake(self) -> int:
        """Return the microseconds since the machine was started in which it was not suspended."""
        return time.monotonic_ns() // 1000


def _reference() -> str:
    """Name this start of this machine; another text for each process where that cannot be told."""
    with suppress(OSError):
        space = str(_TIME_SPACE.readlink()) if _TIME_SPACE.is_symlink() else ""
        return f"{_BOOT.read_text('ascii').strip()} {space}".strip()
    return f"process {os.getpid()} since {time.monotonic_ns()}"


@dataclass(frozen=True, slots=True)
class Jump:
    """A jump of the wall's clock, in microseconds since 1970 UTC.

    Attributes:
        believed: the time that was expected when it was noticed.
        wall: what the clock said then.
    """

    believed: int
    wall: int

    def __str__(self) -> str:
        return f"the machine's clock has jumped from {_said(self.believed)} to {_said(self.wall)}"


class _Mark(NamedTuple):
    """What is kept: where the wall's clock stood against the steady one, and a jump that holds timers."""

    reference: str
    offset: int
    jump: Jump | None = None


def jump_in(store: Store) -> Jump | None:
    """Return the jump that holds a store's timers, or None."""
    mark = _mark_in(store)
    return mark.jump if mark else None


def _mark_in(store: Store) -> _Mark | None:
    text = store.value("meta", _MARK + store.name)
    if text is None:
        return None
    found: dict[str, Any] = json.loads(text)
    return _Mark(found["reference"], found["offset"], Jump(*found["jump"]) if found["jump"] else None)


class Timekeeper:
    """Tells the time, and notices when the wall's clock jumps.

    Args:
        store: where it is kept how the clocks stood.
        turn: the transaction being made.
        clock: the time in microseconds; a plain function is believed.
        holding: lets timers settle that fell due meanwhile.
        gates: connections, whose waits are spans and not moments.
        lease: knows when the engine before was last alive.
    """

    def __init__(
        self, store: Store, turn: Turn, clock: Callable[[], int], holding: Holding, gates: Gates, lease: Lease | None
    ) -> None:  # fmt: skip
        self._store, self._turn, self._holding, self._gates = store, turn, holding, gates
        self.wall = clock
        """The machine's clock, as it is."""
        self._clock = clock if isinstance(clock, Clock) else None
        self._kept: _Mark | None = None
        self._offset = self._slept = 0
        if self._clock is not None:
            self._kept = _mark_in(store)
            self._offset = self._opening(self._clock, None if lease is None else lease.last_seen)
            self._slept = self._clock.steady() - self._clock.awake()
            if self._kept is not None and self._kept.jump is not None:
                _alarm(self._kept.jump)

    def _opening(self, clock: Clock, seen: int | None) -> int:
        """Return how the clocks are taken to stand when the engine starts."""
        mark, wall = self._kept, clock()
        if mark is not None and mark.reference == clock.reference:
            return mark.offset
        # The machine was started anew. For how long it was off nobody knows, but time has not gone back.
        jump = mark.jump if mark is not None else None
        known = [jump.believed if jump else seen, *self._store.row("last_moments", self._store.shop, self._store.shop)]
        believed = max(each for each in (*known, 0) if each is not None)
        still_ahead = jump is not None and jump.wall > jump.believed and wall >= jump.wall
        return (believed if still_ahead or wall < believed - HOUR else wall) - clock.steady()

    def forget(self) -> None:
        """Drop what is in memory and may not be kept."""
        if self._clock is not None:
            self._kept = _mark_in(self._store)
            if self._kept is not None and self._kept.jump is not None:
                self._offset = self._kept.offset

    # --- telling the time ---

    def now(self) -> int:
        """Return the time that the engine goes by, in microseconds since 1970 UTC."""
        wall = self.wall()
        if self._clock is None:
            return wall
        believed = self._clock.steady() + self._offset
        return wall if abs(wall - believed) <= HOUR else believed

    @property
    def holds(self) -> bool:
        """Whether timers hold, for the wall's clock has jumped."""
        return self._apart() or (self._kept is not None and self._kept.jump is not None)

    def _apart(self) -> bool:
        return self._clock is not None and abs(self.wall() - self._clock.steady() - self._offset) > HOUR

    # --- looking ---

    def look(self) -> Callable[[], None] | None:
        """Compare the clocks; return the unit that does what follows, or None where nothing does."""
        if self._clock is None:
            return None
        held = self._kept is not None and self._kept.jump is not None
        if self._apart():
            return None if held else self._hold
        self._offset = self.wall() - self._clock.steady()  # as far as it drifts it is followed
        if held:
            return self._go_on
        if self._clock.steady() - self._clock.awake() - self._slept > MINUTE:
            return self._wake
        if self._kept is None or self._kept.reference != self._clock.reference or abs(self._offset - self._kept.offset) > MINUTE:
            return self._keep
        return None

    def _keep(self, jump: Jump | None = None) -> None:
        assert self._clock is not None
        self._kept = _Mark(self._clock.reference, self._offset, jump)
        told = {"reference": self._kept.reference, "offset": self._offset, "jump": [jump.believed, jump.wall] if jump else None}
        self._store.run("set_meta", _MARK + self._store.name, json.dumps(told))

    def _hold(self) -> None:
        jump = Jump(self._turn.now, self.wall())
        self._keep(jump)
        _alarm(jump)

    def _go_on(self) -> None:
        self._keep()
        self._holding.settle(long=True)
        _log.warning("the machine's clock is believed again: it says %s, and timers go on", _said(self._turn.now))

    def _wake(self) -> None:
        """Take up timers after the machine was suspended, as after any other stop (R:W6)."""
        assert self._clock is not None
        self._slept = self._clock.steady() - self._clock.awake()
        self._holding.settle(long=True)

    def accept(self, seen: int) -> None:
        """Take the machine's time for the right one; the next turn lets timers go on.

        Args:
            seen: what the clock said when that was asked for: a request is kept beside the store, and must accept no other time.

        Raises:
            RefusedError: the clock has not jumped, or says something else by now.
        """
        wall = self.wall()
        if self._clock is None or not self.holds:
            raise RefusedError("the clock has not jumped: there is no time to be accepted")
        if abs(wall - seen) > HOUR:
            raise RefusedError(f"the clock says {_said(wall)}, and {_said(seen)} was to be accepted")
        self._gates.move(wall - self._turn.now)
        self._offset = wall - self._clock.steady()
        self._keep(Jump(wall, wall))
        drop_gone_off(self._store)  # a moment of another time


def _alarm(jump: Jump) -> None:
    _log.error("%s: timers hold until it is put right, or `ecomflow resume --clock` takes its time for the right one", jump)


def _said(micros: int) -> str:
    return f"{to_moment(micros):%Y-%m-%d %H:%M:%S} UTC"
