"""What people ask of runs: the run is looked up first, then the engine is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow.cli.engines import ask, look

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from ecomflow.cli.output import Out
    from ecomflow.model import Run
    from ecomflow.runtime.embedded import Engine


def find_run(project: Path, text: str) -> Run:
    """Return a run by its id, or by its number alone (``r12``).

    Raises:
        NotFoundError: there is none.
    """
    run: Run = look(project, lambda _, reader: reader.run(reader.full_id(text)))
    return run


def request(project: Path, out: Out, kind: str, said: str, work: Callable[[Engine], Awaitable[Any]], **fields: Any) -> None:
    """Ask the engine and print what became of it.

    Args:
        project: the project's folder.
        out: where it is printed.
        kind: of the JSON object.
        said: the sentence for people, once it is done.
        work: calls a method of the engine.
        fields: of the JSON object.
    """
    asked = ask(project, work)
    out.record(kind, done=asked.done, **fields)
    if asked.done:
        out.say(said)
