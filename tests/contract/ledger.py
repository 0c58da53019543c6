"""Which cases are left out because they are disputed, and why."""

from __future__ import annotations

from functools import cache

import yaml
from case import HERE


@cache
def disputed() -> dict[tuple[str, str], str]:
    """Return file and name of each disputed case, with the reasoning."""
    said = yaml.safe_load((HERE / "disputed.yaml").read_text("utf-8"))
    return {(entry["file"], entry["name"]): entry["because"] for entry in said}
