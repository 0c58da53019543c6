"""What the pages type into a terminal is typed, page by page, and prints what they show."""

from contextlib import closing

import pytest
from console import Terminal, matches, typed
from pages import BLOCKS, PAGES


@pytest.mark.parametrize(
    "name", [each.name for each in PAGES if any(block.language == "console" for block in each.blocks)]
)
def test_what_is_typed_prints_what_is_shown(name, tmp_path):
    with closing(Terminal(tmp_path)) as terminal:
        for block in (block for block in BLOCKS if block.page == name and block.language == "console"):
            for one in typed(block.text):
                printed = terminal.type(one)
                assert not one.shown or matches(one.shown, printed), "\n".join([f"{block}: $ {one.line}", *printed])


def test_every_console_block_begins_with_a_command():
    assert [str(block) for block in BLOCKS if block.language == "console" and not block.text.startswith("$ ")] == []


@pytest.mark.parametrize(
    ("shown", "printed", "fits"),
    [
        (["a … c"], ["a b c"], True),
        (["a", "…", "d"], ["a", "b", "c", "d"], True),
        (["a", "…", "d"], ["a", "d"], True),
        (["a"], ["a", "b"], False),
        (["a", "b"], ["a"], False),
        (["a.c"], ["abc"], False),
        (["…"], [], True),
    ],
)
def test_matching(shown, printed, fits):
    assert matches(shown, printed) is fits
