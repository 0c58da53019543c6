"""A mail server that keeps what it is given: real SMTP, on this machine alone."""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING, Any

from ecomflow.extras import optional

if TYPE_CHECKING:
    import asyncio
    from email.message import EmailMessage

aiosmtpd: Any = optional("aiosmtpd.smtp", extra="demo")


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that was caught."""

    to: str
    subject: str
    text: str


class PostBox:
    """Catches mail on a free port of 127.0.0.1.

    Args:
        loop: the loop that it is served on.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop, self.caught = loop, list[Mail]()
        self._server: asyncio.Server | None = None

    def open(self) -> int:
        """Begin to listen and return the port.

        Raises:
            MissingExtraError: aiosmtpd is not installed.
        """
        protocol = aiosmtpd.SMTP
        listening = self._loop.create_server(lambda: protocol(self, hostname="localhost", loop=self._loop), "127.0.0.1", 0)
        self._server = self._loop.run_until_complete(listening)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802, ARG002 aiosmtpd's own name
        """Keep a message."""
        message = message_from_bytes(envelope.content, policy=default)
        self.caught.append(Mail(", ".join(envelope.rcpt_tos), str(message["Subject"]), _text(message)))
        return "250 OK"

    def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
            self._loop.run_until_complete(self._server.wait_closed())


def _text(message: EmailMessage) -> str:
    body = message.get_body(preferencelist=("plain", "html"))
    return "" if body is None else str(body.get_content())
