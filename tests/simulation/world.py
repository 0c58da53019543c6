"""One shop of one seed: what happens to it, operation by operation, and how it rises after each stop."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from checks import Auditor, all_rows
from disk import Died, Disk
from edits import EDIT, operations_of
from outside import SECRET, WORLDS, Outside, registry
from process import Process
from shop import arrival, write_shop
from timeline import Clock

from ecomflow.core.encoding import encode
from ecomflow.errors import LeaseLostError, NotFoundError, RefusedError, StoreError
from ecomflow.language import load_project
from ecomflow.model import RunStatus
from ecomflow.runtime import kernel
from ecomflow.runtime.accept import make_event
from ecomflow.runtime.clock import HOUR, SECOND, to_moment
from ecomflow.store import FAULTS

if TYPE_CHECKING:
    from kept import Case

    from ecomflow.language import Project

START = 1_772_442_000 * SECOND
_TRIES = 50
_SEEDS_A_SHOP = 4
_LONG = 12 * 3600
_YEAR = 365 * 86_400


def is_plain(seed: int) -> bool:
    """Return whether a seed's files lie on the real disk, which several processes can open; nothing of it fails."""
    return Random(f"{seed}/disk").random() < 0.2


@lru_cache(maxsize=4)
def _shop(number: int, workflows: tuple[str, ...] | None, version: int = 0) -> tuple[list[str], Project]:
    """Return a shop's workflows; to read and compile them takes a good part of a seed's time."""
    with TemporaryDirectory() as folder:
        names = write_shop(number, Path(folder), workflows, version)
        project = load_project(Path(folder), registry().catalog)
    assert not project.faulty, project.faulty
    return names, project


@contextmanager
def portions(seed: int) -> Iterator[None]:
    """Let the engine do much at once in portions as a seed has them; what else runs in this process afterwards has its own again."""
    before, kernel._PORTION = kernel._PORTION, Random(f"{seed}/portion").choice([200, 200, 3])
    try:
        yield
    finally:
        kernel._PORTION = before


