"""Every Python block runs, in a folder that holds the project `shop`, without a network; or it stands in a file that other tests run."""

import socket

import pytest
from pages import BLOCKS, ROOT

PARTS = [block for block in BLOCKS if "part of" in block.marks]
PYTHON = [block for block in BLOCKS if block.language == "python" and block not in PARTS]


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


@pytest.mark.parametrize("block", PARTS, ids=str)
def test_part_stands_in_its_file(block):
    assert block.text in (ROOT / block.marks["part of"]).read_text(encoding="utf-8")
