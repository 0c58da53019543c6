"""What goes wrong: a message, an exit code, and a stack trace only where it is asked for."""

import pytest

from ecomflow.cli.commands import runs


@pytest.fixture
def broken(monkeypatch):
    """Let `runs` fail as nothing should."""

    def fail(*_):
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(runs, "look_or_nothing", fail)


def test_a_surprise_is_told_without_a_stack_trace(ecomflow, shop, broken):
    result = ecomflow("runs")

    assert result.code == 1
    assert "error: ZeroDivisionError: oh" in result.err
    assert "Traceback" not in result.err


def test_debug_shows_the_stack_trace(ecomflow, shop, broken):
    assert "Traceback" in ecomflow("runs", "--debug").err


def test_a_folder_without_a_project_is_3(ecomflow, tmp_path):
    result = ecomflow("check", "--project", tmp_path)

    assert result.code == 3
    assert "ecomflow init" in result.err


def test_an_interruption_is_130(ecomflow, shop, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(runs, "look_or_nothing", interrupt)

    assert ecomflow("runs").code == 130
