"""The embedded runtime: a shop's engine inside a Python process, on SQLite; or a client of the one that runs elsewhere."""

from __future__ import annotations

import asyncio
import logging
import time as _time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

from ecomflow.errors import NotFoundError, ProjectError, RefusedError, StoreError
from ecomflow.registry import Registry
from ecomflow.runtime.accept import make_event
from ecomflow.runtime.base import Erasure
from ecomflow.runtime.client import Client, ClientReceipt
from ecomflow.runtime.clock import to_moment
from ecomflow.runtime.copies import NO_COPY
from ecomflow.runtime.definitions import Definitions
from ecomflow.runtime.erasures import found_of
from ecomflow.runtime.events import Events
from ecomflow.runtime.holder import bell_of
from ecomflow.runtime.home import Home
from ecomflow.runtime.moves import list_older
from ecomflow.runtime.opening import open_project, store_file
from ecomflow.runtime.reading import Reader
from ecomflow.runtime.requesting import Requests
from ecomflow.runtime.seat import Seat
from ecomflow.runtime.thread import EngineThread
from ecomflow.runtime.timekeeping import MachineClock
from ecomflow.runtime.turn import Turn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from datetime import datetime

    from ecomflow.language import Project
    from ecomflow.model import Run
    from ecomflow.runtime.base import Explanation, OlderRun, Receipt
    from ecomflow.runtime.host import Host
    from ecomflow.store import Store

BY_HAND = "workflow.started_by_hand"
_ASK_SECONDS = 5.0
_LOOK_SECONDS = 0.05
_STAND_BY_SECONDS = 0.5

_log = logging.getLogger("ecomflow")


def wall_clock() -> int:
    """Return the time of the machine in microseconds since 1970 UTC."""
    return _time.time_ns() // 1000


