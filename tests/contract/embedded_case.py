"""The embedded runtime for contract cases: the production driver on a real file, on an event loop whose time is virtual."""

from __future__ import annotations

import asyncio
import selectors
import tempfile
from pathlib import Path
from random import Random

from ecomflow.runtime.accept import make_event
from ecomflow.runtime.attempts import Attempts
from ecomflow.runtime.clock import SECOND, to_micros, to_moment
from ecomflow.runtime.host import Host
from ecomflow.runtime.kernel import Kernel
from ecomflow.runtime.reading import Reader
from ecomflow.runtime.simulated import timed_out
from ecomflow.store import Lease, Store

_NEVER = 1e9


class _JumpingSelector(selectors.DefaultSelector):
    """Instead of sleeping, lets the loop's clock jump to where it would have woken."""

    def __init__(self):
        super().__init__()
        self.now = 0.0

    def select(self, timeout=None):
        ready = super().select(0)
        if not ready and timeout:
            self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self):
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self):
        return self._jumping.now


class _AnsweringHands:
    """Answers calls as the performer says, after as much virtual time as it says."""

    def __init__(self, performer):
        self._performer, self.attempts = performer, Attempts()

    def is_quick(self, name):
        return False

    def begin(self, call, tell):
        return self.attempts.begin(call._replace(timeout=_NEVER), self._answer(call), tell)

    async def _answer(self, call):
        answer = self._performer.perform(call)
        takes = min(answer.takes, call.timeout)
        if takes:
            await asyncio.sleep(takes)
        return dict(answer.data) if answer.takes <= call.timeout else timed_out(call.timeout)

    async def close(self):
        pass


class EmbeddedCase:
    """Has the methods of the simulated runtime."""

    def __init__(self, project, *, start, performer, catalog, path=None, seed=0, secrets=()):
        self._project, self._catalog, self._secrets = project, catalog, tuple(secrets)
        self._hands, self._random = _AnsweringHands(performer), Random(seed)
        self._folder = tempfile.TemporaryDirectory()
        self._path = path or str(Path(self._folder.name) / "store.db")
        self._loop, self._start, self._count = VirtualLoop(), to_micros(start), 0
        self._open()

    def _clock(self):
        return self._start + round(self._loop.time() * SECOND)

    def _open(self):
        self._store = Store(self._path, self._project.shop)
        self._lease = Lease(self._store, f"case-{self._count}")
        self._lease.take(self._clock())
        self.kernel = Kernel(
            self._store, self._catalog, clock=self._clock, suffix=lambda: f"{self._random.getrandbits(64):x}",
            secrets=self._secrets, lease=self._lease,
        )  # fmt: skip
        self._run(self._begin())

    async def _begin(self):
        self.kernel.open(self._project)
        self._host = Host(self.kernel, self._hands, None, lambda: self._project, heartbeat=_NEVER)
        self._host.start()
        await self._quiet()

    def _run(self, work):
        return self._loop.run_until_complete(work)

    async def _quiet(self):
        # Everything due at this instant: the loop is quiet when several turns brought nothing.
        calm = 0
        while calm < 5:
            before = self._loop.time()
            await asyncio.sleep(0)
            due = self.kernel.next_fire is not None and self.kernel.next_fire <= self._clock()
            busy = self._host.busy or due or self._loop.time() != before
            if due:
                self._host.wake()
            calm = 0 if busy else calm + 1

    @property
    def now(self):
        return to_moment(self._clock())

    def advance(self, to):
        self._run(self._pass(to))

    async def _pass(self, to):
        await self._quiet()
        while (left := (to_micros(to) - self._clock()) / SECOND) > 0:  # noqa: ASYNC110 the clock is virtual
            await asyncio.sleep(left)
        await self._quiet()

    def emit(self, type, data, *, id=None, source="test", subject=None, time=None):
        self._count += 1
        event, raw = make_event(
            type, data, id_=id or f"event-{self._count}", source=source, now=self.now, subject=subject, time=time
        )
        return self._ask(lambda: self.kernel.ingest.take(event, raw))

    def start_workflow(self, workflow, data=None, *, force=False):
        self._count += 1
        id_ = f"start-{self._count}"
        return self._ask(lambda: self.kernel.ingest.start_by_hand(workflow, data or {}, id_=id_, force=force))

    def _ask(self, unit):
        async def ask():
            await self._quiet()
            try:
                return await self._host.submit(unit)
            finally:
                await self._quiet()

        return self._run(ask())

    def cancel(self, run_id, reason="", by=""):
        self._ask(lambda: self.kernel.people.cancel(run_id, reason, by))

    def decide(self, run_id, *, approved, by, comment=""):
        self._ask(lambda: self.kernel.people.decide(run_id, approved=approved, by=by, comment=comment))

    def retry(self, run_id, from_step=None, by=""):
        self._ask(lambda: self.kernel.people.retry(run_id, from_step, by))

    def skip(self, run_id, result, by=""):
        self._ask(lambda: self.kernel.people.skip(run_id, result, by))

    def pause(self, workflow=None):
        self._ask(lambda: self.kernel.pause(workflow))

    def resume(self, workflow=None):
        self._ask(lambda: self.kernel.resume(workflow))

    def deploy(self, project, how="keep"):
        self._project = project
        self._ask(lambda: self.kernel.deploy(project, how))

    def restart(self, down=0.0):
        self._run(self._die())
        self._loop._jumping.now += down
        self._count += 1
        self._open()

    async def _die(self):
        await self._quiet()
        self._store.begin()
        self._lease.renew(self._clock())
        self._store.commit()
        self._lease.free()
        await self._host.kill()
        self._store.close()

    def runs(self):
        return list(self._reader.runs())

    def decisions(self):
        return self._reader.decisions()

    def why(self, event_id, workflow=None):
        return self._reader.why(event_id, workflow)

    @property
    def _reader(self):
        return Reader(self._store, self.kernel.definitions, self.kernel.events)

    def close(self):
        self._run(self._host.kill())
        self._store.close()
        self._loop.close()
        self._folder.cleanup()
