"""Branches of a run side by side: the machine's own small scheduler.

A branch (strand) is a generator that yields requests. It is resumed with a result, or a signal is thrown into it. Strands
that may go on wait in one queue, so nothing here recurses, and everything happens in one order, live and in replay alike.

Cancelling marks a strand and throws a signal into what it waits for, in the order of paths. A wait ends at once; an action
in flight is let finish first. A strand inside ``finally`` is shielded: the signal meets it when the block is over, and a
second signal meets nobody. Nothing depends on a Python ``finally``: a generator that is dropped just goes away.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any

from ecomflow.core.signals import Cancelled, Signal, StepFailed


class Request:
    """What a strand waits for.

    Args:
        path: its address.
    """

    __slots__ = ("path", "strand")

    def __init__(self, path: str) -> None:
        self.path = path
        self.strand: Strand

    def ask(self) -> None:
        """Ask for it."""

    def cancel(self) -> None:
        """Withdraw it, and end the strand as soon as that may be."""


Steps = Generator[Request, Any, Any]
Build = Callable[["Strand"], Steps]
Ready = tuple["Strand", Any, Signal | None]
_NO_MORE: Any = object()


class Strand:
    """One branch: the run itself, a branch of ``parallel``, an item.

    Attributes:
        cancelled: whether it has been told to end.
        shield: how many ``finally`` blocks it is in.
        unwinding: whether what it does is part of an end: a ``finally`` after a failure or a cancel.
    """

    __slots__ = ("cancelled", "fork", "generator", "number", "request", "shield", "unwinding")

    def __init__(self, fork: Fork | None = None, number: int = 0) -> None:
        self.fork, self.number = fork, number
        self.generator: Steps
        self.request: Request | None = None
        self.cancelled = self.unwinding = False
        self.shield = 0

    @property
    def ending(self) -> bool:
        """Whether it was cancelled, and is not inside a ``finally``."""
        return self.cancelled and not self.shield


class Scheduler:
    """Runs strands until all of them wait.

    Attributes:
        outcome: what the first strand ended with: a result, and a signal or None.
    """

    __slots__ = ("_ready", "outcome", "root")

    def __init__(self) -> None:
        self._ready: list[Ready] = []  # a queue, in which nearly always one stands
        self.root = Strand()
        self.outcome: tuple[Any, Signal | None] | None = None

    def begin(self, build: Build, strand: Strand) -> None:
        """Put a new strand into the queue."""
        strand.generator = build(strand)
        self._ready.append((strand, None, None))

    def resume(self, strand: Strand, value: Any = None, signal: Signal | None = None) -> None:
        """Let a strand go on with a result, or a signal."""
        strand.request = None
        self._ready.append((strand, value, signal))

    def drain(self, ask: Callable[[Request], None]) -> None:
        """Go on until every strand waits; ``ask`` is given each request."""
        ready = self._ready
        while ready:
            strand, value, signal = ready.pop(0)
            try:
                request = strand.generator.send(value) if signal is None else strand.generator.throw(signal)
            except StopIteration as stop:
                self._ended(strand, stop.value, None)
            except Signal as ended:
                self._ended(strand, None, ended.with_traceback(None))
            else:
                if strand.cancelled and not strand.shield:
                    ready.append((strand, None, Cancelled()))
                    continue
                strand.request, request.strand = request, strand
                ask(request)

    def _ended(self, strand: Strand, value: Any, signal: Signal | None) -> None:
        if strand.fork is None:
            self.outcome = (value, signal)
        else:
            strand.fork.ended(strand, value, signal)

    def cancel(self, *strands: Strand) -> None:
        """End strands as soon as what they do allows."""
        found: list[Request] = []
        stack = list(strands)
        while stack:
            strand = stack.pop()
            if strand.cancelled:
                continue
            strand.cancelled = True
            request = strand.request
            if strand.shield or request is None:
                continue
            if isinstance(request, Fork):
                stack.extend(request.stop())
            else:
                found.append(request)
        for request in sorted(found, key=lambda request: path_order(request.path)):
            request.cancel()


    def release(self) -> None:
        """Drop all strands with what they wait for; nothing that they hold holds them any more."""
        stack = [self.root]
        while stack:
            strand = stack.pop()
            request, strand.request = strand.request, None
            del strand.generator
            if isinstance(request, Fork):
                stack.extend(request.release())


def path_order(path: str) -> list[tuple[int, str]]:
    """Return what sorts paths as people count: ``actions/2`` before ``actions/10``."""
    return [(int(part), "") if part.isascii() and part.isdigit() else (-1, part) for part in path.split("/")]


class Fork(Request):
    """Branches side by side, built one after the other as there is room.

    Args:
        path: of the step.
        scheduler: that runs them.
        branches: makes them, each with its number; one below 0 has no result. None where the next one is known only when
            one that is open has ended.
        results: one place for each, of which there may come more; those known already are filled. None to keep none.
        limit: how many are open at once.
        first: the first that ends without error wins; else all must.
    """

    __slots__ = ("_branches", "_first", "_limit", "_open", "_over", "_results", "_scheduler", "_signal", "_won")

    def __init__(
        self, path: str, scheduler: Scheduler, branches: Iterator[tuple[int, Build] | None],
        results: list[Any] | None, limit: int,
        *, first: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(path)
        self._scheduler, self._branches, self._results, self._limit = scheduler, branches, results, limit
        self._open: dict[int, Strand] = {}
        self._first, self._won, self._over = first, -1, False
        self._signal: Signal | None = None

    def ask(self) -> None:
        """Open the first branches."""
        while not self._over and len(self._open) < self._limit:
            branch = next(self._branches, _NO_MORE)
            if branch is None:
                break
            if branch is _NO_MORE:
                self._over = True
                break
            number, build = branch
            strand = self._open[number] = Strand(self, number)
            self._scheduler.begin(build, strand)
        if not self._open:
            self._finish()

    def ended(self, strand: Strand, value: Any, signal: Signal | None) -> None:
        """Take the end of a branch."""
        del self._open[strand.number]
        stops = False
        if signal is None:
            if self._results is not None and strand.number >= 0:
                self._results[strand.number] = value
            if self._first and self._won < 0 and self._stopped is None:
                self._won, stops = strand.number, True
        elif isinstance(signal, StepFailed) and self._first:
            self._signal = signal if self._stopped is None else self._signal
        elif not isinstance(signal, Cancelled) and self._stopped is None and self._won < 0:
            self._signal, stops = signal, True
        if stops:
            self._scheduler.cancel(*self.stop())
        self.ask()

    @property
    def _stopped(self) -> Signal | None:
        # Of `first` a failure is only kept for the case that all fail.
        return None if self._first and isinstance(self._signal, StepFailed) else self._signal

    def stop(self) -> list[Strand]:
        """Open no more branches; return those that are open."""
        self._over = True
        return list(self._open.values())

    def release(self) -> list[Strand]:
        """Give up the branches, and return those that are open."""
        strands = self.stop()
        self._open.clear()
        return strands

    def _finish(self) -> None:
        won = self._won >= 0
        signal = None if won else self._signal
        if self.strand.ending:
            signal = Cancelled()
        result: Any = None if self._first else self._results
        if won and self._results is not None:
            result = self._results[self._won]
        self._scheduler.resume(self.strand, result, signal)
