"""Reads the files of the YAML test suite: a list of cases each, later ones inherit from the first, marks stand for blanks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

MARKS = {"␣": " ", "—*»": "\t", "⇔": "\ufeff", "↵": "", "←": "\r", "∎\n": ""}


def read_cases(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name and the fields of every case; what a case does not say is what the one before it in its file said."""
    for file in sorted(folder.glob("*.yaml")):
        said: dict[str, Any] = {}
        for number, case in enumerate(yaml.load(file.read_text("utf-8"), Loader=yaml.BaseLoader)):
            said = {**{key: value for key, value in said.items() if key != "fail"}, **case}
            if case.get("fail"):
                said.pop("json", None)
            yield f"{file.stem}-{number}", said


def shown(text: str) -> str:
    """Return the text that a case's ``yaml`` stands for."""
    for mark, meant in MARKS.items():
        text = re.sub(mark, meant, text)
    return text
