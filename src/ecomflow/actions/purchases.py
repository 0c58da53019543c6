"""The actions ``purchase.…``: orders of the shop to its suppliers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol, TypedDict

from ecomflow import ActionCall, Money, Permanent, action, hookimpl
from ecomflow.actions.results import filled, named, told, whole


class PurchaseLine(TypedDict, total=False):
    """A line of an order to a supplier."""

    variant_id: str | None
    sku: str | None
    quantity: int
    cost: Money | None


class Purchase(TypedDict, total=False):
    """An order to a supplier."""

    id: str
    supplier: str
    status: Literal["draft", "sent", "received", "cancelled"]
    lines: list[PurchaseLine]
    note: str | None
    created_at: datetime


class Purchases(Protocol):
    """A connection that orders from suppliers."""

    async def purchase_create(self, call: ActionCall, purchase: Mapping[str, Any]) -> Mapping[str, Any]:
        """Draft an order with these fields of :class:`Purchase`, and return it."""
        ...

    async def purchase_search(self, call: ActionCall, wanted: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:
        """Return orders, the newest first, to which all applies that is wanted: ``supplier status variant``, by name."""
        ...


def _buyer(call: ActionCall) -> Purchases:
    buyer: Purchases = call.connection
    return buyer


@action("purchase.create", effect="writes", idempotent=True, connections=("local",))
async def create(call: ActionCall, supplier: str, lines: list[dict[str, Any]], note: str | None = None) -> Purchase:
    """Draft an order to a supplier. The same call drafts it once.

    Args:
        supplier: its name.
        lines: mappings with ``variant_id`` or ``sku``, ``quantity`` and, where it is known, ``cost``.
        note: for the supplier.
    """
    if not lines or any(not each.get("quantity") for each in lines):
        raise Permanent("lines: there must be one at least, and each must have a quantity", type="wrong_parameter")
    purchase = {
        "supplier": filled("supplier", supplier),
        "status": "draft",
        "lines": lines,
        "note": note,
        "created_at": call.now.isoformat(),
    }
    return whole(Purchase, await _buyer(call).purchase_create(call, purchase))


@create.plan
def plan_create(supplier: object = None, lines: object = None, **_: object) -> str:
    """Say what would be ordered."""
    some = lines if isinstance(lines, (list, tuple)) else ()
    words = [
        f"{each.get('quantity')} of {each.get('sku') or each.get('variant_id')}"
        for each in some
        if isinstance(each, Mapping)
    ]
    return f"order from {supplier}: {', '.join(words)}"


@action("purchase.search", effect="reads", idempotent=True, connections=("local",))
async def search(
    call: ActionCall, supplier: str | None = None, status: Literal["draft", "sent", "received", "cancelled"] | None = None, variant: str | None = None
) -> list[Purchase]:  # fmt: skip
    """Look for orders to suppliers to which all of what is named applies, the newest first.

    Args:
        supplier: its name.
        status: how far it is.
        variant: the id of a variant that is on it.
    """
    wanted = named(supplier=supplier, status=status, variant=variant)
    return [whole(Purchase, each) for each in await _buyer(call).purchase_search(call, wanted)]


@search.plan
def plan_search(**given: object) -> str:
    """Say which orders it would look for."""
    return f"look for orders to suppliers: {told(given, 'supplier', 'status', 'variant', otherwise='all')}"


@hookimpl
def register_actions(register: Callable[[object], None]) -> None:
    """Register ``purchase.…``."""
    for each in (create, search):
        register(each)
