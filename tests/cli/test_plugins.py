"""plugins, plugin new, plugin check: what is installed, and what is written for those who write more."""

import os
import subprocess
import sys

import pytest

SMS = '''
from ecomflow import action, hookimpl

@action("sms.send", effect="sends")
async def send(to: str) -> None:
    """Send.

    Args:
        to: whom to.
    """

@send.plan
def plan(to):
    return f"text to {to}"

@hookimpl
def register_actions(register):
    register(send)
'''


def test_plugins_lists_what_is_built_in_and_what_is_installed(ecomflow, installed):
    installed("acme-sms", SMS, version="2.1")

    result = ecomflow("plugins", "--json")

    own, sms = result.of("plugin")
    assert result.code == 0
    assert own["distribution"] == "ecomflow"
    assert {"kind": "event type", "name": "order.created"} in own["things"]
    assert (sms["distribution"], sms["version"], sms["problems"]) == ("acme-sms", "2.1", [])
    assert sms["things"] == [{"kind": "action", "name": "sms.send"}]


def test_plugins_tells_what_is_wrong_with_whom(ecomflow, installed):
    installed("acme-bad", "raise RuntimeError('broken')")
    installed("acme-mail", SMS.replace("sms.send", "email.send"))
    installed("acme-sms", SMS)

    result = ecomflow("plugins")

    assert result.code == 1
    assert "acme-bad 1.0\n  error: plugin acme_bad could not be loaded: RuntimeError: broken\n" in result.out
    assert "action 'email.send' is claimed by acme-mail 1.0 and by ecomflow" in result.out
    assert "acme-sms 1.0\n  actions: sms.send\n" in result.out


def test_check_tells_of_a_broken_plugin_and_goes_on(ecomflow, shop, installed):
    installed("acme-bad", "import sys; sys.exit(3)")

    result = ecomflow("check")

    assert result.code == 0
    assert "plugin: acme-bad: plugin acme_bad could not be loaded: SystemExit: 3" in result.err
    assert "1 workflow checked" in result.out


# --- new ---


@pytest.mark.parametrize(("name", "module"), [("giftcard", "ecomflow_giftcard"), ("ecomflow-gift-card2", "ecomflow_gift_card2")])
def test_new_makes_a_plugin_whose_tests_pass(ecomflow, tmp_path, name, module):
    made = ecomflow("plugin", "new", name, "--dir", tmp_path / "made", "--json")

    assert made.code == 0
    assert str(tmp_path / "made" / "src" / module / "__init__.py") in {record["path"] for record in made.of("file")}
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], cwd=tmp_path / "made", capture_output=True, text=True, check=False,
        env={**os.environ, "PYTEST_ADDOPTS": ""},
    )  # fmt: skip
    assert tested.returncode == 0, tested.stdout
    assert "4 passed" in tested.stdout


def test_new_says_where_it_is_and_what_comes_next(ecomflow, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    result = ecomflow("plugin", "new", "giftcard")

    assert result.out.startswith("Made a plugin in ecomflow-giftcard:\n  .gitignore\n  README.md\n  pyproject.toml\n")
    assert "cd ecomflow-giftcard" in result.out


@pytest.mark.parametrize("name", ["", "Gift", "gift card", "-gift", "gift-", "9lives", "gift_card", "gift--card", "../gift", "é", "x" * 61, "ecomflow-"])
def test_new_refuses_what_is_no_name(ecomflow, tmp_path, name):
    result = ecomflow("plugin", "new", "--dir", tmp_path / "made", "--", name)

    assert result.code == 1
    assert "is no name of a plugin: write small letters" in result.err
    assert not (tmp_path / "made").exists()


def test_new_overwrites_nothing(ecomflow, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")

    result = ecomflow("plugin", "new", "giftcard", "--dir", tmp_path)

    assert (result.code, [each.name for each in tmp_path.iterdir()]) == (1, ["notes.txt"])
    assert "is not empty; nothing was written" in result.err


def test_new_needs_a_name(ecomflow):
    assert ecomflow("plugin", "new").code == 2


# --- check ---


def test_check_finds_nothing_wrong_with_a_good_plugin(ecomflow, installed):
    installed("acme-sms", SMS)

    assert ecomflow("plugin", "check").out == "acme-sms checked: nothing found\n"
    assert ecomflow("plugin", "check", "acme-sms").code == 0


def test_check_shows_each_fault_with_its_place(ecomflow, installed, tmp_path):
    installed("acme-sms", SMS.replace("to: whom to.", ""))

    result = ecomflow("plugin", "check", "acme-sms")

    assert result.code == 1
    assert "error: acme-sms action sms.send: `Args:` of its docstring says nothing of `to`" in result.out
    assert f"  --> {tmp_path / 'acme_sms.py'}:4\n" in result.out
    finding = ecomflow("plugin", "check", "--json").of("finding")[0]
    assert (finding["severity"], finding["distribution"], finding["thing"]) == ("error", "acme-sms", "action sms.send")


def test_check_tells_of_a_plugin_that_cannot_be_loaded(ecomflow, installed):
    installed("acme-bad", "raise RuntimeError('broken')")

    result = ecomflow("plugin", "check")

    assert result.code == 1
    assert "error: acme-bad: plugin acme_bad could not be loaded: RuntimeError: broken" in result.out


def test_check_of_what_is_not_installed_says_how_to_install_it(ecomflow, tmp_path):
    ecomflow("plugin", "new", "giftcard", "--dir", tmp_path / "made")

    of_folder, of_name, of_nothing = (ecomflow("plugin", "check", each) for each in (tmp_path / "made", "acme-none", tmp_path))

    assert (of_folder.code, of_name.code, of_nothing.code) == (3, 3, 1)
    assert f"ecomflow-giftcard is not installed in this environment: python -m pip install -e {tmp_path / 'made'}" in of_folder.err
    assert "python -m pip install acme-none" in of_name.err
    assert "holds no pyproject.toml" in of_nothing.err


@pytest.mark.parametrize("text", ["[project", "", "[project]\nname = 5\n[project.entry-points.ecomflow]\na = 'a'\n", "[project]\nname = 'a'\n", "project = 5\n"])
def test_check_of_a_folder_that_is_no_plugin_says_what_is_missing(ecomflow, tmp_path, text):
    (tmp_path / "pyproject.toml").write_text(text)

    result = ecomflow("plugin", "check", tmp_path)

    assert result.code == 1
    assert "pyproject.toml: " in result.err
