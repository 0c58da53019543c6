"""The actions ``ledger.…`` and ``report.export``: what came in and went out, month by month."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, Literal, Protocol, TypedDict

from ecomflow import ActionCall, Money, Permanent, action, hookimpl
from ecomflow.actions.results import filled, whole

_MONTH: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)


class Entry(TypedDict, total=False):
    """One amount that came in, or, below 0, went out."""

    id: str
    category: str
    amount: Money
    currency: str | None
    reference: str | None
    text: str | None
    created_at: datetime


class Month(TypedDict, total=False):
    """A month of the ledger: whether its books are closed, and what it sums up to."""

    month: str
    closed: bool
    closed_at: datetime | None
    entries: int
    totals: dict[str, Money]


class Report(TypedDict, total=False):
    """A list that was written out; its rows stand where the connection keeps them."""

    id: str
    report: Literal["sales", "shipping", "payouts"]
    month: str
    rows: int
    total: Money
    created_at: datetime


class Books(Protocol):
    """A connection that keeps the books."""

    async def ledger_add(self, call: ActionCall, entry: Mapping[str, Any]) -> Mapping[str, Any]:
        """Write these fields of :class:`Entry` down, and return the entry; a month that is closed takes none."""
        ...

    async def ledger_month(self, call: ActionCall, month: str) -> Mapping[str, Any]:
        """Return a month such as ``2026-02`` with its totals by category."""
        ...

    async def ledger_close(self, call: ActionCall, month: str) -> Mapping[str, Any]:
        """Close a month, and return it."""
        ...

    async def report_export(self, call: ActionCall, report: str, month: str) -> Mapping[str, Any]:
        """Write a list of a month out, and return these fields of :class:`Report`."""
        ...


def _books(call: ActionCall) -> Books:
    books: Books = call.connection
    return books


def _month(text: str) -> str:
    if not _MONTH.fullmatch(text):
        raise Permanent(f"month: {text[:40]!r} is no month such as 2026-02", type="wrong_parameter")
    return text


@action("ledger.add", effect="writes", idempotent=True, connections=("local",))
async def add(
    call: ActionCall, category: str, amount: Money, currency: str | None = None, reference: str | None = None, text: str | None = None
) -> Entry:  # fmt: skip
    """Write an amount down. The same call writes it once; a month whose books are closed takes none.

    Args:
        category: such as sales, shipping, fees or payouts.
        amount: what came in; below 0, what went out.
        currency: of the amount.
        reference: the id of the order, label or refund that it is for.
        text: for people.
    """
    entry = {
        "category": filled("category", category),
        "amount": amount,
        "currency": currency,
        "reference": reference,
        "text": text,
    }
    return whole(Entry, await _books(call).ledger_add(call, {**entry, "created_at": call.now.isoformat()}))


@add.plan
def plan_add(category: object = None, amount: object = None, currency: object = None, **_: object) -> str:
    """Say what would be written down."""
    return f"write down {amount}{f' {currency}' if currency else ''} as {category}"


@action("ledger.month", effect="reads", idempotent=True, connections=("local",))
async def month_(call: ActionCall, month: str) -> Month:
    """Sum a month up by category, and say whether its books are closed.

    Args:
        month: such as ``2026-02``, in UTC.
    """
    return whole(Month, await _books(call).ledger_month(call, _month(month)))


@month_.plan
def plan_month(month: object = None, **_: object) -> str:
    """Say which month it would sum up."""
    return f"sum up {month}"


@action("ledger.close", effect="writes", idempotent=True, connections=("local",))
async def close(call: ActionCall, month: str) -> Month:
    """Close the books of a month: it takes no entries any more. One that is closed stays as it is.

    Args:
        month: such as ``2026-02``, in UTC.
    """
    return whole(Month, await _books(call).ledger_close(call, _month(month)))


@close.plan
def plan_close(month: object = None, **_: object) -> str:
    """Say which month would be closed."""
    return f"close the books of {month}"


@action("report.export", effect="writes", idempotent=True, connections=("local",))
async def export(call: ActionCall, report: Literal["sales", "shipping", "payouts"], month: str) -> Report:
    """Write a list of a month out as a table. A second time it is written anew, in place of the first.

    Args:
        report: the orders of the month, its shipments, or what was paid out to the shop.
        month: such as ``2026-02``, in UTC.
    """
    return whole(Report, await _books(call).report_export(call, report, _month(month)))


@export.plan
def plan_export(report: object = None, month: object = None, **_: object) -> str:
    """Say which list would be written."""
    return f"export {report} of {month}"


@hookimpl
def register_actions(register: Callable[[object], None]) -> None:
    """Register ``ledger.…`` and ``report.export``."""
    for each in (add, month_, close, export):
        register(each)
