"""Keeps registered secrets out of what actions are given and give back (R:V9)."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from json import dumps
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable

MIN_LENGTH = 8
"""A shorter secret is not looked for: it would be found everywhere."""


class SecretGuard:
    """Finds secrets in encoded values.

    Args:
        secrets: the registered secrets; those under eight characters are not looked for.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms = tuple({form.encode() for secret in secrets if len(secret) >= MIN_LENGTH for form in _forms(secret)})
        self.active = bool(self._forms)
        """Whether there is any secret to look for."""

    def found_in(self, encoded: bytes) -> bool:
        """Return whether a secret stands in a value's JSON: plain, in base64, or escaped for a URL."""
        return any(form in encoded for form in self._forms)


def _forms(secret: str) -> set[str]:
    plain = {secret, dumps(secret)[1:-1], dumps(secret, ensure_ascii=False)[1:-1]}
    return plain | {quote(secret, safe=""), quote(secret), quote_plus(secret)} | _base64_forms(secret.encode())


def _base64_forms(secret: bytes) -> set[str]:
    # Inside a longer text a secret begins at any of three places of a base64 group; its own characters
    # are those that no neighbour takes part in.
    forms = set()
    for lead in range(3):
        padded = b"\0" * lead + secret
        first, last = (lead * 8 + 5) // 6, len(padded) * 8 // 6
        forms |= {encode(padded).decode()[first:last] for encode in (b64encode, urlsafe_b64encode)}
    return forms
