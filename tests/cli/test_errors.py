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


def test_a_loop_of_events_is_a_warning_with_its_way_and_no_failure(ecomflow, tmp_path):
    for name, hears, says in (("asks", "thing.made", "thing.seen"), ("tells", "thing.seen", "thing.made")):
        text = f"name: {name}\ntrigger: {{event: {hears}}}\nactions:\n  - emit: {says}\n"
        (tmp_path / "workflows").mkdir(exist_ok=True)
        (tmp_path / "workflows" / f"{name}.yaml").write_text(text, "utf-8")
    (tmp_path / "ecomflow.yaml").write_text("shop: acme\n", "utf-8")

    result = ecomflow("check", "--project", tmp_path)

    assert result.code == 0
    assert "warning" in result.out
    assert "EF136" in result.out
    assert "workflows/asks.yaml:4" in result.out
    assert "`asks` emits `thing.seen`, which starts `tells`; `tells` emits `thing.made`, which starts `asks`" in result.out
