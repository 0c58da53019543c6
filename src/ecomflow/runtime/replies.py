"""What those who wait for units are told."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterable

_log = logging.getLogger("ecomflow")


def refuse(batch: Iterable[tuple[Callable[[], Any], asyncio.Future[Any] | None]], error: BaseException) -> None:
    """Tell all who wait for units that these are not done."""
    for _, future in batch:
        if future is not None and not future.done():
            future.set_exception(error)


def tell(future: asyncio.Future[Any] | None, value: Any, failure: BaseException | None) -> None:
    """Tell who waits for a unit what it gave; a failure of one that nobody waits for is logged."""
    if future is None or future.done():
        if failure is not None:
            _log.error("a unit of the engine failed: %s", failure)
    elif failure is None:
        future.set_result(value)
    else:
        future.set_exception(failure)
