"""The actions ``shipment.…``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol, TypedDict

from ecomflow import ActionCall, Money, action, hookimpl
from ecomflow.actions.orders import Address, Line
from ecomflow.actions.results import filled, named, whole


class Shipment(TypedDict, total=False):
    """A parcel of an order: one that is to be sent, was sent, or waits to be fetched."""

    id: str
    order_id: str | None
    status: Literal["planned", "ready_for_pickup", "shipped", "cancelled"] | None
    method: str | None
    location: str | None
    carrier: str | None
    service: str | None
    package: str | None
    dimensions: str | None
    weight: int | None
    cost: Money | None
    ship_from: Address | None
    tracking_number: str | None
    tracking_url: str | None
    lines: list[Line] | None
    cancel_reason: str | None
    created_at: datetime | None
    updated_at: datetime | None


class Carrier(Protocol):
    """A connection that sends parcels."""

    async def shipment_list(self, call: ActionCall, order: str) -> Sequence[Mapping[str, Any]]:
        """Return the shipments of an order, the first one first."""
        ...

    async def shipment_prepare(self, call: ActionCall, order: str, how: Mapping[str, Any]) -> Mapping[str, Any]:
        """Note these fields of :class:`Shipment` for what is to be sent of an order, and return it."""
        ...

    async def shipment_track(
        self, call: ActionCall, shipment: str, tracking: Mapping[str, Any], *, notify: bool
    ) -> Mapping[str, Any]:
        """Note ``tracking_number tracking_url carrier`` of a shipment, and return it."""
        ...

    async def shipment_ready(self, call: ActionCall, shipment: str, location: str | None) -> Mapping[str, Any]:
        """Note that a shipment can be fetched, and return it."""
        ...

    async def shipment_cancel(self, call: ActionCall, shipment: str, reason: str) -> Mapping[str, Any]:
        """Call a shipment off, and return it."""
        ...


def _carrier(call: ActionCall) -> Carrier:
    carrier: Carrier = call.connection
    return carrier


@action("shipment.list", effect="reads", idempotent=True, connections=("local",))
async def list_(call: ActionCall, order: str) -> list[Shipment]:
    """List the shipments of an order, the first one first.

    Args:
        order: the order's id.
    """
    return [whole(Shipment, each) for each in await _carrier(call).shipment_list(call, order)]


@list_.plan
def plan_list(order: object = None, **_: object) -> str:
    """Say whose shipments it would list."""
    return f"list shipments of order {order}"


@action("shipment.prepare", effect="writes", idempotent=True, connections=("local",))
async def prepare(
    call: ActionCall,
    order: str,
    carrier: str | None = None,
    service: str | None = None,
    package: str | None = None,
    dimensions: str | None = None,
    weight: int | None = None,
    ship_from: dict[str, Any] | None = None,
    location: str | None = None,
) -> Shipment:
    """Say how an order is to be sent. What is not named stays as it was.

    Args:
        order: the order's id.
        carrier: who takes it.
        service: which of the carrier's services, such as Ground Advantage.
        package: the kind of box.
        dimensions: its size, such as ``12x8x10 in``.
        weight: in grams, with the box.
        ship_from: the address of the sender, with the fields of an order's address.
        location: the warehouse or shop that sends it.
    """
    how = named(
        carrier=carrier, service=service, package=package, dimensions=dimensions, weight=weight, ship_from=ship_from, location=location
    )  # fmt: skip
    return whole(Shipment, await _carrier(call).shipment_prepare(call, filled("order", order), how))


@prepare.plan
def plan_prepare(order: object = None, **given: object) -> str:
    """Say how it would be sent."""
    return f"prepare shipment of order {order}: " + ", ".join(
        f"{name} {value}" for name, value in given.items() if value is not None
    )


@action("shipment.track", effect="writes", idempotent=True, connections=("local",))
async def track(
    call: ActionCall, shipment: str, number: str | None = None, url: str | None = None, carrier: str | None = None, notify: bool = False
) -> Shipment:  # fmt: skip
    """Note how a parcel can be followed. What is not named stays as it was.

    Args:
        shipment: the shipment's id.
        number: the carrier's number of the parcel.
        url: the address of the page that shows where it is.
        carrier: who takes it.
        notify: whether the connection tells the customer.
    """
    tracking = named(tracking_number=number, tracking_url=url, carrier=carrier)
    return whole(Shipment, await _carrier(call).shipment_track(call, shipment, tracking, notify=notify))


@track.plan
def plan_track(
    shipment: object = None, number: object = None, url: object = None, carrier: object = None, **_: object
) -> str:
    """Say how the parcel could be followed."""
    return f"track shipment {shipment}: " + " ".join(str(each) for each in (carrier, number, url) if each is not None)


@action("shipment.ready", effect="writes", idempotent=True, connections=("local",))
async def ready(call: ActionCall, shipment: str, location: str | None = None) -> Shipment:
    """Note that a shipment can be fetched by the customer.

    Args:
        shipment: the shipment's id.
        location: where; by default where it is.
    """
    return whole(Shipment, await _carrier(call).shipment_ready(call, shipment, location))


@ready.plan
def plan_ready(shipment: object = None, location: object = None, **_: object) -> str:
    """Say what could be fetched."""
    return f"shipment {shipment} is ready for pickup" + (f" at {location}" if location else "")


@action("shipment.cancel", effect="writes", idempotent=True, connections=("local",))
async def cancel(call: ActionCall, shipment: str, reason: str) -> Shipment:
    """Call a shipment off. One that is called off already stays as it is.

    Args:
        shipment: the shipment's id.
        reason: why, for people.
    """
    return whole(Shipment, await _carrier(call).shipment_cancel(call, shipment, filled("reason", reason)))


@cancel.plan
def plan_cancel(shipment: object = None, reason: object = None, **_: object) -> str:
    """Say which shipment would be called off."""
    return f"cancel shipment {shipment}: {reason}"


@hookimpl
def register_actions(register: Callable[[object], None]) -> None:
    """Register ``shipment.…``."""
    for each in (list_, prepare, track, ready, cancel):
        register(each)
