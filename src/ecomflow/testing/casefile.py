"""Runs ``*.test.yaml`` files: the cases that stand beside a workflow, on virtual time."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ecomflow.errors import CaseError
from ecomflow.language import read_yaml
from ecomflow.model import CallStep
from ecomflow.testing.answers import Answers
from ecomflow.testing.checker import asks_why, differences
from ecomflow.testing.expectations import parse_expectations
from ecomflow.testing.observed import tell
from ecomflow.testing.player import Player
from ecomflow.testing.projectfolder import ProjectFolder
from ecomflow.testing.scenario import DEFAULT_START, moment, parse_given
from ecomflow.testing.simulation import planner
from ecomflow.testing.steps import Reached, every_step
from ecomflow.testing.storied import StoriedRuntime
from ecomflow.testing.values import flow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from ecomflow.language import Project
    from ecomflow.registry import Registry
    from ecomflow.testing.expectations import Expectation
    from ecomflow.testing.observed import Observed
    from ecomflow.testing.scenario import Given
    from ecomflow.testing.steps import Unreached

SUFFIX = ".test.yaml"
_FILE_KEYS = frozenset({"workflow", "workflows", "start", "answers", "cases"})
_CASE_KEYS = frozenset({"name", "start", "answers", "given", "expect"})


@dataclass(frozen=True, slots=True)
class FileCase:
    """One case of a test file."""

    name: str
    workflows: tuple[str, ...]
    start: datetime
    answers: Mapping[str, Any]
    given: tuple[Given, ...]
    expect: tuple[Expectation, ...]


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What became of one case.

    Attributes:
        differences: a sentence for each thing that was not as expected.
        story: its calls, decisions and runs, as lines.
    """

    file: str
    name: str
    workflows: tuple[str, ...]
    differences: tuple[str, ...] = ()
    story: str = ""

    @property
    def passed(self) -> bool:
        """Whether all was as expected."""
        return not self.differences


