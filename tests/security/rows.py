"""Which rows of the list of attacks the tests hold: read from the marker ``attack`` of every test of the project."""

from __future__ import annotations

import ast
from collections import defaultdict
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parents[1]
ROWS = range(1, 83)
SERVER = "waits for the server that takes webhooks and shows pages"
WAITING = {
    **dict.fromkeys((46, 47, 48, 49, 50, 51, 55, 56, 57, 58, 59), SERVER),
}
"""Rows that no test needs to hold yet, and why."""


@cache
def held() -> dict[int, list[str]]:
    """Return for each row the tests that hold it."""
    found: dict[int, list[str]] = defaultdict(list)
    for file in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Assign)):
                for number in _numbers(node):
                    found[number].append(f"{file.relative_to(TESTS)}::{getattr(node, 'name', '')}")
    return dict(found)


def _numbers(node: ast.AST) -> list[int]:
    marks = getattr(node, "decorator_list", None) or [getattr(node, "value", None)]
    return [
        number.value for mark in marks if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.attack"
        for number in mark.args if isinstance(number, ast.Constant)
    ]  # fmt: skip


if __name__ == "__main__":
    for row in ROWS:
        tests = held().get(row, [])
        print(f"{row:3} {len(tests):3} {tests[0] if tests else WAITING.get(row, 'NOT HELD')}")
