"""What is installed, and what happens when plugins misbehave."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

import ecomflow
from ecomflow import (
    ConnectionSettingsError,
    EventType,
    MissingExtraError,
    NotFoundError,
    action,
    connection,
    filter,  # noqa: A004 the word of the field
    hookimpl,
    optional,
    trigger,
)
from ecomflow.claims import one_edit_apart
from ecomflow.language import load_project
from ecomflow.registry import Registry
from ecomflow.testing import Simulation


def plugin_with(action_name):
    return f"""
from ecomflow import action, hookimpl

@action("{action_name}", effect="sends")
async def send(to: str) -> None:
    "Send."

@hookimpl
def register_actions(register):
    register(send)
"""


def texts(registry):
    return [str(problem) for problem in registry.problems]


def test_the_built_in_plugins_load_without_problems():
    registry = Registry.load()
    assert registry.problems == ()
    assert {"email.send", "http.request", "log.write", "customer.get", "discount.create"} <= set(registry.catalog.actions)
    assert {"smtp", "http", "local"} <= set(registry.catalog.connections)
    assert {"checkout.updated", "order.created"} <= set(registry.catalog.event_types)
    assert "shopify" in registry.sources


def test_the_built_in_effects_are_what_the_language_builds_on():
    actions = Registry.load().catalog.actions
    assert {name: (str(a.effect), a.idempotent, a.quick) for name, a in actions.items()} == {
        "email.send": ("sends", False, False),
        "http.request": ("writes", True, False),
        "log.write": ("writes", False, True),
        "customer.get": ("reads", True, False),
        "customer.search": ("reads", True, False),
        "customer.tag": ("writes", True, False),
        "discount.create": ("writes", True, False),
        "discount.get": ("reads", True, False),
        "draft_order.complete": ("writes", True, False),
        "draft_order.search": ("reads", True, False),
        "draft_order.update": ("writes", True, False),
        "gift_card.create": ("writes", True, False),
        "import.list": ("reads", True, False),
        "import.retry": ("writes", True, False),
        "ledger.add": ("writes", True, False),
        "ledger.close": ("writes", True, False),
        "ledger.month": ("reads", True, False),
        "loyalty.add_points": ("writes", True, False),
        "message.send": ("sends", True, False),
        "notify.send": ("sends", False, False),
        "order.cancel": ("charges", True, False),
        "order.get": ("reads", True, False),
        "order.hold": ("writes", True, False),
        "order.search": ("reads", True, False),
        "order.tag": ("writes", True, False),
        "order.update": ("writes", True, False),
        "payment.capture": ("charges", True, False),
        "price.get": ("reads", True, False),
        "price.set": ("writes", True, False),
        "product.get": ("reads", True, False),
        "product.tag": ("writes", True, False),
        "purchase.create": ("writes", True, False),
        "purchase.search": ("reads", True, False),
        "refund.create": ("charges", True, False),
        "report.export": ("writes", True, False),
        "return.approve": ("writes", True, False),
        "return.create": ("writes", True, False),
        "return.decline": ("writes", True, False),
        "return.get": ("reads", True, False),
        "return.review": ("writes", True, False),
        "return.set_fee": ("writes", True, False),
        "shipment.cancel": ("writes", True, False),
        "shipment.list": ("reads", True, False),
        "shipment.prepare": ("writes", True, False),
        "shipment.ready": ("writes", True, False),
        "shipment.track": ("writes", True, False),
        "stock.adjust": ("writes", True, False),
        "stock.get": ("reads", True, False),
        "stock.list": ("reads", True, False),
        "stock.set": ("writes", True, False),
        "stock.sold": ("reads", True, False),
        "stock_alert.list": ("reads", True, False),
        "stock_alert.mark_notified": ("writes", True, False),
        "ticket.assign": ("writes", True, False),
        "ticket.close": ("writes", True, False),
        "ticket.create": ("writes", True, False),
        "ticket.get": ("reads", True, False),
        "ticket.note": ("writes", True, False),
        "ticket.reply": ("sends", True, False),
        "ticket.set_priority": ("writes", True, False),
        "ticket.set_status": ("writes", True, False),
        "ticket.tag": ("writes", True, False),
        "variant.update": ("writes", True, False),
    }


def test_a_distribution_comes_in_by_its_entry_point(installed):
    installed("acme-sms", plugin_with("sms.send"), version="2.1")
    registry = Registry.load()
    assert registry.catalog.actions["sms.send"].distribution == "acme-sms"
    assert next(p for p in registry.plugins if p.distribution == "acme-sms").version == "2.1"


@pytest.mark.attack(66)
def test_attack_66_a_name_of_ecomflow_stays_its_own(installed):
    installed("acme-mail", plugin_with("email.send"))
    registry = Registry.load()
    assert registry.catalog.actions["email.send"].distribution == "ecomflow"
    assert any("acme-mail 1.0" in text and "ecomflow" in text and "'email.send'" in text for text in texts(registry))


@pytest.mark.attack(66)
def test_attack_66_a_name_that_two_claim_is_nobodys_and_both_are_named(installed):
    installed("acme-one", plugin_with("sms.send"))
    installed("acme-two", plugin_with("sms.send"))
    registry = Registry.load()
    assert "sms.send" not in registry.catalog.actions
    assert any("acme-one 1.0" in text and "acme-two 1.0" in text for text in texts(registry))


@pytest.mark.attack(66)
def test_attack_66_a_workflow_that_uses_it_is_told_who_claims_it(installed, tmp_path):
    installed("acme-one", plugin_with("sms.send"))
    installed("acme-two", plugin_with("sms.send"))
    (tmp_path / "w.yaml").write_text("name: w\ntrigger: {event: order.created}\nactions:\n  - {action: sms.send}\n")

    [fault] = [each for each in load_project(tmp_path, Registry.load().catalog).diagnostics if each.code == "EF115"]

    assert fault.message == "unknown action `sms.send`"
    assert "'sms.send' is claimed by acme-two 1.0 and by acme-one 1.0; uninstall all but one" in fault.help


@pytest.mark.attack(66)
def test_attack_66_all_who_claim_a_name_are_named(installed):
    for name in ("acme-one", "acme-two", "acme-three"):
        installed(name, plugin_with("sms.send"))
    registry = Registry.load()
    assert "sms.send" not in registry.catalog.actions
    assert all(name in texts(registry)[-1] for name in ("acme-one 1.0", "acme-two 1.0", "acme-three 1.0"))


def test_what_is_registered_twice_is_said_and_used_once(installed):
    installed("acme-sms", plugin_with("sms.send") + "    register(send)\n")
    registry = Registry.load()
    assert registry.catalog.actions["sms.send"].distribution == "acme-sms"
    assert "'sms.send' is registered twice by acme-sms 1.0" in texts(registry)[0]


@pytest.mark.attack(67)
def test_attack_67_a_name_one_letter_away_is_warned_of(installed):
    installed("acme-mail", plugin_with("emial.send"))
    registry = Registry.load()
    assert [p.severity for p in registry.problems] == ["warning"]
    assert "'email.send'" in registry.problems[0].message


@pytest.mark.attack(68)
@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("raise RuntimeError('broken')", "RuntimeError: broken"),
        ("import sys; sys.exit(4)", "SystemExit: 4"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("import asyncio; raise asyncio.CancelledError", "CancelledError"),
        ("class Own(BaseException): ...\nraise Own('mine')", "Own: mine"),
        ("import no_such_module_anywhere", "ModuleNotFoundError"),
        ("x = 1", "no function register_"),
        ("from ecomflow import hookimpl\n@hookimpl\ndef register_actions(registre): ...", "registre"),
        ("from ecomflow import hookimpl\n@hookimpl\ndef register_jobs(register): ...", "register_jobs"),
        ("from ecomflow import hookimpl\n@hookimpl\ndef register_actions(register): register(5)", "register_actions takes action, not 5"),
        (plugin_with("sms.send").replace("to: str", "to"), "parameter to of .* has no annotation"),
    ],
)
def test_attack_68_a_faulty_plugin_is_reported_and_the_rest_works(installed, source, said):
    installed("acme-bad", source)
    installed("acme-good", plugin_with("sms.send"))
    registry = Registry.load()
    assert len(registry.problems) == 1
    assert registry.problems[0].distribution == "acme-bad"
    registry.problems[0].message.index("acme_bad")
    assert __import__("re").search(said, registry.problems[0].message)
    assert "sms.send" in registry.catalog.actions


@pytest.mark.attack(68)
def test_attack_68_what_a_plugin_prints_at_import_stays_out_of_the_output(installed, capsys):
    installed("acme-loud", "print('hello')\n" + plugin_with("sms.send"))
    Registry.load()
    assert capsys.readouterr().out == ""


def test_a_plugin_comes_in_whole_or_not_at_all(installed):
    installed("acme-half", plugin_with("sms.send") + "    register(bad)\n\n@action('sms.bad', effect='sends')\ndef bad(to): ...\n")
    registry = Registry.load()
    assert "sms.send" not in registry.catalog.actions
    assert "acme-half" not in {plugin.distribution for plugin in registry.plugins}


def test_a_person_may_interrupt_the_import_of_a_plugin(installed):
    installed("acme-slow", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        _ = Registry.load().plugins


# --- when plugins are imported ---


@pytest.fixture
def plugin(installed):
    """Install a plugin; return what tells whether it was imported."""
    installed(
        "acme-sms",
        plugin_with("sms.send")
        + """
