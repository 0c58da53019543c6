"""For pytest: runs ``*.test.yaml`` files, and gives fixtures to those who write plugins.

``pytest_plugins = "ecomflow.testing.pytest_plugin"`` in a ``conftest.py``, or ``pytest -p ecomflow.testing.pytest_plugin``.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ecomflow.language import load_project
from ecomflow.registry import Registry
from ecomflow.testing.acting import perform
from ecomflow.testing.casefile import SUFFIX, CaseResult, run_tests
from ecomflow.testing.scenario import DEFAULT_START
from ecomflow.testing.simulation import Simulation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime


def pytest_collect_file(parent: pytest.Collector, file_path: Path) -> pytest.Collector | None:
    """Collect test files of workflows."""
    return CaseFile.from_parent(parent, path=file_path) if file_path.name.endswith(SUFFIX) else None


class CaseFile(pytest.File):
    """One ``*.test.yaml``."""

    def collect(self) -> Iterator[pytest.Item]:
        """Run the file, and give one item for each of its cases."""
        registry = Registry.load()
        project = load_project(project_of(self.path), registry.catalog)
        for result in run_tests(project, [self.path], registry).results:
            yield CaseItem.from_parent(self, name=result.name, result=result)


class CaseItem(pytest.Item):
    """One case, which was run already."""

    def __init__(self, *, result: CaseResult, **more: object) -> None:
        super().__init__(**more)  # type: ignore[arg-type] # what pytest hands over
        self.result = result

    def runtest(self) -> None:
        """Fail where something was not as expected."""
        if not self.result.passed:
            pytest.fail("\n".join([*self.result.differences, self.result.story]), pytrace=False)


def project_of(path: Path) -> Path:
    """Return the project that a file belongs to: the nearest folder above with ``ecomflow.yaml``, else its own folder.

    Args:
        path: a file of it.
    """
    return next((folder for folder in path.parents if (folder / "ecomflow.yaml").is_file()), path.parent)


@pytest.fixture(name="perform")
def _perform() -> Callable[..., object]:
    """Return :func:`ecomflow.testing.perform`: it carries out an action for real."""
    return perform


@pytest.fixture
def simulate(tmp_path: Path) -> Iterator[Callable[..., Simulation]]:
    """Return what makes a simulation of workflows that are written in the test.

    It takes the text of each workflow, ``project``, the text of the project file, ``plugins``, things that are not
    installed, and ``start``, the first moment. Actions are faked; the simulations are closed in the end.
    """
    with ExitStack() as opened:
        made = 0

        def simulate(
            *workflows: str, project: str = "", plugins: Sequence[object] = (), start: str | datetime = DEFAULT_START
        ) -> Simulation:
            nonlocal made
            made += 1
            folder = tmp_path / f"shop-{made}"
            (folder / "workflows").mkdir(parents=True)
            (folder / "ecomflow.yaml").write_text(project or "shop: test\n", "utf-8")
            for number, text in enumerate(workflows):
                (folder / "workflows" / f"workflow-{number}.yaml").write_text(text, "utf-8")
            return opened.enter_context(Simulation.load(folder, plugins=plugins, start=start))

        yield simulate
