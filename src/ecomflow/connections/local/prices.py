"""Prices of the embedded back office, with the book of their changes."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from ecomflow import Permanent
from ecomflow.connections.local.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecomflow import ActionCall
    from ecomflow.connections.local.records import Records

_KEPT: Final = 100
"""Changes of one price that are remembered, the last ones: an answer must not grow without end."""


class Prices(Desk):
    """Carries out ``price.…``."""

    async def price_get(self, call: ActionCall, variant: str) -> Mapping[str, Any] | None:  # noqa: ARG002
        """Return the price of a variant."""
        return await self._read(lambda records: records.get("price", variant))

    async def price_set(self, call: ActionCall, variant: str, change: Mapping[str, Any]) -> Mapping[str, Any]:
        """Set a price, unless it is so already or outside of its bounds."""

        def work(records: Records) -> dict[str, Any]:
            known = records.get("price", variant) or {"id": variant, "variant_id": variant, "price": None}
            if _amount(known["price"]) == change["price"]:
                return known
            _check(known, change["price"])
            return records.put(
                "price", {**known, "price": change["price"], "changes": [*known.get("changes", ()), change][-_KEPT:]}
            )

        price: dict[str, Any] = await self._once(call, work)
        return price


def _amount(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _check(known: Mapping[str, Any], price: Decimal) -> None:
    lowest, highest = _amount(known.get("minimum")), _amount(known.get("maximum"))
    if (lowest is not None and price < lowest) or (highest is not None and price > highest):
        text = f"price of {known['variant_id']!r} lies between {lowest} and {highest}: {price} does not"
        raise Permanent(text, type="price_out_of_bounds")
