"""The event types of commerce. Nothing but the id of the thing is required."""

from __future__ import annotations

from typing import Final

from ecomflow import EventType
from ecomflow.commerce.event_types.approvals import APPROVAL
from ecomflow.commerce.event_types.goods import MARKET_PRICE, PRICE, PRODUCT, STOCK, VARIANT
from ecomflow.commerce.event_types.parcels import MAIL, SHIPMENT
from ecomflow.commerce.event_types.parts import CUSTOMER, ID, RAW, Schema, mapping, text
from ecomflow.commerce.event_types.returns import REFUND, RETURN
from ecomflow.commerce.event_types.sales import CHECKOUT, DRAFT_ORDER, ORDER, RISK
from ecomflow.commerce.event_types.service import AUTHOR, MESSAGE, TICKET


def _beside(schema: Schema) -> Schema:
    """Return the schema of a thing that stands beside another: it may lack its id, and be missing."""
    return mapping({**schema["properties"], "id": text()})


_CUSTOMER: Final = mapping({**CUSTOMER["properties"], "id": ID}, "id")
_LIST: Final = mapping({"id": text(), "name": text()})
_ORDER: Final = _beside(ORDER)
_PRODUCT: Final = _beside(PRODUCT)


def _event(name: str, description: str, schema: Schema, **beside: Schema) -> EventType:
    noun = name.partition(".")[0]
    properties = {"customer": CUSTOMER, **beside, noun: schema, "raw": RAW}
    data = {"type": "object", "properties": properties, "required": [noun]}
    return EventType(name, data, subject=f"{noun}.id", description=description)


def _approval(name: str, description: str) -> EventType:
    data = {"type": "object", "properties": {"approval": APPROVAL}, "required": ["approval"]}
    return EventType(name, data, subject="approval.id", description=description)


EVENT_TYPES: Final = (
    _approval("approval.reminded", "A run that still waits for a decision reminds people: `remind_every`."),
    _approval("approval.requested", "A run asks people for a decision: `ask_approval`."),
    _event("checkout.updated", "A checkout was begun or changed.", CHECKOUT),
    _event("customer.created", "A customer became known.", _CUSTOMER),
    _event("customer.subscribed", "A customer agreed to hear from the shop, or joined one of its lists.", _CUSTOMER, list=_LIST),
    _event("customer.updated", "A customer was changed, in whatever way.", _CUSTOMER),
    _event("draft_order.created", "An order was drafted, by people of the shop.", DRAFT_ORDER),
    _event("draft_order.updated", "A draft of an order was changed.", DRAFT_ORDER),
    _event("email.clicked", "Somebody has clicked a link in a mail.", MAIL),
    _event("email.opened", "Somebody has opened a mail.", MAIL),
    _event("market_price.updated", "What a variant costs elsewhere has changed.", MARKET_PRICE, product=_PRODUCT),
    _event("message.received", "A customer has written, or pressed a button of a message.", MESSAGE, order=_ORDER),
    _event("order.cancelled", "An order was cancelled.", ORDER),
    _event("order.created", "An order was placed.", ORDER),
    _event("order.fulfilled", "All of an order has been sent.", ORDER),
    _event("order.paid", "An order was paid in full.", ORDER),
    _event("order.risk_analysed", "Somebody has judged how risky an order is.", ORDER, risk=RISK),
    _event("order.updated", "An order was changed, in whatever way.", ORDER),
    _event("price.proposed", "Somebody, or a program, wants another price for a variant.", PRICE, product=_PRODUCT),
    _event("product.created", "A product is new.", PRODUCT),
    _event("product.updated", "A product was changed, or one of its variants.", PRODUCT),
    _event("refund.created", "Money was paid back.", REFUND, order=_ORDER),
    _event("return.closed", "All that a return asked for has come back and is settled.", RETURN, order=_ORDER),
    _event("return.requested", "A customer asks to send something back.", RETURN, order=_ORDER, product=_PRODUCT),
    _event("shipment.created", "A parcel of an order was made up.", SHIPMENT, order=_ORDER),
    _event("shipment.updated", "A parcel of an order was changed, such as its tracking.", SHIPMENT, order=_ORDER),
    _event("stock.updated", "There is more or less of a variant than before.", STOCK, product=_PRODUCT),
    _event("ticket.created", "A customer has written, and a ticket was made of it.", TICKET, order=_ORDER, author=AUTHOR),
    _event("ticket.updated", "A ticket was changed, answered or handed over.", TICKET, order=_ORDER, author=AUTHOR),
    _event("variant.back_in_stock", "A variant of a product can be bought again.", VARIANT, product=_PRODUCT),
    _event("variant.out_of_stock", "The last piece of a variant is gone.", VARIANT, product=_PRODUCT),
)
