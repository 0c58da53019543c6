"""A shop, its events and its misfortunes from a seed, on the production kernel and store: ``simulate.py [SEEDS [FROM]]``.

Time is virtual, answers that are ready come in a seeded order, the disk refuses a write now and then, and the process dies.
After every step the store is held against what must always be true, and against what the simulation knows.
"""

from __future__ import annotations

import heapq
import logging
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from checks import Ledger, check_ends
from disk import Disk, faulty_disk
from outside import Outside
from shop import ACTIONS, arrival, write_shop

from ecomflow.errors import RefusedError, StoreError
from ecomflow.language import load_project
from ecomflow.model import ActionSpec, Catalog, Effect
from ecomflow.registry import Registry
from ecomflow.runtime.base import Call
from ecomflow.runtime.simulated import SimulatedRuntime

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
STEPS = 25


@cache
def catalog() -> Catalog:
    """Return what is installed, with actions of each effect that take anything."""
    effects = dict(zip(ACTIONS, (Effect.READS, Effect.SENDS, Effect.CHARGES, Effect.WRITES), strict=True))
    probes = {n: ActionSpec(n, e, idempotent=n == "probe.write", params={"type": "object"}) for n, e in effects.items()}
    found = Registry.load().catalog
    return replace(found, actions={**found.actions, **probes})


class Shuffled(SimulatedRuntime):
    """Answers that are ready at the same moment come in an order of the seed."""

    order: Random

    def _perform(self) -> None:
        before = len(self._answers)
        super()._perform()
        if len(self._answers) > before:
            mixed = [(at, self.order.getrandbits(30) << 30 | n, call, data) for at, n, call, data in self._answers]
            self._answers = [(at, _unique(mixed, place), call, data) for place, (at, _, call, data) in enumerate(mixed)]
            heapq.heapify(self._answers)


def _unique(mixed: list[tuple[int, int, Call, dict[str, Any]]], place: int) -> int:
    return (mixed[place][1] >> 30 << 30) | place


class Simulation:
    """One shop of one seed."""

    def __init__(self, seed: int, folder: Path, disk: Disk) -> None:
        self._random, self._disk = Random(seed), disk
        self._outside = Outside(Random(seed + 1))
        self.workflows = write_shop(self._random, folder)
        self._project = load_project(folder, catalog())
        assert not self._project.faulty, self._project.faulty
        Shuffled.order = Random(seed + 2)
        self._runtime = Shuffled(
            self._project, start=START, performer=self._outside, catalog=catalog(), path=str(folder / "store.db"), seed=seed
        )
        self._ledger = Ledger(self._runtime)
        self.counts: Counter[str] = Counter()
        self._sent: list[tuple[str, str, dict[str, Any]]] = []

    def live(self) -> Counter[str]:
        """Let many things happen, then time pass until all has come to an end; check after each."""
        ways = [self._emit] * 6 + [self._again, self._pass, self._pass, self._die, self._pause, self._cancel]
        for _ in range(STEPS):
            if self._random.random() < 0.3:
                self._disk.fail(self._random.randint(0, 12), self._random.choice(["io", "full"]))
            self._random.choice(ways)()
            self._disk.heal()
            self._ledger.check()
        self._come_to_an_end()
        self.counts["calls"], self.counts["faults"] = self._outside.calls, self._disk.failed
        self._runtime.close()
        return self.counts

    def _come_to_an_end(self) -> None:
        self._surely(self._runtime.resume)
        for _ in range(3):
            self._surely(lambda: self._runtime.advance(self._runtime.now + timedelta(days=30)))
        self._ledger.check()
        check_ends(self._runtime)

    def _surely(self, what: Any) -> Any:
        """Do it again until the disk has let it through; a fault is told to whoever asked, and to nobody else."""
        while True:
            try:
                return what()
            except StoreError:
                self.counts["told"] += 1

    def _emit(self) -> None:
        type_, data = arrival(self._random)
        self._send(f"e{len(self._sent)}", type_, data)
        self._sent.append((f"e{len(self._sent)}", type_, data))

    def _again(self) -> None:
        if self._sent:
            self._send(*self._random.choice(self._sent))

    def _send(self, id_: str, type_: str, data: dict[str, Any]) -> None:
        self.counts["events"] += 1
        self._surely(lambda: self._runtime.emit(type_, data, id=id_, source="shop"))
        self._ledger.acknowledged.add(id_)

    def _pass(self) -> None:
        to = self._runtime.now + timedelta(seconds=self._random.choice([1, 40, 600, 4000, 90_000]))
        self._surely(lambda: self._runtime.advance(to))

    def _die(self) -> None:
        self.counts["restarts"] += 1
        self._disk.heal()
        self._runtime.restart(down=self._random.choice([0, 5, 3600]))

    def _pause(self) -> None:
        workflow = self._random.choice([*self.workflows, None])
        self._surely(lambda: self._runtime.pause(workflow))
        self._pass()
        self._surely(lambda: self._runtime.resume(workflow))

    def _cancel(self) -> None:
        runs = self._runtime.runs()
        if runs:
            try:
                self._surely(lambda: self._runtime.cancel(runs[-1].id, "by the simulation"))
            except RefusedError:
                self.counts["refused"] += 1


def simulate(seed: int) -> Counter[str]:
    """Simulate one seed; an assertion that fails names it."""
    with tempfile.TemporaryDirectory() as folder, faulty_disk() as disk:
        try:
            return Simulation(seed, Path(folder), disk).live()
        except BaseException as error:
            error.add_note(f"seed {seed}: python {__file__} 1 {seed}")
            raise


def main(seeds: int = 200, first: int = 0) -> None:
    """Simulate many seeds and print what happened in them."""
    logging.disable(logging.CRITICAL)
    total: Counter[str] = Counter()
    for seed in range(first, first + seeds):
        total += simulate(seed)
    print(f"{seeds} seeds from {first}: " + ", ".join(f"{n} {what}" for what, n in sorted(total.items())))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
