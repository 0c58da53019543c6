"""The actions ``stock.…`` and ``stock_alert.…``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Protocol, TypedDict

from ecomflow import ActionCall, action, hookimpl
from ecomflow.actions.results import limit_to, whole, whole_or_none

Limit = Annotated[int, limit_to(1000)]


class Stock(TypedDict, total=False):
    """How much there is of a variant."""

    variant_id: str
    sku: str | None
    available: int


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

    async def stock_get(self, call: ActionCall, variant: str) -> Mapping[str, Any] | None:
        """Return the stock of a variant, or None."""
        ...

    async def stock_alert_list(self, call: ActionCall, variant: str, limit: int) -> Sequence[Mapping[str, Any]]:
        """Return those who have not been told yet, in order of joining, at most so many."""
        ...

    async def stock_alert_mark_notified(self, call: ActionCall, alert: str) -> Mapping[str, Any]:
        """Note that somebody has been told, and return the alert."""
        ...


def _warehouse(call: ActionCall) -> Warehouse:
    warehouse: Warehouse = call.connection
    return warehouse


@action("stock.get", effect="reads", idempotent=True, connections=("local",))
async def get(call: ActionCall, variant: str) -> Stock | None:
    """Look up how much there is of a variant; none where nothing is known of it.

    Args:
        variant: the variant's id.
    """
    return whole_or_none(Stock, await _warehouse(call).stock_get(call, variant))


@get.plan
def plan_get(variant: object = None, **_: object) -> str:
    """Say whose stock it would look up."""
    return f"look up stock of {variant}"


@action("stock_alert.list", effect="reads", idempotent=True, connections=("local",))
async def list_(call: ActionCall, variant: str, limit: Limit = 1000) -> list[StockAlert]:
    """List those who still wait for a variant, in order of joining.

    Args:
        variant: the variant's id.
        limit: at most so many.
    """
    return [whole(StockAlert, each) for each in await _warehouse(call).stock_alert_list(call, variant, limit)]


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
    for each in (get, list_, mark_notified):
        register(each)
