"""The installation that is looked over: a folder, what is installed, and as much of the project and its store as can be read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from threading import Thread
from typing import TYPE_CHECKING, Final

from ecomflow.errors import NotFoundError, ProjectError, StoreError
from ecomflow.runtime.embedded import Engine, wall_clock
from ecomflow.runtime.holder import holder_at
from ecomflow.store import Store
from ecomflow.store.looking import is_still

if TYPE_CHECKING:
    from pathlib import Path

    from ecomflow.language import Project
    from ecomflow.registry import Registry

_PATIENCE: Final = 15.0
"""Seconds that all plugins may take to be imported."""


@dataclass
class Installation:
    """What there is.

    Attributes:
        folder: where the project should be.
        registry: what is installed.
        project: None where it cannot be read; ``refusal`` says why.
        path: the store's file, whether it is there or not; None where nobody knows.
        store: the store, open for reading; None where there is none yet, or it cannot be read, or is damaged.
        hanging: the distribution whose plugin does not come back from its import; nothing that needs plugins is looked at then.
    """

    folder: Path
    registry: Registry
    project: Project | None = None
    refusal: Exception | None = None
    path: Path | None = None
    store: Store | None = None
    hanging: str = ""

    def __post_init__(self) -> None:
        # In a thread that ends with the process: nothing else can leave an import that does not end.
        loading = Thread(target=lambda: self.registry.problems, name="plugins", daemon=True)
        loading.start()
        loading.join(_PATIENCE)
        if loading.is_alive():
            self.hanging = str(self.registry.loading or "a plugin")
            return
        try:
            engine = Engine.open(self.folder, role="client", registry=self.registry)
        except (NotFoundError, ProjectError, OSError) as error:
            self.refusal = error
            return
        self.project = engine.project
        try:
            self.path = engine.store_path
        except StoreError as error:
            self.refusal = error

    @cached_property
    def now(self) -> int:
        """The time of the machine at the first asking, in microseconds."""
        return wall_clock()

    @property
    def is_reachable(self) -> bool:
        """Whether it can be told at all if there is a store: its folder may be another user's."""
        if self.path is None:
            return False
        try:
            self.path.exists()
        except OSError:
            return False
        return True

    @property
    def has_store(self) -> bool:
        """Whether a store's file is there, with something in it."""
        return self.path is not None and self.path.exists() and self.path.stat().st_size > 0

    def open_store(self) -> Store:
        """Open the store for reading; nothing is made beside it.

        Raises:
            StoreError: it cannot be read, or is no store of this program.
        """
        assert self.project is not None
        assert self.path is not None
        self.store = Store(self.path, self.project.shop, readonly=True, still=is_still(self.path))
        return self.store

    @cached_property
    def engine(self) -> str | None:
        """The process that is the shop's engine now; None where none is alive."""
        return None if self.store is None else holder_at(self.store, self.now)

    def let_go(self) -> None:
        """Close the store; what asks it is not asked any more."""
        store, self.store = self.store, None
        if store is not None:
            store.close()
