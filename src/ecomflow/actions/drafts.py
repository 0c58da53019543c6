"""The actions ``draft_order.…``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Protocol, TypedDict

from ecomflow import ActionCall, Email, Money, Page, Permanent, action, hookimpl
from ecomflow.actions.customers import Customer
from ecomflow.actions.orders import Address, Line, Order
from ecomflow.actions.results import limit_to, named, page_of, tagging, told, whole

_PAGE: Final = 50
Limit = Annotated[int, limit_to(250)]


class DraftOrder(TypedDict, total=False):
    """A draft of an order as ``draft_order.created`` carries it."""

    id: str
    name: str | None
    status: str | None
    order_id: str | None
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
    lines: list[Line] | None
    customer: Customer | None
    shipping_address: Address | None
    billing_address: Address | None
    discount_codes: list[str] | None
    note: str | None
    source_name: str | None
    location: str | None
    tags: list[str] | None
    staff: str | None
    reserve_until: datetime | None


class DraftOrders(Protocol):
    """A connection that knows drafts of orders."""

    async def draft_order_search(self, call: ActionCall, wanted: Mapping[str, str], limit: int) -> Sequence[Mapping[str, Any]]:
        """Return drafts, the newest first, to which all applies that is wanted: ``order email tag status``, by name.

        At most ``limit``; where there are more, a :class:`~ecomflow.Page`, and ``call.page`` is the mark of the one that is asked for.
        """
        ...

    async def draft_order_update(
        self, call: ActionCall, draft: str, changes: Mapping[str, Any], tags: Sequence[str], remove: Sequence[str]
    ) -> Mapping[str, Any]:
        """Set ``note`` and ``reserve_until``, as far as they are named, and change tags; return the draft as it is then."""
        ...

    async def draft_order_complete(self, call: ActionCall, draft: str) -> Mapping[str, Any]:
        """Make an order of a draft, once; return the order. One that is completed gives the order that it became."""
        ...


@action("draft_order.search", effect="reads", idempotent=True, connections=("local",))
async def search(
    call: ActionCall,
    order: str | None = None,
    email: Email | None = None,
    tag: str | None = None,
    status: str | None = None,
    limit: Limit | None = None,
) -> Page[DraftOrder]:
    """Look for drafts of orders to which all of what is named applies, the newest first.

    Args:
        order: the id of the order that the draft has become.
        email: the customer's address, compared without case.
        tag: one of its tags.
        status: open or completed.
        limit: at most so many in all; without it there are pages of 50, which ``for_each`` walks.
    """
    shop: DraftOrders = call.connection
    wanted = named(order=order, email=email, tag=tag, status=status)
    found = await shop.draft_order_search(call, wanted, limit or _PAGE)
    return page_of(DraftOrder, found, more=limit is None)


@search.plan
def plan_search(**given: object) -> str:
    """Say which drafts it would look for."""
    return f"look for drafts: {told(given, 'order', 'email', 'tag', 'status', otherwise='the newest')}"


@action("draft_order.update", effect="writes", idempotent=True, connections=("local",))
async def update(
    call: ActionCall,
    draft: str,
    tags: list[str] | None = None,
    remove: list[str] | None = None,
    note: str | None = None,
    reserve_until: datetime | None = None,
) -> DraftOrder:
    """Change a draft of an order; what is not named stays.

    Args:
        draft: the draft's id.
        tags: to add; those that are there already stay once.
        remove: tags to take away.
        note: for people, in place of the one that is there; an empty text takes it away.
        reserve_until: until when its goods are kept for it.
    """
    changes = named(note=note, reserve_until=reserve_until.isoformat() if reserve_until else None)
    if not (changes or tags or remove):
        raise Permanent("draft_order.update needs something to change", type="wrong_parameter")
    shop: DraftOrders = call.connection
    return whole(DraftOrder, await shop.draft_order_update(call, draft, changes, tags or (), remove or ()))


@update.plan
def plan_update(draft: object = None, tags: object = None, remove: object = None, **given: object) -> str:
    """Say what would change."""
    words = [f"{name} {given[name]}" for name in ("note", "reserve_until") if given.get(name) is not None]
    return f"update draft {draft}: {', '.join([tagging(tags, remove)] * bool(tags or remove) + words) or 'nothing'}"


@action("draft_order.complete", effect="writes", idempotent=True, connections=("local",))
async def complete(call: ActionCall, draft: str) -> Order:
    """Make an order of a draft; one that has become an order already gives that order.

    Args:
        draft: the draft's id.
    """
    shop: DraftOrders = call.connection
    return whole(Order, await shop.draft_order_complete(call, draft))


@complete.plan
def plan_complete(draft: object = None, **_: object) -> str:
    """Say which draft would become an order."""
    return f"make an order of draft {draft}"


@hookimpl
def register_actions(register: Callable[[object], None]) -> None:
    """Register ``draft_order.…``."""
    for each in (search, update, complete):
        register(each)
