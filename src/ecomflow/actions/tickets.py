"""The actions ``ticket.…``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol, TypedDict

from ecomflow import ActionCall, Email, Permanent, action, hookimpl
from ecomflow.actions.results import filled, tagging, whole, whole_or_none

Priority = Literal["low", "normal", "high", "urgent"]
Status = Literal["new", "open", "pending", "solved"]


class Message(TypedDict):
    """What was written into a ticket after its opening."""

    at: datetime
    kind: Literal["reply", "note"]
    text: str


class Ticket(TypedDict, total=False):
    """A customer's request, and what was answered."""

    id: str
    subject: str
    text: str | None
    status: Literal["new", "open", "pending", "solved", "closed"]
    priority: Priority
    tags: list[str]
    team: str | None
    person: str | None
    email: str | None
    customer_id: str | None
    order_id: str | None
    messages: list[Message]
    created_at: datetime
    closed_at: datetime | None


class Tickets(Protocol):
    """A connection to a help desk."""

    async def ticket_create(self, call: ActionCall, ticket: Mapping[str, Any]) -> Mapping[str, Any]:
        """Open a ticket with these fields of :class:`Ticket`, and return it."""
        ...

    async def ticket_get(self, call: ActionCall, ticket: str) -> Mapping[str, Any] | None:
        """Return the ticket of an id, or None."""
        ...

    async def ticket_reply(self, call: ActionCall, ticket: str, text: str) -> Mapping[str, Any]:
        """Send the customer an answer; return the ticket as it is then."""
        ...

    async def ticket_note(self, call: ActionCall, ticket: str, text: str) -> Mapping[str, Any]:
        """Keep a note that the customer does not see; return the ticket as it is then."""
        ...

    async def ticket_tag(self, call: ActionCall, ticket: str, tags: Sequence[str], remove: Sequence[str]) -> Mapping[str, Any]:
        """Add and remove tags; return the ticket as it is then."""
        ...

    async def ticket_set_priority(self, call: ActionCall, ticket: str, priority: str) -> Mapping[str, Any]:
        """Set one of the four priorities; return the ticket as it is then."""
        ...

    async def ticket_set_status(self, call: ActionCall, ticket: str, status: str) -> Mapping[str, Any]:
        """Set one of the four statuses of a ticket that is not closed, or opens again; return the ticket as it is then."""
        ...

    async def ticket_assign(self, call: ActionCall, ticket: str, team: str | None, person: str | None) -> Mapping[str, Any]:
        """Hand it to a team, a person or both; who is None stays. Return the ticket as it is then."""
        ...

    async def ticket_close(self, call: ActionCall, ticket: str, reason: str | None) -> Mapping[str, Any]:
        """Close it, with a reason for the team; a closed one stays. Return the ticket as it is then."""
        ...


def _desk(call: ActionCall) -> Tickets:
    desk: Tickets = call.connection
    return desk


@action("ticket.create", effect="writes", idempotent=True, connections=("local",))
async def create(
    call: ActionCall,
    subject: str,
    text: str | None = None,
    email: Email | None = None,
    customer: str | None = None,
    order: str | None = None,
    priority: Priority = "normal",
    tags: list[str] | None = None,
    team: str | None = None,
) -> Ticket:
    """Open a ticket.

    Args:
        subject: in a few words.
        text: what the customer wants.
        email: the customer's address.
        customer: the customer's id.
        order: the id of the order that it is about.
        priority: how urgent it is.
        tags: to find it by.
        team: who takes care of it.
    """
    ticket = {
        "subject": filled("subject", subject), "text": text, "email": email, "customer_id": customer, "order_id": order,
        "priority": priority, "tags": list(dict.fromkeys(tags or ())), "team": team,
    }  # fmt: skip
    return whole(Ticket, await _desk(call).ticket_create(call, ticket))


@create.plan
def plan_create(subject: object = None, priority: object = "normal", team: object = None, **_: object) -> str:
    """Say which ticket would be opened."""
    urgent = "" if priority == "normal" else f", {priority}"
    return f"open ticket: {subject}{urgent}" + (f", for {team}" if team else "")


@action("ticket.get", effect="reads", idempotent=True, connections=("local",))
async def get(call: ActionCall, ticket: str) -> Ticket | None:
    """Look a ticket up; none where there is no such ticket.

    Args:
        ticket: the ticket's id.
    """
    return whole_or_none(Ticket, await _desk(call).ticket_get(call, ticket))


@get.plan
def plan_get(ticket: object = None, **_: object) -> str:
    """Say which ticket it would look up."""
    return f"look up ticket {ticket}"


