"""The parts of the pages that follow from the code; `python tests/docs/generated.py` writes them anew."""

from __future__ import annotations

import re
from importlib import import_module
from inspect import cleandoc

import click
from pages import ROOT

from ecomflow.cli.root import SECTIONS
from ecomflow.language import CODES
from ecomflow.registry import Registry

_PART = re.compile(r"(<!-- begin: (?P<name>[\w ]+) -->\n).*?(<!-- end: (?P=name) -->)", re.DOTALL)
_COMMON = {"--project", "--json", "--debug"}
_NOTHING = object()


def table(header, rows):
    lines = [header, ["---"] * len(header), *rows]
    return "".join(
        "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in line).replace("``", "`") + " |\n"
        for line in lines
    )


# --- errors


def errors():
    return table(
        ["code", "means", "cause and fix"], [[f"`{each.code}`", each.title, each.text] for each in CODES.values()]
    )


# --- schemas


def kind(schema):
    """Return the kind of value that a schema asks for, in words."""
    if "enum" in schema:
        return " or ".join(f"`{each}`" for each in schema["enum"])
    types = schema.get("type", [])
    names = [each for each in ([types] if isinstance(types, str) else types) if each != "null"]
    words = {
        "string": "text",
        "number": "number",
        "integer": "whole number",
        "boolean": "true or false",
        "array": "list",
        "object": "mapping",
    }
    special = {"duration": "duration", "template": "file under `templates/`", "template-data": "mapping"}
    mark = special.get(schema.get("x-ecomflow", ""))
    return mark or " or ".join(words[name] for name in names) or "anything"


def parameters(schema):
    required = schema.get("required", ())
    rows = []
    for name, part in schema["properties"].items():
        default = part.get("default", _NOTHING)
        word = (
            "needed"
            if name in required
            else ""
            if default in (_NOTHING, "")
            else f"`{str(default).lower() if isinstance(default, bool) else default}`"
        )
        rows.append([f"`{name}`", kind(part), word, part.get("description", "")])
    return table(["name", "takes", "default", ""], rows)


def actions():
    return "\n".join(map(_action, sorted(Registry.load().catalog.actions.values(), key=lambda spec: spec.name)))


def _action(spec):
    again = "once for the same key" if spec.idempotent else "each time it is called"
    through = (
        f", through a connection of kind {' or '.join(f'`{each}`' for each in spec.connections)}"
        if spec.connections
        else ""
    )
    inner = spec.result.get("items", spec.result)
    listed = "a list, each with " if "items" in spec.result else ""
    result = listed + ", ".join(f"`{name}`" for name in inner.get("properties", ())) or "none"
    head = f"### {spec.name}\n\nEffect: `{spec.effect}`, {again}{through}. Result: {result}.\n\n"
    return head + paragraphs(spec.description) + "\n" + parameters(spec.params)


def paragraphs(text):
    return "".join(f"{line}\n" for line in cleandoc(text).replace("``", "`").splitlines())


def connections():
    specs = Registry.load().catalog.connections
    return "\n".join(
        f"### {name}\n\n{paragraphs(spec.description)}\n{parameters(spec.settings)}"
        for name, spec in sorted(specs.items())
    )


def event_types():
    return "\n".join(map(_event_type, Registry.load().catalog.event_types.values()))


def _event_type(known):
    head = f"### {known.name}\n\n{known.description} The subject is `{known.subject}`.\n\n"
    noun = known.name.partition(".")[0]
    whole = known.schema["properties"]
    own = [[f"`{noun}.{name}`", _field(part)] for name, part in whole[noun]["properties"].items()]
    beside = [[f"`{name}`", _field(part)] for name, part in whole.items() if name != noun]
    return head + table(["field", "is"], own + beside)


def _field(schema):
    inner = schema.get("items", schema)
    named = ", ".join(f"`{name}`" for name in inner.get("properties", ()))
    listed = "list of " if "items" in schema else ""
    plain = kind(inner) + ("s" if listed else "")
    return (
        f"{listed}{plain}"
        + (f": {named}" if named else "")
        + (f", {schema['description']}" if "description" in schema else "")
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


PARTS = {
    "errors": errors,
    "actions": actions,
    "connections": connections,
    "event types": event_types,
    "commands": commands,
}


def renewed(text):
    """Return the text of a page with its generated parts as they follow from the code."""
    return _PART.sub(lambda found: f"{found[1]}\n{PARTS[found['name']]()}\n{found[3]}", text)


if __name__ == "__main__":
    for path in (ROOT / "docs").glob("*.md"):
        path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")