class World:
    """A shop, its engine and its misfortunes.

    Args:
        case: the seed, and what is left out of it.
        folder: an empty one.
        disk: where the files lie, unless the seed is a plain one.
    """

    def __init__(self, case: Case, folder: Path, disk: Disk) -> None:
        self.seed, self._case, self._folder, self._disk = case.seed, case, folder, disk
        self._plain = is_plain(case.seed)
        self._random = disk.random = Random(f"{case.seed}/opening")
        os.environ["OUTSIDE_TOKEN"] = SECRET
        self.names, self._project = _shop(case.seed // _SEEDS_A_SHOP, case.workflows)
        self._outside = Outside(case.seed)
        WORLDS[:] = [self._outside]
        self._auditor, self._clock = Auditor(self._outside), Clock(START)
        self.counts: Counter[str] = Counter()
        self._numbers, self._off, self._sent = 0, 0, {}
        self._living: set[str] = set()
        self._left: dict[str, bytes] = {}
        self._open(faults=False)

    def live(self, operations: int) -> Counter[str]:
        """Let many things happen, then time pass until all has come to an end; check after each."""
        for number in operations_of(self.seed, operations) if self._case.operations is None else self._case.operations:
            self._random = self._disk.random = Random(f"{self.seed}/operation/{number}")
            self._operate(number)
            self._audit()
        self._come_to_an_end()
        self.counts["migrations"] += self._process.kernel.store.db.execute("select count(*) from audit where what = 'migrate'").get
        self._bury()
        self.counts["ends"] += 1
        self.counts.update({"calls": self._outside.calls, "held": self._auditor.held, "faults": self._disk.failed, "power cuts": self._disk.stops})
        return self.counts

    def _operate(self, number: int) -> None:
        ways = [
            *[self._letter] * 5, *[self._emit] * 3, *[self._again] * 2, *[self._pass] * 5, self._by_hand, self._pause, self._resume,
            self._cancel, self._decide, self._decide, self._settle_doubt, self._jump, self._restart, self._checkpoint, self._rival, self._kill,
        ]  # fmt: skip
        way = self._random.choice(ways) if number < EDIT else self._deploy
        self._arm(0.35)
        self._number = number
        try:
            way()
        except Died:
            self._rise()
        except LeaseLostError:
            raise
        except StoreError:
            self.counts["told"] += 1
        self._disk.heal()
        self._process.loop.die_in = None

    def _arm(self, chance: float) -> int | None:
        """Let some misfortune wait: of the disk, of the machine, or, as its number of rounds, of the process."""
        if self._random.random() >= chance:
            return None
        kind = self._random.choice(["fault", "fault", "cut", "death"])
        if kind == "fault" and not self._plain:
            self._disk.fail(self._random.randint(0, 14), self._random.choice(["io", "full"]), self._random.choice([1, 1, 2, 6]), reads=self._random.random() < 0.3)
        elif kind == "cut" and not self._plain:
            self._disk.die(self._random.randint(0, 25))
        else:
            rounds = self._random.randint(0, 30)
            if self._living:
                self._process.loop.die_in = rounds
            return rounds
        return None

    # --- processes ---

    def _new(self) -> Process:
        self._numbers += 1
        return Process(self._project, self._folder / "var" / "store.db", self._clock, f"{self.seed}/process/{self._numbers}")

    def _open(self, *, faults: bool = True) -> None:
        for number in range(_TRIES):
            rounds = self._arm(0.3) if faults and number < 4 else None
            self._process = self._new()
            try:
                assert self._process.start(self._living.__contains__, rounds), "nobody else is there"
            except Died:
                self._bury()
            except (StoreError, *FAULTS):
                self.counts["told"] += 1
                self._bury()
            else:
                self._disk.heal()
                self._process.loop.die_in = None
                self._living = {self._process.name}
                return
        raise AssertionError("the engine does not open")

    def _rise(self) -> None:
        self.counts["deaths"] += 1
        self._bury()
        self._clock.boot(self._disk.stops)
        self._clock.passed += self._random.choice([0, 1, 5, 300, 40_000]) * SECOND
        self._open()

    def _bury(self) -> None:
        """Let nothing be left of the process but the files."""
        self._living = set()
        if self._plain:
            files = {path: path.read_bytes() for path in self._var() if not path.name.endswith("-shm")}
        else:
            self._disk.stop(machine=False)
        self._outside.gone = True
        self._process.clear_away()
        self._outside.gone = False
        if self._plain:
            for path in self._var():
                path.unlink()
            for path, data in files.items():
                path.write_bytes(data)
        else:
            self._disk.start()

    def _var(self) -> list[Path]:
        return sorted((self._folder / "var").glob("*.db*"))

    def _restart(self) -> None:
        self._process.leave()
        self._bury()
        self._clock.passed += self._random.choice([0, 5, 4000]) * SECOND
        self.counts["restarts"] += 1
        self._open()

    def _kill(self) -> None:
        raise Died

    def _rival(self) -> None:
        """Let a second engine open: it loses, or takes over from one that was held up, which then does nothing more."""
        self._disk.heal()
        self._pass_seconds(1.1)
        self._auditor.lease_is_fresh(self._process)
        if not self._plain:
            return
        self._process.loop.die_in = None
        held_up = self._random.random() < 0.5
        if held_up:
            self._clock.passed += 10 * SECOND
        before, rival = all_rows(self._process), self._new()
        won = rival.start(self._living.__contains__)
        assert won is held_up, f"a second engine {'opened beside a living one' if won else 'could not take over'}"
        if not won:
            assert all_rows(self._process) == before, "an engine that lost wrote"
            rival.clear_away()
            return
        self.counts["take-overs"] += 1
        old, self._process, self._living = self._process, rival, {rival.name}
        before, calls = all_rows(rival), self._outside.calls
        old.settle()
        assert isinstance(old.host.failed, LeaseLostError), "an engine goes on without its lease"
        assert (all_rows(self._process), self._outside.calls) == (before, calls), "an engine without its lease acted"
        old.clear_away()

    def _checkpoint(self) -> None:
        try:
            self._process.kernel.store.db.wal_checkpoint(mode=self._random.choice([0, 1, 2, 3]))
        except FAULTS:
            self.counts["told"] += 1

    # --- checks ---

    def _audit(self) -> None:
        if self._process.kernel._broken is not None:  # the disk is well again: the next turn mends it
            self._host.wake()
            self._process.settle()
            assert self._process.kernel._broken is None, "the engine does not mend"
        self._auditor.check(self._process)
        if self._random.random() < 0.25:
            self._look_for_secrets()

    def _look_for_secrets(self) -> None:
        files = {path.name: path.read_bytes() for path in self._var()} if self._plain else {}
        for name, content in () if self._plain else self._disk.files.items():
            files[Path(name).name] = bytes(content.now)
        self._auditor.no_secret_in(files)

    def _come_to_an_end(self) -> None:
        self._disk.heal()
        self._outside.calm = True
        for _ in range(40):
            if self._process.kernel.time.holds:
                self._accept_time()
            self._surely(lambda: self._process.ask(lambda: self._host.request("resume", {"workflow": None, "by": "ana"})))
            self._surely(lambda: self._pass_seconds(_LONG))
            self._settle_all_doubts()
            self._audit()
            # A letter that asks for a pause may have lain in the inbox still when everything was resumed.
            left = "select (select count(*) from run where ended is null and workflow <> 'self') + (select count(*) from paused)"
            if not self._process.kernel.store.db.execute(left).get:
                break
        self._look_for_secrets()
        self._auditor.ends(self._process)
        self._auditor.why_agrees(self._process)

    def _settle_all_doubts(self) -> None:
        for run in self._process.reader().runs(status=RunStatus.BLOCKED):
            self._surely(lambda run=run: self._process.ask(lambda: self._host.request("skip", {"run": run.id, "result": {"n": 1}, "by": "ana"})))

    # --- what comes from outside ---

    @property
    def _host(self) -> Any:
        return self._process.host

    def _surely(self, what: Callable[[], Any]) -> Any:
        """Do it again until it was done; a fault is told to whoever asked."""
        for _ in range(_TRIES):
            try:
                return what()
            except Died:
                self._rise()
            except (RefusedError, NotFoundError):
                self.counts["refused"] += 1
                return None
            except LeaseLostError:
                raise
            except StoreError:
                self.counts["told"] += 1
        raise AssertionError("the engine takes nothing")

    def _event(self) -> dict[str, Any]:
        type_, data = arrival(self._random)
        late = self._random.choice([0, 0, 0, 40, 5000, -30]) * SECOND
        time = to_moment(self._clock.wall() - late).isoformat()
        return {"type": type_, "data": data, "id": f"e{self._number}", "source": "shop", "subject": None, "time": time}

    def _letter(self) -> None:
        self._leave("event", self._event(), f"letter-{self._number}")

    def _leave(self, kind: str, body: dict[str, Any], request: str) -> None:
        self._surely(lambda: self._process.inbox.put(kind, request, encode(body).decode(), self._clock.wall()))
        if kind == "event":
            self._sent[body["id"]] = body
            self.counts["events"] += 1
        self._auditor.requests.add(request)
        if self._random.random() < 0.8:  # sometimes the bell is not heard
            self._host.look()
            self._process.settle()

    def _emit(self) -> None:
        self._send(self._event())

    def _send(self, body: dict[str, Any]) -> None:
        def take() -> Any:
            event, raw = make_event(
                body["type"], json.loads(json.dumps(body["data"])), id_=body["id"], source="shop", now=to_moment(self._clock.wall()), time=body["time"]
            )
            return self._process.ask(lambda: self._host.submit(lambda: self._process.kernel.ingest.take(event, raw)))

        self._surely(take)
        self._sent[body["id"]] = body
        self._auditor.acknowledged.add(body["id"])
        self.counts["events"] += 1

    def _again(self) -> None:
        if self._sent:
            body = self._sent[self._random.choice(sorted(self._sent))]
            if self._random.random() < 0.5:
                self._send(body)
            else:
                self._leave("event", body, f"letter-{self._number}")

    def _request(self, kind: str, body: dict[str, Any]) -> None:
        """Ask in this process, or in a letter."""
        if self._random.random() < 0.5:
            self._leave(kind, body, f"{kind}-{self._number}")
        else:
            self._surely(lambda: self._process.ask(lambda: self._host.request(kind, body)))

    def _by_hand(self) -> None:
        body = {"workflow": self._random.choice(self.names), "data": {}, "force": False, "id": f"h{self._number}", "subject": None, "by": "ana"}
        self._request("start", body)

    def _deploy(self) -> None:
        bodies = [body for _ in range(12) if (body := self._event())["type"] == "thing.happened"]
        for letter, body in enumerate(bodies):
            self._send({**body, "id": f"e{self._number}-{letter}"})
        self._pass_seconds(2)
        _, self._project = _shop(self.seed // _SEEDS_A_SHOP, self._case.workflows, 1 + self.counts["deployments"] % 2)
        self._process.project = self._project
        self._request("deploy", {"how": self._random.choice(["migrate", "migrate", "migrate", "keep"]), "by": "ana"})
        self.counts["deployments"] += 1

    def _pause(self) -> None:
        self._request("pause", {"workflow": self._random.choice([*self.names, None]), "by": "ana"})

    def _resume(self) -> None:
        self._request("resume", {"workflow": self._random.choice([*self.names, None, None]), "by": "ana"})

    def _seen(self, what: Callable[[], list[Any]]) -> list[Any]:
        """Return what somebody sees who looks; nothing where the disk cannot be read."""
        try:
            return what()
        except FAULTS:
            return []

    def _some_run(self, *statuses: str) -> str:
        runs = self._seen(lambda: [run.id for run in self._process.reader().runs() if not statuses or run.status in statuses])
        return self._random.choice(runs) if runs else "r1-none"

    def _cancel(self) -> None:
        reason, run = self._random.choice(["", "enough", SECRET]), self._some_run()
        body = {"run": run, "reason": reason, "by": "ana"}
        if reason == SECRET:
            self._surely(lambda: self._process.ask(lambda: self._host.request("cancel", body)))
        else:
            self._request("cancel", body)

    def _decide(self) -> None:
        asking = "select r.n, r.suffix from approval a join run r on r.n = a.run order by r.n"
        rows = self._seen(lambda: self._process.kernel.store.db.execute(asking).fetchall())
        run = "r{}-{}".format(*self._random.choice(rows)) if rows else "r1-none"
        comment = self._random.choice(["", "fine", f"see {SECRET}"])
        body = {"run": run, "approved": self._random.random() < 0.6, "by": self._random.choice(["ana@shop.example", "ana@shop.example", "eve"]), "comment": comment}
        if SECRET in comment:
            self._surely(lambda: self._process.ask(lambda: self._host.request("decide", body)))
        else:
            self._request("decide", body)

    def _settle_doubt(self) -> None:
        run = self._some_run(RunStatus.BLOCKED, RunStatus.FAILED)
        if self._random.random() < 0.5:
            self._request("retry", {"run": run, "from": None, "by": "ana"})
        elif self._random.random() < 0.5:
            self._surely(lambda: self._process.ask(lambda: self._host.request("skip", {"run": run, "result": {"told": SECRET}, "by": "ana"})))
        else:
            self._request("skip", {"run": run, "result": {"n": 3}, "by": "ana"})

    # --- time ---

    def _pass(self) -> None:
        self._pass_seconds(self._random.choice([1, 40, 600, 4000, 30_000]))

    def _pass_seconds(self, seconds: float) -> None:
        end = self._clock.passed + int(seconds * SECOND)
        for _ in range(20_000):
            self._process.settle()
            due = self._process.next()
            if due is None or due > end:
                break
            self._clock.passed = max(self._clock.passed, due)
        else:
            raise AssertionError("time does not pass")
        self._clock.passed = end
        self._process.settle()

    def _jump(self) -> None:
        self._disk.heal()
        if self._process.kernel.time.holds:
            self._end_hold()
            return
        self.counts["jumps"] += 1
        self._off = self._random.choice([-3600, -40, 40, 3600, 90_000, -90_000, _YEAR]) * SECOND
        self._clock.offset += self._off
        self._process.settle()
        self._pass_seconds(2)
        self._auditor.lease_is_fresh(self._process)
        if abs(self._off) > HOUR:
            self.counts["holds"] += 1
            self._auditor.clock_is_held(self._process)
            self._audit()
            self._pass_seconds(self._random.choice([40, 4000, 30_000]))
            self._audit()
            if self._random.random() < 0.7:
                self._end_hold()

    def _end_hold(self) -> None:
        """Put the clock right, or accept its time."""
        if self._random.random() < 0.5:
            self._clock.offset -= self._off
        else:
            self._accept_time()
        self._pass_seconds(2)

    def _accept_time(self) -> None:
        self._surely(lambda: self._process.ask(lambda: self._host.request("accept_time", {"seen": self._clock.wall(), "by": "ana"})))
