"""Attacks 54 and 61 to 65: secrets in what is kept and printed, and escape sequences in what a terminal shows."""

import asyncio
import base64
import io
import json
import logging
import traceback
from urllib.parse import quote, quote_plus

import pytest

from ecomflow import Engine, Permanent, action, connection
from ecomflow.cli.output import Out, note, safe
from ecomflow.cli.running import run as command
from ecomflow.masking import MASK, MASKS, Masks
from ecomflow.registry import Registry
from ecomflow.runtime.guard import SecretGuard

SECRET = 'k9/é+"p q?\\Zx~7w'
PLAIN = "hunter2-hunter3-hunter4"
PEM = "-----BEGIN KEY-----\nMIIBVgIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END KEY-----"


def copies(secret):
    yield secret
    yield json.dumps(secret)
    yield json.dumps(secret, ensure_ascii=False)
    for url in (quote(secret), quote(secret, safe=""), quote_plus(secret), quote_plus(secret, safe="/")):
        yield url
        yield lowered(url)
    for lead in ("", "a", "ab"):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(f"{lead}{secret} and more".encode()).decode()


def lowered(url):
    head, *parts = url.split("%")
    return "%".join([head, *(part[:2].lower() + part[2:] for part in parts)])


@pytest.mark.attack(63)
@pytest.mark.parametrize("copy", sorted(set(copies(SECRET))))
def test_63_a_copy_in_any_form_is_found_and_masked(copy):
    # Given a secret with all that forms differ in
    guard, masks = SecretGuard([SECRET]), Masks()
    masks.add([SECRET])
    # When a copy stands inside of a longer text, as a value and printed
    # Then it is found, and the text is masked
    assert guard.found_in(json.dumps(f"x{copy}y", ensure_ascii=False).encode()) or guard.found_in(f'"x{copy}y"'.encode())
    assert MASK in masks.mask(f"x{copy}y")


@pytest.mark.attack(63)
def test_63_a_line_of_a_secret_of_many_lines_is_found_but_not_what_every_key_begins_with():
    # Given a key in PEM
    guard = SecretGuard([PEM])
    # When one of its lines is used, or the line that all keys have
    # Then only the former is a secret
    assert guard.found_in(b'"MIIBVgIBADANBgkq"')
    assert not guard.found_in(b'"-----BEGIN KEY-----"')


@pytest.mark.attack(64)
def test_64_a_short_secret_is_told_of_and_masks_nothing(tmp_path, monkeypatch, caplog):
    # Given a connection whose secret has one character
    monkeypatch.setenv("SHOP_TOKEN", "a")
    folder = project(tmp_path)
    # When the engine opens it
    with caplog.at_level(logging.WARNING):
        asyncio.run(opened(folder))
    # Then the log names the secret, and an a is still printed
    assert "the secret SHOP_TOKEN has fewer than 8 characters" in caplog.text
    assert safe("banana") == "banana"


@action(name="leak.now", effect="writes")
def leak(call, how: str) -> str:
    local = PLAIN
    if how == "result":
        return f"the token is {local}"
    if how == "permanent":
        raise Permanent(f"refused: https://shop.example/?token={local}")
    raise ValueError(f"401 for https://shop.example/?token={quote_plus(local)}")


@connection("vault")
def vault(token: str) -> object:
    return token


def project(tmp_path):
    (tmp_path / "ecomflow.yaml").write_text("shop: acme\nconnections:\n  v: {plugin: vault, token: {secret: SHOP_TOKEN}}\n")
    (tmp_path / "workflows").mkdir()
    for how in ("result", "permanent", "error"):
        (tmp_path / "workflows" / f"{how}.yaml").write_text(
            f"name: {how}\ntrigger: {{event: {how}.asked}}\nactions:\n  - {{action: leak.now, with: {{how: {how}}}, retry: {{attempts: 1}}}}\n"
        )
    (tmp_path / "workflows" / "param.yaml").write_text(
        'name: param\ntrigger: {event: param.asked}\nactions:\n  - {action: leak.now, with: {how: "{{ param.text }}"}, retry: {attempts: 1}}\n'
    )
    return tmp_path


async def opened(folder):
    async with Engine.open(folder, role="engine", registry=Registry.load([leak, vault])):
        pass


async def lived(folder, name, data):
    async with Engine.open(folder, role="engine", registry=Registry.load([leak, vault])) as engine:
        receipt = await engine.emit(f"{name}.asked", {name: data})
        return await engine.wait(receipt.decisions[0].run_id, 20)


