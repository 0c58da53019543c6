"""What the tests of real processes stand on: a shop, a receiver of effects, and processes that tell what they do.

No wait has a length of its own: each is for something to be said, received or decided, and ends at that moment.
"""

from __future__ import annotations

import asyncio
import json
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

HERE = Path(__file__).parent
PATIENCE = 60.0
"""Seconds after which a thing that did not happen is taken never to happen."""
PAUSE = 0.01
"""Seconds between two looks at what nothing tells: those that are waited for need the processor."""

PROJECT = """\
shop: acme
people: {{finance: [ana]}}
connections:
  hook: {{plugin: http, base_url: "http://127.0.0.1:{port}", allow_private: true}}
"""

WORKFLOWS = {
    "ship": """
name: ship
trigger: {event: parcel.ordered}
conditions:
  - parcel.total > 10
actions:
  - {action: http.request, with: {method: POST, path: "/{{ parcel.how }}/pick", json: {parcel: "{{ parcel.id }}"}}}
  - {action: http.request, with: {method: POST, path: /label, json: {parcel: "{{ parcel.id }}"}}}
""",
    "refund": """
name: refund
trigger: {event: refund.requested}
actions:
  - id: said
    ask_approval: {title: "Pay {{ refund.total }} back?", to: finance}
  - if: said.approved
    then:
      - {action: http.request, with: {method: POST, path: /pay, json: {refund: "{{ refund.id }}"}}}
    else:
      - stop: rejected
""",
    "report": """
name: report
trigger: {manual: true}
conditions:
  - rows > 0
actions:
  - {action: log.write, with: {message: "{{ rows }} rows"}}
""",
    "remind": """
name: remind
trigger: {event: cart.left}
exit_on: {event: cart.bought, match: {cart.id: cart.id}}
actions:
  - wait: 1d
""",
    "broken": "name: broken\ntrigger: {event: parcel.ordered}\nactions:\n  - {action: no.such.action}\n",
}


def write_project(folder: Path, port: int) -> Path:
    """Make a project's folder; one of its files is faulty."""
    (folder / "workflows").mkdir(parents=True)
    (folder / "ecomflow.yaml").write_text(PROJECT.format(port=port), "utf-8")
    for name, text in WORKFLOWS.items():
        (folder / "workflows" / f"{name}.yaml").write_text(text, "utf-8")
    return folder


