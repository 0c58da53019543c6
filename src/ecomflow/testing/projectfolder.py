"""The files of a project during a test case, which may put another file in place of a workflow's."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self

from ecomflow.errors import CaseError
from ecomflow.language import load_project, read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from ecomflow.language import Project
    from ecomflow.model import Catalog, Diagnostic

_LEFT_OUT = shutil.ignore_patterns(".*", "var", "node_modules", "__pycache__", "*.db", "*.db-*", "*.test.yaml")


class ProjectFolder:
    """A copy of the project's files, made when the first entry changes one.

    Args:
        project: as it is on disk.
        beside: the folder that names in entries start from.
        catalog: what is installed.
        narrow: leaves of a loaded project what the case is about.
    """

    def __init__(self, project: Project, beside: Path, catalog: Catalog, narrow: Callable[[Project], Project]) -> None:
        self._project, self._beside, self._catalog, self._narrow = project, beside, catalog, narrow
        self._copy: TemporaryDirectory[str] | None = None
        self.faults: list[Diagnostic] = []

    def deploy(self, body: Any) -> Project:
        """Put a file in place of the one of the same workflow and load the project.

        Args:
            body: the file's name.

        Raises:
            CaseError: there is no such file.
        """
        file = self._beside / str(body)
        if not file.is_file():
            raise CaseError(f"`deploy` names a file beside the test, there is no {file}")
        name = self._replace(file)
        project = load_project(self._copied(), self._catalog)
        self.faults += project.faulty.get(name, ())
        return self._narrow(project)

    def _replace(self, file: Path) -> str:
        """Put the file in its place in the copy; return its workflow's name."""
        text, root = file.read_text("utf-8"), self._copied()
        value, _, _ = read_yaml(text, str(file))
        name = str(value.get("name")) if isinstance(value, dict) else file.stem
        own = root / file.resolve().relative_to(self._project.root.resolve())
        source = self._project.sources.get(name)
        own.unlink(missing_ok=True)
        target = root / source.resolve().relative_to(self._project.root.resolve()) if source else own
        target.write_text(text, "utf-8")
        return name

    def _copied(self) -> Path:
        if self._copy is None:
            self._copy = TemporaryDirectory(prefix="ecomflow-test-")
            shutil.copytree(self._project.root, self._copy.name, ignore=_LEFT_OUT, dirs_exist_ok=True)
        return Path(self._copy.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._copy is not None:
            self._copy.cleanup()
