"""Every Python block runs, in a folder that holds the project `shop`, without a network."""

import asyncio
import os
import socket
import sys

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
def test_block_runs(block, shop, no_network, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "__main__", "__file__": str(tmp_path / "shown.py")}
    before = set(sys.modules)

    code = compile("\n" * block.line + block.text, block.page, "exec")
    exec(code, names)  # noqa: S102 our own pages

    assert shop.is_dir()
    assert not {name for name in set(sys.modules) - before if name.startswith("shown")}
    assert os.getcwd() == str(tmp_path)
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()
