"""What is kept of the answer of a call: its data as the store gives them back, within limits and without secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow.core.encoding import decode, encode, encode_plain
from ecomflow.errors import LimitError
from ecomflow.runtime.performing import MAX_RESULT, failure_of

if TYPE_CHECKING:
    from ecomflow.runtime.guard import SecretGuard

Kept = tuple[dict[str, Any], bytes]

_SCALARS = frozenset({str, int, bool, type(None)})


def kept(data: dict[str, Any], guard: SecretGuard) -> Kept:
    """Return the data of an attempt as the store gives them back, and what it keeps.

    Args:
        data: as the call ended.
        guard: finds secrets (R:V9).
    """
    # What the store gives back is what was put in: the commonest results need not be read again.
    scalar = data.get("ok") is True and type(data.get("result")) in _SCALARS
    try:
        encoded = encode_plain(data) if scalar else encode(data)
    except LimitError as error:
        return _instead(failure_of(error))
    if len(encoded) > MAX_RESULT:
        return _instead(failure_of(LimitError(f"the result has {len(encoded)} bytes; at most {MAX_RESULT} are kept")))
    if guard.active and guard.found_in(encoded):
        return _instead(_without_secret(data))
    return data if scalar else decode(encoded), encoded


def _instead(failure: dict[str, Any]) -> Kept:
    return failure, encode(failure)


def _without_secret(data: dict[str, Any]) -> dict[str, Any]:
    # A result with a secret fails its step; a failure stays what it was, above all one in doubt (R:P9, V9).
    if data.get("ok"):
        return {"ok": False, "class": "permanent", "type": "secret", "message": "the result contains a secret"}
    failure = {"ok": False, "class": data["class"], "type": data["class"], "message": "the error's text contains a secret"}
    wait = data.get("retry_after")
    return {**failure, "retry_after": wait} if isinstance(wait, (int, float)) else failure
