"""The open runs of versions that are no longer current, and whether each could go on in the current one (R:V4, V5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ecomflow.errors import EcomflowError
from ecomflow.runtime.migrating import mark_of, plan
from ecomflow.store import FAULTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from ecomflow.runtime.definitions import Definitions
    from ecomflow.runtime.loading import Loader
    from ecomflow.store import Store

_PAGE: Final = 200


class Older:
    """Looks at runs of older versions.

    Args:
        store: where they are.
        loader: reads them.
        definitions: their versions.
    """

    def __init__(self, store: Store, loader: Loader, definitions: Definitions) -> None:
        self._store, self._loader, self._definitions = store, loader, definitions

    @property
    def is_migrating(self) -> bool:
        """Whether the engine is about to look at some of them, to bring them to the current version."""
        return mark_of(self._store) is not None

    def numbers(self) -> Iterator[tuple[int, str | None]]:
        """Yield the number of each, in order of start, with the current version of its workflow."""
        last = 0
        while rows := self._store.rows("older_runs", self._store.shop, last, _PAGE):
            yield from ((n, current) for n, _, current in rows)
            last = rows[-1][0]

    def stays(self, n: int, current: str | None, now: datetime) -> str:
        """Return why a run cannot go on in the current version; an empty text where it can."""
        try:
            plan(self._store, self._loader, self._definitions, self._loader.load(n), current, now)
        except EcomflowError as error:
            return str(error)
        except FAULTS:
            raise
        except Exception as error:  # noqa: BLE001 a fault of one run, or of ours, must not hide the others
            return f"it cannot be brought there: {type(error).__name__}: {error}"
        return ""
