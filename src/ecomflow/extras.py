"""Optional packages: modules that are imported at their first use, with an error that names what to install."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

from ecomflow.errors import MissingExtraError


class _Optional(ModuleType):
    """Stands for a module until something of it is asked for."""

    def __init__(self, name: str, extra: str) -> None:
        super().__init__(name)
        self._extra = extra

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(_module(self.__name__, self._extra), name)


def optional(module: str, *, extra: str) -> ModuleType:
    """Return a module that is imported when it is first used.

    Put it at the top of a plugin's file; for the type checker, import the module itself under ``TYPE_CHECKING``.

    Args:
        module: its full name.
        extra: the extra of ecomflow, or the distribution, that brings what it needs.

    Raises:
        MissingExtraError: at the first use, where it is not installed.
    """
    return _Optional(module, extra)


def _module(name: str, extra: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise MissingExtraError(extra, error.name or name) from error


def missing_in(module: str) -> list[MissingExtraError]:
    """Return an error for each optional package that a loaded module would import at its first use, and that is not installed.

    Args:
        module: the full name of a module that was imported.
    """
    found = []
    for each in list(vars(sys.modules[module]).values()):
        if isinstance(each, _Optional):
            try:
                _module(each.__name__, each._extra)  # noqa: SLF001 its own class
            except MissingExtraError as error:
                found.append(error)
    return found
