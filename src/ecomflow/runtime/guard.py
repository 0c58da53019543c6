"""Keeps registered secrets out of what actions are given and give back (R:V9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow.core.encoding import encode
from ecomflow.masking import forms_of

if TYPE_CHECKING:
    from collections.abc import Iterable


class SecretGuard:
    """Finds secrets in encoded values.

    Args:
        secrets: the registered secrets; those under eight characters are not looked for.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms = tuple(form.encode() for form in forms_of(secrets))
        self.active = bool(self._forms)
        """Whether there is any secret to look for."""

    def tells(self, value: Any) -> bool:
        """Return whether a secret stands in a value."""
        return type(value) is not bool and value is not None and self.found_in(encode(value))

    def found_in(self, encoded: bytes) -> bool:
        """Return whether a secret stands in a value's JSON: plain, in base64, or escaped for a URL."""
        return any(form in encoded for form in self._forms)
