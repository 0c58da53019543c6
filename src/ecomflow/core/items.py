"""Walking a list, or the pages of a search, item by item (R:P5).

Theory of operation. The items are branches of one fork, built one after the other as there is room. Where a search has a
further page, asking for it is a branch as well: it takes a place as an item does, and what comes after it is not known
until it has ended. So nothing is asked for before it is needed, and nothing at all once the step ends. Of a page only what
decides is kept in memory: the mark of the next one, and with ``key:`` the keys that were seen.

A replay takes at once what lies before the first branch that is open, but for the last ones to end: those let open ones
begin, so they end again where they did, and order, clock and what came in between are as they were.
"""

from __future__ import annotations

from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ecomflow.core import questions
from ecomflow.core.calls import PageCall
from ecomflow.core.commands import RunAction
from ecomflow.core.interpreter import block
from ecomflow.core.leaves import Reopened, Stall
from ecomflow.core.scheduler import Fork
from ecomflow.core.scope import Span
from ecomflow.core.signals import Cancelled, StepFailed, Stopped
from ecomflow.core.trail import NOTE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ecomflow.core.scheduler import Build, Steps, Strand
    from ecomflow.core.scope import Frame
    from ecomflow.core.walk import Walk
    from ecomflow.model import ForEachStep

_TOP: Final = 2
"""Parts of the path of a step whose result nobody can name but by its id."""


def for_each(walk: Walk, step: ForEachStep, frame: Frame, path: str) -> Steps:
    """Walk what a step names; the result is the list of each item's last result."""
    items = (_Listed if step.search is None else _Searched)(walk, step, frame, path)
    return (yield Fork(path, walk.scheduler, items.branches(), items.results, step.max_parallel))


class _Ended(NamedTuple):
    """A branch of a replay before the first open one: its number (a page's is below 0), and the place where it ended."""

    number: int
    path: str
    order: int


class _Listed:
    """The items of a list.

    Args:
        walk: the run's state.
        step: its definition.
        frame: where it stands.
        path: its address.
    """

    def __init__(self, walk: Walk, step: ForEachStep, frame: Frame, path: str) -> None:
        self._walk, self._step, self._frame, self._path = walk, step, frame, path
        self._items = walk.trail.decide(path, questions.items(step), frame)
        self.results: list[Any] | None = [None] * len(self._items)

    def branches(self) -> Iterator[tuple[int, Build] | None]:
        """Yield the items that are not taken at once."""
        length = len(self._items)
        done = _take(self._walk, self._step, self._frame, self._ended(), self.results)
        for number, (key, item) in enumerate(self._items):
            if number not in done:
                loop = {"index": number + 1, "first": number == 0, "last": number + 1 == length, "length": length}
                names = {self._step.name_of_item: item, "loop": loop}
                yield number, partial(_item, self._walk, self._step, self._frame, f"{self._path}/{key}", names)

    def _ended(self) -> Iterator[_Ended]:
        for number, (key, _) in enumerate(self._items):
            end = self._walk.trail.ends.get(f"{self._path}/{key}")
            if end is None:
                return
            yield _Ended(number, f"{self._path}/{key}", end.order)


