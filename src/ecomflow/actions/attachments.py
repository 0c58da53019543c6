"""What is attached to a mail: files whose names cannot lead anywhere, and whose content is a text or base64."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from mimetypes import guess_type
from typing import Any, Final

from ecomflow import Permanent

_NAME: Final = re.compile(r"[^\x00-\x1f\x7f\x85\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c/\\:*?\"<>|]{1,200}")
_MOST_BYTES: Final = 10 * 1024 * 1024
_KEYS: Final = {"filename", "text", "base64"}


def attach(message: EmailMessage, attachments: Sequence[Mapping[str, Any]]) -> None:
    """Attach files to a message that has its content already.

    Args:
        message: to which they are added, in their order.
        attachments: each a mapping of ``filename`` and either ``text`` or ``base64``.

    Raises:
        Permanent: one is not of this shape, or all together are too large.
    """
    files = [(_filename(each), _content(each)) for each in attachments]
    if sum(len(content) for _, content in files) > _MOST_BYTES:
        raise Permanent(f"attachments: together at most {_MOST_BYTES // 1024 // 1024} MiB", type="wrong_attachment")
    for filename, content in files:
        kind, encoding = guess_type(filename)
        main, _, sub = (kind if kind and not encoding else "application/octet-stream").partition("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=filename)


def _filename(attachment: Mapping[str, Any]) -> str:
    name, unknown = attachment.get("filename"), sorted(set(attachment) - _KEYS)
    if unknown:
        raise Permanent(f"attachments: there is no {unknown[0]!r}, but filename, text and base64", type="wrong_attachment")
    if not isinstance(name, str) or not _NAME.fullmatch(name) or not name.strip(" ."):
        raise Permanent(f"attachments: {str(name)[:100]!r} is no name of a file", type="wrong_attachment")
    return name


def _content(attachment: Mapping[str, Any]) -> bytes:
    text, coded = attachment.get("text"), attachment.get("base64")
    if isinstance(text, str) is isinstance(coded, str):
        raise Permanent(f"attachments: {attachment['filename']} needs either a text or base64", type="wrong_attachment")
    if isinstance(text, str):
        return text.encode()
    try:
        return b64decode(str(coded), validate=True)
    except ValueError as error:
        raise Permanent(f"attachments: {attachment['filename']} is no base64: {error}", type="wrong_attachment") from error
