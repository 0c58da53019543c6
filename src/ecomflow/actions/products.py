"""The actions ``product.…`` and ``variant.…``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypedDict

from ecomflow import ActionCall, Money, Permanent, action, hookimpl
from ecomflow.actions.results import named, tagging, whole, whole_or_none


class Variant(TypedDict, total=False):
    """One form of a product that can be bought."""

    id: str | None
    product_id: str | None
    title: str | None
    sku: str | None
    barcode: str | None
    price: Money | None
    price_before: Money | None
    available: int | None
    created_at: datetime | None
    updated_at: datetime | None


class Product(TypedDict, total=False):
    """A product as ``product.updated`` carries it."""

    id: str
    sku: str | None
    title: str | None
    handle: str | None
    type: str | None
    vendor: str | None
    status: str | None
    tags: list[str] | None
    variants: list[Variant] | None
    published_at: datetime | None
    created_at: datetime | None
    updated_at: datetime | None


class Products(Protocol):
    """A connection that knows products."""

    async def product_get(self, call: ActionCall, id: str) -> Mapping[str, Any] | None:
        """Return the product of an id, or None."""
        ...

    async def product_tag(
        self, call: ActionCall, product: str, tags: Sequence[str], remove: Sequence[str]
    ) -> Mapping[str, Any]:
        """Add and remove tags; return the product as it is then."""
        ...

    async def variant_update(
        self, call: ActionCall, product: str, variant: str, changes: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Change these fields of :class:`Variant`, and return the variant."""
        ...


@action("product.get", effect="reads", idempotent=True, connections=("local",))
async def get(call: ActionCall, id: str) -> Product | None:
    """Look a product up; none where there is no such product.

    Args:
        id: the product's id.
    """
    catalogue: Products = call.connection
    return whole_or_none(Product, await catalogue.product_get(call, id))


@get.plan
def plan_get(id: object = None, **_: object) -> str:
    """Say which product it would look up."""
    return f"look up product {id}"


@action("product.tag", effect="writes", idempotent=True, connections=("local",))
async def tag(call: ActionCall, product: str, tags: list[str], remove: list[str] | None = None) -> Product:
    """Add tags to a product, and take others away.

    Args:
        product: the product's id.
        tags: to add; those that are there already stay once.
        remove: to take away.
    """
    catalogue: Products = call.connection
    return whole(Product, await catalogue.product_tag(call, product, tags, remove or ()))


@tag.plan
def plan_tag(product: object = None, tags: object = None, remove: object = None, **_: object) -> str:
    """Say which tags would change."""
    return f"tag product {product}: {tagging(tags, remove)}"


@action("variant.update", effect="writes", idempotent=True, connections=("local",))
async def update(
    call: ActionCall, product: str, variant: str, sku: str | None = None, barcode: str | None = None
) -> Variant:
    """Change the SKU or the barcode of a variant; what is not named stays.

    Args:
        product: the product's id.
        variant: the variant's id.
        sku: the new one.
        barcode: the new one.
    """
    changes = named(sku=sku, barcode=barcode)
    if not changes:
        raise Permanent("variant.update needs a sku or a barcode", type="wrong_parameter")
    catalogue: Products = call.connection
    return whole(Variant, await catalogue.variant_update(call, product, variant, changes))


@update.plan
def plan_update(variant: object = None, **given: object) -> str:
    """Say what would change."""
    changes = ", ".join(f"{name} {given[name]}" for name in ("sku", "barcode") if given.get(name) is not None)
    return f"change variant {variant}: {changes}"


@hookimpl
def register_actions(register: Callable[[object], None]) -> None:
    """Register ``product.…`` and ``variant.…``."""
    for each in (get, tag, update):
        register(each)
