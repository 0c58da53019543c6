"""The actions ``order.…``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Protocol, TypedDict

from ecomflow import ActionCall, Email, Money, Page, action, hookimpl
from ecomflow.actions.customers import Customer
from ecomflow.actions.results import before_now, filled, limit_to, named, page_of, tagging, told, whole, whole_or_none

_PAGE: Final = 50
Limit = Annotated[int, limit_to(250)]


class Line(TypedDict, total=False):
    """A line of an order."""

    id: str | None
    sku: str | None
    title: str | None
    variant: str | None
    product_id: str | None
    variant_id: str | None
    type: str | None
    quantity: int | None
    price: Money | None
    vendor: str | None
    gift_card: bool | None
    requires_shipping: bool | None
    weight: int | None


class Address(TypedDict, total=False):
    """Where somebody lives."""

    name: str | None
    first_name: str | None
    last_name: str | None
    company: str | None
    address1: str | None
    address2: str | None
    city: str | None
    postal_code: str | None
    province: str | None
    province_code: str | None
    country: str | None
    country_code: str | None
    phone: str | None


class Utm(TypedDict, total=False):
    """Where the customer of an order came from, as the address of the shop's page said it."""

    campaign: str | None
    content: str | None
    medium: str | None
    source: str | None
    term: str | None


class Order(TypedDict, total=False):
    """An order as ``order.created`` carries it, with what became of it since."""

    id: str
    number: str | None
    status: str | None
    hold_reason: str | None
    total: Money | None
    subtotal: Money | None
    tax: Money | None
    discount: Money | None
    currency: str | None
    email: str | None
    phone: str | None
    customer_locale: str | None
    created_at: datetime | None
    updated_at: datetime | None
    delivered_at: datetime | None
    cancelled_at: datetime | None
    cancel_reason: str | None
    lines: list[Line] | None
    customer: Customer | None
    shipping_address: Address | None
    billing_address: Address | None
    attributes: dict[str, str | None] | None
    discount_codes: list[str] | None
    note: str | None
    source_name: str | None
    location: str | None
    checkout_id: str | None
    tags: list[str] | None
    financial_status: str | None
    fulfillment_status: str | None
    payment_method: str | None
    payment_url: str | None
    staff: str | None
    utm: Utm | None
    weight: int | None
    accepts_marketing: bool | None
    test: bool | None


class Orders(Protocol):
    """A connection that knows orders."""

    async def order_get(self, call: ActionCall, id: str) -> Mapping[str, Any] | None:
        """Return the order of an id, or None."""
        ...

    async def order_search(
        self, call: ActionCall, wanted: Mapping[str, str], since: datetime | None, limit: int
    ) -> Sequence[Mapping[str, Any]]:
        """Return orders, the newest first, to which all applies that is wanted: ``email customer tag status``, by name.

        At most ``limit``; where there are more, a :class:`~ecomflow.Page`, and ``call.page`` is the mark of the one that is asked for.
        """
        ...

    async def order_tag(self, call: ActionCall, order: str, tags: Sequence[str], remove: Sequence[str]) -> Mapping[str, Any]:
        """Add and remove tags; return the order as it is then."""
        ...

    async def order_hold(self, call: ActionCall, order: str, reason: str) -> Mapping[str, Any]:
        """Keep the order from being shipped; return it with the status ``on_hold`` and its ``hold_reason``."""
        ...


@action("order.get", effect="reads", idempotent=True, connections=("local",))
async def get(call: ActionCall, id: str) -> Order | None:
    """Look an order up; none where there is no such order.

    Args:
        id: the order's id.
    """
    shop: Orders = call.connection
    return whole_or_none(Order, await shop.order_get(call, id))


@get.plan
def plan_get(id: object = None, **_: object) -> str:
    """Say which order it would look up."""
    return f"look up order {id}"


@action("order.search", effect="reads", idempotent=True, connections=("local",))
async def search(
    call: ActionCall,
    email: Email | None = None,
    customer: str | None = None,
    tag: str | None = None,
    status: str | None = None,
    since: str | None = None,
    limit: Limit | None = None,
) -> Page[Order]:
    """Look for orders to which all of what is named applies, the newest first.

    Args:
        email: the address that was given with the order, compared without case.
        customer: the customer's id.
        tag: one of its tags.
        status: its status.
        since: created not before this moment, such as ``2026-03-02T09:00:00Z``, or not longer ago than ``30d``.
        limit: at most so many in all; without it there are pages of 50, which ``for_each`` walks.
    """
    shop: Orders = call.connection
    wanted = named(email=email, customer=customer, tag=tag, status=status)
    found = await shop.order_search(call, wanted, None if since is None else _beginning(call.now, since), limit or _PAGE)
    return page_of(Order, found, more=limit is None)


def _beginning(now: datetime, since: str) -> datetime:
    try:
        moment = datetime.fromisoformat(since)
    except ValueError:
        return before_now(
            "since", now, since, wanted="neither a moment such as 2026-03-02T09:00:00Z nor a duration such as 30d"
        )
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@search.plan
def plan_search(**given: object) -> str:
    """Say which orders it would look for."""
    return f"look for orders: {told(given, 'email', 'customer', 'tag', 'status', 'since', otherwise='the newest')}"


@action("order.tag", effect="writes", idempotent=True, connections=("local",))
async def tag(call: ActionCall, order: str, tags: list[str], remove: list[str] | None = None) -> Order:
    """Add tags to an order, and take others away.

    Args:
        order: the order's id.
        tags: to add; those that are there already stay once.
        remove: to take away.
    """
    shop: Orders = call.connection
    return whole(Order, await shop.order_tag(call, order, tags, remove or ()))


@tag.plan
def plan_tag(order: object = None, tags: object = None, remove: object = None, **_: object) -> str:
    """Say which tags would change."""
    return f"tag order {order}: {tagging(tags, remove)}"


@action("order.hold", effect="writes", idempotent=True, connections=("local",))
async def hold(call: ActionCall, order: str, reason: str) -> Order:
    """Keep an order from being shipped; its status becomes ``on_hold``.

    Args:
        order: the order's id.
        reason: why, for people.
    """
    shop: Orders = call.connection
    return whole(Order, await shop.order_hold(call, order, filled("reason", reason)))


@hold.plan
def plan_hold(order: object = None, reason: object = None, **_: object) -> str:
    """Say which order would be held."""
    return f"hold order {order}: {reason}"


@hookimpl
def register_actions(register: Callable[[object], None]) -> None:
    """Register ``order.…``."""
    for each in (get, search, tag, hold):
        register(each)
