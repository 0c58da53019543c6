"""``ecomflow explain``: more about a fault's code."""

from __future__ import annotations

import textwrap
from difflib import get_close_matches
from typing import TYPE_CHECKING

import click

from ecomflow.cli.options import common
from ecomflow.cli.output import Ink
from ecomflow.errors import NotFoundError
from ecomflow.language import CODES

if TYPE_CHECKING:
    from pathlib import Path

    from ecomflow.cli.output import Out


@click.command("explain")
@click.argument("code", required=False)
@common
def command(project: Path, out: Out, code: str | None) -> None:  # noqa: ARG001 every command takes a project
    """Tell more about a fault's CODE, such as EF112; without a code, list all."""
    if code is None:
        out.table([Ink(known, bold=True), info.title] for known, info in CODES.items())
        for each in CODES.values():
            out.record("code", code=each.code, title=each.title, text=each.text)
        return
    info = CODES.get(code.upper())
    if info is None:
        near = get_close_matches(code.upper(), CODES, 1)
        raise NotFoundError(f"no fault has the code {code}" + (f"; did you mean {near[0]}?" if near else ""))
    out.record("code", code=info.code, title=info.title, text=info.text)
    out.say(Ink(info.code, bold=True), f": {info.title}")
    out.say()
    out.block(textwrap.fill(info.text, 96, break_on_hyphens=False, break_long_words=False))