class _Searched:
    """The items of a search, page by page; arguments as for a list."""

    def __init__(self, walk: Walk, step: ForEachStep, frame: Frame, path: str) -> None:
        assert step.search is not None
        assert step.search.id is not None
        self._walk, self._step, self._frame, self._path, self._search = walk, step, frame, path, step.search
        self._seen: set[str] = set()
        self._keys = walk.trail.decide(path, questions.first_page(step), frame)
        self._page: list[Any] = frame.names()[step.search.id]
        self._params, self._mark, *asked = frame.search(step.search.id)
        # Of a run that searched in another version: its mark means something to whom it was given by alone.
        self._action: str
        self._connection: str | None
        self._action, self._connection = asked or (step.search.action, step.search.connection)
        self._number, self._walked, self._came = 1, 0, True
        kept = step.id is not None or path.count("/") >= _TOP
        self.results: list[Any] | None = [] if kept else None

    def branches(self) -> Iterator[tuple[int, Build] | None]:
        """Yield items and pages that are not taken at once; None while it is not known what comes after an open page."""
        done = _take(self._walk, self._step, self._frame, self._ended(), self.results)
        number = 0
        while True:
            here, page = f"{self._path}/page/{self._number}", self._page
            for item, key in _kept(page, self._keys, number, self._seen):
                if number not in done:
                    if self.results is not None:
                        _room(self.results, number)
                    names = {self._step.name_of_item: item, "loop": {"index": number + 1, "first": number == 0}}
                    yield number, partial(_item, self._walk, self._step, self._frame, f"{here}/{key}", names)
                number += 1
            self._walked += len(page)
            if self._mark is None:
                return
            self._number += 1
            if -self._number in done:
                self._taken_at_once()
                continue
            self._came = False
            yield -self._number, self._ask
            while not self._came:
                yield None

    def _ask(self, strand: Strand) -> Steps:
        walk, here, search, mark = self._walk, f"{self._path}/page/{self._number}", self._search, self._mark
        request = RunAction(
            here, walk.key(here), self._action, self._params, self._connection, 1, search.timeout, search.effect, (), search.id or "", mark
        )  # fmt: skip
        frame = self._frame.branch(strand)
        try:
            page, following = yield PageCall(walk, here, search, frame, request)
            if strand.ending:
                raise Cancelled
            while walk.trail.revival and walk.trail.lacks(here):
                yield Stall(walk, here)
            question = questions.next_page(self._step, page, (mark, following), self._number, self._walked)
            self._keys = walk.trail.decide(here, question, frame)
        except StepFailed as failure:
            walk.failed(failure, here, self._step.id or self._path)
            raise
        self._page, self._mark, self._came = page, following, True

    # --- in a replay ---

    def _taken_at_once(self) -> None:
        here = f"{self._path}/page/{self._number}"
        self._walk.past.taken.add(here)
        self._page, self._mark, _ = self._walk.trail.pages[here]
        self._keys = self._walk.trail.recorded(here)

    def _ended(self) -> Iterator[_Ended]:
        trail, seen, number = self._walk.trail, set[str](), 0
        page, keys = self._page, self._keys
        for which in count(1):
            for _, key in _kept(page, keys, number, seen):
                here = f"{self._path}/page/{which}/{key}"
                if here not in trail.ends:
                    return
                yield _Ended(number, here, trail.ends[here].order)
                number += 1
            here = f"{self._path}/page/{which + 1}"
            if here not in trail.pages or trail.failed(here):
                return
            page, keys = trail.pages[here].items, (trail.records or {})[here][0][1]
            yield _Ended(-which - 1, here, trail.pages[here].order)


def _kept(page: list[Any], keys: list[str] | None, number: int, seen: set[str]) -> Iterator[tuple[Any, str]]:
    """Yield the items of a page that are walked, each with its part of the path; of those with the same key the first."""
    if keys is None:
        yield from ((item, str(at)) for at, item in enumerate(page, number))
        return
    for item, key in zip(page, keys, strict=True):
        if key not in seen:
            seen.add(key)
            yield item, key


def _take(walk: Walk, step: ForEachStep, frame: Frame, ended: Iterator[_Ended], results: list[Any] | None) -> frozenset[int]:
    """Take at once what a replay need not go through; return the numbers of those branches."""
    known = sorted(ended, key=lambda branch: branch.order)
    done = known[: max(0, len(known) - step.max_parallel)]
    for number, path, _ in done:
        if number < 0:
            continue
        end = walk.trail.ends[path]
        if results is not None:
            _room(results, number)
            results[number] = end.result
        walk.past.met.add(path)
        frame.restore(end.change)
    return frozenset(branch.number for branch in done)


def _room(results: list[Any], number: int) -> None:
    results.extend([None] * (number + 1 - len(results)))


def _item(walk: Walk, step: ForEachStep, outer: Frame, path: str, names: Mapping[str, Any], strand: Strand) -> Steps:
    frame = outer.item(strand, names, step.ids)
    if path in walk.trail.ends:
        result, change = yield Reopened(walk, path)
        frame.restore(change)
        return result
    span = frame.span = Span(frame.span, outer.owner, walk.seq)
    try:
        result = yield from block(walk, step.body, frame, path)
    except Stopped as stopped:
        if not stopped.quiet:
            raise
        result = None
    except StepFailed as failure:
        if not step.go_on:
            raise
        walk.forgive(path)
        walk.trail.note(NOTE, path, failure.error)
        result = None
    walk.trail.close(path, span, result, walk.seq, strand)
    return result
