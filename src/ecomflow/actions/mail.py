"""The action ``email.send``: one message, built so that no value of an event can become a header or a second recipient."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256
from typing import Any, Final, Literal, Protocol, TypedDict
from urllib.parse import quote

from ecomflow import ActionCall, Email, Permanent, Template, TemplateData, action, hookimpl
from ecomflow.actions.attachments import attach

_POLICY: Final = SMTP.clone(cte_type="7bit")
_NAMED: Final = re.compile(r"\s*(?P<name>[^<>]*?)\s*<(?P<address>[^<>]*)>\s*")
_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[^\s@,;:<>()\[\]\\\"]{1,253}")
_HEADER: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,75}")
_BREAKS: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
# Marks that turn the direction of what follows: with them a name reads as another one.
_TURNS: Final = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c]")
_OWN_HEADERS: Final = frozenset(
    ["from", "sender", "to", "cc", "bcc", "reply-to", "subject", "date", "message-id", "mime-version", "auto-submitted", "return-path", "received", "list-unsubscribe", "list-unsubscribe-post", "x-ecomflow-purpose"]
)
_MOST_RECIPIENTS: Final = 50


class Sent(TypedDict):
    """A mail that the server took."""

    message_id: str
    to: list[str]
    subject: str


class Mailer(Protocol):
    """What the action needs of its connection."""

    from_: str
    unsubscribe: str | None

    async def send(self, message: EmailMessage, sender: str, recipients: Sequence[str]) -> None: ...


@action("email.send", effect="sends", connections=("smtp",), consent=("to", "cc", "bcc"))
async def send(
    call: ActionCall,
    to: Email | list[Email],
    subject: str | None = None,
    template: Template | None = None,
    text: str | None = None,
    data: TemplateData | None = None,  # noqa: ARG001 the template has been rendered with it
    purpose: Literal["transactional", "marketing"] = "transactional",
    cc: Email | list[Email] | None = None,
    bcc: Email | list[Email] | None = None,
    reply_to: Email | None = None,
    headers: dict[str, str] | None = None,
    attachments: list[dict[str, Any]] | None = None,
) -> Sent:
    """Send an e-mail, from a template or a text.

    The purpose travels in the header ``X-Ecomflow-Purpose``; ``marketing`` also adds ``List-Unsubscribe`` where the
    connection has an ``unsubscribe`` address, and goes only to who agrees at this moment: the shop is asked for the customer of
    each address, and where one does not accept marketing nothing is sent, with the result ``{skipped: consent}``.
    Every attempt has the same Message-ID.

    Args:
        to: one address or a list.
        subject: left out where the template has one.
        template: a file under templates/.
        text: the text itself, instead of a template.
        data: what the template sees beside the scope.
        purpose: what it is for.
        cc: further addresses, seen by all.
        bcc: further addresses, seen by nobody.
        reply_to: where answers go.
        headers: further headers.
        attachments: files, each ``{filename, text}``, or ``{filename, base64}`` as ``http.request`` fetches one.
    """
    mailer: Mailer = call.connection
    message, recipients = EmailMessage(policy=_POLICY), _Recipients(to, cc, bcc)
    sender = address_of(mailer.from_)
    message["From"] = sender
    recipients.write(message)
    if reply_to:
        message["Reply-To"] = address_of(reply_to)
    message["Subject"] = _one_line("subject", _subject(subject, template))
    message["Date"] = call.now
    message["Message-ID"] = message_id(call.key, sender.domain)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: other programs must not answer it
    message["X-Ecomflow-Purpose"] = purpose
    if purpose == "marketing":
        _unsubscribe(message, mailer.unsubscribe, recipients)
    _own_headers(message, headers or {})
    _content(message, template, text)
    attach(message, attachments or ())
    await mailer.send(message, sender.addr_spec, recipients.addresses)
    return {"message_id": message["Message-ID"], "to": recipients.to, "subject": message["Subject"]}


@send.plan
def plan(to: object = None, subject: object = None, template: object = None, **_: object) -> str:
    """Say to whom it would go, and with which subject."""
    named = to if isinstance(to, str) else ", ".join(map(str, to)) if isinstance(to, (list, tuple)) else str(to)
    made = template.get("subject") if isinstance(template, Mapping) else template
    return f"e-mail to {named}: {subject or made or ''}".rstrip(": ")


class _Recipients:
    """Everybody who gets the message; one address object each, so that a comma never makes two of one."""

    def __init__(self, to: str | list[str], cc: str | list[str] | None, bcc: str | list[str] | None) -> None:
        self._to, self._cc, bcc_ = (_addresses(each) for each in (to, cc, bcc))
        if not self._to:
            raise Permanent("to: is empty", type="wrong_recipient")
        self.to = [each.addr_spec for each in self._to]
        self.addresses = list(dict.fromkeys(each.addr_spec for each in (*self._to, *self._cc, *bcc_)))
        if len(self.addresses) > _MOST_RECIPIENTS:
            raise Permanent(f"one mail goes to at most {_MOST_RECIPIENTS} addresses, use for_each", type="wrong_recipient")

    def write(self, message: EmailMessage) -> None:
        message["To"] = self._to
        if self._cc:
            message["Cc"] = self._cc


def _addresses(given: str | list[str] | None) -> list[Address]:
    return [address_of(each) for each in ([given] if isinstance(given, str) else given or [])]


def address_of(text: str) -> Address:
    """Return the one address that a text is, also with a name before ``<…>``; its domain in ASCII.

    Raises:
        Permanent: it is no address, or more than one, or its name would be read as something else.
    """
    named = _NAMED.fullmatch(text)
    name, bare = (named["name"].strip('"'), named["address"]) if named else ("", text.strip())
    if _BREAKS.search(text) or not _ADDRESS.fullmatch(bare):
        raise Permanent(f"{_shown(text)} is no e-mail address", type="wrong_recipient")
    if _TURNS.search(name) or any(each in name for each in '@,;"\\'):
        raise Permanent(f"{_shown(text)}: the name before the address would be misread", type="wrong_recipient")
    local, _, domain = bare.rpartition("@")
    try:
        return Address(name, local, domain.encode("idna").decode("ascii"))
    except (UnicodeError, ValueError, IndexError) as error:
        raise Permanent(f"{_shown(text)} is no e-mail address: {error}", type="wrong_recipient") from error


def _shown(text: str) -> str:
    return repr(text[:100])


def _subject(subject: str | None, template: Mapping[str, Any] | None) -> str:
    found = subject or (template or {}).get("subject")
    if not found:
        raise Permanent("a mail needs a subject, as a parameter or in the template's front matter", type="wrong_parameter")
    return str(found)


def _one_line(what: str, text: str) -> str:
    if _BREAKS.search(text):
        raise Permanent(f"{what}: holds a line break or control character: {_shown(text)}", type="wrong_header")
    return text


def message_id(key: str, domain: str) -> str:
    """Return the Message-ID that belongs to an idempotency key (RFC 5322), the same for every attempt."""
    return f"<{sha256(key.encode()).hexdigest()[:40]}@{domain}>"


def _unsubscribe(message: EmailMessage, page: str | None, recipients: _Recipients) -> None:
    if not page:
        return
    if "{email}" in page and len(recipients.addresses) > 1:
        raise Permanent("a marketing mail with an unsubscribe address goes to one recipient", type="wrong_recipient")
    message["List-Unsubscribe"] = f"<{_one_line('unsubscribe', page.replace('{email}', quote(recipients.to[0], safe='')))}>"
    if page.startswith("https:"):
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058


def _own_headers(message: EmailMessage, headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if not _HEADER.fullmatch(name):
            raise Permanent(f"{_shown(name)} is no name of a header", type="wrong_header")
        if name.lower() in _OWN_HEADERS or name.lower().startswith(("content-", "resent-")) or name in message:
            raise Permanent(f"the header {name} cannot be set here", type="wrong_header")
        message[name] = _one_line(name, value)


def _content(message: EmailMessage, template: Mapping[str, Any] | None, text: str | None) -> None:
    if (template is None) is (text is None):
        raise Permanent("a mail needs either a template or a text", type="wrong_parameter")
    plain, html = (text, None) if template is None else (template.get("text"), template.get("html"))
    if plain is not None:
        message.set_content(str(plain))
    if html and plain is not None:
        message.add_alternative(str(html), subtype="html")
    elif html:
        message.set_content(str(html), subtype="html")


@hookimpl
def register_actions(register: Callable[[object], None]) -> None:
    """Register ``email.send``."""
    register(send)
