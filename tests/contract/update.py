"""Copies the shared contract into ``cases/``, unchanged: ``python tests/contract/update.py [FOLDER]``."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

HERE = Path(__file__).parent
SHARED = HERE.parents[2] / "shared" / "contract"


def texts(folder: Path) -> dict[str, str]:
    """Return name and text of each file of cases."""
    return {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.yaml"))}


def update(source: Path, target: Path) -> list[str]:
    """Make the target's files those of the source; return the names that changed."""
    before, after = texts(target), texts(source)
    for name in before.keys() - after.keys():
        (target / name).unlink()
    for name in after:
        shutil.copyfile(source / name, target / name)
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


if __name__ == "__main__":
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED
    if not given.is_dir():
        sys.exit(f"there is no folder {given}")
    for changed in update(given, HERE / "cases"):
        print(changed)
