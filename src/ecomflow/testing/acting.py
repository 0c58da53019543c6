"""Actions carried out for real, for the tests of those who write them."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from ecomflow.core.encoding import canonical
from ecomflow.model import Page
from ecomflow.plugins import ActionCall, ActionFunction
from ecomflow.registry import Registry
from ecomflow.testing.scenario import DEFAULT_START

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

KEY: Final = "test/run/actions/0/0"
"""The idempotency key of a call that names none."""


def perform(
    action: ActionFunction[..., Any] | str,
    params: Mapping[str, Any] | None = None,
    *,
    connection: Any = None,
    key: str = KEY,
    attempt: int = 1,
    now: datetime = DEFAULT_START,
    locale: str = "en",
    page: str | None = None,
) -> Any:
    """Carry out an action once, for real, as the engine does: parameters are checked and converted, and so is the result.

    Args:
        action: the decorated function, or the name of an installed action.
        params: as a workflow gives them under ``with``.
        connection: what ``call.connection`` is.
        key: the idempotency key.
        attempt: which attempt it is.
        now: the moment of the call.
        locale: the workflow's language.
        page: the mark of the page that is asked for, as the page before has it in ``next``.

    Returns:
        The result, as a workflow sees it; of an action that gives pages a :class:`~ecomflow.Page`.

    Raises:
        ActionError: what the engine would see: Permanent of type ``wrong_parameter`` or ``wrong_result`` where one does not fit.
    """
    own = isinstance(action, ActionFunction)
    registry = Registry.load([action] if own else [])
    found = registry.action(action.name if isinstance(action, ActionFunction) else action)
    call = ActionCall(
        key=key, attempt=attempt, connection=connection, log=logging.getLogger("ecomflow.action"), now=now, shop="test",
        workflow="test", run_id="run", step="actions/0", locale=locale, page=page,
    )  # fmt: skip
    result = asyncio.run(found.call(call, params or {}))
    return Page(canonical(list(result)), result.next) if isinstance(result, Page) else canonical(result)
