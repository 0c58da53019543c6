"""The connection ``local``: a small desk and back office in a SQLite file, for shops without outside systems and for trying out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecomflow import connection, hookimpl
from ecomflow.connections.local.books import Books
from ecomflow.connections.local.cancelling import CancelledOrders
from ecomflow.connections.local.customers import Customers
from ecomflow.connections.local.drafts import DraftOrders
from ecomflow.connections.local.imports import Imports
from ecomflow.connections.local.loyalty import Loyalty
from ecomflow.connections.local.messages import Messages
from ecomflow.connections.local.money import Money
from ecomflow.connections.local.orders import Orders
from ecomflow.connections.local.prices import Prices
from ecomflow.connections.local.products import Products
from ecomflow.connections.local.purchases import Purchases
from ecomflow.connections.local.returns import Returns
from ecomflow.connections.local.shipments import Shipments
from ecomflow.connections.local.stock import Stock
from ecomflow.connections.local.tickets import Tickets

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class LocalDesk(
    Customers, Orders, DraftOrders, CancelledOrders, Tickets, Returns, Stock, Money, Loyalty, Messages, Products, Shipments, Prices,
    Purchases, Books, Imports,
):  # fmt: skip
    """All that the embedded desk can carry out: for the action ``ticket.reply`` its method ``ticket_reply``, and so on."""


@connection("local")
def local(root: Path, path: str = "var/local.db", return_address: str | None = None) -> LocalDesk:
    """Keep customers, points, orders, drafts, tickets, returns, goods, parcels, money, purchases, the books and messages in a file of the project.

    Args:
        path: the file, below the project's folder.
        return_address: where goods are sent back to; it stands on the labels of returns.
    """
    file = (root / path).resolve()
    if not file.is_relative_to(root.resolve()):
        raise ValueError("path: leads out of the project's folder")
    return LocalDesk(file, return_address)


@hookimpl
def register_connections(register: Callable[[object], None]) -> None:
    """Register ``local``."""
    register(local)
