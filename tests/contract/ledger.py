"""Which cases are left out, and why: disputed ones, and those that need what does not run yet."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import yaml
from case import HERE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from case import Case

    from ecomflow.model import Diagnostic

DOES_NOT_RUN_YET = "EF190"


@dataclass(frozen=True)
class NotYet:
    rules: frozenset[str]
    at_most: int

    def covers(self, case: Case, faults: Sequence[Diagnostic]) -> bool:
        """Return whether a case needs a kind of trigger or step that does not run yet."""
        return bool(self.rules & set(case.rules)) and any(fault.code == DOES_NOT_RUN_YET for fault in faults)


@cache
def not_yet() -> NotYet:
    """Return what ``not_yet.yaml`` says."""
    said = yaml.safe_load((HERE / "not_yet.yaml").read_text("utf-8"))
    return NotYet(frozenset(said["rules"]), said["at_most"])


@cache
def disputed() -> dict[tuple[str, str], str]:
    """Return file and name of each disputed case, with the reasoning."""
    said = yaml.safe_load((HERE / "disputed.yaml").read_text("utf-8"))
    return {(entry["file"], entry["name"]): entry["because"] for entry in said}