from ecomflow import EventType, filter

@filter("shout")
def shout(value):
    return value.upper()

@hookimpl
def register_filters(register):
    register(shout)

@hookimpl
def register_event_types(register):
    register(EventType("sms.received", {"type": "object", "properties": {"sms": {"type": "object"}}}, subject="sms.id"))
""",
    )
    return lambda: "acme_sms" in sys.modules


BUILT_IN_ONLY = """name: built-in
trigger: {event: order.created}
conditions: ["order.total | round > 100"]
actions:
  - {action: log.write, with: {message: "{{ order.email | upper }}"}}
"""


@pytest.mark.parametrize(
    ("change", "imported"),
    [
        (("", ""), False),
        (("order.created", "order.*"), True),
        (("order.created", "order.mislaid"), True),
        (("log.write", "sms.send"), True),
        (("| upper", "| shout"), True),
    ],
)
def test_plugins_are_imported_when_a_name_is_none_of_the_built_in_ones(tmp_path, plugin, change, imported):
    # Given a project, When it is read, Then plugins are imported only where it names what is not built in.
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "built-in.yaml").write_text(BUILT_IN_ONLY.replace(*change))

    project = load_project(tmp_path / "shop", Registry.load().catalog)

    assert plugin() is imported
    assert project.event_types["order.created"]
    assert ("sms.received" in project.event_types) is imported


def test_an_event_that_nobody_names_imports_nothing_while_it_is_taken_in(tmp_path, plugin):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "built-in.yaml").write_text(BUILT_IN_ONLY)
    with Simulation.load(tmp_path / "shop") as sim:
        sim.emit("thing.mislaid", {"thing": {}})
    assert not plugin()


def test_what_a_plugin_brings_wins_over_nothing_of_the_callers_own(plugin):
    @action("sms.send", effect="reads")
    def send() -> None:
        """Send nothing."""

    registry = Registry.load([send])
    assert (registry.problems, registry.catalog.actions["sms.send"].description) == ((), "Send nothing.")


def test_a_plugin_that_fails_while_a_name_is_looked_up_is_logged(installed, caplog):
    installed("acme-bad", "raise RuntimeError('broken')")
    assert "sms.send" not in Registry.load().catalog.actions
    assert "acme-bad: plugin acme_bad could not be loaded: RuntimeError: broken" in caplog.text


def test_help_imports_no_plugin(tmp_path, installed):
    # Given ten plugins of which each leaves a mark when it is imported, When help is asked for, Then there is none.
    for number in range(10):
        installed(f"acme-{number}", f"open({str(tmp_path / 'mark')!r}, 'a').write('x')\n" + plugin_with(f"sms{number}.send"))
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}

    def ecomflow(*words):
        return subprocess.run([sys.executable, "-m", "ecomflow.cli", *words], env=env, capture_output=True, text=True, check=False)

    assert ecomflow("--help").stdout.startswith("Usage")
    assert ecomflow("check", "--help").returncode == 0
    assert not (tmp_path / "mark").exists()


def test_the_callers_own_functions_go_before_all():
    @action("log.write", effect="writes")
    def write(message: str) -> str:
        """Write elsewhere."""

    registry = Registry.load([write])
    assert registry.problems == ()
    assert registry.catalog.actions["log.write"].description == "Write elsewhere."


def test_every_hook_takes_its_things():
    @connection("box")
    def box(root, size: int, label: str = "a"):
        return (root, size, label)

    @trigger("tide")
    def tide(tide: str): ...

    @filter("shout")
    def shout(value):
        return value.upper()

    class Plugin:
        @hookimpl
        def register_connections(self, register):
            register(box)

        @hookimpl
        def register_triggers(self, register):
            register(tide)

        @hookimpl
        def register_filters(self, register):
            register(shout)

        @hookimpl
        def register_event_types(self, register):
            register(EventType("tide.turned", {}))

    registry = Registry.load([Plugin()])
    assert registry.problems == ()
    assert registry.open_connection("b", "box", {"size": 2}, "here") == ("here", 2, "a")
    assert registry.triggers["tide"].keys == ("tide",)
    assert registry.catalog.filters["shout"]("a") == "A"
    assert "tide.turned" in registry.catalog.event_types


def test_unknown_names_are_said():
    registry = Registry.load()
    with pytest.raises(NotFoundError, match=r"'no\.such'"):
        registry.action("no.such")
    with pytest.raises(NotFoundError, match="'zen'"):
        registry.open_connection("desk", "zen", {}, None)


@pytest.mark.parametrize(
    ("plugin", "settings", "message"),
    [
        ("smtp", {"from": "a@b.c"}, "connection mail: host: is required"),
        ("smtp", {"host": "h", "from": "a@b.c", "prot": 1}, "prot: is no parameter"),
        ("smtp", {"host": "h", "from": "a@b.c", "tls": True, "starttls": True}, "not together"),
        ("http", {"timeout": "2d"}, "at most 10m"),
        ("http", {"timeout": "soon"}, "timeout"),
        ("http", {"base_url": "ftp://x"}, "begins with http"),
        ("local", {"path": "../x.db"}, "leads out"),
    ],
)
def test_wrong_settings_are_named(tmp_path, plugin, settings, message):
    with pytest.raises(ConnectionSettingsError, match=message):
        Registry.load().open_connection("mail", plugin, settings, tmp_path)


@pytest.mark.attack(62)
def test_attack_62_no_text_of_a_connection_holds_its_secrets(tmp_path):
    registry = Registry.load()
    settings = {"host": "h", "from": "a@b.c", "username": "u", "password": "hunter2-hunter2"}
    mail = registry.open_connection("mail", "smtp", settings, tmp_path)
    hook = registry.open_connection("hook", "http", {"base_url": "https://x.example", "headers": {"Authorization": "hunter2"}}, tmp_path)
    assert "hunter2" not in f"{mail!r} {mail} {hook!r} {hook}"
    with pytest.raises(ConnectionSettingsError) as raised:
        registry.open_connection("mail", "smtp", {**settings, "password": 5, "port": "hunter2"}, tmp_path)
    assert "hunter2" not in str(raised.value)


def test_a_missing_extra_says_what_to_install():
    module = optional("no_such_package_anywhere", extra="mail")
    with pytest.raises(MissingExtraError, match=r"pip install 'ecomflow\[mail\]'"):
        module.anything()


def test_loading_imports_neither_the_mail_nor_the_http_package():
    code = "import sys; from ecomflow.registry import Registry; r = Registry.load(); print([m for m in ('httpx2', 'aiosmtplib') if m in sys.modules], r.problems)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] ()"


def test_the_public_names_are_sorted_and_all_there():
    assert list(ecomflow.__all__) == sorted(ecomflow.__all__)
    assert set(ecomflow.__all__) == set(ecomflow._PLACES)
    assert all(getattr(ecomflow, name) is not None for name in ecomflow.__all__ if name != "Engine")
    with pytest.raises(AttributeError, match="nonsense"):
        _ = ecomflow.nonsense


@pytest.mark.parametrize(
    ("left", "right", "apart"),
    [("abc", "abd", True), ("abc", "ab", True), ("abc", "acb", True), ("abc", "abc", False), ("abc", "xyz", False), ("a", "abc", False)],
)
def test_one_edit(left, right, apart):
    assert one_edit_apart(left, right) is apart


def test_a_namespace_with_hooks_is_a_plugin_too():
    @action("thing.do", effect="reads")
    def do() -> None: ...

    @hookimpl
    def register_actions(register):
        register(do)

    assert "thing.do" in Registry.load([SimpleNamespace(register_actions=register_actions)]).catalog.actions
