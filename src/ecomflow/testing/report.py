"""What ``ecomflow test`` prints: each case, what differs, and what no case has reached."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecomflow.testing.casefile import CaseResult, Report


def render(report: Report) -> str:
    """Return a report as text for people.

    Args:
        report: what became of the cases.
    """
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    for result in report.results:
        yield from _result(result)
    for workflow, missing in report.unreached.items():
        if missing:
            yield f"{workflow}: no case reaches"
        for entry in missing:
            yield f"  line {entry.line}: {entry.text}"
    failed = sum(not result.passed for result in report.results)
    yield f"{len(report.results)} cases, {failed} failed" if failed else f"{len(report.results)} cases passed"


def _result(result: CaseResult) -> Iterator[str]:
    yield f"{'ok  ' if result.passed else 'FAIL'}  {PurePath(result.file).name}: {result.name}"
    if not result.passed:
        yield from (f"      - {line}" for line in result.differences)
        yield from (f"      {line}" for line in result.story.splitlines())
