"""The shop whose engine is killed: its files, what each event must lead to, and the outside world that remembers."""

from __future__ import annotations

import json
import os
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any, Self

PROJECT = """\
shop: acme
people: {{finance: [ana]}}
connections:
  hook: {{plugin: http, base_url: "http://127.0.0.1:{port}", allow_private: true}}
"""

_POST = 'action: http.request\n{0}  with: {{method: POST, path: /{1}, json: {{id: "{{{{ {2} }}}}"}}}}\n{0}  retry: {{attempts: 1000, delay: 1s}}\n'


def _post(path: str, value: str, indent: str = "  ") -> str:
    return _POST.format(indent, path, value)


WORKFLOWS = {
    "ship": f"""
name: ship
trigger: {{event: parcel.ordered}}
conditions:
  - parcel.total > 10
actions:
  - {_post("pick", "parcel.id")}
  - parallel:
      - - {_post("label", "parcel.id", "        ")}
        - wait: 1s
        - {_post("handover", "parcel.id", "        ")}
      - - call: pack
          with: {{parcel: "{{{{ parcel.id }}}}"}}
  - id: paid
    wait_for: {{event: parcel.paid, match: {{parcel.id: parcel.id}}, timeout: 1h, lookback: 1h}}
  - {_post("send", "parcel.id")}
""",
    "pack": f"""
name: pack
trigger: {{manual: true}}
inputs: {{parcel: {{type: string}}}}
actions:
  - {_post("pack", "inputs.parcel")}
""",
    "refund": f"""
name: refund
trigger: {{event: refund.requested}}
actions:
  - id: said
    ask_approval: {{title: "Pay back?", to: finance}}
  - {_post("pay", "refund.id")}
""",
    "remind": """
name: remind
trigger: {event: cart.left}
actions:
  - wait: 30d
  - {action: log.write, with: {message: late}}
""",
}

KINDS = ("parcel", "unpaid", "refund", "cart")
EFFECTS = {
    "parcel": ("pick", "label", "handover", "pack", "send"),
    "unpaid": ("pick", "label", "handover", "pack"),
    "refund": ("pay",),
    "cart": (),
}
"""What must have taken effect of each kind of event, once, when all is done."""

ENDS = {"parcel": "completed", "unpaid": "waiting", "refund": "completed", "cart": "waiting"}
"""How the run of each kind of event stands when all is done."""

STARTS = {"parcel": ("pack", "ship"), "unpaid": ("pack", "ship"), "refund": ("refund",), "cart": ("remind",)}
"""The workflows of which each kind of event has one run."""

TYPES = {"parcel": "parcel.ordered", "unpaid": "parcel.ordered", "refund": "refund.requested", "cart": "cart.left"}
NOUNS = {"parcel": "parcel", "unpaid": "parcel", "refund": "refund", "cart": "cart"}


def kind_of(id: str) -> str:
    """Return the kind of an event, which its id begins with."""
    return id.partition("-")[0]


def event(id: str) -> tuple[str, dict[str, Any]]:
    """Return the type and data of the event of an id."""
    kind = kind_of(id)
    return TYPES[kind], {NOUNS[kind]: {"id": id, "total": 80}}


def paid(id: str) -> tuple[str, dict[str, Any]]:
    """Return the type and data of the payment of a parcel."""
    return "parcel.paid", {"parcel": {"id": id}}


def write_shop(folder: Path, port: int) -> Path:
    """Make the project's folder."""
    (folder / "workflows").mkdir(parents=True)
    (folder / "ecomflow.yaml").write_text(PROJECT.format(port=port), "utf-8")
    for name, text in WORKFLOWS.items():
        (folder / "workflows" / f"{name}.yaml").write_text(text, "utf-8")
    return folder


class World:
    """A web server that honours keys: each takes effect once. What it does is written to a file before it answers.

    Args:
        log: the file.
        seed: of how long it takes to answer, up to 60 ms on either side of the effect.
    """

    def __init__(self, log: Path, seed: int) -> None:
        self._log = os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        self._random, self._lock = Random(seed), threading.Lock()
        self._slowly = threading.Event()  # never set: what waits for it takes its time
        self.tries = 0
        self.effects: dict[str, tuple[str, str]] = {}
        self.conflicts: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _answering(self))
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def take(self, path: str, key: str, id: str) -> None:
        """Carry out an effect unless its key was seen, and take some time before and after."""
        with self._lock:
            before, after = self._random.random() * 0.06, self._random.random() * 0.06
        self._slowly.wait(before)
        with self._lock:
            self.tries += 1
            effect = (path.strip("/"), id)
            if self.effects.get(key, effect) != effect:
                self.conflicts.append(key)
            if key not in self.effects:
                os.write(self._log, (json.dumps([key, *effect]) + "\n").encode())
                os.fdatasync(self._log)
                self.effects[key] = effect
        self._slowly.wait(after)

    def counted(self) -> Counter[tuple[str, str]]:
        """Return how often each thing took effect, by what it was and for whom, whatever its key."""
        return Counter(self.effects.values())

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        os.close(self._log)


def _answering(world: World) -> type[BaseHTTPRequestHandler]:
    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            try:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                world.take(self.path, self.headers["Idempotency-Key"], body["id"])
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")
            except (OSError, ValueError):  # who asked is dead, perhaps in the middle of its words
                self.close_connection = True

        def log_message(self, *args: Any) -> None:
            pass

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except OSError:
                self.close_connection = True

    return Answering
