"""Consent: a marketing message goes only to who agrees at the moment of sending (R:P12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecomflow.model import ActionSpec

ASKED: Final = "customer.get"
"""The action by which a shop is asked for a customer."""

NOBODY: Final = "none"
"""In the place of a connection that is asked: nobody is, for workflows ask by themselves."""

CONSENT: Final = "consent"
"""What a step says in its result that was refused for this, and the type of an error in asking."""

REFUSED: Final = {"ok": True, "skipped": CONSENT}


MOST_ASKED: Final = 50
"""Of how many recipients of one call the shop is asked for each."""

TOO_MANY: Final = {
    "ok": False, "class": "permanent", "type": "wrong_recipient",
    "message": f"a marketing message goes to at most {MOST_ASKED} recipients at once: each is asked for; use `for_each`",
}  # fmt: skip
"""How a call with more of them ends."""


def addressed(spec: ActionSpec, params: Mapping[str, Any]) -> list[str]:
    """Return the addresses of those who must agree before a call is made, at most one more than are asked for; none where it is no marketing.

    Args:
        spec: of the action.
        params: of the call.
    """
    if params.get("purpose", spec.params["properties"]["purpose"].get("default")) != "marketing":
        return []
    given = [params.get(name) for name in spec.consent]
    texts = [each for value in given for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]
    return list(dict.fromkeys(text.rpartition("<")[2].rstrip("> ").strip() for text in texts))[: MOST_ASKED + 1]


def refusal(answer: Mapping[str, Any], *, unknown: bool) -> dict[str, Any] | None:
    """Return how a call ends without being made, by what the shop says of one customer; None where they agree.

    Args:
        answer: the data of the attempt that asked for the customer.
        unknown: whether a customer that is not known agrees.
    """
    if not answer["ok"]:
        # Nothing was sent, so there is no doubt about it, however the question ended.
        class_ = "retryable" if answer["class"] == "in_doubt" else answer["class"]
        return {**answer, "class": class_, "type": CONSENT, "message": f"consent could not be asked for: {answer.get('message', '')}"}
    customer = answer.get("result")
    agrees = unknown if customer is None else isinstance(customer, dict) and customer.get("accepts_marketing") is True
    return None if agrees else dict(REFUSED)
