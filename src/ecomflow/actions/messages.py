"""The action ``message.send``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal, Protocol, TypedDict

from ecomflow import ActionCall, action, hookimpl
from ecomflow.actions.results import filled, whole

Channel = Literal["sms", "whatsapp", "chat", "push"]


class CustomerMessage(TypedDict, total=False):
    """A message to a customer."""

    id: str
    to: str
    text: str
    channel: str
    choices: list[str] | None
    created_at: datetime


class CustomerMessages(Protocol):
    """A connection that brings short messages to customers."""

    async def message_send(self, call: ActionCall, message: Mapping[str, Any]) -> Mapping[str, Any]:
        """Bring a message with these fields of :class:`CustomerMessage` to its customer, once for the call's key; return it."""
        ...


@action("message.send", effect="sends", idempotent=True, connections=("local",))
async def send(
    call: ActionCall, to: str, text: str, channel: Channel = "sms", choices: list[str] | None = None
) -> CustomerMessage:  # fmt: skip
    """Send a customer a short message. What is pressed or written in answer comes in as ``message.received``.

    Consent is not looked up here, for it says no purpose: ask it of the shop in a step before. `local` keeps the message and sends it to nobody.

    Args:
        to: a phone number, or what the channel calls the customer.
        text: the message.
        channel: the way it takes.
        choices: the texts of buttons, where the channel has some; one that is pressed is ``message.choice``.
    """
    message = {"to": filled("to", to), "text": filled("text", text), "channel": channel, "choices": choices}
    messenger: CustomerMessages = call.connection
    return whole(CustomerMessage, await messenger.message_send(call, message))


@send.plan
def plan(to: object = None, text: object = None, channel: object = "sms", **_: object) -> str:
    """Say who would be told what."""
    return f"{channel} to {to}: {text}"


@hookimpl
def register_actions(register: Callable[[object], None]) -> None:
    """Register ``message.send``."""
    register(send)