@action("ticket.reply", effect="sends", idempotent=True, connections=("local",))
async def reply(call: ActionCall, ticket: str, text: str) -> Ticket:
    """Answer the customer.

    Args:
        ticket: the ticket's id.
        text: what the customer reads.
    """
    return whole(Ticket, await _desk(call).ticket_reply(call, ticket, filled("text", text)))


@reply.plan
def plan_reply(ticket: object = None, text: object = None, **_: object) -> str:
    """Say what would be answered."""
    return f"answer ticket {ticket}: {text}"


@action("ticket.note", effect="writes", idempotent=True, connections=("local",))
async def note(call: ActionCall, ticket: str, text: str) -> Ticket:
    """Write a note into a ticket; the customer does not see it.

    Args:
        ticket: the ticket's id.
        text: what the team reads.
    """
    return whole(Ticket, await _desk(call).ticket_note(call, ticket, filled("text", text)))


@note.plan
def plan_note(ticket: object = None, text: object = None, **_: object) -> str:
    """Say what would be noted."""
    return f"note in ticket {ticket}: {text}"


@action("ticket.tag", effect="writes", idempotent=True, connections=("local",))
async def tag(call: ActionCall, ticket: str, tags: list[str], remove: list[str] | None = None) -> Ticket:
    """Add tags to a ticket, and take others away.

    Args:
        ticket: the ticket's id.
        tags: to add; those that are there already stay once.
        remove: to take away.
    """
    return whole(Ticket, await _desk(call).ticket_tag(call, ticket, tags, remove or ()))


@tag.plan
def plan_tag(ticket: object = None, tags: object = None, remove: object = None, **_: object) -> str:
    """Say which tags would change."""
    return f"tag ticket {ticket}: {tagging(tags, remove)}"


@action("ticket.set_priority", effect="writes", idempotent=True, connections=("local",))
async def set_priority(call: ActionCall, ticket: str, priority: Priority) -> Ticket:
    """Set how urgent a ticket is.

    Args:
        ticket: the ticket's id.
        priority: from now on.
    """
    return whole(Ticket, await _desk(call).ticket_set_priority(call, ticket, priority))


@set_priority.plan
def plan_set_priority(ticket: object = None, priority: object = None, **_: object) -> str:
    """Say which priority would be set."""
    return f"set ticket {ticket} to {priority}"


@action("ticket.set_status", effect="writes", idempotent=True, connections=("local",))
async def set_status(call: ActionCall, ticket: str, status: Status) -> Ticket:
    """Set how far a ticket is; one that is closed opens again. ``ticket.close`` closes it.

    Args:
        ticket: the ticket's id.
        status: from now on.
    """
    return whole(Ticket, await _desk(call).ticket_set_status(call, ticket, status))


@set_status.plan
def plan_set_status(ticket: object = None, status: object = None, **_: object) -> str:
    """Say which status would be set."""
    return f"set the status of ticket {ticket} to {status}"


@action("ticket.assign", effect="writes", idempotent=True, connections=("local",))
async def assign(call: ActionCall, ticket: str, team: str | None = None, person: str | None = None) -> Ticket:
    """Hand a ticket to a team, a person or both; who is not named stays as it was.

    Args:
        ticket: the ticket's id.
        team: which takes care of it.
        person: who takes care of it.
    """
    if not team and not person:
        raise Permanent("ticket.assign needs a team or a person", type="wrong_parameter")
    return whole(Ticket, await _desk(call).ticket_assign(call, ticket, team or None, person or None))


@assign.plan
def plan_assign(ticket: object = None, team: object = None, person: object = None, **_: object) -> str:
    """Say who would get it."""
    return f"hand ticket {ticket} to {', '.join(str(each) for each in (team, person) if each)}"


@action("ticket.close", effect="writes", idempotent=True, connections=("local",))
async def close(call: ActionCall, ticket: str, reason: str | None = None) -> Ticket:
    """Close a ticket; one that is closed stays as it is.

    Args:
        ticket: the ticket's id.
        reason: why, as a note that the customer does not see.
    """
    return whole(Ticket, await _desk(call).ticket_close(call, ticket, reason))


@close.plan
def plan_close(ticket: object = None, reason: object = None, **_: object) -> str:
    """Say which ticket would be closed."""
    return f"close ticket {ticket}" + (f": {reason}" if reason else "")


@hookimpl
def register_actions(register: Callable[[object], None]) -> None:
    """Register ``ticket.…``."""
    for each in (create, get, reply, note, tag, set_priority, set_status, assign, close):
        register(each)
