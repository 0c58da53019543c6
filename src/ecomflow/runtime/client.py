"""A process that is not the engine: it reads the store, and leaves events and requests in the inbox."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from ecomflow.core.encoding import decode, encode
from ecomflow.errors import EcomflowError
from ecomflow.model import Decision, Outcome
from ecomflow.runtime.base import Receipt
from ecomflow.runtime.holder import holder_at
from ecomflow.runtime.letters import ERRORS
from ecomflow.runtime.wake import ring
from ecomflow.store import Inbox, Store, is_made

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_POLL_SECONDS = 0.02


@dataclass(slots=True)
class ClientReceipt(Receipt):
    """The receipt of an event that is on disk, but not decided yet."""

    _request: str = ""
    _client: Client | None = field(default=None, repr=False)

    async def decided(self, timeout: float = 5.0) -> ClientReceipt:
        """Wait until the engine has decided the event.

        Args:
            timeout: seconds.

        Returns:
            This receipt, with ``duplicate`` and ``decisions``.

        Raises:
            TimeoutError: no engine has decided it in that time; the event is kept.
        """
        assert self._client is not None
        answer = await self._client.answer(self._request, timeout)
        self.duplicate = answer["duplicate"]
        self.decisions = [
            Decision(Outcome(d["outcome"]), d["workflow"], d["run"], d["reason"]) for d in answer["decisions"]
        ]
        return self


class Client:
    """Leaves letters and reads answers.

    Args:
        path: the store's file.
        shop: whose store it is.
        socket: the engine's bell.
        clock: the time in microseconds.
    """

    def __init__(self, path: Path, shop: str, socket: Path, clock: Callable[[], int]) -> None:
        self._path, self._shop, self._socket, self._clock = path, shop, socket, clock
        self._inbox = Inbox(path, shop)
        self._store: Store | None = None

    @property
    def store(self) -> Store | None:
        """The store, for reading; None where no engine has made it yet."""
        if self._store is not None and not self._store.is_kept:
            self._store.close()
            self._store = None
        if self._store is None and is_made(self._path):
            found = Store(self._path, self._shop, readonly=True)
            if not found.shop:  # it is being made at this moment, and has no shop yet
                found.close()
                return None
            self._store = found
        return self._store

    def engine(self) -> str | None:
        """Return the process that is the shop's engine, or None where none is alive."""
        store = self.store
        return None if store is None else holder_at(store, self._clock())

    def leave(self, kind: str, body: dict[str, Any]) -> str:
        """Leave a letter and wake the engine.

        Returns:
            The id under which its answer will stand.
        """
        request = uuid4().hex
        self._inbox.put(kind, request, encode(body).decode(), self._clock())
        ring(self._socket)
        return request

    async def answer(self, request: str, timeout: float) -> Any:
        """Wait for the answer of a letter.

        Raises:
            TimeoutError: no engine has answered in that time.
            EcomflowError: what the engine answered.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout
        while (found := self._answer(request)) is None:
            if loop.time() >= end:
                raise TimeoutError(f"no engine has answered within {timeout:g} s; the request is kept")
            await asyncio.sleep(_POLL_SECONDS)
        answer = decode(found.encode())
        if "error" in answer:
            raise ERRORS.get(answer["class"], EcomflowError)(answer["error"])
        return answer["value"]

    def _answer(self, request: str) -> str | None:
        store = self.store
        answer: str | None = None if store is None else store.value("answer", store.shop, request)
        return answer

    def close(self) -> None:
        """Close the files."""
        self._inbox.close()
        if self._store is not None:
            self._store.close()
