"""What is said of workflows that are paused, where somebody might wonder why nothing goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecomflow.cli.output import note

if TYPE_CHECKING:
    from ecomflow.runtime.reading import Reader


def note_paused(reader: Reader) -> None:
    """Say on stderr what is paused, and how it goes on."""
    paused = reader.paused()
    for connection in reader.held_calls.troubled():
        lets = f"; `ecomflow resume --connection {connection.split()[0]}` lets it go on" if connection.endswith(" is paused") else ""
        note(f"Connection {connection}. Its calls are held{lets}.")
    if "*" in paused:
        note("The whole shop is paused: events are kept, nothing is sent. `ecomflow resume --all` lets it go on.")
    elif paused:
        note(f"Paused: {', '.join(paused)}. Events are kept; `ecomflow resume {paused[0]}` lets it go on.")
