"""Checks of who works: the engine, what waits for it, and what is paused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ecomflow.cli.doctor.findings import fail, ok, warn
from ecomflow.cli.sizes import counted
from ecomflow.cli.words import span, when, zone_of
from ecomflow.errors import StoreError
from ecomflow.runtime.clock import MINUTE, SECOND, to_moment
from ecomflow.runtime.copies import marked_origin, origin_of
from ecomflow.runtime.heldcalls import HeldCalls
from ecomflow.runtime.holder import holder_lives
from ecomflow.runtime.holding import ALL
from ecomflow.runtime.upcoming import upcoming
from ecomflow.store.inbox import waiting_letters
from ecomflow.store.lease import EXPIRES_MICROS
from ecomflow.store.looking import in_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecomflow.cli.doctor.findings import Finding
    from ecomflow.cli.doctor.installation import Installation
    from ecomflow.store import Store

_SERVE: Final = "start one: `ecomflow serve`, or the program that opens the engine"
_SLOW: Final = 10 * SECOND
"""An engine takes a request within milliseconds, and goes on with a wait when it is due."""

_MOST: Final = 100_000
_PATIENCE: Final = 1.0


def engine(found: Installation) -> Iterator[Finding]:
    """Look whether an engine runs, and whether anything waits for one that does not come to it."""
    if found.project is None or found.path is None or not found.is_reachable or (found.has_store and found.store is None):
        return
    try:
        letters, since = waiting_letters(found.path, found.project.shop)
    except StoreError as error:
        yield fail(str(error), "its owner must be able to read and write it; a damaged one can be moved away: what it holds is lost")
        return
    left = f"{counted(letters, 'request')} of other processes wait{'s' if letters == 1 else ''}" if letters else ""
    if found.engine is None:
        yield _none(found, left)
    elif since is not None and found.now - since > _SLOW:
        yield fail(f"the engine does not take what others leave: {left}, the oldest for {span((found.now - since) / SECOND)}", "look at its log; start it again")
    else:
        yield from _running(found)


def _none(found: Installation, left: str) -> Finding:
    opened = found.store
    row = None if opened is None else opened.row("lease", opened.shop)
    if opened is None or row is None:
        return fail(f"no engine has run yet, and {left}", _SERVE) if left else warn("no engine has run yet", _SERVE)
    _, holder, seen = row
    if holder and holder_lives(holder) and seen < found.now - EXPIRES_MICROS:
        return fail(
            f"{_named(holder)} is the engine, and has not been heard of for {span((found.now - seen) / SECOND)}: it hangs, has no disk, or ran on another machine",
            f"look at its log; end it and start it again. If it is gone, {_SERVE}",
        )  # fmt: skip
    left = ", ".join(filter(None, (left, _waits(opened, found.now))))
    ended = f"no engine runs; the last one was there {span((found.now - seen) / SECOND)} ago{'' if not holder else ', and was killed'}"
    return fail(f"{ended}: {left}", _SERVE) if left else warn(ended, _SERVE)


def _waits(opened: Store, now: int) -> str:
    """Return in words what waits for an engine by now; an empty text for nothing."""
    try:
        with in_time(opened, _PATIENCE):
            waits = upcoming(opened, now)
    except TimeoutError:
        return "more waits than can be counted here"
    return str(waits) if waits.overdue or waits.under_way or waits.events else ""


def _running(found: Installation) -> Iterator[Finding]:
    assert found.store is not None
    opened = found.store
    [(waits,)] = opened.select("count_late", {"shop": opened.shop, "before": found.now - MINUTE, "most": _MOST})
    undecided, since = opened.row("undecided", opened.shop)
    late = [f"{counted(waits, 'wait')} should have ended over a minute ago"] if waits else []
    if undecided and found.now - since > MINUTE:
        late.append(f"{counted(undecided, 'event')} not decided, for {span((found.now - since) / SECOND)}")
    if late:
        yield warn(f"{_named(found.engine)} is the engine, and is late: {', '.join(late)}", "look at its log: the machine, or an action, may hold it up")
    else:
        yield ok(f"{_named(found.engine)} is the engine")


def _named(holder: str | None) -> str:
    host, process, *_ = *(holder or "").split(":"), ""
    return f"process {process} on {host}"


def paused(found: Installation) -> Iterator[Finding]:
    """Look at what people have stopped, and at connections that are left in peace because they fail."""
    opened = found.store
    if opened is None or found.project is None:
        return
    zone = zone_of(found.project.timezone)
    held = dict(opened.rows("held_events", opened.shop))
    rows = opened.rows("paused_since", opened.shop)
    copied = (marked_origin(opened) or origin_of(opened)) is not None
    for workflow, at in rows:
        if workflow == ALL and copied:
            continue  # the check of the store says so
        said = "the whole shop" if workflow == ALL else workflow
        kept = sum(held.values()) if workflow == ALL else held.get(workflow, 0)
        yield warn(
            f"{said} is paused since {when(to_moment(at), zone)}; {counted(kept, 'thing')} that came for it {'is' if kept == 1 else 'are'} kept",
            f"`ecomflow resume {'--all' if workflow == ALL else workflow}` lets it go on",
        )  # fmt: skip
    yield from _connections(opened)
    if not rows and not HeldCalls(opened).troubled():
        yield ok("nothing is paused")


def _connections(opened: Store) -> Iterator[Finding]:
    for said in HeldCalls(opened).troubled():
        name = said.split()[0]
        if said.endswith(" is paused"):
            yield warn(f"connection {said}: its calls are held", f"`ecomflow resume --connection {name}` lets it go on")
        else:
            yield fail(f"connection {said}", "mend what it says; calls are held meanwhile, and go on by themselves")
