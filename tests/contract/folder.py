"""The files of a case on disk, and the project that they make."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ecomflow.language import load_project
from ecomflow.model import ActionSpec, Catalog, ConnectionSpec, Effect
from ecomflow.registry import Registry

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from case import Files

    from ecomflow.language import Project
    from ecomflow.model import Diagnostic

_ANYTHING = {"type": "object"}
_PROBES = {
    name: ActionSpec(name, effect, params=_ANYTHING)
    for name, effect in (("probe.read", Effect.READS), ("probe.send", Effect.SENDS), ("probe.charge", Effect.CHARGES))
}


def catalog() -> Catalog:
    """Return what is installed, with the probes that only the contract knows."""
    found = Registry.load().catalog
    probe = {"probe": ConnectionSpec("probe", _ANYTHING)}
    return replace(found, actions={**found.actions, **_PROBES}, connections={**found.connections, **probe})


class CaseFolder:
    """A project on disk that entries of the case change."""

    def __init__(self, path: Path, files: Files, installed: Catalog, environment: pytest.MonkeyPatch) -> None:
        self._path, self._files, self._installed, self._environment = path, files, installed, environment
        self.faults: list[Diagnostic] = []

    def open(self) -> Project:
        """Write the files and load them."""
        folder = self._path / "workflows"
        folder.mkdir(parents=True, exist_ok=True)
        for stale in folder.glob("*.yaml"):
            stale.unlink()
        for name, text in self._files.workflows.items():
            (folder / f"{name}.yaml").write_text(text, "utf-8")
        (self._path / "ecomflow.yaml").write_text(self._files.project, "utf-8")
        for name, value in self._files.secrets.items():
            self._environment.setenv(name, value)
        project = load_project(self._path, self._installed)
        self.faults += project.diagnostics
        return project

    def deploy(self, body: Any) -> Project:
        """Change the files and load them again."""
        self._files = self._files.changed(body)
        return self.open()
