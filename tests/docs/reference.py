"""The parts of docs/reference.md that follow from the code: hooks, kinds, actions, types, with their exact arguments."""

from __future__ import annotations

import inspect
from inspect import cleandoc

from ecomflow import hookspecs
from ecomflow.cli.catalogue.schemas import arguments, kind, one_line
from ecomflow.language import keywords, trigger_kinds
from ecomflow.language.grammar import CONDITIONS, STEPS_OF_KIND, WORKFLOW
from ecomflow.registry import Registry
from ecomflow.signatures import parse_docstring

CATALOG = Registry.load().catalog


def table(header, rows):
    lines = [header, ["---"] * len(header), *rows]
    return "".join(
        "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in line).replace("``", "`") + " |\n"
        for line in lines
    )


def paragraphs(text):
    return "".join(f"{line}\n" for line in cleandoc(text).replace("``", "`").splitlines())


def parameters(schema):
    rows = [[f"`{each.name}`", each.kind, each.need, each.text] for each in arguments(schema)]
    return table(["name", "takes", "default", ""], rows) if rows else ""


def section(name, text, *rest):
    return "\n".join([f"### {name}\n", text, *filter(None, rest)])


# --- hooks


def hooks():
    found = {name: hook for name, hook in vars(hookspecs).items() if name.startswith("register_")}
    return "\n".join(_hook(name, hook) for name, hook in found.items())


def _hook(name, hook):
    text, given = parse_docstring(inspect.getdoc(hook))
    taken = "".join(f"- `{argument}` {one_line(each)}\n" for argument, each in given.items())
    return section(name, f"`{name}({', '.join(inspect.signature(hook).parameters)})`: {text}\n", _plain(taken))


def _plain(text):
    return text.replace(":class:`~ecomflow.model.", "`").replace(":class:`~ecomflow.plugins.", "`")


# --- what is installed


def actions():
    return "\n".join(_action(spec) for _, spec in sorted(CATALOG.actions.items()))


def _action(spec):
    again = "once for the same key" if spec.idempotent else "each time it is called"
    kinds = " or ".join(f"`{each}`" for each in spec.connections)
    through = f", through a connection of kind {kinds}" if kinds else ""
    inner = spec.result.get("items", spec.result)
    listed = "a list, each with " if "items" in spec.result else ""
    result = listed + ", ".join(f"`{name}`" for name in inner.get("properties", ())) or "none"
    head = f"Effect: `{spec.effect}`, {again}{through}. Result: {result}.\n\n{paragraphs(spec.description)}"
    return section(spec.name, head, parameters(spec.params))


def triggers():
    return "\n".join(_trigger(each) for _, each in sorted(trigger_kinds(CATALOG).items()))


def _trigger(each):
    known = ", ".join(f"`{key}`" for key in each.keys)
    return section(each.name, f"Known by {known}. {paragraphs(each.description)}", parameters(each.schema))


def connections():
    found = sorted(CATALOG.connections.items())
    return "\n".join(section(name, paragraphs(spec.description), parameters(spec.settings)) for name, spec in found)


def event_types():
    return "\n".join(map(_event_type, CATALOG.event_types.values()))


def _event_type(known):
    noun = known.name.partition(".")[0]
    whole = known.schema["properties"]
    own = [[f"`{noun}.{name}`", _field(part)] for name, part in whole.get(noun, {}).get("properties", {}).items()]
    beside = [[f"`{name}`", _field(part)] for name, part in whole.items() if name != noun]
    return section(known.name, f"{known.description} The subject is `{known.subject}`.\n", table(["field", "is"], own + beside))


def _field(schema):
    named = ", ".join(f"`{name}`" for name in schema.get("items", schema).get("properties", ()))
    told = f", {schema['description']}" if "description" in schema else ""
    return kind(schema) + (f": {named}" if named else "") + told


# --- keys of a workflow file


def workflow_keys():
    return table(["key", "takes", ""], [_key(name, part, keywords.WORKFLOW) for name, part in WORKFLOW["properties"].items()])


def _key(name, part, words):
    return [f"`{name}`", kind(part), words[name]]


def steps():
    common = table(["key", "takes", ""], [[f"`{name}`", "condition" if name == "if" else "text", text] for name, text in keywords.STEP.items()])
    return f"{section('Every step', common)}\n" + "\n".join(_step(name, schema) for name, schema in STEPS_OF_KIND.items())


def _step(name, schema):
    words = keywords.STEPS[name]
    own = [_key(key, part, words) for key, part in schema["properties"].items() if key in words]
    inside = [[f"`{name}.{key}`", "", text] for key, text in keywords.PARTS.get(name, {}).items()] if name in keywords.PARTS else []
    retry = [[f"`retry.{key}`", "", text] for key, text in keywords.PARTS["retry"].items()] if name == "action" else []
    branch = [["`choose[].if`, `choose[].then`", "", "A branch: its condition and its steps."]] if name == "choose" else []
    return section(name if name != "if" else "if, then, else", table(["key", "takes", ""], [*own, *inside, *retry, *branch]))


def conditions():
    rows = [[f"`{{{', '.join(f'{key}: …' for key in schema['properties'])}}}`", keywords.CONDITIONS[name]] for name, schema in CONDITIONS.items()]
    return table(["condition", ""], rows)


PARTS = {
    "hooks": hooks,
    "actions": actions,
    "triggers": triggers,
    "connections": connections,
    "event types": event_types,
    "workflow keys": workflow_keys,
    "steps": steps,
    "conditions": conditions,
}
