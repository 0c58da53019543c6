"""A sample project, and the command line called inside this process."""

import io
import json
import logging
import shutil
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from ecomflow import Engine
from ecomflow.cli.running import run

REFUND = """\
name: refund
trigger: {event: order.created}
actions:
  - id: ask
    ask_approval: {title: "Refund {{ order.id }}?", to: finance, timeout: 3d}
  - if: ask.approved
    then:
      - action: log.write
        with: {message: "refunded {{ order.id }}"}
  - action: email.send
    retry: {attempts: 1}
    with: {to: "{{ order.email }}", subject: Done, text: hello}
"""


@dataclass(frozen=True)
class Result:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def records(self):
        """The JSON objects that it printed."""
        return [json.loads(line) for line in self.out.splitlines()]

    def of(self, kind):
        """The objects of one kind."""
        return [record for record in self.records if record["kind"] == kind]


@pytest.fixture
def ecomflow(capsys, monkeypatch):
    """Return what runs a command: its words, and perhaps what stands on stdin."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def call(*words, stdin=""):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8"))
        capsys.readouterr()
        code = run([str(word) for word in words])
        printed = capsys.readouterr()
        return Result(code, printed.out, printed.err)

    yield call
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(scope="session")
def sample(tmp_path_factory):
    """Return the folder of the sample project as `ecomflow init` makes it; nobody changes it."""
    folder = tmp_path_factory.mktemp("sample") / "shop"
    with redirect_stdout(io.StringIO()):
        assert run(["init", str(folder)]) == 0
    return folder


@pytest.fixture
def shop(sample, tmp_path, monkeypatch):
    """Return the folder of a fresh sample project, in which the test stands."""
    shutil.copytree(sample, tmp_path / "shop")
    monkeypatch.chdir(tmp_path / "shop")
    return tmp_path / "shop"


@pytest.fixture
def refunds(shop):
    """Return a project whose runs ask people, and whose mail server is not there."""
    shutil.rmtree(shop / "workflows")
    (shop / "workflows").mkdir()
    (shop / "workflows" / "refund.yaml").write_text(REFUND)
    project = shop / "ecomflow.yaml"
    project.write_text(project.read_text().replace("port: 1025", "port: 1").replace("returns: [ana@", "finance: [ana@"))
    return shop


@pytest.fixture
def engine():
    """Return what runs the engine of a project in a thread of this process, until the test ends."""
    running = []

    def start(folder):
        one = Engine.open(Path(folder), role="engine").in_thread()
        one.__enter__()
        running.append(one)
        return one

    yield start
    for one in running:
        one.__exit__(None, None, None)
