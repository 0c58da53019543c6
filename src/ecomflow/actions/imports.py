"""The actions ``import.…``: orders that come in from marketplaces and files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal, Protocol, TypedDict

from ecomflow import ActionCall, DurationText, Page, action, hookimpl
from ecomflow.actions.results import before_now, limit_to, page_of, whole

_PAGE: Final = 250
Limit = Annotated[int, limit_to(1000)]


class Import(TypedDict, total=False):
    """One thing that was to be taken over from elsewhere."""

    id: str
    channel: str | None
    reference: str | None
    status: Literal["waiting", "done", "failed"]
    error: str | None
    attempts: int | None
    created_at: datetime


class Importer(Protocol):
    """A connection that takes things over from elsewhere."""

    async def import_list(self, call: ActionCall, since: datetime, limit: int) -> Sequence[Mapping[str, Any]]:
        """Return the imports since a moment, the newest first.

        At most ``limit``; where there are more, a :class:`~ecomflow.Page`, and ``call.page`` is the mark of the one that is asked for.
        """
        ...

    async def import_retry(self, call: ActionCall, id: str) -> Mapping[str, Any]:
        """Have an import that failed tried again, and return it."""
        ...


@action("import.list", effect="reads", idempotent=True, connections=("local",))
async def list_(call: ActionCall, since: DurationText = "30d", limit: Limit | None = None) -> Page[Import]:
    """List what was taken over from elsewhere, or failed to be, the newest first.

    Args:
        since: how far to look back.
        limit: at most so many in all; without it there are pages of 250, which ``for_each`` walks.
    """
    importer: Importer = call.connection
    found = await importer.import_list(call, before_now("since", call.now, since), limit or _PAGE)
    return page_of(Import, found, more=limit is None)


@list_.plan
def plan_list(since: object = "30d", **_: object) -> str:
    """Say which imports it would list."""
    return f"list imports of the last {since}"


@action("import.retry", effect="writes", idempotent=True, connections=("local",))
async def retry(call: ActionCall, id: str) -> Import:
    """Have an import that failed tried again. One that has not failed stays as it is.

    Args:
        id: the import's id.
    """
    importer: Importer = call.connection
    return whole(Import, await importer.import_retry(call, id))


@retry.plan
def plan_retry(id: object = None, **_: object) -> str:
    """Say which import would be tried again."""
    return f"retry import {id}"


@hookimpl
def register_actions(register: Callable[[object], None]) -> None:
    """Register ``import.…``."""
    for each in (list_, retry):
        register(each)
