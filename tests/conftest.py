"""Real servers on this machine, for tests of what goes out: HTTP from the standard library, mail from aiosmtpd."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from hypothesis import settings

from ecomflow import ActionCall

REALDATA = Path(os.environ.get("ECOMFLOW_REALDATA") or Path(__file__).parent.parent.parent / "shared" / "realdata")

# Nothing is asserted of time: on a busy machine an example takes as long as it takes.
settings.register_profile("without a clock", deadline=None)
settings.load_profile("without a clock")

# A shell that starts the tests in the background lets them ignore interrupts, and so would each program that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def realdata():
    """Return the folder of other people's material, or skip."""
    if not REALDATA.is_dir():
        pytest.skip(f"no folder {REALDATA}: set ECOMFLOW_REALDATA")
    return REALDATA


@pytest.fixture
def make_call():
    """Return what makes the call that an action gets."""

    def make(connection: Any = None, *, key: str = "acme/run1/actions/0/0", now: datetime | None = None) -> ActionCall:
        return ActionCall(
            key=key, attempt=1, connection=connection, log=logging.getLogger("test"), now=now or datetime(2026, 3, 2, 9, tzinfo=UTC),
            shop="acme", workflow="w", run_id="run1", step="actions/0", locale="en",
        )  # fmt: skip

    return make


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Web:
    """A server whose answers are functions of the request's path: each writes to the raw stream, or gives a tuple."""

    port: int = 0
    requests: list[Request] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, request: Request, out: Any) -> None:
        given = self.answers.get(request.path.partition("?")[0], (200, {}, b""))
        if callable(given):
            given(out)
            return
        status, headers, body = given
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close", *(f"{k}: {v}" for k, v in headers.items())]
        out.write("\r\n".join(lines).encode() + b"\r\n\r\n" + (b"" if request.method == "HEAD" else body))


@pytest.fixture
def web():
    """Return a running HTTP server."""
    site = Web()

    class Answering(BaseHTTPRequestHandler):
        def answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            site.requests.append(Request(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            self.close_connection = True
            with suppress(OSError):  # the client has had enough
                site.answer(site.requests[-1], self.wfile)

        def log_message(self, *args):
            pass

    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
        setattr(Answering, f"do_{method}", Answering.answer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.daemon_threads = True
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield site
    site.closing.set()
    server.shutdown()
    server.server_close()
    thread.join()


class Mailbox:
    """A mail server that keeps what it gets; ``replies`` gives other answers by command, ``drop`` breaks the connection."""

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.replies: dict[str, str] = {}
        self.drop = False
        self.port = 0

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802 aiosmtpd's name
        envelope.mail_from = address
        return self.replies.get("MAIL", "250 OK")

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if "RCPT" in self.replies and not address.startswith("good"):
            return self.replies["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if "DATA" in self.replies:
            return self.replies["DATA"]
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        if self.drop:
            server.transport.abort()
        return "250 OK"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def mailbox():
    """Return a running mail server."""
    box = Mailbox()
    box.port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    yield box
    controller.stop()


@pytest.fixture
def unused_port():
    """Return a port that nobody listens on."""
    return free_port()


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Make a distribution with one module and an entry point."""

    def install(name, source, *, version="1.0"):
        module = name.replace("-", "_")
        (tmp_path / f"{module}.py").write_text(source)
        info = tmp_path / f"{module}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[ecomflow]\n{module} = {module}\n")
        monkeypatch.delitem(sys.modules, module, raising=False)

    monkeypatch.syspath_prepend(str(tmp_path))
    return install