@dataclass(frozen=True, slots=True)
class Report:
    """What became of all cases, and what none of them reached."""

    results: tuple[CaseResult, ...] = ()
    unreached: Mapping[str, tuple[Unreached, ...]] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether every case passed."""
        return all(result.passed for result in self.results)


def case_files(paths: Iterable[Path]) -> list[Path]:
    """Return the test files among files and folders, in order of name.

    Args:
        paths: files, or folders that are searched with all below them.
    """
    found = {file for path in paths for file in ([path] if path.is_file() else path.rglob(f"*{SUFFIX}"))}
    return sorted(file for file in found if file.name.endswith(SUFFIX))


def run_tests(project: Project, paths: Sequence[Path], registry: Registry) -> Report:
    """Run the cases of test files.

    Args:
        project: the shop that the workflows belong to.
        paths: test files, or folders with them.
        registry: what is installed.
    """
    runner = _Runner(project, registry)
    results = [result for path in case_files(paths) for result in runner.run_file(path)]
    return Report(tuple(results), {name: tuple(reached.missing()) for name, reached in runner.reached.items()})


class _Runner:
    """Runs files one after another and gathers what they reached."""

    def __init__(self, project: Project, registry: Registry) -> None:
        self._project, self._registry = project, registry
        self.reached: dict[str, Reached] = {}

    def run_file(self, path: Path) -> list[CaseResult]:
        try:
            cases = read_cases(path)
        except CaseError as error:
            return [CaseResult(str(path), path.name, (), (str(error),))]
        return [self._run(path, case) for case in cases]

    def _run(self, path: Path, case: FileCase) -> CaseResult:
        result = CaseResult(str(path), case.name, case.workflows)
        faults = self._faults(case)
        if faults:
            return replace(result, differences=tuple(faults))
        for name in case.workflows:
            self.reached.setdefault(name, Reached(self._project.workflows[name]))
        try:
            found, seen = self._play(path, case)
        except CaseError as error:
            return replace(result, differences=(str(error),))
        return replace(result, differences=tuple(found), story=tell(seen))

    def _faults(self, case: FileCase) -> list[str]:
        lines = []
        for name in case.workflows:
            if name not in self._project.workflows:
                known = self._project.faulty.get(name)
                lines += [f"{d.file}:{d.line} {d.code} {d.message}" for d in known] if known else [f"there is no workflow {name}"]
        return lines

    def _play(self, path: Path, case: FileCase) -> tuple[list[str], Observed]:
        answers = Answers(self._registry.catalog, planner(self._registry), case.answers)
        narrow = partial(_only, names=case.workflows)
        folder = ProjectFolder(self._project, path.parent, self._registry.catalog, narrow)
        with folder, closing(self._open(narrow(self._project), case, answers)) as runtime:
            player = Player(runtime, folder)
            player.play(case.given)
            seen = player.observed(answers.calls, ask=asks_why(case.expect))
            self._count(case, runtime)
        return [*_unanswered(answers), *differences(case.expect, seen)], seen

    def _count(self, case: FileCase, runtime: StoriedRuntime) -> None:
        """Count what the case has reached of the versions that the project has; a file put in their place is another."""
        for run in runtime.stories():
            if run.workflow in case.workflows and run.version == self._project.workflows[run.workflow].version:
                self.reached[run.workflow].add(run)

    def _open(self, project: Project, case: FileCase, answers: Answers) -> StoriedRuntime:
        return StoriedRuntime(project, start=case.start, performer=answers, catalog=self._registry.catalog)


def _unanswered(answers: Answers) -> list[str]:
    """Return what to paste: a look-up that nobody answered would decide by chance."""
    if not answers.unanswered:
        return []
    lines = [f"        {action}: {flow(result)}" for action, result in answers.unanswered.items()]
    return ["actions that read have no answer; paste into the case:\n" + "\n".join(["      answers:", *lines])]


def _only(project: Project, names: Sequence[str]) -> Project:
    """Return the project with these workflows and those that they call: others would answer the same events."""
    wanted, left = set[str](), list(names)
    while left:
        name = left.pop()
        if name in project.workflows and name not in wanted:
            wanted.add(name)
            left += [step.workflow for step in every_step(project.workflows[name].actions) if isinstance(step, CallStep)]
    return replace(project, workflows={name: project.workflows[name] for name in project.workflows if name in wanted})


# --- reading ----------------------------------------------------------------------------------------------------------


def read_cases(path: Path) -> list[FileCase]:
    """Return the cases of a test file.

    Args:
        path: the file.

    Raises:
        CaseError: it is not written as test files are.
    """
    document = _read(path)
    known(document, _FILE_KEYS, path.name)
    names = document.get("workflows") or [document.get("workflow") or path.name.removesuffix(SUFFIX)]
    cases = document.get("cases")
    if not isinstance(cases, list) or not cases:
        raise CaseError(f"{path.name}: `cases` is a list of cases")
    return [_case(case, number, document, tuple(map(str, names))) for number, case in enumerate(cases, 1)]


def _read(path: Path) -> dict[str, Any]:
    try:
        value, _, diagnostics = read_yaml(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise CaseError(f"{path.name} cannot be read: {error}") from None
    errors = [d for d in diagnostics if d.severity == "error"]
    if errors:
        raise CaseError("; ".join(f"{d.file}:{d.line} {d.code} {d.message}" for d in errors))
    if not isinstance(value, dict):
        raise CaseError(f"{path.name} is no mapping of {', '.join(sorted(_FILE_KEYS))}")
    return value


def known(value: Any, keys: frozenset[str], where: str) -> None:
    """Raise CaseError unless a value is a mapping with no other keys.

    Args:
        value: as it was read.
        keys: those that it may have.
        where: how the message names it.
    """
    if not isinstance(value, dict):
        raise CaseError(f"{where} is no mapping of {', '.join(sorted(keys))}")
    unknown = sorted(set(value) - keys)
    if unknown:
        raise CaseError(f"{where}: unknown key `{unknown[0]}`; known are {', '.join(sorted(keys))}")


def _case(case: Any, number: int, document: Mapping[str, Any], workflows: tuple[str, ...]) -> FileCase:
    known(case, _CASE_KEYS, f"case {number}")
    start = case.get("start", document.get("start"))
    return FileCase(
        name=str(case.get("name", f"case {number}")),
        workflows=workflows,
        start=moment(start) if start is not None else DEFAULT_START,
        answers={**(document.get("answers") or {}), **(case.get("answers") or {})},
        given=parse_given(case.get("given", [])),
        expect=parse_expectations(case.get("expect", [])),
    )
