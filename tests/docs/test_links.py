"""Links lead somewhere, each kind of block is run by some test, and what the shell blocks name exists."""

import re
import tomllib

import pytest
from pages import BLOCKS, PAGES, ROOT, page

RUN = {"yaml", "python", "console", "sh", "jinja", "ini", "toml"}


@pytest.mark.parametrize("where", PAGES, ids=lambda each: each.name)
def test_links_lead_somewhere(where):
    broken = []
    for link in where.links:
        target, _, anchor = link.partition("#")
        if target.startswith("https://"):
            continue
        file = (ROOT / where.name).parent / target if target else ROOT / where.name
        known = file.exists() and (not anchor or anchor in page(str(file.resolve().relative_to(ROOT))).anchors)
        broken += [] if known else [link]
    assert broken == []


def test_every_page_can_be_reached_from_the_readme():
    reached, open_ = set(), ["README.md"]
    while open_:
        name = open_.pop()
        reached.add(name)
        targets = {link.partition("#")[0] for link in page(name).links if not link.startswith("https://")}
        files = {str(((ROOT / name).parent / target).resolve().relative_to(ROOT)) for target in targets if target.endswith(".md")}
        open_ += files - reached

    assert {each.name for each in PAGES} <= reached


def test_every_kind_of_block_is_known():
    assert {block.language for block in BLOCKS} <= RUN
    assert sum(each.text.count("\n```") + each.text.startswith("```") for each in PAGES) == 2 * len(BLOCKS), (
        "a fence that is not read"
    )


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.language == "sh"], ids=str)
def test_shell_blocks_name_what_exists(block):
    makefile = (ROOT / "Makefile").read_text()
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]

    for target in re.findall(r"^make (\w+)", block.text, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for named in re.findall(r"\.\[([\w,]+)\]", block.text):
        assert set(named.split(",")) <= extras.keys()


def test_the_two_commands_stand_at_the_top():
    first = page("README.md").blocks[0]

    assert first.line < 5
    assert [line.partition("#")[0].strip() for line in first.text.splitlines()] == ["make demo", "make test"]
