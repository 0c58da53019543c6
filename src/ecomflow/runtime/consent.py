"""Whom a shop is asked for before a marketing message leaves, and through which connection (R:P12)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from ecomflow.model import Effect
from ecomflow.policies.consent import ASKED, CONSENT, MOST_ASKED, NOBODY, TOO_MANY, addressed, refusal
from ecomflow.runtime.outgoing import LOCAL, chosen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ecomflow.core.commands import RunAction
    from ecomflow.language import Project
    from ecomflow.model import ActionSpec, Catalog
    from ecomflow.runtime.base import Call

_UNREACHED: Final = {"ok": False, "class": "in_doubt", "type": "crash"}
"""What a connection shows by a call that did not come as far as to it."""


class Consent:
    """Adds to a call the questions that come before it.

    Args:
        catalog: which actions ask for consent, and how customers are looked up.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._connection: str | None = None
        self._asks = False
        self._asker = cache(self._look_up)

    def use(self, project: Project) -> None:
        """Take from a project which of its connections knows customers: the one that it says, else the first that fits."""
        spec = self._catalog.actions.get(ASKED)
        self._asks = spec is not None and project.consent != NOBODY
        self._asker.cache_clear()
        found = None if spec is None else project.consent or chosen(spec, project.connections)
        # The desk that nobody has named knows some customers perhaps, and surely not all; one that is named and cannot be asked
        # is asked all the same, so that nothing is sent.
        self._connection = found if project.consent or found in project.connections else None

    def through(self, command: RunAction) -> str | None:
        """Return the connection that is asked before a call is made; None where nobody is."""
        spec = self._asker(command.action)
        return (self._connection or LOCAL) if spec is not None and addressed(spec, command.params) else None

    def asking(self, call: Call) -> Call:
        """Return a call with its questions."""
        spec = self._asker(call.action)
        if spec is None:
            return call
        timeout = self._catalog.actions[ASKED].timeout
        return call._replace(asks=tuple(
            call._replace(
                action=ASKED, params={"email": address}, connection=self._connection, key=f"{call.key}/{CONSENT}/{number}",
                effect=Effect.READS, timeout=timeout,
            ) for number, address in enumerate(addressed(spec, call.params))
        ))  # fmt: skip

    def _look_up(self, action: str) -> ActionSpec | None:
        """Return an action that asks for consent; None for one that does not."""
        spec = self._catalog.actions.get(action) if self._asks else None
        return spec if spec is not None and spec.consent else None


def too_many(call: Call) -> dict[str, Any] | None:
    """Return how a call with more recipients than are asked for ends without being made; None where it has not as many."""
    return dict(TOO_MANY) if len(call.asks) > MOST_ASKED else None


def refused(question: Call, answer: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return how a call ends without being made, by what one of its questions has brought; None where it may be made."""
    return refusal(answer, unknown=question.connection is None)


def lessons(call: Call, data: Mapping[str, Any], through: str | None) -> Sequence[tuple[str | None, Mapping[str, Any]]]:
    """Return what an answer shows of each connection on its way.

    Args:
        call: the attempt.
        data: its answer.
        through: the connection of the call itself.
    """
    if not call.asks:
        return ((through, data),)
    shop = call.asks[0].connection or LOCAL
    if data.get("type") == CONSENT:
        return ((shop, data), (through, _UNREACHED))
    return ((shop, {"ok": True}), (through, _UNREACHED if data.get("skipped") == CONSENT else data))
