"""The actions ``stock.…`` and ``stock_alert.…``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Protocol, TypedDict

from ecomflow import ActionCall, DurationText, Money, Page, Permanent, action, hookimpl
from ecomflow.actions.results import before_now, limit_to, named, page_of, told, whole, whole_or_none

_PAGE: Final = 250
Limit = Annotated[int, limit_to(1000)]
_DAY = 86_400


class Stock(TypedDict, total=False):
    """How much there is of a variant."""

    variant_id: str
    sku: str | None
    product_id: str | None
    available: int
    updated_at: datetime | None


class Sold(TypedDict):
    """How much of a variant was sold in a span."""

    variant_id: str
    sold: int
    per_day: Money


class StockAlert(TypedDict, total=False):
    """Somebody who waits for a variant."""

    id: str
    variant_id: str
    email: str
    first_name: str | None
    joined_at: datetime
    notified_at: datetime | None


class Warehouse(Protocol):
    """A connection that knows stock, and who waits for it."""

    async def stock_get(self, call: ActionCall, variant: str | None, sku: str | None) -> Mapping[str, Any] | None:
        """Return the stock of a variant, else the one with the SKU, else None."""
        ...

    async def stock_list(self, call: ActionCall, wanted: Mapping[str, str], limit: int) -> Sequence[Mapping[str, Any]]:
        """Return the stock of the products to which all applies that is wanted: ``product type status``, the last change first."""
        ...

    async def stock_set(self, call: ActionCall, variant: str, available: int) -> Mapping[str, Any]:
        """Note how much there is of a variant, and return its stock."""
        ...

    async def stock_adjust(self, call: ActionCall, variant: str, by: int) -> Mapping[str, Any]:
        """Add to the stock of a variant once for the call's key, never to below nothing, and return it."""
        ...

    async def stock_sold(self, call: ActionCall, variant: str, since: datetime) -> int:
        """Return how many pieces of a variant were ordered since a moment."""
        ...

    async def stock_alert_list(self, call: ActionCall, variant: str, limit: int) -> Sequence[Mapping[str, Any]]:
        """Return those who have not been told yet, in order of joining, at most so many.

        At most ``limit``; where there are more, a :class:`~ecomflow.Page`, and ``call.page`` is the mark of the one that is asked for.
        """
        ...

    async def stock_alert_mark_notified(self, call: ActionCall, alert: str) -> Mapping[str, Any]:
        """Note that somebody has been told, and return the alert."""
        ...


def _warehouse(call: ActionCall) -> Warehouse:
    warehouse: Warehouse = call.connection
    return warehouse


@action("stock.get", effect="reads", idempotent=True, connections=("local",))
async def get(call: ActionCall, variant: str | None = None, sku: str | None = None) -> Stock | None:
    """Look up how much there is of a variant; none where nothing is known of it.

    Args:
        variant: the variant's id.
        sku: its SKU; asked where there is no id.
    """
    if not variant and not sku:
        raise Permanent("stock.get needs a variant or a sku", type="wrong_parameter")
    return whole_or_none(Stock, await _warehouse(call).stock_get(call, variant, sku))


@get.plan
def plan_get(variant: object = None, sku: object = None, **_: object) -> str:
    """Say whose stock it would look up."""
    return f"look up stock of {variant or sku}"


@action("stock.list", effect="reads", idempotent=True, connections=("local",))
async def list_stock(
    call: ActionCall, product: str | None = None, type: str | None = None, status: str | None = None, limit: Limit = 1000
) -> list[Stock]:  # fmt: skip
    """List the stock of the variants of a product, or of all products of a kind; the one that changed last comes first.

    Args:
        product: the product's id.
        type: the kind of products, such as Shirts.
        status: of the products, such as active.
        limit: at most so many.
    """
    wanted = named(product=product, type=type, status=status)
    if not wanted:
        raise Permanent("stock.list needs a product, a type or a status", type="wrong_parameter")
    return [whole(Stock, each) for each in await _warehouse(call).stock_list(call, wanted, limit)]


@list_stock.plan
def plan_list_stock(**given: object) -> str:
    """Say whose stock it would list."""
    return f"list stock of {told(given, 'product', 'type', 'status', otherwise='nothing')}"


@action("stock.set", effect="writes", idempotent=True, connections=("local",))
async def set_(call: ActionCall, variant: str, available: int) -> Stock:
    """Note how much there is of a variant.

    Args:
        variant: the variant's id.
        available: pieces that can be sold.
    """
    return whole(Stock, await _warehouse(call).stock_set(call, variant, available))


@set_.plan
def plan_set(variant: object = None, available: object = None, **_: object) -> str:
    """Say what would be noted."""
    return f"set stock of {variant} to {available}"


@action("stock.adjust", effect="writes", idempotent=True, connections=("local",))
async def adjust(call: ActionCall, variant: str, by: int) -> Stock:
    """Add to the stock of a variant, or take from it. The same call does it once; more than there is cannot be taken.

    Args:
        variant: the variant's id.
        by: pieces that come, or, below 0, that go.
    """
    return whole(Stock, await _warehouse(call).stock_adjust(call, variant, by))


@adjust.plan
def plan_adjust(variant: object = None, by: object = None, **_: object) -> str:
    """Say what would come or go."""
    return f"change stock of {variant} by {by}"


@action("stock.sold", effect="reads", idempotent=True, connections=("local",))
async def sold(call: ActionCall, variant: str, since: DurationText = "30d") -> Sold:
    """Count how many pieces of a variant were ordered, and how many that is a day.

    Args:
        variant: the variant's id.
        since: how far to look back.
    """
    begin = before_now("since", call.now, since)
    count = await _warehouse(call).stock_sold(call, variant, begin)
    days = Decimal((call.now - begin).total_seconds()) / _DAY
    return {"variant_id": variant, "sold": count, "per_day": round(count / days, 2)}


@sold.plan
def plan_sold(variant: object = None, since: object = "30d", **_: object) -> str:
    """Say whose sales it would count."""
    return f"count sales of {variant} in the last {since}"


@action("stock_alert.list", effect="reads", idempotent=True, connections=("local",))
async def list_(call: ActionCall, variant: str, limit: Limit | None = None) -> Page[StockAlert]:
    """List those who still wait for a variant, in order of joining.

    Args:
        variant: the variant's id.
        limit: at most so many in all; without it there are pages of 250, which ``for_each`` walks.
    """
    found = await _warehouse(call).stock_alert_list(call, variant, limit or _PAGE)
    return page_of(StockAlert, found, more=limit is None)


@list_.plan
def plan_list(variant: object = None, **_: object) -> str:
    """Say for what people wait."""
    return f"list who waits for {variant}"


@action("stock_alert.mark_notified", effect="writes", idempotent=True, connections=("local",))
async def mark_notified(call: ActionCall, alert: str) -> StockAlert:
    """Note that somebody has been told, and waits no more.

    Args:
        alert: the id of the alert.
    """
    return whole(StockAlert, await _warehouse(call).stock_alert_mark_notified(call, alert))


@mark_notified.plan
def plan_mark_notified(alert: object = None, **_: object) -> str:
    """Say which alert is done."""
    return f"mark stock alert {alert} as told"


@hookimpl
def register_actions(register: Callable[[object], None]) -> None:
    """Register ``stock.…`` and ``stock_alert.…``."""
    for each in (get, list_stock, set_, adjust, sold, list_, mark_notified):
        register(each)
