"""JSON that a person hands to a command, in a file or on stdin."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from ecomflow.jsontext import from_json

FILE = click.Path(exists=True, dir_okay=False, allow_dash=True)


def read_json(file: str) -> Any:
    """Return what a JSON file holds, or stdin for ``-``; numbers with a point are decimals.

    Raises:
        BadParameter: it is not UTF-8, or no JSON.
    """
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return from_json(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise click.BadParameter(f"{_named(file)} is not UTF-8: {error.reason} at byte {error.start}") from None
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


def _named(file: str) -> str:
    return "stdin" if file == "-" else file
