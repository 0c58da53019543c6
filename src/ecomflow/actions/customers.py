"""The action ``customer.get``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypedDict, cast

from ecomflow import ActionCall, Email, Permanent, action, hookimpl


class Customer(TypedDict, total=False):
    """What is known of a customer."""

    id: str
    email: str | None
    first_name: str | None
    last_name: str | None
    accepts_marketing: bool | None
    tags: list[str] | None
    locale: str | None


class Records(Protocol):
    """What the action needs of its connection."""

    def get(self, kind: str, id: str) -> dict[str, Any] | None: ...
    def find(self, kind: str, **fields: Any) -> list[dict[str, Any]]: ...


@action("customer.get", effect="reads", idempotent=True, connections=("local",))
def get(call: ActionCall, id: str | None = None, email: Email | None = None) -> Customer | None:
    """Look a customer up by id or by e-mail address; none where there is no such customer.

    Args:
        id: the customer's id.
        email: the address, compared without case; asked where there is no id.
    """
    records: Records = call.connection
    if id:
        return _customer(records.get("customer", id))
    if not email:
        raise Permanent("customer.get needs an id or an email", type="wrong_parameter")
    found = records.find("customer", email=email)
    return _customer(found[0] if found else None)


def _customer(record: dict[str, Any] | None) -> Customer | None:
    if record is None:
        return None
    known: dict[str, Any] = {**dict.fromkeys(Customer.__annotations__), **record}
    return cast("Customer", known)  # a record may hold more than we name


@get.plan
def plan(id: object = None, email: object = None, **_: object) -> str:
    """Say whom it would look up."""
    return f"look up customer {id or email}"


@hookimpl
def register_actions(register: Callable[[object], None]) -> None:
    """Register ``customer.get``."""
    register(get)
