"""The parts of the pages that follow from the code; `python tests/docs/generated.py` writes them anew."""

from __future__ import annotations

import re
from importlib import import_module
from inspect import cleandoc

import click
import reference
from pages import ROOT
from reference import table

from ecomflow.cli.root import SECTIONS
from ecomflow.language import CODES

_PART = re.compile(r"(<!-- begin: (?P<name>[\w ]+) -->\n).*?(<!-- end: (?P=name) -->)", re.DOTALL)
_COMMON = {"--project", "--json", "--debug"}


# --- errors


def errors():
    return table(
        ["code", "means", "cause and fix"], [[f"`{each.code}`", each.title, each.text] for each in CODES.values()]
    )


# --- commands


def commands():
    return "\n".join(f"## {title}\n\n" + "\n".join(map(_commands, names)) for title, names in SECTIONS.items())


def command(name):
    return import_module(f"ecomflow.cli.commands.{name.replace('-', '_')}").command


def _commands(name):
    """Return the text of a command; of a group of them, its own and that of each inside."""
    known = command(name)
    if not isinstance(known, click.Group):
        return _command(name, known)
    inner = [_command(f"{name} {each}", known.commands[each]) for each in known.commands]
    return "\n".join([f"### {name}\n\n{cleandoc(known.help)}\n", *inner])


def _command(name, known):
    with click.Context(known, info_name=name) as asked:
        given = [each for each in known.params if isinstance(each, click.Argument)]
        usage = " ".join(["ecomflow", name, *(each.make_metavar(asked) for each in given)])
        text = cleandoc(known.help or "").replace("\b\n", "")
        options = [row for each in known.params if (row := _option(each, asked)) is not None]
    told = "\n\n".join(_paragraph(each) for each in text.split("\n\n"))
    return f"### {name}\n\n`{usage}`\n\n{told}\n" + (f"\n{table(['option', ''], options)}" if options else "")


def _paragraph(text):
    lines = text.splitlines()
    return "\n".join(f"    {line}" for line in lines) if lines[0].startswith("ecomflow ") else text


def _option(each, asked):
    record = None if isinstance(each, click.Argument) or _COMMON & set(each.opts) else each.get_help_record(asked)
    return record and [f"`{record[0]}`", record[1].strip()]


PARTS = {"errors": errors, "commands": commands, **reference.PARTS}


def renewed(text):
    """Return the text of a page with its generated parts as they follow from the code."""
    return _PART.sub(lambda found: f"{found[1]}\n{PARTS[found['name']]()}\n{found[3]}", text)


if __name__ == "__main__":
    for path in (ROOT / "docs").glob("*.md"):
        path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")
