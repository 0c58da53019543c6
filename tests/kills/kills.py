"""``kills.py ROUNDS SEED``: an engine killed at random moments under load, then everything counted.

In each round an engine begins, by turns `ecomflow serve` and a program that emits by itself, and is killed with SIGKILL
while it opens the store or while it works. Beside it two programs emit all the time and decide approvals. At the end one
more engine finishes what is left, and what the world saw is compared with what was acknowledged.
"""

from __future__ import annotations

import asyncio
import selectors
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "processes")]

from kit import Process  # noqa: E402
from story import EFFECTS, ENDS, STARTS, World, kind_of, paid, write_shop  # noqa: E402

from ecomflow import EcomflowError, Engine  # noqa: E402

LONGEST_LIFE = 0.9
"""Seconds that an engine may work before it is killed."""

OPENING = 0.25
"""The share of engines that are killed while they start."""

DRAIN_SECONDS = 300.0


@dataclass
class Count:
    """What a proof of kills has found."""

    rounds: int
    seed: int
    acknowledged: int = 0
    events: int = 0
    runs: int = 0
    attempts: int = 0
    effects: int = 0
    seconds: float = 0.0
    during_opening: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing was lost, doubled or otherwise wrong."""
        return not (self.lost or self.doubled or self.wrong)

    def lines(self) -> list[str]:
        """Return what to print."""
        told = [
            f"{self.rounds} kills (seed {self.seed}), {self.during_opening} of them while the engine opened its store; {self.seconds:.0f} s",
            f"{self.acknowledged} acknowledged events, {self.events} in the store, {self.runs} runs",
            f"{self.attempts} attempts at the receiver, {self.effects} effects",
            f"{len(self.lost)} lost, {len(self.doubled)} doubled, {len(self.wrong)} otherwise wrong",
        ]
        return told + [f"  {kind}: {each}" for kind in ("lost", "doubled", "wrong") for each in getattr(self, kind)[:20]]


class Kills:
    """One proof: a shop, its world, and the processes of a run."""

    def __init__(self, folder: Path, rounds: int, seed: int) -> None:
        self._random, self._seed, self._rounds = Random(seed), seed, rounds
        self._folder, self._count = folder, Count(rounds, seed)
        self._acked: list[str] = []
        self._hosted = 0
        self._ends = ExitStack()

    def run(self) -> Count:
        """Kill, drain, count."""
        began = time.monotonic()
        with self._ends, World(self._folder / "effects.log", self._seed) as self._world:
            self._shop = write_shop(self._folder / "shop", self._world.port)
            emitters = [self._start(*self._emitting(name, 0, "client")) for name in "ab"]
            for number in range(self._rounds):
                self._round(number, emitters)
            self._finish(emitters)
        self._count.seconds = time.monotonic() - began
        return self._count

    def _start(self, *command: str) -> Process:
        process = Process([sys.executable, *command])
        self._ends.callback(process.close)
        return process

    def _emitting(self, name: str, first: int, role: str) -> tuple[str, ...]:
        return str(HERE / "emitting.py"), str(self._shop), name, str(first), role

    def _serving(self) -> tuple[str, ...]:
        return "-m", "ecomflow.cli", "serve", "--project", str(self._shop), "--json"

    # --- rounds ---

    def _round(self, number: int, emitters: list[Process]) -> None:
        hosts = number % 2 == 1
        engine = self._start(*(self._emitting("host", self._hosted, "engine") if hosts else self._serving()))
        if self._random.random() < OPENING:
            self._count.during_opening += 1
            self._live(self._random.random() * LONGEST_LIFE, [engine, *emitters])
        else:
            engine.wait_for("open\n" if hosts else '"ready"')
            self._live(self._random.random() * LONGEST_LIFE, [engine, *emitters])
        assert engine.end(signal.SIGKILL) == -signal.SIGKILL, engine.said
        if hosts:
            self._hosted = self._hear(engine, self._hosted)

    def _live(self, seconds: float, processes: Iterable[Process]) -> None:
        """Let time go by, and read what is said meanwhile, so that nobody waits for a reader."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            with selectors.DefaultSelector() as words:
                for process in processes:
                    for key in process._words.get_map().values():
                        words.register(key.fileobj, selectors.EVENT_READ, process)
                for key, _ in words.select(left):
                    key.data._read(0)

    def _hear(self, process: Process, next_: int = 0) -> int:
        """Take down what a program said was acknowledged, as far as its last whole line; return which number it would emit next."""
        for word in process.said["out"].split("\n")[:-1]:
            if word.isdigit():
                next_ = int(word) + 1
            elif word != "open":
                self._acked.append(word)
        return next_

    # --- the end ---

    def _finish(self, emitters: list[Process]) -> None:
        engine = self._start(*self._serving()).wait_for('"ready"')
        for emitter in emitters:
            emitter._popen.stdin.close()  # type: ignore[union-attr]
            assert emitter.end() == 0, emitter.said["err"]
            self._hear(emitter)
        asyncio.run(self._look())
        assert engine.end(signal.SIGTERM) == 0, engine.said

    async def _look(self) -> None:
        async with Engine.open(self._shop, role="client") as client:
            await self._drained(client)
            await self._compare(client)

    async def _drained(self, client: Engine) -> None:
        # Also of an event that is in the store, and whose program was killed before it said so.
        kept = [run.event_id or "" async for run in client.runs() if run.workflow != "pack"]
        for id in [id for id in dict.fromkeys([*self._acked, *kept]) if "-host-" in id]:
            await self._go_on(client, id)
        end = time.monotonic() + DRAIN_SECONDS
        while (open_ := await self._unfinished(client)) and time.monotonic() < end:  # noqa: ASYNC110 the store is asked, nothing rings here
            await asyncio.sleep(0.2)
        self._count.wrong += [f"run {run} never ended" for run in open_]

    async def _go_on(self, client: Engine, id: str) -> None:
        # A program that is killed decides nothing, and may have died before it said that the last parcel is paid.
        if kind_of(id) == "refund":
            await self._decide(client, id)
        elif kind_of(id) == "parcel":
            type, data = paid(id)
            await client.emit(type, data, id=f"paid-{id}", source="web", subject=f"paid-{id}")

    async def _decide(self, client: Engine, id: str) -> None:
        for one in await client.why(f"web/{id}"):
            if one.run_id:
                await client.decide(one.run_id, approved=True, by="ana")

    async def _unfinished(self, client: Engine) -> list[str]:
        found = [run for status in ("running", "waiting", "blocked") async for run in client.runs(status=status)]
        return [f"{run.id} of {run.subject}" for run in found if not (run.status == "waiting" and self._may_wait(run.subject, run.workflow))]

    def _may_wait(self, subject: str | None, workflow: str) -> bool:
        # An unpaid parcel waits for its payment, which comes only after all its other steps.
        return subject is not None and ENDS.get(kind_of(subject)) == "waiting" and self._effects_done(subject)

    def _effects_done(self, id: str) -> bool:
        return all((effect, id) in self._seen() for effect in EFFECTS[kind_of(id)])

    def _seen(self) -> Counter[tuple[str, str]]:
        return self._world.counted()

    async def _compare(self, client: Engine) -> None:
        count, effects = self._count, self._seen()
        runs = [run async for run in client.runs()]
        count.runs, count.attempts, count.effects = len(runs), self._world.tries, len(self._world.effects)
        count.acknowledged = len(set(self._acked))
        count.wrong += [f"the key {key} came with other content" for key in self._world.conflicts]
        count.doubled += [f"{what} of {id}, {n} times" for (what, id), n in effects.items() if n > 1]
        begun = Counter((run.event_id, run.workflow) for run in runs if run.workflow != "pack")
        count.doubled += [f"a run of {each}" for each, n in begun.items() if n > 1]
        states = {run.event_id: str(run.status) for run in runs if run.workflow != "pack"}
        count.wrong += [f"{run.id} of {run.subject} failed: {run.error}" for run in runs if run.status == "failed"]
        for id in dict.fromkeys([*self._acked, *states]):
            await self._compare_event(client, id, states.get(id), effects)
        known = {(what, id) for id in states for what in EFFECTS[kind_of(id)]}
        count.wrong += [f"{effect} took effect and should not have" for effect in effects if effect not in known]

    async def _compare_event(self, client: Engine, id: str, state: str | None, effects: Counter[tuple[str, str]]) -> None:
        count, kind = self._count, kind_of(id)
        try:
            told = await client.why(f"web/{id}")
        except EcomflowError as error:
            count.lost.append(f"{id}: {error}")
            return
        count.events += 1
        count.wrong += [f"why of {id} disagrees: {one.disagrees}" for one in told if one.disagrees]
        if kind not in STARTS:
            return
        said = sorted((one.workflow or "", str(one.outcome)) for one in told if one.outcome != "duplicate")
        if said != [(workflow, "started") for workflow in STARTS[kind]]:
            count.wrong.append(f"why of {id} says {said}")
        if state != ENDS[kind]:
            count.wrong.append(f"the run of {id} is {state}")
        count.lost += [f"{what} of {id}" for what in EFFECTS[kind] if not effects[what, id]]


def kills(folder: Path, rounds: int, seed: int) -> Count:
    """Run a proof of so many kills in a folder."""
    return Kills(folder, rounds, seed).run()


def main(rounds: int, seed: int) -> int:
    """Print what was counted; return 1 where anything was lost, doubled or wrong."""
    with tempfile.TemporaryDirectory(prefix="ecomflow-kills-") as folder:
        count = kills(Path(folder), rounds, seed)
    print("\n".join(count.lines()))
    return 0 if count.sound else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
