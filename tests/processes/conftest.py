"""Lets the modules of these tests find each other; the shop and the processes that they are about."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from kit import Processes, Receiver, write_project


@pytest.fixture
def receiver():
    """Return a running receiver of effects."""
    with Receiver() as running:
        yield running


@pytest.fixture
def shop(tmp_path, receiver):
    """Return the folder of a project whose actions go to the receiver."""
    return write_project(tmp_path / "shop", receiver.port)


@pytest.fixture
def processes(shop):
    """Return what starts processes of this shop; those that are left at the end are ended."""
    with Processes(shop) as started:
        yield started
