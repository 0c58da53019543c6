"""What all families of the embedded desk share: reading in a thread, and changes that happen once for a key."""

from __future__ import annotations

import asyncio
from base64 import b32encode
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeVar

from ecomflow.connections.local.file import LocalFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from ecomflow import ActionCall
    from ecomflow.connections.local.records import Records

T = TypeVar("T")
_LETTERS = 12


class Desk:
    """Records of a project in a file; each call is one transaction on disk.

    Args:
        path: the file; it and its folder are made at the first use.
        return_address: where goods are sent back to.
    """

    def __init__(self, path: Path, return_address: str | None = None) -> None:
        self._file, self._return_address = LocalFile(path), return_address

    def put(self, kind: str, *records: Mapping[str, Any]) -> None:
        """Store records under their ``id``, in place of those that were there; all of them or none.

        Raises:
            Permanent: one has no id, or holds what is no JSON value.
        """
        with self._file.writing() as store:
            for record in records:
                store.put(kind, record)

    def get(self, kind: str, id: str) -> dict[str, Any] | None:
        """Return the record, or None."""
        with self._file.reading() as store:
            return store.get(kind, id)

    def find(self, kind: str, /, **fields: Any) -> list[dict[str, Any]]:
        """Return the records whose fields have these values, in order of id; texts are compared without case.

        Args:
            kind: of the records.
            fields: by name, or by path such as ``customer.id``; a list is several values that the field has all.
        """
        with self._file.reading() as store:
            return store.find(kind, fields)

    def remove(self, kind: str, id: str) -> bool:
        """Take a record away; return whether it was there."""
        with self._file.writing() as store:
            return store.remove(kind, id)

    def once(self, key: str, work: Callable[[Records], Any]) -> Any:
        """Change records under an idempotency key; for a key seen before, change nothing and return the answer of then.

        Args:
            key: the idempotency key of the call.
            work: changes records and returns the answer; what it raises leaves all as it was.
        """
        with self._file.writing() as store:
            known, answer = store.answer(key)
            return answer if known else store.keep(key, work(store))

    def erase_person(self, sought: Any, runs: frozenset[str]) -> int:
        """Remove the records that name who is sought, and what was answered for their runs; then write the file anew.

        Args:
            sought: knows by ``noun``, ``value`` and ``names(data)`` who is meant.
            runs: ids of their runs.

        Returns:
            How many records and answers were removed or emptied.
        """
        return self._file.erase(lambda store: store.erase(sought, runs))

    async def _once(self, call: ActionCall, work: Callable[[Records], Any]) -> Any:
        return await asyncio.to_thread(self.once, call.key, work)

    async def _change(self, call: ActionCall, kind: str, id: str, change: Callable[[dict[str, Any]], None]) -> Any:
        """Change the record of an id once for the call's key, and return it."""

        def work(records: Records) -> dict[str, Any]:
            record = records.need(kind, id)
            change(record)
            return records.put(kind, record)

        return await self._once(call, work)

    async def _add(self, call: ActionCall, kind: str, record: Mapping[str, Any]) -> Any:
        """Add a record once for the call's key, and return it; where it has no id, it gets one."""
        whole = {"id": id_of(kind, call.key), **record}
        return await self._once(call, lambda records: records.put(kind, whole))

    async def _read(self, work: Callable[[Records], T]) -> T:
        def read() -> T:
            with self._file.reading() as records:
                return work(records)

        return await asyncio.to_thread(read)


def id_of(kind: str, key: str) -> str:
    """Return the id that belongs to an idempotency key: the same for every attempt."""
    return f"{kind}-{code_of(kind, key).lower()}"


def code_of(kind: str, key: str) -> str:
    """Return a code that belongs to an idempotency key, and that nobody can guess by counting."""
    return b32encode(sha256(f"{kind}:{key}".encode()).digest()).decode()[:_LETTERS]


def retagged(tags: Sequence[str] | None, add: Iterable[str], remove: Iterable[str]) -> list[str]:
    """Return tags with some more and some less, each once, in their order."""
    gone = set(remove)
    return [each for each in dict.fromkeys([*(tags or ()), *add]) if each not in gone]


def renewed(fields: Mapping[str, Any] | None, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields with some set, and those taken away whose new value is None."""
    return {name: value for name, value in {**(fields or {}), **changes}.items() if value is not None}
