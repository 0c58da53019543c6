"""Reads the cases beside a workflow (``*.test.yaml``) and those of the contract, as plain values with their places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ecomflow.language.files import read_file
from ecomflow.language.fitting import fits
from ecomflow.language.grammar import MAPPING, NAME, NAMES, TEXT, mapping
from ecomflow.language.node import Node
from ecomflow.language.reader import Positions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ecomflow.model import Diagnostic

_LIST: Final[dict[str, Any]] = {"type": "array", "items": {"type": "object"}}
_CASES: Final[dict[str, Any]] = {"type": "array", "minItems": 1}
_TEST_FILE: Final = mapping(("cases",), workflow=NAME, workflows=NAMES, start=TEXT, answers=MAPPING, cases=_CASES)
_TEST_CASE: Final = mapping(("name", "expect"), name=NAME, start=TEXT, answers=MAPPING, given=_LIST, expect=_LIST)
_CONTRACT_FILE: Final = mapping(("cases",), about=TEXT, cases=_CASES)
_CONTRACT_CASE: Final = mapping(
    ("rule", "name", "workflows", "expect"), rule=NAMES, name=NAME, workflows=_LIST, project=MAPPING, answers=MAPPING, start=TEXT, given=_LIST, expect=_LIST
)


@dataclass(frozen=True)
class CaseFile:
    """A file of cases as it was read.

    Attributes:
        document: the whole file; without its cases where it could not be read.
        cases: each case as plain values.
        positions: where they stand; a case's path is ``("cases", number)``.
        diagnostics: what is wrong with the file.
    """

    file: str
    document: Mapping[str, Any]
    cases: tuple[Mapping[str, Any], ...]
    positions: Positions
    diagnostics: tuple[Diagnostic, ...]


def parse_tests(path: Path, root: Path | None = None) -> CaseFile:
    """Read a ``*.test.yaml`` file.

    Args:
        path: the file.
        root: the project's folder, in which it must be; its own folder by default.
    """
    return _read(path, root, _TEST_FILE, _TEST_CASE)


def parse_contract(path: Path) -> CaseFile:
    """Read a file of the contract.

    Args:
        path: the file.
    """
    return _read(path, None, _CONTRACT_FILE, _CONTRACT_CASE)


def _read(path: Path, root: Path | None, of_file: dict[str, Any], of_case: dict[str, Any]) -> CaseFile:
    base = root or path.parent
    source, tree = read_file(path, base, path.relative_to(base).as_posix())
    cases: list[Mapping[str, Any]] = []
    if tree is not None:
        node = Node(source, tree)
        fits(node, of_file, "a file of cases")
        listed = node.get("cases") if isinstance(tree.value, dict) else None
        items = listed.items() if listed is not None and isinstance(listed.value, list) else []
        cases += [item.value for item in items if fits(item, of_case, "a case")]
    document = tree.value if tree is not None and isinstance(tree.value, dict) else {}
    return CaseFile(source.file, document, tuple(cases), Positions(source, tree), source.diagnostics())


