"""Faults as other tools read them: SARIF 2.1.0 for code scanning, commands of a GitHub workflow for its log and its diff."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from ecomflow.language import CODES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ecomflow.model import Diagnostic

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(faults: Iterable[Diagnostic]) -> str:
    """Return a SARIF log with one run, in which each code is a rule and each fault a result."""
    told = list(faults)
    codes = sorted({fault.code for fault in told})
    rules = [_rule(code) for code in codes]
    driver = {"name": "ecomflow", "version": version("ecomflow"), "rules": rules}
    results = [_result(fault, codes.index(fault.code)) for fault in told]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(code: str) -> dict[str, Any]:
    info = CODES[code]
    return {"id": code, "shortDescription": {"text": info.title}, "fullDescription": {"text": info.text}}


def _result(fault: Diagnostic, rule: int) -> dict[str, Any]:
    region = {"startLine": fault.line, "startColumn": fault.column, "endLine": fault.line, "endColumn": fault.column + max(fault.length, 1)}
    place = {"artifactLocation": {"uri": quote(PurePosixPath(fault.file).as_posix())}, "region": region}
    return {
        "ruleId": fault.code, "ruleIndex": rule, "level": fault.severity if fault.severity in {"error", "warning"} else "note",
        "message": {"text": _sentence(fault)}, "locations": [{"physicalLocation": place}],
    }  # fmt: skip


def github(fault: Diagnostic) -> str:
    """Return a fault as a command of a GitHub workflow, on one line."""
    kind = fault.severity if fault.severity in {"error", "warning"} else "notice"
    end = fault.column + max(fault.length, 1)
    places = {"file": fault.file, "line": fault.line, "col": fault.column, "endColumn": end, "title": fault.code}
    written = ",".join(f"{name}={_property(str(value))}" for name, value in places.items())
    return f"::{kind} {written}::{_data(_sentence(fault))}"


def _sentence(fault: Diagnostic) -> str:
    return f"{fault.message} ({fault.help})" if fault.help else fault.message


def _data(text: str) -> str:
    # As GitHub's runner reads commands: a break would end this one, and what follows could be another.
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
