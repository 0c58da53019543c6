"""The command itself: help, names, exit codes of misuse."""

import subprocess
import sys
from importlib import import_module

import pytest

from ecomflow.cli.root import COMMANDS

HEAVY = ["apsw", "asyncio", "jinja2", "jsonschema", "msgspec", "yaml", "ecomflow.registry", "ecomflow.language", "ecomflow.runtime"]


def test_help_lists_every_command(ecomflow):
    result = ecomflow("--help")

    assert result.code == 0
    assert all(f"  {name} " in result.out for name in COMMANDS)


def test_help_imports_nothing_heavy():
    # Given a fresh interpreter, when it prints the help, then what takes long to import was not imported.
    code = "import sys; from ecomflow.cli.running import run; run(['--help']); print([m for m in sys.argv[1:] if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code, *HEAVY], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_takes_project_and_json(ecomflow, name):
    command = import_module(f"ecomflow.cli.commands.{name.replace('-', '_')}").command

    assert command.name == name
    for words in [[name, inner] for inner in getattr(command, "commands", ())] or [[name]]:
        result = ecomflow(*words, "--help")
        assert result.code == 0
        assert "--project DIR" in result.out
        assert "--json" in result.out


def test_without_a_command_the_help_is_shown(ecomflow):
    result = ecomflow()

    assert result.code == 2
    assert "Usage: ecomflow" in result.err


def test_a_wrong_command_is_told_with_the_nearest(ecomflow):
    result = ecomflow("chek")

    assert result.code == 2
    assert "did you mean check?" in result.err
    assert result.out == ""


@pytest.mark.parametrize("words", [["show"], ["runs", "--status", "asleep"], ["check", "--nope"], ["emit", "--data", "-"], ["pause"]])
def test_misuse_is_2(ecomflow, shop, words):
    result = ecomflow(*words)

    assert result.code == 2
    assert result.err.startswith("Usage: ecomflow")


def test_what_was_typed_is_printed_without_its_escapes(ecomflow):
    result = ecomflow("\x1b[31mred")

    assert result.code == 2
    assert "\x1b" not in result.err


def test_the_version(ecomflow):
    assert ecomflow("--version").out.startswith("ecomflow ")
