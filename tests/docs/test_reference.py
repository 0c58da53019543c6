"""What follows from the code stands in the pages as it is, and nothing is left out."""

import inspect
import re

import pytest
from generated import PARTS, command, renewed
from pages import PAGES, Page, page

from ecomflow import hookspecs
from ecomflow.cli.root import COMMANDS
from ecomflow.language import CODES, trigger_kinds
from ecomflow.registry import Registry

COMMAND_LINE = page("docs/command-line.md")
REFERENCE = page("docs/reference.md")
COMMON = {"project", "as_json", "debug"}


@pytest.mark.parametrize("each", PAGES, ids=lambda each: each.name)
def test_generated_parts_are_up_to_date(each):
    assert renewed(each.text) == each.text, "run `python tests/docs/generated.py`"


@pytest.mark.parametrize("part", PARTS)
def test_every_generated_part_stands_somewhere(part):
    assert sum(f"<!-- begin: {part} -->" in each.text for each in PAGES) == 1


def test_every_code_has_its_place():
    assert set(CODES) <= page("docs/errors.md").named


CATALOG = Registry.load().catalog
KINDS = {
    "Actions": {name: spec.params for name, spec in CATALOG.actions.items()},
    "Triggers": {name: each.schema for name, each in trigger_kinds(CATALOG).items()},
    "Connections": {name: spec.settings for name, spec in CATALOG.connections.items()},
    "Event types": {name: each.schema for name, each in CATALOG.event_types.items()},
}


@pytest.mark.parametrize(("title", "name"), [(title, name) for title, known in KINDS.items() for name in known])
def test_all_that_is_installed_is_documented_with_its_exact_arguments(title, name):
    section = Page("reference", REFERENCE.section(title)).section(name)
    listed = re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)
    noun = name.partition(".")[0]
    wanted = KINDS[title][name].get("properties", {})
    if title == "Event types":
        wanted = [*(f"{noun}.{each}" for each in wanted[noun]["properties"]), *(each for each in wanted if each != noun)]

    assert listed == list(wanted)


@pytest.mark.parametrize("name", [name for name in vars(hookspecs) if name.startswith("register_")])
def test_every_hook_is_documented_with_its_exact_arguments(name):
    given = inspect.signature(getattr(hookspecs, name)).parameters
    section = REFERENCE.section(name)

    assert f"`{name}({', '.join(given)})`" in section
    assert all(f"- `{argument}` " in section for argument in given)
    assert f"`{name}`" in page("docs/python.md").text


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_has_its_place(name):
    whole = command(name)
    inner = {f"{name} {each}": known for each, known in getattr(whole, "commands", {}).items()}

    for heading, known in (inner or {name: whole}).items():
        section = COMMAND_LINE.section(heading)
        for option in (each for each in known.params if each.param_type_name == "option"):
            shown = COMMAND_LINE.text if option.name in COMMON else section
            assert all(spelled in shown for spelled in option.opts), option.opts


@pytest.mark.parametrize("each", [each for each in PAGES if each.name != "docs/errors.md"], ids=lambda each: each.name)
def test_every_command_that_a_page_speaks_of_exists(each):
    spoken = {text.split()[1] for text in each.named if text.startswith("ecomflow ") and text.split()[1].isalpha()}

    assert spoken - {"COMMAND"} <= set(COMMANDS)


def test_the_glossary_has_each_word_once_in_order():
    words = [
        line.split("|")[1].strip() for line in page("docs/glossary.md").text.splitlines() if line.startswith("| ")
    ][1:]

    assert words == sorted(set(words))
