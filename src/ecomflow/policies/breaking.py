"""When requests may go to a connection: pauses, failures in a row, what the other side asked for (R:P10, V6). Times in microseconds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ecomflow.model import Breaker

_MICROS = 1_000_000


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a connection stands.

    Attributes:
        paused: whether a person has paused it.
        failures: attempts in a row that failed.
        trips: how often in a row it was left in peace; 0 while the breaker is closed.
        until: when the cool-down ends.
        asked: until when the other side asked to wait.
        probing: whether one attempt is under way that shows whether it works again.
    """

    paused: bool = False
    failures: int = 0
    trips: int = 0
    until: int = 0
    asked: int = 0
    probing: bool = False


def opens_at(standing: Standing) -> int | None:
    """Return the moment from which on an attempt may be made, or None where only a person or a probe can say."""
    if standing.paused or standing.probing:
        return None
    return max(standing.until, standing.asked)


def passed(standing: Standing) -> Standing:
    """Return the standing after an attempt has been let through: the first after a cool-down is the probe."""
    return replace(standing, probing=True) if standing.trips and not standing.probing else standing


def answered(standing: Standing) -> Standing:
    """Return the standing after an answer that shows that the other side works."""
    return replace(standing, failures=0, trips=0, until=0, probing=False)


def asked_to_wait(standing: Standing, now: int, seconds: float) -> Standing:
    """Return the standing after the other side has named how long to wait; a longer wait that it named before stays."""
    return replace(answered(standing), asked=max(standing.asked, now + int(seconds * _MICROS)))


def failed(standing: Standing, breaker: Breaker, now: int, *, probe: bool) -> Standing:
    """Return the standing after a failure.

    Args:
        standing: before it.
        breaker: after how many failures, and for how long, the connection is left in peace.
        now: when it failed.
        probe: whether the attempt was the probe; of others that were under way when the breaker opened nothing is learnt.
    """
    counted = replace(standing, failures=standing.failures + 1)
    if standing.trips and not probe:
        return counted
    if not standing.trips and counted.failures < breaker.failures:
        return counted
    cool_down = min(breaker.cool_down * 2 ** min(standing.trips, 30), breaker.max_cool_down)
    return replace(counted, trips=standing.trips + 1, until=now + int(cool_down * _MICROS), probing=False)


def probe_lost(standing: Standing) -> Standing:
    """Return the standing after the process died under the probe: the next attempt is one."""
    return replace(standing, probing=False)


def is_idle(standing: Standing, now: int) -> bool:
    """Return whether there is nothing to remember."""
    return not (standing.paused or standing.failures or standing.trips or standing.probing) and standing.asked <= now
