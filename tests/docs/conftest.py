"""Lets the tests beside import each other, and gives them a project to try the pages on."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from pages import BLOCKS, page, project_file

from ecomflow.cli.samples import add_records
from ecomflow.cli.template import write_project
from ecomflow.registry import Registry


@pytest.fixture(scope="session")
def registry():
    return Registry.load()


@pytest.fixture
def shop(tmp_path, registry):
    """Return the folder of the project that `ecomflow init` makes."""
    folder = tmp_path / "shop"
    write_project(folder, "abandoned-cart")
    add_records(folder, registry, "abandoned-cart")
    return folder


@pytest.fixture
def documented_shop(shop):
    """Return that project with the project file that docs/language.md shows, and the workflows that it has others call."""
    (shop / "ecomflow.yaml").write_text(project_file(page("docs/language.md")).text)
    for block in BLOCKS:
        if "file" in block.marks:
            (shop / "workflows" / block.marks["file"]).write_text(block.text)
    return shop
