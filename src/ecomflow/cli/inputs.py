"""JSON that a person hands to a command, in a file or on stdin."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ecomflow.cli.words import moment
from ecomflow.jsontext import from_json

if TYPE_CHECKING:
    from ecomflow.model import Workflow

FILE = click.Path(exists=True, dir_okay=False, allow_dash=True)


def read_text(file: str) -> str:
    """Return what a file holds, or stdin for ``-``.

    Raises:
        BadParameter: it is not UTF-8.
    """
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.BadParameter(f"{_named(file)} is not UTF-8: {error.reason} at byte {error.start}") from None


def read_json(file: str) -> Any:
    """Return what a JSON file holds, or stdin for ``-``; numbers with a point are decimals.

    Raises:
        BadParameter: it is not UTF-8, or no JSON.
    """
    text = read_text(file)
    try:
        return from_json(text)
    except ValueError as error:
        raise click.BadParameter(f"{_named(file)} is no JSON: {error}") from None


def read_object(file: str) -> dict[str, Any]:
    """Return the JSON object that a file holds.

    Raises:
        BadParameter: it holds something else.
    """
    value = read_json(file)
    if not isinstance(value, dict):
        raise click.BadParameter(f"{_named(file)} holds no JSON object")
    return value


def event_of(given: dict[str, Any], workflow: Workflow) -> dict[str, Any]:
    """Return the event that a file holds: a CloudEvent, or the data of the only type that a workflow listens to.

    Args:
        given: the file's object.
        workflow: the one that the event is for.

    Returns:
        Its ``type``, ``data``, and under ``rest`` its other attributes.

    Raises:
        UsageError: it holds data alone, and the workflow listens to several types.
    """
    if isinstance(given.get("type"), str) and isinstance(given.get("data"), dict):
        rest = {key: given[key] for key in ("id", "source", "subject") if given.get(key) is not None}
        if given.get("time") is not None:
            rest["time"] = moment(str(given["time"]))
        return {"type": given["type"], "data": given["data"], "rest": {"source": "cli", **rest}}
    types = {type_ for trigger in workflow.triggers for type_ in trigger.types}
    if len(types) != 1 or "*" in next(iter(types)):
        raise click.UsageError(f"{workflow.name} listens to {', '.join(sorted(types)) or 'no events'}: give a CloudEvent with `type` and `data`")
    return {"type": types.pop(), "data": given, "rest": {"source": "cli"}}


def _named(file: str) -> str:
    return "stdin" if file == "-" else file
