"""``ecomflow test``: the cases beside the workflows, on virtual time."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ecomflow.cli.diagnostics import warn
from ecomflow.cli.folders import project_folder, project_of
from ecomflow.cli.options import common
from ecomflow.cli.output import Ink
from ecomflow.errors import NotFoundError
from ecomflow.language import load_project
from ecomflow.registry import Registry
from ecomflow.testing import Report, render, run_tests
from ecomflow.testing.casefile import case_files

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecomflow.cli.output import Out
    from ecomflow.testing import CaseResult
    from ecomflow.testing.steps import Unreached


@click.command("test")
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(exists=True, path_type=Path))
@common
def command(project: Path, out: Out, paths: Sequence[Path]) -> int:
    """Run the cases of *.test.yaml files on virtual time: three days take milliseconds, and nothing is sent.

    PATHs are files or folders; without one, all of the project are run. Shows what differs, and which steps and branches
    no case has reached. The exit code is 1 where a case failed.
    """
    places = list(paths) or [project_folder(project)]
    files = case_files(places)
    if not files:
        raise NotFoundError(f"there are no *.test.yaml files in {', '.join(map(str, places))}")
    owners: dict[Path, list[Path]] = {}
    for file in files:
        owners.setdefault(project_of(file) if paths else project, []).append(file)
    report = _run(owners)
    _show(out, report)
    return 0 if report.passed else 1


def _run(owners: dict[Path, list[Path]]) -> Report:
    registry = Registry.load()
    results: list[CaseResult] = []
    unreached: dict[str, tuple[Unreached, ...]] = {}
    for folder, files in owners.items():
        project = load_project(folder, registry.catalog)
        warn(project.diagnostics)
        report = run_tests(project, files, registry)
        results += report.results
        unreached.update(report.unreached)
    return Report(tuple(results), unreached)


def _show(out: Out, report: Report) -> None:
    for line in render(report).splitlines():
        word = line[:4]
        out.say(Ink(word, {"ok  ": "green", "FAIL": "red"}.get(word, ""), bold=word == "FAIL"), line[4:])
    for result in report.results:
        out.record(
            "case", file=result.file, name=result.name, workflows=list(result.workflows), passed=result.passed,
            differences=list(result.differences),
        )  # fmt: skip
    for missing in report.unreached.values():
        for entry in missing:
            out.record("unreached", **asdict(entry))
    failed = sum(not result.passed for result in report.results)
    out.record("summary", cases=len(report.results), failed=failed)
