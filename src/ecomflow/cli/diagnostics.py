"""Faults of files, as people and as programs read them."""

from __future__ import annotations

from dataclasses import asdict
from difflib import get_close_matches
from typing import TYPE_CHECKING

from ecomflow.cli.output import Ink, note
from ecomflow.errors import NotFoundError, RefusedError
from ecomflow.language import render_diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ecomflow.cli.output import Out
    from ecomflow.language import Project
    from ecomflow.model import Diagnostic, Workflow

_TOLD = ("code", "severity", "file", "line", "column", "message", "help", "workflow")


def show_faults(out: Out, faults: Iterable[Diagnostic]) -> None:
    """Print every fault in full."""
    for fault in faults:
        fields = asdict(fault)
        out.record("diagnostic", **{name: fields[name] for name in _TOLD})
        out.ready(render_diagnostic(fault, color=out.colour))
        out.say()


def errors(faults: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return the faults that keep a file from running."""
    return [fault for fault in faults if fault.severity == "error"]


def count(faults: Sequence[Diagnostic]) -> Ink:
    """Return how many errors and warnings there are, in words."""
    wrong = len(errors(faults))
    parts = [many(wrong, "error"), many(len(faults) - wrong, "warning")]
    return Ink(", ".join(filter(None, parts)) or "no faults", "red" if wrong else "yellow" if faults else "green", bold=True)


def many(number: int, word: str) -> str:
    """Return ``1 error`` or ``2 errors``; nothing for none."""
    return f"{number} {word}{'' if number == 1 else 's'}" if number else ""


def warn(faults: Iterable[Diagnostic]) -> None:
    """Say in a line each, on stderr, which files have errors and so do not run."""
    for fault in errors(faults):
        note(f"{fault.file}:{fault.line}: {fault.code} {fault.message}")


def workflow_of(out: Out, project: Project, name: str) -> Workflow:
    """Return a workflow that runs.

    Raises:
        RefusedError: it has faults, which are shown.
        NotFoundError: the project has none of that name.
    """
    if name in project.faulty:
        show_faults(out, project.faulty[name])
        raise RefusedError(f"workflow {name} has faults and does not run")
    if name not in project.workflows:
        near = get_close_matches(name, project.workflows, 1)
        help = f"did you mean {near[0]}?" if near else f"known are {', '.join(project.workflows) or 'none'}"
        raise NotFoundError(f"there is no workflow {name}; {help}")
    return project.workflows[name]
