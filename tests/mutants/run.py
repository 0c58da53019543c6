"""Take one promise of the engine away after the other, in a copy, and require that the named tests go red."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from guards import GUARDS
from mutant import Mutant
from of_meaning import OF_MEANING
from of_rules import OF_RULES
from patches import MUTANTS

ALL = (*MUTANTS, *GUARDS, *OF_MEANING, *OF_RULES)
ROOT = Path(__file__).parents[2]
RED, GREEN, STALE = "red", "GREEN", "DOES NOT APPLY"
HUNG = -1
"""The exit code of tests that did not end; who runs them notices that, too."""


def apply(mutant: Mutant, package: Path) -> bool:
    """Change the copy; return whether every old text stood there once."""
    for name, old, new in mutant.changes:
        file = package / name
        text = file.read_text("utf-8")
        if text.count(old) != 1:
            return False
        file.write_text(text.replace(old, new), "utf-8")
    return True


def run(tests: tuple[str, ...], source: Path) -> int:
    """Run tests against a copy of the package and return pytest's exit code."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False, timeout=900).returncode
    except subprocess.TimeoutExpired:
        return HUNG


def outcome(mutant: Mutant) -> str:
    """Return what became of a mutant's tests; one is killed by failures alone, not by an error of collection."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "src"
        shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("__pycache__"))
        if not apply(mutant, source / "ecomflow"):
            return STALE
        code = run(mutant.tests, source)
    return {0: GREEN, 1: RED, HUNG: RED}.get(code, f"PYTEST ENDED WITH {code}")


def main() -> int:
    """Print a table; return 1 where a mutant lives or a patch is out of date. Words after the command choose by name."""
    chosen = [mutant for mutant in ALL if all(word in mutant.name for word in sys.argv[1:])]
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "src"
        shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("__pycache__"))
        tests = tuple(dict.fromkeys(test for mutant in chosen for test in mutant.tests))
        if run(tests, source) != 0:
            print("the tests are not green without any change: mend them first")
            return 1
    bad = 0
    for mutant in chosen:
        found = outcome(mutant)
        bad += found != RED
        print(f"{found:15} {mutant.name}", flush=True)
    print(f"{len(chosen) - bad} of {len(chosen)} are noticed")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
