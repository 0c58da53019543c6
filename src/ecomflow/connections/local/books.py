"""The books of the embedded back office: entries, months, and lists that are written out."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from typing import TYPE_CHECKING, Any, Final

from ecomflow import Permanent
from ecomflow.connections.local.desk import Desk, id_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ecomflow import ActionCall
    from ecomflow.connections.local.records import Records

_REPORTS: Final[Mapping[str, tuple[str, Mapping[str, Any], str, tuple[str, ...]]]] = {
    "sales": (
        "order",
        {"cancelled_at": None},
        "total",
        ("id", "number", "created_at", "email", "currency", "total", "tax"),
    ),
    "shipping": (
        "shipment",
        {},
        "cost",
        ("id", "order_id", "created_at", "carrier", "service", "weight", "tracking_number", "cost"),
    ),
    "payouts": (
        "entry",
        {"category": "payouts"},
        "amount",
        ("id", "created_at", "reference", "text", "currency", "amount"),
    ),
}
"""Of each list the kind of its records, which of them, the field that is summed up, and the columns."""


class Books(Desk):
    """Carries out ``ledger.…`` and ``report.export``."""

    async def ledger_add(self, call: ActionCall, entry: Mapping[str, Any]) -> Mapping[str, Any]:
        """Keep an entry, unless its month is closed."""

        def work(records: Records) -> dict[str, Any]:
            month = f"{call.now.astimezone(UTC):%Y-%m}"
            if records.get("month", month):
                raise Permanent(f"the books of {month} are closed", type="month_closed")
            return records.put("entry", {"id": id_of("entry", call.key), **entry})

        added: dict[str, Any] = await self._once(call, work)
        return added

    async def ledger_month(self, call: ActionCall, month: str) -> Mapping[str, Any]:  # noqa: ARG002
        """Return a month with its totals."""
        return await self._read(lambda records: _summed_up(records, month))

    async def ledger_close(self, call: ActionCall, month: str) -> Mapping[str, Any]:
        """Close a month; the first time counts."""

        def work(records: Records) -> dict[str, Any]:
            if records.get("month", month) is None:
                records.put("month", {"id": month, "month": month, "closed_at": call.now.isoformat()})
            return _summed_up(records, month)

        closed: dict[str, Any] = await self._once(call, work)
        return closed

    async def report_export(self, call: ActionCall, report: str, month: str) -> Mapping[str, Any]:
        """Keep a table of a month, as text with a heading."""
        kind, wanted, amount, columns = _REPORTS[report]

        def work(records: Records) -> dict[str, Any]:
            rows = _of_month(records, kind, wanted, month)
            written = {
                "id": f"{report}-{month}", "report": report, "month": month, "rows": len(rows), "total": _sum(rows, amount),
                "created_at": call.now.isoformat(),
            }  # fmt: skip
            records.put("report", {**written, "table": _table(rows, columns)})
            return written

        exported: dict[str, Any] = await self._once(call, work)
        return exported


def _summed_up(records: Records, month: str) -> dict[str, Any]:
    entries = _of_month(records, "entry", {}, month)
    categories = sorted({each["category"] for each in entries})
    totals = {
        category: _sum([each for each in entries if each["category"] == category], "amount") for category in categories
    }
    closed_at = (records.get("month", month) or {}).get("closed_at")
    return {
        "month": month,
        "closed": closed_at is not None,
        "closed_at": closed_at,
        "entries": len(entries),
        "totals": totals,
    }


def _of_month(records: Records, kind: str, wanted: Mapping[str, Any], month: str) -> list[dict[str, Any]]:
    begin = datetime.fromisoformat(f"{month}-01T00:00:00+00:00")
    end = begin.replace(year=begin.year + begin.month // 12, month=begin.month % 12 + 1)
    found = records.find(kind, wanted, since=begin, by="created_at")
    return [each for each in found if _moment(each["created_at"]) < end]


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)  # as SQLite reads it


def _sum(rows: Sequence[Mapping[str, Any]], amount: str) -> Decimal:
    return sum((Decimal(str(row[amount])) for row in rows if row.get(amount) is not None), Decimal(0))


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([columns, *([row.get(column) for column in columns] for row in rows)])
    return text.getvalue()