class Engine(Requests):
    """A shop's engine, or a client of it.

    Made by :meth:`open`; used as an asynchronous context manager, or with :meth:`in_thread` as a plain one.
    """

    def __init__(self, project: Project, registry: Registry, role: str, clock: Callable[[], int]) -> None:
        self.project, self._registry, self._role, self._clock = project, registry, role, clock
        self._home: Home | None = None
        self._seat: Seat | None = None
        self._client: Client | None = None
        self._definitions: Definitions | None = None
        self._standing_by: asyncio.Task[None] | None = None

    @classmethod
    def open(
        cls, folder: str | Path, *, role: str = "auto", plugins: Sequence[object] = (), registry: Registry | None = None,
        clock: Callable[[], int] | None = None,
    ) -> Engine:  # fmt: skip
        """Open a project.

        Args:
            folder: one with an ``ecomflow.yaml``, or a folder of workflows.
            role: ``auto`` becomes the engine unless another process is, and takes over when that one is gone; ``engine``
                raises where one is; ``client`` never becomes it.
            plugins: what the program brings itself: modules or objects with hooks, or decorated functions.
            registry: what is installed; found by entry points where it is not given.
            clock: the time in microseconds since 1970, believed whatever it says; the machine's by default, whose jumps are noticed.

        Returns:
            An engine that is not started: enter it.

        Raises:
            NotFoundError: the folder is not there, or holds neither a project file nor a workflow.
            ProjectError: the project file cannot be read, so that shop and store are not known.
            ValueError: the role is none of these.
        """
        if role not in ("auto", "engine", "client"):
            raise ValueError(f"role is auto, engine or client, not {role!r}")
        registry = registry or Registry.load(plugins)
        # A command line may know less than the program that is the engine: it reads what that one has kept, and keeps nothing.
        return cls(open_project(Path(folder), registry.catalog, writes=role != "client"), registry, role, clock or MachineClock())

    @property
    def is_engine(self) -> bool:
        """Whether this process is the engine: timers and actions are served here."""
        return self._host is not None

    @property
    def failed(self) -> BaseException | None:
        """Why the engine has stopped by itself, such as a lost lease; None while it runs."""
        return None if self._seat is None else self._seat.host.failed

    def in_thread(self) -> EngineThread:
        """Return the same engine with blocking methods, on a loop and a thread of its own."""
        return EngineThread(self)

    # --- opening and closing ---

    @property
    def store_path(self) -> Path:
        """The store's file."""
        return store_file(self.project.root, self.project.store)

    @property
    def _bell(self) -> Path:
        return bell_of(self.store_path)

    async def __aenter__(self) -> Self:
        if self._home is not None:
            raise StoreError("the engine is open already")
        self._home = Home()
        try:
            self._begin()
        except BaseException:
            await self.close()
            raise
        return self

    def _begin(self) -> None:
        if self._role != "client":
            self._seat = self._take_seat()
        if self._seat is None and self._role == "engine":
            raise StoreError("another process is the engine of this shop")
        if self._seat is None:
            self._need_client()
        if self._role == "auto":
            self._standing_by = asyncio.create_task(self._stand_by())

    def _take_seat(self) -> Seat | None:
        return Seat.take(self.project, self._registry, self._clock, self._load, self.store_path, self._bell)

    async def _stand_by(self) -> None:
        """Take over when the engine is gone; become a client where another process has taken over from this one."""
        while True:
            await asyncio.sleep(_STAND_BY_SECONDS)
            try:
                await self._change_places()
            except Exception as error:  # noqa: BLE001 whatever it is, this process goes on as a client and tries again
                _log.error("this process cannot become the engine: %s", error)

    async def _change_places(self) -> None:
        if self._seat is not None and self._host is None:
            lost, self._seat = self._seat, None
            await lost.leave(0)
        if self._seat is None and self._need_client().engine() is None:
            self._load()
            self._seat = self._take_seat()

    def _load(self) -> Project:
        try:
            self.project = open_project(self.project.root, self._registry.catalog)
        except (NotFoundError, ProjectError) as error:
            raise RefusedError(f"what was deployed goes on: {error}") from error
        return self.project

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def close(self, drain: float = 10.0) -> None:
        """Stop, letting actions in flight finish for ``drain`` seconds. In a child of a fork nothing happens."""
        home, self._home = self._home, None
        if home is not None and not home.is_carried:
            await self._stop(drain)
        self._seat = self._client = self._definitions = self._standing_by = None

    async def _stop(self, drain: float) -> None:
        if self._standing_by is not None:
            self._standing_by.cancel()
            await asyncio.wait([self._standing_by])
        if self._seat is not None:
            await self._seat.leave(drain)
        if self._client is not None:
            self._client.close()

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
            StoreError: it could not be kept, or the engine is not open here.
        """
        host = self._here()
        skim = None if host is None else host.kernel.ingest.skim
        event, raw = make_event(type, data, id_=uuid4().hex if id is None else id, source=source, now=self._now(host), subject=subject, time=time, skim=skim)
        if host is not None:
            receipt: Receipt = await host.submit(host.kernel.taking(event, raw))
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
        host = self._here()
        event, _ = make_event(BY_HAND, data or {}, id_=uuid4().hex if id is None else id, source="hand", now=self._now(host))
        if host is not None:
            start = host.kernel.ingest.start_by_hand
            receipt: Receipt = await host.submit(lambda: start(workflow, dict(event.data), id_=event.id, subject=subject, force=force, by=by))
            return receipt
        body = {"workflow": workflow, "data": event.data, "force": force, "id": event.id, "subject": subject, "by": by}
        client = self._need_client()
        return ClientReceipt(event.id, _request=client.leave("start", body), _client=client)

    # --- requests ---

    async def _ask(self, kind: str, body: dict[str, Any]) -> Any:
        host = self._here()
        if host is not None:
            return await host.request(kind, body)
        client = self._need_client()
        return await client.answer(client.leave(kind, body), _ASK_SECONDS)

    def _origin(self) -> str:
        origin = self.reader().origin(self._clock())
        if origin is None:
            raise RefusedError(NO_COPY)
        return origin

    def _wall(self) -> int:
        return self._clock()

    def _now(self, host: Host | None) -> datetime:
        return to_moment(self._clock() if host is None else host.kernel.time.now())

    def _here(self) -> Host | None:
        """Return what makes this process the engine, or None of a client; refuse who asks from elsewhere."""
        if self._home is not None:
            self._home.check()
        return self._host

    @property
    def _host(self) -> Host | None:
        # An engine that may be a client, too, is one from the moment on in which it has lost its lease.
        if self._seat is None or (self._role == "auto" and self._seat.host.failed is not None):
            return None
        return self._seat.host

    def _need_client(self) -> Client:
        if self._home is None:
            raise StoreError("the engine is not open")
        if self._client is None:
            self._client = Client(self.store_path, self.project.shop, self._bell, self._clock)
        return self._client

    # --- looking ---

    def reader(self) -> Reader:
        """Return what reads runs, decisions and events.

        Raises:
            StoreError: there is no store yet.
        """
        if self._home is not None:
            self._home.check_process()
        if self._host is not None:
            kernel = self._host.kernel
            return Reader(kernel.store, kernel.definitions, kernel.events)
        store = self._need_client().store
        if store is None:
            raise StoreError("there is no store yet: no engine has run in this project")
        return self._client_reader(store)

    def _client_reader(self, store: Store) -> Reader:
        # Versions are compiled once; which of them are current is asked of the store each time.
        if self._definitions is None:
            self._definitions = Definitions(store, self._registry.catalog)
            self._definitions.use(self.project)
        self._definitions.load()
        return Reader(store, self._definitions, Events(store, self._definitions, Turn()))

    def _found(self, subject: str, also: list[str]) -> Erasure:
        self._here()
        if not self.store_path.exists():
            return Erasure(None, "found")
        return found_of(self.store_path, self.project.shop, self.reader().definitions, subject, also)

    async def run(self, run_id: str) -> Run:
        """Return a run with its story and what it waits for."""
        self._here()
        return self.reader().run(run_id)

    async def wait(self, run_id: str, timeout: float = 30.0) -> Run:
        """Wait until a run has ended.

        Args:
            run_id: the run.
            timeout: seconds.

        Returns:
            The run, ended or not.
        """
        await self.ended(run_id, timeout)
        return self.reader().run(run_id)

    async def ended(self, run_id: str, timeout: float = 30.0) -> bool:
        """Wait until a run has ended, without reading its story.

        Args:
            run_id: the run.
            timeout: seconds.

        Returns:
            Whether it has ended.
        """
        host = self._here()
        if host is not None:
            n = host.kernel.people.open_number(run_id)
            return n is None or await host.wait_for_end(n, timeout)
        loop = asyncio.get_running_loop()
        end, reader = loop.time() + timeout, self.reader()
        while not (ended := reader.status(run_id).ended) and (left := end - loop.time()) > 0:  # noqa: ASYNC110 nothing rings for clients
            await asyncio.sleep(min(_LOOK_SECONDS, left))
        return ended

    async def runs(
        self, workflow: str | None = None, subject: str | None = None, status: str | None = None, *, newest: int | None = None
    ) -> AsyncIterator[Run]:
        """Yield runs in order of start, without their steps.

        Args:
            workflow: only of this one.
            subject: only about this, by value.
            status: only in this state.
            newest: only so many, the newest first.
        """
        self._here()
        reader = self.reader()
        found = reader.runs(workflow, subject, status) if newest is None else reader.newest(workflow, subject, status, None, newest)
        for run in found:
            yield run

    async def older_runs(self) -> list[OlderRun]:
        """Return the open runs of versions that are no longer current, each with why it cannot go on in the current one."""
        self._here()
        return await list_older(self.reader(), to_moment(self._clock()), self._host)

    async def why(self, event_id: str, workflow: str | None = None) -> list[Explanation]:
        """Explain what became of an event."""
        self._here()
        return self.reader().why(event_id, workflow)
