"""The action ``notify.send``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, Protocol, TypedDict, runtime_checkable

from ecomflow import ActionCall, Permanent, action, hookimpl
from ecomflow.actions import mail
from ecomflow.actions.results import filled, whole

_MAIL: Final = "email"
_SUBJECT: Final = 78


class Message(TypedDict, total=False):
    """A message that was sent."""

    id: str
    to: list[str]
    subject: str | None
    text: str
    channel: str | None
    created_at: datetime


@runtime_checkable
class Messenger(Protocol):
    """A connection that brings messages to people; one that does not, takes them as mail."""

    async def notify_send(self, call: ActionCall, message: Mapping[str, Any]) -> Mapping[str, Any]:
        """Bring a message with these fields of :class:`Message` to its people, and return it."""
        ...


@action("notify.send", effect="sends", idempotent=False, connections=("local", "smtp"))
async def send(
    call: ActionCall, to: str | list[str], text: str, subject: str | None = None, channel: str | None = None
) -> Message:  # fmt: skip
    """Send a short message to people of the shop. Through `smtp` it is a plain mail, `local` keeps it and sends it to nobody.

    Args:
        to: a person or a team, or a list; for a mail their addresses, such as ``{{ people.buyers }}``.
        text: the message.
        subject: of a mail; by default the beginning of the text.
        channel: the way it takes, where the connection has several.
    """
    people = [to] if isinstance(to, str) else list(dict.fromkeys(to))
    if not people:
        raise Permanent("to: is empty", type="wrong_recipient")
    message = {"to": people, "subject": subject, "text": filled("text", text), "channel": channel}
    messenger = call.connection
    sent = await messenger.notify_send(call, message) if isinstance(messenger, Messenger) else await _mailed(call, message)
    return whole(Message, sent)


async def _mailed(call: ActionCall, message: Mapping[str, Any]) -> Mapping[str, Any]:
    if message["channel"] not in (None, _MAIL):
        raise Permanent(f"channel: this connection sends mail alone, not {message['channel']!r}", type="wrong_parameter")
    subject = message["subject"] or message["text"].strip().splitlines()[0][:_SUBJECT]
    sent = await mail.send(call, message["to"], subject=subject, text=message["text"])
    return {**message, "id": sent["message_id"], "subject": sent["subject"], "channel": _MAIL, "created_at": call.now.isoformat()}


@send.plan
def plan(to: object = None, text: object = None, subject: object = None, **_: object) -> str:
    """Say who would be told what."""
    people = ", ".join(map(str, to)) if isinstance(to, (list, tuple)) else to
    return f"tell {people}: {subject or text}"


@hookimpl
def register_actions(register: Callable[[object], None]) -> None:
    """Register ``notify.send``."""
    register(send)
