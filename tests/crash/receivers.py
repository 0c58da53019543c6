"""The outside world: a mail server and a web server that honour keys, and remember what took effect."""

from __future__ import annotations

import json
import socket
import threading
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self, TypeAlias

from aiosmtpd.controller import Controller

Past: TypeAlias = tuple[dict[str, Any], dict[str, int]]
"""What took effect, and how often each key was tried."""


class Effects:
    """What the world has seen: each key takes effect once, and must always come with the same content."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self, past: Past = ({}, {})) -> None:
        """Forget everything, for the next story, or all but what had been seen at some moment of it."""
        self.seen: dict[str, Any] = dict(past[0])
        self.repeats = 0
        self.tries: dict[str, int] = dict(past[1])
        self.conflicts: list[tuple[str, Any, Any]] = []

    def past(self) -> Past:
        """Return what was seen and tried so far."""
        assert self.conflicts == [], "a key came with other content"
        return dict(self.seen), dict(self.tries)

    def take(self, key: str, content: Any) -> None:
        """Let something take effect, unless its key was seen before."""
        with self._lock:
            self.repeats += key in self.seen
            first = self.seen.setdefault(key, content)
            if first != content:
                self.conflicts.append((key, first, content))

    def is_first_try(self, key: str) -> bool:
        """Return whether nobody has tried this before."""
        with self._lock:
            self.tries[key] = self.tries.get(key, 0) + 1
            return self.tries[key] == 1


class Mail:
    """A mail server that counts by Message-ID; used as the receiving side of aiosmtpd."""

    def __init__(self, effects: Effects) -> None:
        self._effects = effects

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 aiosmtpd's name
        message = message_from_bytes(envelope.content, policy=policy.default)
        body = message.get_body(("plain", "html"))
        content = ["mail", *envelope.rcpt_tos, message["Subject"], body.get_content() if body else ""]
        self._effects.take(message["Message-ID"], content)
        return "250 OK"


def _answering(effects: Effects) -> type[BaseHTTPRequestHandler]:
    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            key = self.headers["Idempotency-Key"]
            if self.path.startswith("/flaky") and effects.is_first_try(key):
                self.reply(503, {"error": "come back"})
                return
            effects.take(key, ["web", self.path, json.loads(body)])
            self.reply(200, {"place": f"shelf {len(self.path)}"})

        def reply(self, status: int, answer: dict[str, Any]) -> None:
            raw = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *args: Any) -> None:
            pass

    return Answering


class Receivers:
    """Both servers, on free ports of this machine, each in a thread."""

    def __init__(self) -> None:
        self.effects = Effects()
        self._web = ThreadingHTTPServer(("127.0.0.1", 0), _answering(self.effects))
        self._web.daemon_threads = True
        self.web_port = self._web.server_address[1]
        self.mail_port = _free_port()
        self._mail = Controller(Mail(self.effects), hostname="127.0.0.1", port=self.mail_port)
        self._thread = threading.Thread(target=self._web.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> Self:
        self._thread.start()
        self._mail.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._web.shutdown()
        self._web.server_close()
        self._thread.join()
        self._mail.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
