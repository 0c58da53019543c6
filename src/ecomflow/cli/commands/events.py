"""``ecomflow events``: the newest events, with what became of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ecomflow.cli.decisions import colour_of
from ecomflow.cli.engines import look_or_nothing
from ecomflow.cli.options import common
from ecomflow.cli.output import Ink, note
from ecomflow.cli.since import since_option
from ecomflow.cli.words import when, zone_of
from ecomflow.core.encoding import decode
from ecomflow.runtime.clock import to_moment
from ecomflow.store import Inbox

if TYPE_CHECKING:
    from datetime import tzinfo
    from pathlib import Path

    from ecomflow.cli.output import Out
    from ecomflow.runtime.base import DecisionRecord
    from ecomflow.runtime.embedded import Engine
    from ecomflow.runtime.reading import Reader
    from ecomflow.runtime.record import StoredEvent


@click.command("events")
@click.option("--type", "type_", help="Only events of this type.")
@since_option
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="At most so many.")
@common
def command(project: Path, out: Out, type_: str | None, since: int | None, limit: int) -> None:
    """List the newest events, with what became of each."""

    def work(engine: Engine, reader: Reader | None) -> None:
        zone = zone_of(engine.project.timezone)
        waiting = _kept(out, engine, zone, limit)
        found = [] if reader is None else reader.newest_events(type_, since, max(limit - waiting, 0))
        for stored in found:
            _show(out, stored, reader.decisions_of(stored.seq) if reader is not None else [], zone)
        if not found and not waiting:
            note("No events yet: `ecomflow emit TYPE --data FILE` puts one in.")

    look_or_nothing(project, work)


def _kept(out: Out, engine: Engine, zone: tzinfo, limit: int) -> int:
    inbox = Inbox(engine.store_path, engine.project.shop)
    try:
        letters = [letter for letter in inbox.letters() if letter.kind == "event"]
    finally:
        inbox.close()
    letters = letters[::-1][:limit]
    for letter in letters:
        body, at = decode(letter.body.encode()), to_moment(letter.at)
        out.record("event", id=body["id"], type=body["type"], source=body["source"], at=at, decided=False)
        out.say(when(at, zone), "  ", Ink(body["type"], bold=True), f"  {body['id']}  ", Ink("waits for an engine", "yellow"))
    return len(letters)


def _show(out: Out, stored: StoredEvent, decisions: list[DecisionRecord], zone: tzinfo) -> None:
    event, at = stored.event, to_moment(stored.arrived)
    out.record(
        "event", id=event.id, type=event.type, source=event.source, subject=event.subject, at=at, time=event.time,
        decided=True, decisions=[_plain(decision) for decision in decisions],
    )  # fmt: skip
    out.say(when(at, zone), "  ", Ink(event.type, bold=True), f"  {event.id}", "" if decisions else "  nobody was concerned")
    for decision in decisions:
        out.say(
            " " * 21, decision.workflow or "the event", "  ", Ink(str(decision.outcome), colour_of(decision.outcome)),
            f"  run {decision.run_id}" if decision.run_id else "", f"  {decision.reason}" if decision.reason else "",
        )  # fmt: skip


def _plain(decision: DecisionRecord) -> dict[str, Any]:
    return {
        "workflow": decision.workflow, "outcome": decision.outcome, "run": decision.run_id, "reason": decision.reason,
        "at": decision.at,
    }  # fmt: skip