@pytest.mark.attack(62, 54)
@pytest.mark.parametrize("how", ["result", "permanent", "error"])
def test_62_54_what_an_action_lets_out_is_neither_kept_nor_logged(tmp_path, monkeypatch, how):
    # Given an action that lets a registered secret out, and a handler of the program's own on the library's logger
    monkeypatch.setenv("SHOP_TOKEN", PLAIN)
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logging.getLogger("ecomflow").addHandler(handler)
    # When its run has ended
    try:
        run = asyncio.run(lived(project(tmp_path), how, {}))
    finally:
        logging.getLogger("ecomflow").removeHandler(handler)
    # Then the step has failed with a clear error, and no file of the folder and no line of the log has the secret
    assert run.status == "failed"
    assert "contains a secret" in run.error["message"]
    assert PLAIN not in stream.getvalue()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert PLAIN.encode() not in kept


@pytest.mark.attack(62)
def test_62_a_parameter_with_a_secret_fails_its_step_before_the_call(tmp_path, monkeypatch, capsys):
    # Given an event of a sender who knows the secret
    monkeypatch.setenv("SHOP_TOKEN", PLAIN)
    run = asyncio.run(lived(project(tmp_path), "param", {"text": f"x {PLAIN} y"}))
    # When the run's story and its event are printed
    assert "contains a secret" in run.error["message"]
    for words in (["show", run.id], ["show", run.id, "--json"], ["events", "--json"], ["why", run.event_id], ["runs", "--json"]):
        command([*words, "--project", str(tmp_path)])
    printed = capsys.readouterr()
    # Then nothing shows the secret, which the event's data hold
    assert PLAIN not in printed.out + printed.err


@pytest.mark.attack(62)
def test_62_a_stack_trace_is_printed_without_secrets(capsys):
    # Given a registered secret and an error that holds it
    MASKS.add([PLAIN])
    # When it is told, with its stack trace, as text and as JSON
    try:
        raise RuntimeError(f"cannot sign in with {PLAIN}")
    except RuntimeError as error:
        note("".join(traceback.format_exception(error)))
    Out(as_json=True).record("error", text=PLAIN)
    Out(as_json=False).table([[PLAIN, "x"]])
    Out(as_json=False).block(f"a\n{PLAIN}")
    printed = capsys.readouterr()
    # Then no line has it
    assert PLAIN not in printed.out + printed.err
    assert (printed.out + printed.err).count(MASK) == 4


@pytest.mark.attack(62)
def test_62_settings_and_connections_show_no_secret(tmp_path, monkeypatch):
    # Given an opened project whose connection has a secret
    monkeypatch.setenv("SHOP_TOKEN", PLAIN)
    engine = Engine.open(project(tmp_path), registry=Registry.load([leak, vault]))
    # When somebody prints the project
    # Then the secret's name is told, its value is not
    assert "SHOP_TOKEN" in repr(engine.project.connections)
    assert PLAIN not in repr(engine.project)


@pytest.mark.attack(65)
@pytest.mark.parametrize("expression", ["{{ env }}", "{{ env.SHOP_TOKEN }}", "{{ secrets.SHOP_TOKEN }}", "{{ connections.v.token }}"])
def test_65_a_template_sees_neither_the_environment_nor_secrets(tmp_path, monkeypatch, expression):
    # Given a template that asks for the environment or a secret
    monkeypatch.setenv("SHOP_TOKEN", PLAIN)
    folder = project(tmp_path)
    file = folder / "workflows" / "param.yaml"
    file.write_text(file.read_text().replace("{{ param.text }}", expression))

    async def tried():
        async with Engine.open(folder, role="engine", registry=Registry.load([leak, vault])) as engine:
            receipt = await engine.emit("param.asked", {"param": {}})
            return [await engine.wait(each.run_id, 20) for each in receipt.decisions if each.run_id]

    # When its workflow is triggered
    # Then it does not run, or its step fails; nothing has the value
    assert all(run.status == "failed" and PLAIN not in repr(run) for run in asyncio.run(tried()))


@pytest.mark.attack(61)
@pytest.mark.parametrize("bad", ["\x1b[2J", "\x1b]0;owned\x07", "\x9b31m", "\x08", "\r", "\u202e", "\u2066", "\u200f", "\u2028"])
def test_61_what_a_terminal_would_obey_is_shown(capsys, bad):
    # Given a value of an event that a terminal would obey
    # When it is printed in any way
    Out(as_json=False).say(f"a{bad}b")
    Out(as_json=False).table([[f"a{bad}b", "c"]])
    Out(as_json=True).record("value", text=f"a{bad}b")
    note(f"a{bad}b")
    printed = capsys.readouterr()
    # Then it is spelled out
    assert bad not in printed.out + printed.err
    assert "\x1b" not in printed.out + printed.err
