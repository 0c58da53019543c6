"""Tickets of the help desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from ecomflow.cli.demo.stage import Stage


def _take(stage: Stage, ticket: dict[str, Any], **beside: Any) -> None:
    stage.put("ticket", {"subject": "My order", **ticket})
    stage.emit("ticket.created", ticket["id"], {"ticket": ticket, **beside})
    (found,) = stage.find("ticket", id=ticket["id"])
    words = [f"{name} {found[name]}" for name in ("priority", "team") if found.get(name)]
    tags = f"tags {', '.join(found['tags'])}" if found.get("tags") else "no tags"
    stage.fact(f"the ticket: {', '.join([*words, tags])}")


def _another_size(stage: Stage) -> None:
    ticket = {"id": "ticket-1", "text": "please change the size of my order", "email": "jana@shopper.example"}
    _take(stage, ticket, customer={"email": "jana@shopper.example", "tags": ["vip"]})


def _no_text(stage: Stage) -> None:
    _take(stage, {"id": "ticket-2", "email": "kai@shopper.example"})


SCENES: Final = (
    ("A very important customer wants another size", _another_size),
    ("A ticket without a text: nothing is guessed", _no_text),
)
