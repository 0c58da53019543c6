"""Records that a person hands over: one JSON object, a list of them, or one a line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NamedTuple

import click

from ecomflow.jsontext import from_json


class Given(NamedTuple):
    """A value, and where it stands: ``record 3`` or ``line 3``, or an empty text for the only one."""

    place: str
    value: Any


def read_records(file: str) -> list[Given]:
    """Return what a file holds, or stdin for ``-``.

    Raises:
        BadParameter: it is not UTF-8, or no JSON.
    """
    text = _text(file)
    try:
        whole = from_json(text)
    except ValueError as error:
        lines = _lines(text)
        if len(lines) > 1 and lines[0][1].startswith("{") and lines[0][1].endswith("}"):
            return [_of_line(file, number, line) for number, line in lines]
        raise click.BadParameter(f"{_named(file)} is no JSON: {error}") from None
    if isinstance(whole, list):
        return [Given(f"record {number}", value) for number, value in enumerate(whole, 1)]
    return [Given("", whole)]


def _text(file: str) -> str:
    raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.BadParameter(f"{_named(file)} is not UTF-8: {error.reason} at byte {error.start}") from None


def _lines(text: str) -> list[tuple[int, str]]:
    return [(number, line.strip()) for number, line in enumerate(text.split("\n"), 1) if line.strip()]


def _of_line(file: str, number: int, line: str) -> Given:
    try:
        return Given(f"line {number}", from_json(line))
    except ValueError as error:
        raise click.BadParameter(f"line {number} of {_named(file)} is no JSON: {error}") from None


def _named(file: str) -> str:
    return "stdin" if file == "-" else file
