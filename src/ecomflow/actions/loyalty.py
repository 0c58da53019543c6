"""The action ``loyalty.add_points``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Protocol, TypedDict

from ecomflow import ActionCall, action, hookimpl
from ecomflow.actions.results import limit_to, whole

Count = Annotated[int, limit_to(1_000_000)]


class Points(TypedDict, total=False):
    """Points that a customer was given, and how many they have then."""

    id: str
    customer_id: str
    points: int
    balance: int | None
    reason: str | None
    created_at: datetime


class LoyaltyProgram(Protocol):
    """A connection to a programme in which customers collect points."""

    async def loyalty_add_points(self, call: ActionCall, points: Mapping[str, Any]) -> Mapping[str, Any]:
        """Give points with these fields of :class:`Points` once for the call's key, and return them with the balance."""
        ...


@action("loyalty.add_points", effect="writes", idempotent=True, connections=("local",))
async def add_points(call: ActionCall, customer: str, points: Count, reason: str | None = None) -> Points:
    """Give a customer points of the loyalty programme. The same call gives them once.

    Args:
        customer: the customer's id.
        points: how many.
        reason: why, as the customer may read it.
    """
    program: LoyaltyProgram = call.connection
    given = {"customer_id": customer, "points": points, "reason": reason}
    return whole(Points, await program.loyalty_add_points(call, given))


@add_points.plan
def plan(customer: object = None, points: object = None, reason: object = None, **_: object) -> str:
    """Say who would get how many points."""
    return f"give customer {customer} {points} points" + (f": {reason}" if reason else "")


@hookimpl
def register_actions(register: Callable[[object], None]) -> None:
    """Register ``loyalty.add_points``."""
    register(add_points)
