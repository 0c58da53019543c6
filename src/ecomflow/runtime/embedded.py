"""The embedded runtime: a shop's engine inside a Python process, on SQLite; or a client of the one that runs elsewhere."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import time as _time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

from ecomflow.errors import StoreError
from ecomflow.language import load_project
from ecomflow.registry import Registry
from ecomflow.runtime.accept import make_event
from ecomflow.runtime.client import Client, ClientReceipt
from ecomflow.runtime.clock import to_moment
from ecomflow.runtime.definitions import Definitions
from ecomflow.runtime.events import Events
from ecomflow.runtime.hands import Hands
from ecomflow.runtime.host import Host
from ecomflow.runtime.kernel import Kernel
from ecomflow.runtime.memory import Collector
from ecomflow.runtime.reading import Reader
from ecomflow.runtime.secrets import registered
from ecomflow.runtime.thread import EngineThread
from ecomflow.runtime.turn import Turn
from ecomflow.store import Inbox, Lease, Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from datetime import datetime

    from ecomflow.language import Project
    from ecomflow.model import Run
    from ecomflow.runtime.base import Explanation, Receipt

SQLITE = "sqlite:///"
BY_HAND = "workflow.started_by_hand"
_ASK_SECONDS = 5.0


def wall_clock() -> int:
    """Return the time of the machine in microseconds since 1970 UTC."""
    return _time.time_ns() // 1000


class Engine:
    """A shop's engine, or a client of it.

    Made by :meth:`open`; used as an asynchronous context manager, or with :meth:`in_thread` as a plain one.
    """

    def __init__(self, project: Project, registry: Registry, role: str, clock: Callable[[], int]) -> None:
        self.project, self._registry, self._role, self._clock = project, registry, role, clock
        self._host: Host | None = None
        self._client: Client | None = None
        self._store: Store | None = None
        self._lease: Lease | None = None
        self._inbox: Inbox | None = None
        self._collector = Collector()

    @classmethod
    def open(
        cls, folder: str | Path, *, role: str = "auto", plugins: Sequence[object] = (), registry: Registry | None = None,
        clock: Callable[[], int] | None = None,
    ) -> Engine:  # fmt: skip
        """Open a project.

        Args:
            folder: one with an ``ecomflow.yaml``, or a folder of workflows.
            role: ``auto`` becomes the engine unless another process is; ``engine`` raises where one is; ``client``
                never becomes it.
            plugins: what the program brings itself: modules or objects with hooks, or decorated functions.
            registry: what is installed; found by entry points where it is not given.
            clock: the time in microseconds since 1970; the machine's by default.

        Returns:
            An engine that is not started: enter it.

        Raises:
            ValueError: the role is none of these.
        """
        if role not in ("auto", "engine", "client"):
            raise ValueError(f"role is auto, engine or client, not {role!r}")
        registry = registry or Registry.load(plugins)
        return cls(load_project(Path(folder), registry.catalog), registry, role, clock or wall_clock)

    @property
    def is_engine(self) -> bool:
        """Whether this process is the engine: timers and actions are served here."""
        return self._host is not None

    @property
    def failed(self) -> BaseException | None:
        """Why the engine has stopped by itself, such as a lost lease; None while it runs."""
        return None if self._host is None else self._host.failed

    def in_thread(self) -> EngineThread:
        """Return the same engine with blocking methods, on a loop and a thread of its own."""
        return EngineThread(self)

    # --- opening and closing ---

    @property
    def store_path(self) -> Path:
        """The store's file."""
        where = self.project.store
        if not where.startswith(SQLITE):
            raise StoreError(f"the embedded runtime keeps its store in sqlite:///FILE, not in {where}")
        path: Path = self.project.root / where.removeprefix(SQLITE)
        return path

    @property
    def _socket(self) -> Path:
        return self.store_path.with_name("ecomflow.sock")

    async def __aenter__(self) -> Self:
        if self._role == "client" or not self._become_engine():
            if self._role == "engine":
                raise StoreError("another process is the engine of this shop")
            self._client = Client(self.store_path, self.project.shop, self._socket, self._clock)
        return self

    def _become_engine(self) -> bool:
        store = Store(self.store_path, self.project.shop)
        holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        lease = Lease(store, holder)
        if not lease.take(self._clock(), alive=holder_lives):
            store.close()
            return False
        kernel = Kernel(
            store, self._registry.catalog, clock=self._clock, suffix=Suffixes().next,
            secrets=registered(self.project), lease=lease,
        )  # fmt: skip
        kernel.open(self.project)
        self._collector.settle()
        self._store, self._lease, self._inbox = store, lease, Inbox(store.path, self.project.shop)
        hands = Hands(self._registry, self.project)
        self._host = Host(kernel, hands, self._inbox, self._clock, self._load, self._socket)
        self._host.start()
        return True

    def _load(self) -> Project:
        self.project = load_project(self.project.root, self._registry.catalog)
        return self.project

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def close(self, drain: float = 10.0) -> None:
        """Stop, letting actions in flight finish for ``drain`` seconds."""
        if self._host is not None:
            lost = self._host.failed
            await self._host.stop(drain)
            if lost is None and self._lease is not None:
                self._lease.free()
        self._collector.restore()
        for part in (self._inbox, self._store, self._client):
            if part is not None:
                part.close()
        self._host = self._client = self._store = self._inbox = None

    # --- events ---

    async def emit(
        self, type: str, data: dict[str, Any] | bytes, *, id: str | None = None, source: str = "app", subject: str | None = None,
        time: datetime | None = None,
    ) -> Receipt:  # fmt: skip
        """Put an event in; it is on disk when this returns. A faulty workflow never makes it raise.

        Args:
            type: ``noun.past_verb``.
            data: a mapping of JSON values, or its JSON as bytes.
            id: unique within the source; a second event of one source and id is dropped. A new one by default.
            source: who says it.
            subject: what it is about, where no schema names that.
            time: when it happened, with a zone; now by default.

        Returns:
            The decisions; of a client, a receipt whose ``await receipt.decided()`` has them.

        Raises:
            EventError: it is no CloudEvent.
            StoreError: it could not be kept.
        """
        now = to_moment(self._clock())
        event, raw = make_event(type, data, id_=id or uuid4().hex, source=source, now=now, subject=subject, time=time)
        if self._host is not None:
            kernel = self._host.kernel
            receipt: Receipt = await self._host.submit(lambda: kernel.ingest.take(event, raw))
            return receipt
        body = {
            "type": event.type, "data": event.data, "id": event.id, "source": event.source, "subject": event.subject,
            "time": event.time.isoformat(),
        }  # fmt: skip
        client = self._need_client()
        return ClientReceipt(event.id, _request=client.leave("event", body), _client=client)

    async def start_workflow(
        self, workflow: str, data: dict[str, Any] | None = None, *, force: bool = False, id: str | None = None,
        subject: str | None = None, by: str = "",
    ) -> Receipt:  # fmt: skip
        """Start a workflow that has a trigger ``manual``, as the event ``workflow.started_by_hand``.

        Args:
            workflow: its name.
            data: of the event: what its conditions and steps see.
            force: whether its conditions are not asked.
            id: a second start of one id is a duplicate. A new one by default.
            subject: what it is about; the workflow by default.
            by: who asks, for the audit.

        Returns:
            The decision; of a client, a receipt whose ``await receipt.decided()`` has it.

        Raises:
            NotFoundError: no workflow has that name; of a client, ``decided`` raises it.
            RefusedError: it has no such trigger, or is switched off; of a client, ``decided`` raises it.
            EventError: the data are none of an event.
        """
        event, _ = make_event(BY_HAND, data or {}, id_=id or uuid4().hex, source="hand", now=to_moment(self._clock()))
        if self._host is not None:
            start = self._host.kernel.ingest.start_by_hand
            receipt: Receipt = await self._host.submit(
                lambda: start(workflow, dict(event.data), id_=event.id, subject=subject, force=force, by=by)
            )
            return receipt
        body = {"workflow": workflow, "data": event.data, "force": force, "id": event.id, "subject": subject, "by": by}
        client = self._need_client()
        return ClientReceipt(event.id, _request=client.leave("start", body), _client=client)

    # --- requests ---

    async def cancel(self, run_id: str, reason: str = "", by: str = "") -> None:
        """End a run as cancelled; ``by`` names who asked."""
        await self._ask("cancel", {"run": run_id, "reason": reason, "by": by})

    async def decide(self, run_id: str, *, approved: bool, by: str, comment: str = "") -> None:
        """Decide the approval that a run asks for."""
        await self._ask("decide", {"run": run_id, "approved": approved, "by": by, "comment": comment})

    async def retry(self, run_id: str, from_step: str | None = None, by: str = "") -> None:
        """Let a failed run go on, or repeat a call in doubt under its key."""
        await self._ask("retry", {"run": run_id, "from": from_step, "by": by})

    async def skip(self, run_id: str, result: Any = None, by: str = "") -> None:
        """Settle a call in doubt with a result."""
        await self._ask("skip", {"run": run_id, "result": result, "by": by})

    async def pause(self, workflow: str | None = None, by: str = "") -> None:
        """Pause a workflow, or all."""
        await self._ask("pause", {"workflow": workflow, "by": by})

    async def resume(self, workflow: str | None = None, by: str = "") -> None:
        """Resume a workflow, or all."""
        await self._ask("resume", {"workflow": workflow, "by": by})

    async def deploy(self, how: str = "keep") -> list[str]:
        """Read the files again and make them current; return the workflows whose version changed."""
        changed: list[str] = await self._ask("deploy", {"how": how})
        return changed

    async def _ask(self, kind: str, body: dict[str, Any]) -> Any:
        if self._host is not None:
            return await self._host.request(kind, body)
        client = self._need_client()
        return await client.answer(client.leave(kind, body), _ASK_SECONDS)

    def _need_client(self) -> Client:
        if self._client is None:
            raise StoreError("the engine is not open")
        return self._client

    # --- looking ---

    def reader(self) -> Reader:
        """Return what reads runs, decisions and events.

        Raises:
            StoreError: there is no store yet.
        """
        if self._host is not None:
            kernel = self._host.kernel
            return Reader(kernel.store, kernel.definitions, kernel.events)
        store = self._need_client().store
        if store is None:
            raise StoreError("there is no store yet: no engine has run in this project")
        turn = Turn()
        definitions = Definitions(store, self._registry.catalog)
        definitions.use(self.project)
        definitions.load()
        return Reader(store, definitions, Events(store, definitions, turn))

    async def run(self, run_id: str) -> Run:
        """Return a run with its story and what it waits for."""
        return self.reader().run(run_id)

    async def wait(self, run_id: str, timeout: float = 30.0) -> Run:
        """Wait until a run has ended.

        Args:
            run_id: the run.
            timeout: seconds.

        Returns:
            The run, ended or not.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout
        while not (run := self.reader().run(run_id)).status.ended and loop.time() < end:
            await self._next_look(run_id, end - loop.time())
        return run

    async def ended(self, run_id: str, timeout: float = 30.0) -> bool:
        """Wait until a run has ended, without reading its story.

        Args:
            run_id: the run.
            timeout: seconds.

        Returns:
            Whether it has ended.
        """
        if self._host is None:
            return (await self.wait(run_id, timeout)).status.ended
        kernel = self._host.kernel
        n = kernel.people.open_number(run_id)
        return n is None or await self._host.wait_for_end(n, timeout)

    async def _next_look(self, run_id: str, seconds: float) -> None:
        if self._host is None:
            await asyncio.sleep(min(0.05, seconds))
            return
        future = self._host.watch(self._host.kernel.people.run_number(run_id))
        await asyncio.wait([future], timeout=seconds)

    async def runs(
        self, workflow: str | None = None, subject: str | None = None, status: str | None = None
    ) -> AsyncIterator[Run]:
        """Yield runs in order of start, without their steps."""
        for run in self.reader().runs(workflow, subject, status):
            yield run

    async def why(self, event_id: str, workflow: str | None = None) -> list[Explanation]:
        """Explain what became of an event."""
        return self.reader().why(event_id, workflow)


class Suffixes:
    """Makes the unguessable parts of run ids: 64 bits of the machine's randomness each, fetched for many at once."""

    def __init__(self) -> None:
        self._pool: list[str] = []

    def next(self) -> str:
        """Return sixteen hexadecimal digits that were given to nobody before."""
        if not self._pool:
            text = secrets.token_hex(8 * 512)
            self._pool = [text[start : start + 16] for start in range(0, len(text), 16)]
        return self._pool.pop()


def holder_lives(holder: str) -> bool:
    """Return whether the process that holds a lease may still run: False only where it is known to be gone."""
    host, _, rest = holder.partition(":")
    pid = rest.partition(":")[0]
    if host != socket.gethostname() or not pid.isdigit():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
