"""What is said of workflows that are paused, where somebody might wonder why nothing goes on."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from ecomflow.cli.output import note
from ecomflow.cli.words import when
from ecomflow.runtime.embedded import wall_clock

if TYPE_CHECKING:
    from datetime import tzinfo

    from ecomflow.runtime.reading import Reader


def note_copied(reader: Reader, zone: tzinfo = UTC) -> bool:
    """Say on stderr of a store that was copied or restored where it was, and what would go on; return whether it is one."""
    origin = reader.origin(wall_clock())
    if origin is None:
        return False
    found = reader.upcoming(wall_clock())
    note(f"This store is a copy: it was at {origin}. The whole shop is paused: events are kept, nothing is sent.")
    note(f"What would go on: {found}.")
    for due in found.next:
        note(f"  {when(due.at, zone)}  {' '.join(filter(None, (due.workflow, due.run, due.subject)))}")
    note("Once no engine serves the other one, `ecomflow resume --adopt` lets this one go on.")
    return True


def note_jump(reader: Reader) -> None:
    """Say on stderr that timers hold because the machine's clock has jumped, and how they go on."""
    jump = reader.jump()
    if jump is not None:
        note(f"Attention: {jump}. Nothing that is due goes off, neither waits nor schedules.")
        note("Put the clock right, and all goes on by itself; or `ecomflow resume --clock` takes its time for the right one.")


def note_paused(reader: Reader, zone: tzinfo = UTC) -> None:
    """Say on stderr what is paused, and how it goes on."""
    note_jump(reader)
    if note_copied(reader, zone):
        return
    paused = reader.paused()
    for connection in reader.held_calls.troubled():
        lets = f"; `ecomflow resume --connection {connection.split()[0]}` lets it go on" if connection.endswith(" is paused") else ""
        note(f"Connection {connection}. Its calls are held{lets}.")
    if "*" in paused:
        note("The whole shop is paused: events are kept, nothing is sent. `ecomflow resume --all` lets it go on.")
    elif paused:
        note(f"Paused: {', '.join(paused)}. Events are kept; `ecomflow resume {paused[0]}` lets it go on.")


def is_paused(reader: Reader, workflow: str | None, connection: str | None) -> bool:
    """Return whether a workflow is paused by its name, or a connection; or, where none is named, anything at all.

    Args:
        reader: of the store.
        workflow: its name, or None for all.
        connection: its name, instead of a workflow.
    """
    if connection is not None:
        return f"{connection} is paused" in reader.held_calls.troubled()
    paused = reader.paused()
    return bool(paused) if workflow is None else workflow in paused
