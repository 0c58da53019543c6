"""The connection ``smtp``: hands a finished message to a mail server, and says how far it came when it fails."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from ecomflow import InDoubt, Mark, Permanent, Retryable, connection, hookimpl, optional

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from email.message import EmailMessage

    import aiosmtplib
else:
    aiosmtplib = optional("aiosmtplib", extra="mail")

Port = Annotated[int, Mark({"minimum": 1, "maximum": 65535})]

_PERMANENT = 500
_TLS_PORT = 465


@dataclass(frozen=True)
class SmtpServer:
    """A mail server. Its password is in no text that is made of it."""

    host: str
    port: int
    from_: str
    username: str | None
    password: str | None = field(repr=False)
    starttls: bool
    tls: bool
    unsubscribe: str | None
    timeout: float

    async def send(self, message: EmailMessage, sender: str, recipients: Sequence[str]) -> None:
        """Hand a message over to all recipients or to none.

        Args:
            message: complete, with its headers.
            sender: the envelope's address.
            recipients: the envelope's addresses.

        Raises:
            Retryable: it was certainly not sent, and may be later.
            Permanent: it was certainly not sent, and never will be.
            InDoubt: the connection broke after the message had gone out.
        """
        client = self._client()
        try:
            await self._greet(client)
            await self._envelope(client, sender, recipients)
            await _data(client, message.as_bytes())
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit()
        finally:
            client.close()

    def _client(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            username=self.username,
            password=self.password if self.username else None,
            start_tls=self.starttls,
            use_tls=self.tls,
            timeout=self.timeout,
            local_hostname="localhost",
        )

    async def _greet(self, client: aiosmtplib.SMTP) -> None:
        try:
            await client.connect()
        except aiosmtplib.SMTPResponseException as error:
            raise _refused(error.code, error.message) from error
        except OSError as error:  # the connection's and the timeout's errors of aiosmtplib are OSErrors too
            raise Retryable(f"mail server {self.host}:{self.port} cannot be reached: {error}", type="smtp_unreachable") from error
        except aiosmtplib.SMTPException as error:
            raise Permanent(f"mail server {self.host}: {error}", type="smtp_not_supported") from error

    async def _envelope(self, client: aiosmtplib.SMTP, sender: str, recipients: Sequence[str]) -> None:
        try:
            await client.mail(sender)
            for recipient in recipients:
                await client.rcpt(recipient)
        except aiosmtplib.SMTPResponseException as error:
            raise _refused(error.code, error.message) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Retryable(f"mail server {self.host}: {error}", type="smtp_lost") from error


async def _data(client: aiosmtplib.SMTP, message: bytes) -> None:
    try:
        await client.data(message)
    except aiosmtplib.SMTPResponseException as error:
        raise _refused(error.code, error.message) from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise InDoubt(f"the connection broke after the message had gone out: {error}", type="smtp_lost") from error


def _refused(code: int, message: object) -> Exception:
    text = f"the mail server answered {code} {str(message)[:200]}"
    return Permanent(text, type="smtp_refused") if code >= _PERMANENT else Retryable(text, type="smtp_refused")


@connection("smtp")
def smtp(
    host: str,
    from_: str,
    port: Port = 587,
    username: str | None = None,
    password: str | None = None,
    starttls: bool | None = None,
    tls: bool | None = None,
    unsubscribe: str | None = None,
) -> SmtpServer:
    """Send mail through a server.

    Args:
        host: its name or address.
        from_: the sender of every mail, also with a name: ``Acme <shop@acme.example>``.
        port: 587 by default.
        username: for logging in; without one nobody logs in.
        password: a secret.
        starttls: whether to insist on encryption after the greeting; by default where somebody logs in and `tls` is off.
        tls: whether the connection is encrypted from its beginning; by default on port 465.
        unsubscribe: the address of a page that takes people off the list; ``{email}`` in it becomes the recipient's address.
    """
    encrypted = port == _TLS_PORT if tls is None else tls
    upgraded = (username is not None and not encrypted) if starttls is None else starttls
    if upgraded and encrypted:
        raise ValueError("starttls: not together with tls")
    return SmtpServer(host, port, from_, username, password, upgraded, encrypted, unsubscribe, timeout=30.0)


@hookimpl
def register_connections(register: Callable[[object], None]) -> None:
    """Register ``smtp``."""
    register(smtp)


