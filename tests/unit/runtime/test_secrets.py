"""What tells a secret is refused before a byte of it is written (R:V9)."""

import pytest

from ecomflow.errors import NotFoundError, RefusedError
from ecomflow.language import ConnectionConfig, Project, Secret
from ecomflow.runtime.secrets import registered, resolve

SECRET = "correct-horse/battery"
MADE = "{{ 'correct-' ~ 'horse/battery' }}"
"""Gives the secret, though no file holds it."""


def written(folder):
    """All bytes that lie in a folder."""
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix != ".db-shm")


@pytest.mark.parametrize(
    "step",
    [
        f'{{action: probe.send, with: {{text: "{MADE}"}}}}',
        f'{{set: {{text: "{MADE}"}}}}',
        f'{{emit: thing.told, data: {{text: "{MADE}"}}}}',
        f'{{call: other, with: {{text: "{MADE}"}}}}',
        f'{{ask_approval: {{title: "{MADE}", to: ana@shop.example}}}}',
    ],
)
def test_value_that_tells_a_secret_fails_its_step_and_is_in_no_file(open_desk, project, tmp_path, step):
    # Given a workflow that puts a secret together, When its run comes there, Then the step fails, and no byte tells it.
    other = "trigger: {manual: true}\ninputs: {text: nothing}\nactions:\n  - wait: 1h\n"
    desk = open_desk(project(w=f"actions:\n  - {step}\n", other=other), secrets=[SECRET])
    desk.emit(id="a")

    [run] = desk.runs()
    assert (run.error["type"], desk.kernel.take_calls()) == ("secret", [])
    assert SECRET.encode() not in written(tmp_path / "var")


def test_value_that_tells_a_secret_is_caught_as_an_error(open_desk, project):
    caught = f'actions:\n  - try: [{{action: probe.send, with: {{text: "{MADE}"}}}}]\n    catch: [{{set: {{type: "{{{{ error.type }}}}"}}}}]\n'
    desk = open_desk(project(w=caught + 'output: {type: "{{ vars.type }}"}\n'), secrets=[SECRET])
    desk.emit(id="a")

    assert [run.output for run in desk.runs()] == [{"type": "secret"}]


def test_run_that_was_brought_back_still_refuses_secrets(open_desk, project, tmp_path):
    shop = project(w=f'actions:\n  - wait: 1h\n  - {{action: probe.send, with: {{text: "{MADE}"}}}}\n')
    desk = open_desk(shop, secrets=[SECRET])
    desk.emit(id="a")
    desk.wait(hours=1)

    assert (desk.statuses(), desk.kernel.take_calls()) == (["failed"], [])
    assert SECRET.encode() not in written(tmp_path / "var")


@pytest.mark.parametrize("asked", ["comment", "reason", "result"])
def test_what_people_say_is_refused_before_the_audit_has_it(open_desk, project, tmp_path, asked):
    # Given a run that waits for a person, When what the person says tells a secret, Then nothing of it was written.
    desk = open_desk(project(w="actions:\n  - ask_approval: {title: May I?, to: ana@shop.example}\n"), secrets=[SECRET])
    desk.emit(id="a")
    [run] = desk.runs()
    people = desk.kernel.people
    ways = {
        "comment": lambda: people.decide(run.id, approved=True, by="ana@shop.example", comment=f"it is {SECRET}"),
        "reason": lambda: people.cancel(run.id, f"it is {SECRET}", "ana"),
        "result": lambda: people.skip(run.id, {"token": SECRET}, "ana"),
    }

    with pytest.raises(RefusedError, match="secret"):
        desk.kernel.do(ways[asked])

    assert SECRET.encode() not in written(tmp_path / "var")


def test_a_secret_that_is_no_text_is_refused_by_name_and_keeps_no_other_from_being_masked(tmp_path):
    # Given a file that is no text, When secrets are read, Then it is told by its name, and the one beside it is found.
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "BROKEN").write_bytes(b"\xff\xfe")
    (tmp_path / "secrets" / "WHOLE").write_text(f"{SECRET}\n")
    config = ConnectionConfig("mail", "smtp", {"password": Secret("BROKEN"), "headers": [{"key": Secret("WHOLE")}]})

    assert registered(Project(root=tmp_path, connections={"mail": config})) == [SECRET]
    with pytest.raises(NotFoundError, match=r"the secret BROKEN in .* is no text"):
        resolve(config.settings, tmp_path)
