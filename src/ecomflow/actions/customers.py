"""The actions ``customer.…``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Protocol, TypedDict

from ecomflow import ActionCall, Email, Money, Page, Permanent, action, hookimpl
from ecomflow.actions.results import limit_to, named, page_of, tagging, told, whole, whole_or_none

_PAGE: Final = 250
Limit = Annotated[int, limit_to(1000)]


class Customer(TypedDict, total=False):
    """What is known of a customer."""

    id: str
    email: str | None
    phone: str | None
    first_name: str | None
    last_name: str | None
    tags: list[str] | None
    accepts_marketing: bool | None
    orders_count: int | None
    total_spent: Money | None
    currency: str | None
    locale: str | None
    note: str | None
    points: int | None
    staff: str | None
    created_at: datetime | None
    updated_at: datetime | None


class Customers(Protocol):
    """A connection that knows customers."""

    async def customer_get(self, call: ActionCall, id: str | None, email: str | None) -> Mapping[str, Any] | None:
        """Return the customer of an id, else the one with the address, else None."""
        ...

    async def customer_search(self, call: ActionCall, wanted: Mapping[str, Any], limit: int) -> Sequence[Mapping[str, Any]]:
        """Return customers, in order of id, to which all applies that is wanted: ``tag accepts_marketing``, by name.

        At most ``limit``; where there are more, a :class:`~ecomflow.Page`, and ``call.page`` is the mark of the one that is asked for.
        """
        ...

    async def customer_tag(self, call: ActionCall, customer: str, tags: Sequence[str], remove: Sequence[str]) -> Mapping[str, Any]:
        """Add and remove tags; return the customer as it is then."""
        ...


@action("customer.get", effect="reads", idempotent=True, connections=("local",))
async def get(call: ActionCall, id: str | None = None, email: Email | None = None) -> Customer | None:
    """Look a customer up by id or by e-mail address; none where there is no such customer.

    Args:
        id: the customer's id.
        email: the address, compared without case; asked where there is no id.
    """
    if not id and not email:
        raise Permanent("customer.get needs an id or an email", type="wrong_parameter")
    shop: Customers = call.connection
    return whole_or_none(Customer, await shop.customer_get(call, id, email))


@get.plan
def plan_get(id: object = None, email: object = None, **_: object) -> str:
    """Say whom it would look up."""
    return f"look up customer {id or email}"


@action("customer.search", effect="reads", idempotent=True, connections=("local",))
async def search(
    call: ActionCall, tag: str | None = None, accepts_marketing: bool | None = None, limit: Limit | None = None
) -> Page[Customer]:  # fmt: skip
    """Look for customers to which all of what is named applies, in order of id.

    Args:
        tag: one of their tags.
        accepts_marketing: whether they agreed to hear from the shop.
        limit: at most so many in all; without it there are pages of 250, which ``for_each`` walks.
    """
    wanted = named(tag=tag, accepts_marketing=accepts_marketing)
    shop: Customers = call.connection
    return page_of(Customer, await shop.customer_search(call, wanted, limit or _PAGE), more=limit is None)


@search.plan
def plan_search(**given: object) -> str:
    """Say which customers it would look for."""
    return f"look for customers: {told(given, 'tag', 'accepts_marketing', otherwise='all')}"


@action("customer.tag", effect="writes", idempotent=True, connections=("local",))
async def tag(call: ActionCall, customer: str, tags: list[str], remove: list[str] | None = None) -> Customer:
    """Add tags to a customer, and take others away.

    Args:
        customer: the customer's id.
        tags: to add; those that are there already stay once.
        remove: to take away.
    """
    shop: Customers = call.connection
    return whole(Customer, await shop.customer_tag(call, customer, tags, remove or ()))


@tag.plan
def plan_tag(customer: object = None, tags: object = None, remove: object = None, **_: object) -> str:
    """Say which tags would change."""
    return f"tag customer {customer}: {tagging(tags, remove)}"


@hookimpl
def register_actions(register: Callable[[object], None]) -> None:
    """Register ``customer.…``."""
    for each in (get, search, tag):
        register(each)
