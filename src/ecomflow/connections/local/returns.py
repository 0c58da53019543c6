"""Returns of the embedded back office."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from ecomflow import Permanent
from ecomflow.connections.local.desk import Desk, code_of, id_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ecomflow import ActionCall
    from ecomflow.connections.local.records import Records

Line = dict[str, Any]
_IN_REVIEW: Final = "in_review"
_NAMES: Final = ("line_id", "id", "sku", "variant_id")
"""By what people say which line of an order they mean."""


class Returns(Desk):
    """Carries out ``return.…``."""

    async def return_create(self, call: ActionCall, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """Keep a request; what an order that is known says of its lines and address is added."""

        def work(records: Records) -> dict[str, Any]:
            order = records.get("order", asked["order_id"]) or {}
            lines = _lines(asked.get("lines"), order.get("lines") or ())
            made = {
                "id": id_of("return", call.key), "status": "requested", **asked, "email": asked.get("email") or order.get("email"),
                "lines": lines, "value": _value(lines), "created_at": call.now.isoformat(),
            }  # fmt: skip
            return records.put("return", made)

        created: dict[str, Any] = await self._once(call, work)
        return created

    async def return_get(self, call: ActionCall, id: str) -> Mapping[str, Any] | None:  # noqa: ARG002
        """Return the return of an id."""
        return await self._read(lambda records: records.get("return", id))

    async def return_approve(self, call: ActionCall, id: str, *, label: bool, note: str | None) -> Mapping[str, Any]:
        """Approve it, with a label; one that is approved stays as it is."""

        def approve(record: dict[str, Any]) -> None:
            if _decided(record, "approved"):
                return
            record.update(status="approved", decided_at=call.now.isoformat(), note=note)
            if label:
                record["label"] = {"code": code_of("label", call.key), "address": self._return_address, "url": None}

        changed: dict[str, Any] = await self._change(call, "return", id, approve)
        return changed

    async def return_decline(self, call: ActionCall, id: str, reason: str) -> Mapping[str, Any]:
        """Decline it; one that is declined stays as it is."""

        def decline(record: dict[str, Any]) -> None:
            if not _decided(record, "declined"):
                record.update(status="declined", decided_at=call.now.isoformat(), declined_reason=reason)

        changed: dict[str, Any] = await self._change(call, "return", id, decline)
        return changed

    async def return_review(self, call: ActionCall, id: str, reason: str) -> Mapping[str, Any]:
        """Leave it to people; the first reason stays."""

        def change(record: dict[str, Any]) -> None:
            if not _decided(record, _IN_REVIEW):
                record.update(status=_IN_REVIEW, review_reason=reason)

        changed: dict[str, Any] = await self._change(call, "return", id, change)
        return changed

    async def return_set_fee(self, call: ActionCall, id: str, amount: Decimal, reason: str | None) -> Mapping[str, Any]:
        """Note the fee, unless it was declined."""

        def change(record: dict[str, Any]) -> None:
            if record.get("status") == "declined":
                raise Permanent(f"return {id!r} is declined already", type="wrong_state")
            record.update(fee=amount, fee_reason=reason)

        changed: dict[str, Any] = await self._change(call, "return", id, change)
        return changed


def _decided(record: Mapping[str, Any], wanted: str) -> bool:
    status = record.get("status") or "requested"
    if status not in ("requested", _IN_REVIEW, wanted):
        raise Permanent(f"return {record['id']!r} is {status} already", type="wrong_state")
    return bool(status == wanted)


def _lines(asked: Sequence[Any] | None, ordered: Sequence[Line]) -> list[Line]:
    """Return the lines that are asked for, each with what the order says of it; all of the order's where none is named."""
    if asked is None:
        return list(ordered)
    return [_line(each if isinstance(each, dict) else {"id": each}, ordered) for each in asked]


def _line(asked: Line, ordered: Sequence[Line]) -> Line:
    named = {value for name in _NAMES if (value := asked.get(name))}
    known = next((line for line in ordered if named & {line.get("id"), line.get("sku"), line.get("variant_id")}), {})
    own = {name: value for name, value in asked.items() if name not in ("id", "sku") and value is not None}
    return {**asked, **known, **own}


def _value(lines: Sequence[Line]) -> Decimal | None:
    """Return what the lines cost together, or None where the price of one is not known."""
    if not lines or any(line.get("price") is None for line in lines):
        return None
    return sum((Decimal(str(line["price"])) * _quantity(line) for line in lines), Decimal(0))


def _quantity(line: Line) -> Decimal:
    quantity = line.get("quantity")
    return Decimal(1) if quantity is None else Decimal(str(quantity))