class Receiver:
    """A web server that carries out each idempotency key once; what is sent to ``/held/…`` or ``/stuck/…`` is answered when it is let go."""

    def __init__(self) -> None:
        self.tries: list[tuple[str, str]] = []
        self.effects: dict[str, tuple[str, str]] = {}
        self.let_go, self.unstick = threading.Event(), threading.Event()
        self._changed = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _answering(self))
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def take(self, path: str, key: str, body: dict[str, Any]) -> None:
        """Carry an effect out, unless its key was seen before."""
        with self._changed:
            self.tries.append((path, key))
            self.effects.setdefault(key, (path, next(iter(body.values()))))
            self._changed.notify_all()
        if path.startswith("/held/"):
            self.let_go.wait(PATIENCE)
        if path.startswith("/stuck/"):
            self.unstick.wait(PATIENCE)

    def wait_for(self, tries: int) -> None:
        """Wait until so many requests have come."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.tries) >= tries, PATIENCE), f"only these came: {self.tries}"

    @property
    def seen(self) -> list[tuple[str, str]]:
        """What was carried out, each once a key."""
        return sorted(self.effects.values())

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.let_go.set()
        self.unstick.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _answering(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            receiver.take(self.path, self.headers["Idempotency-Key"], body)
            try:
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")
            except OSError:  # who asked is dead
                self.close_connection = True

        def log_message(self, *args: Any) -> None:
            pass

    return Answering


class Process:
    """A process of this machine whose words are read as they come."""

    def __init__(self, command: list[str]) -> None:
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        self._popen = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
        self.pid = self._popen.pid
        self.said = {"out": "", "err": ""}
        self._words = selectors.DefaultSelector()
        for name, pipe in (("out", self._popen.stdout), ("err", self._popen.stderr)):
            assert pipe is not None
            os.set_blocking(pipe.fileno(), False)
            self._words.register(pipe, selectors.EVENT_READ, name)

    def wait_for(self, words: str) -> Self:
        """Wait until it has said something on either stream."""
        end = time.monotonic() + PATIENCE
        while not any(words in said for said in self.said.values()):
            assert self._read(end - time.monotonic()), f"it never said {words!r}, but {self.said}"
        return self

    def wait_for_lines(self, count: int) -> Self:
        """Wait until it has printed so many lines."""
        end = time.monotonic() + PATIENCE
        while self.said["out"].count("\n") < count:
            assert self._read(end - time.monotonic()), f"it never said {count} lines, but {self.said}"
        return self

    def say(self, line: str) -> None:
        """Give it a line to read."""
        assert self._popen.stdin is not None
        self._popen.stdin.write(f"{line}\n".encode())
        self._popen.stdin.flush()

    def end(self, number: signal.Signals | None = None) -> int:
        """Send a signal, if one is given, wait until it has ended, and return its code."""
        if number is not None:
            self._popen.send_signal(number)
        end = time.monotonic() + PATIENCE
        while self._read(end - time.monotonic()):
            pass
        return self._popen.wait(max(end - time.monotonic(), 1.0))

    def _read(self, seconds: float) -> bool:
        """Read what it says next; return False where it says nothing more, or not in time."""
        for key, _ in self._words.select(max(seconds, 0.0)) if self._words.get_map() else ():
            text = os.read(key.fd, 65536)
            if text:
                self.said[key.data] += text.decode()
            else:
                self._words.unregister(key.fileobj)
                key.fileobj.close()  # type: ignore[union-attr]
            return True
        return False

    def close(self) -> None:
        """End it, whatever it does."""
        if self._popen.poll() is None:
            self._popen.kill()
        self._popen.wait()
        self._popen.stdin.close()  # type: ignore[union-attr]
        for key in list(self._words.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        self._words.close()


class Processes:
    """Starts processes of one shop."""

    def __init__(self, shop: Path) -> None:
        self._shop = str(shop)
        self._started: list[Process] = []

    def start(self, *command: str) -> Process:
        """Start an interpreter with these arguments."""
        process = Process([sys.executable, *command])
        self._started.append(process)
        return process

    def serve(self, *options: str) -> Process:
        """Start an engine, or one that stands by."""
        return self.start("-m", "ecomflow.cli", "serve", "--project", self._shop, "--json", *options)

    def cli(self, *words: str, code: int = 0) -> list[dict[str, Any]]:
        """Run a command to its end and return the records that it printed."""
        process = self.start("-m", "ecomflow.cli", *words, "--project", self._shop, "--json")
        assert process.end() == code, process.said
        return [json.loads(line) for line in process.said["out"].splitlines()]

    def script(self, name: str, *arguments: str) -> Process:
        """Start one of the programs beside this file."""
        return self.start(str(HERE / name), self._shop, *arguments)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        for process in self._started:
            process.close()


# --- what programs of the shop do ---

CART = {"cart": {"id": "c1"}}


def refund(id):
    return {"refund": {"id": id, "total": 5}}


def parcel(id, how="quick", total=80):
    return {"parcel": {"id": id, "total": total, "how": how}}


async def started(engine, type, data, **more):
    """Emit an event and return the run that it started, however the engine tells it."""
    receipt = await engine.emit(type, data, **more)
    if hasattr(receipt, "decided"):
        await receipt.decided(10)
    (decision,) = receipt.decisions
    assert decision.outcome == "started"
    return decision.run_id


async def seen(look):
    """Ask again until a thing is so; the loop goes on in between."""
    async with asyncio.timeout(PATIENCE):
        while not (found := await look()):  # noqa: ASYNC110 the store is asked, nothing rings here
            await asyncio.sleep(PAUSE)
    return found
