"""Every Python block runs, in a folder that holds the project `shop`, without a network."""

import socket

import pytest
from pages import BLOCKS

PYTHON = [block for block in BLOCKS if block.language == "python"]


@pytest.fixture
def no_network(monkeypatch):
    connect = socket.socket.connect

    def refuse(self, address):
        assert self.family == getattr(socket, "AF_UNIX", None), f"a page reaches out to {address}"
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.parametrize("block", PYTHON, ids=str)
def test_block_runs(block, shop, no_network, monkeypatch):
    monkeypatch.chdir(shop.parent)
    names = {"__name__": "__main__"}

    exec(compile("\n" * block.line + block.text, block.page, "exec"), names)

    assert len(names) > 1
