"""Secrets in what is printed: every form in which a secret may appear, and the texts of this process without them (R:V9)."""

from __future__ import annotations

import logging
import re
from base64 import b64encode, urlsafe_b64encode
from json import dumps
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable

MIN_LENGTH: Final = 8
"""A shorter secret is not looked for: it would be found everywhere."""

MASK: Final = "[secret]"
_LOGGERS: Final = ("ecomflow", "ecomflow.action", "ecomflow.log")
_PERCENT: Final = re.compile("%[0-9A-F]{2}")


def forms_of(secrets: Iterable[str]) -> set[str]:
    """Return the texts to look for: plain, by line, and escaped for JSON, for a URL, or in base64.

    Args:
        secrets: those under eight characters have none.
    """
    return {form for secret in secrets for part in _parts(secret) for form in _forms(part)}


def _parts(secret: str) -> set[str]:
    # The first and last lines of a key in PEM are no secret, and stand in every other key.
    lines = [line.strip() for line in secret.splitlines()]
    return {part for part in (secret, *lines) if len(part) >= MIN_LENGTH and not (part in lines and part.startswith("-----"))}


def _forms(secret: str) -> set[str]:
    plain = {secret, dumps(secret)[1:-1], dumps(secret, ensure_ascii=False)[1:-1]}
    urls = {quote(secret, safe=""), quote(secret), quote_plus(secret), quote_plus(secret, safe="/")}
    lower = {_PERCENT.sub(lambda found: found[0].lower(), url) for url in urls}
    return plain | urls | lower | _base64_forms(secret.encode())


def _base64_forms(secret: bytes) -> set[str]:
    # Inside a longer text a secret begins at any of three places of a base64 group; its own characters
    # are those that no neighbour takes part in.
    forms = set()
    for lead in range(3):
        padded = b"\0" * lead + secret
        first, last = (lead * 8 + 5) // 6, len(padded) * 8 // 6
        forms |= {encode(padded).decode()[first:last] for encode in (b64encode, urlsafe_b64encode)}
    return forms


class Masks(logging.Filter):
    """Takes secrets out of texts; as a filter of a logger, out of all that it logs."""

    def __init__(self) -> None:
        super().__init__()
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def add(self, secrets: Iterable[str]) -> None:
        """Mask these, too, from now on, and in what the library logs."""
        forms = forms_of(secrets) - self._forms
        if not forms:
            return
        self._forms |= forms
        # The longest first: a secret may begin like another one.
        self._pattern = re.compile("|".join(map(re.escape, sorted(self._forms, key=len, reverse=True))))
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(self)

    def mask(self, text: str) -> str:
        """Return a text without the secrets."""
        return text if self._pattern is None else self._pattern.sub(MASK, text)

    def filter(self, record: logging.LogRecord) -> bool:
        """Take secrets out of a record: its message, and the stack trace that a handler would write."""
        if self._pattern is not None:
            record.msg, record.args = self.mask(record.getMessage()), ()
            if record.exc_info:
                record.exc_text = self.mask(record.exc_text or logging.Formatter().formatException(record.exc_info))
        return True


MASKS: Final = Masks()
"""Those of this process: a secret that one project names is kept back wherever this process prints."""
