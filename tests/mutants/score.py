"""Change the core and the policies at every place, one at a time, and count the changes that no test of a fast selection
notices: ``python tests/mutants/score.py [EVERY]`` tries each EVERYth change of the core, and all of the policies.

mutmut makes the changes, in ``mutants/``; ``trials`` tries them. The sample is taken over all files in their order, so it
is the same each time.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from time import monotonic

from mutmut.__main__ import create_mutants
from mutmut.utils.file_utils import copy_also_copy_files, copy_src_dir
from trials import KILLED

ROOT = Path(__file__).parents[2]
CHANGED = ROOT / "mutants"
ASKED = CHANGED / "trials.txt"


def _place(name: str) -> tuple[str, int]:
    changed, _, number = name.rpartition("_")
    return changed, int(number)


def generate() -> None:
    """Make the changes anew, in a copy of the project."""
    os.chdir(ROOT)
    shutil.rmtree(CHANGED, ignore_errors=True)
    CHANGED.mkdir()
    with redirect_stdout(StringIO()):
        copy_src_dir()
        copy_also_copy_files()
        create_mutants(1)


def places(room: str) -> list[str]:
    """Return the names of all changes of a package, in the order of files and places."""
    known = [json.loads(path.read_text("utf-8"))["exit_code_by_key"] for path in sorted((CHANGED / "src" / "ecomflow" / room).glob("**/*.meta"))]
    return [name for codes in known for name in sorted(codes, key=_place)]


def try_all(names: list[str]) -> dict[str, str]:
    """Return the verdict on each change, by name."""
    ASKED.write_text("\n".join(names), "utf-8")
    chosen = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["mutmut"]
    command = [sys.executable, "-m", "pytest", "-p", "trials", "--rootdir=.", f"--basetemp={CHANGED / 'tmp'}"]
    command += [*chosen["pytest_add_cli_args"], *chosen["pytest_add_cli_args_test_selection"]]
    paths = os.pathsep.join([str(CHANGED / "src"), str(Path(__file__).parent)])
    env = os.environ | {"PYTHONPATH": paths, "MUTATION_TRIALS": str(ASKED), "PYTHONDONTWRITEBYTECODE": "1"}
    with (CHANGED / "pytest.txt").open("w") as told:
        subprocess.run(command, cwd=CHANGED, env=env, check=True, stdout=told, stderr=told)
    found = [json.loads(line) for line in ASKED.with_suffix(".found").read_text("utf-8").splitlines()]
    return {name: verdict for name, verdict, *_ in found}


def score(what: str, found: dict[str, str], of: int) -> float:
    """Print how many were killed, and what became of the others."""
    counts = Counter(found.values())
    killed = 100 * counts[KILLED] / max(len(found), 1)
    others = "".join(f"; {count} {verdict}" for verdict, count in sorted(counts.items()) if verdict != KILLED)
    print(f"{what}: killed {counts[KILLED]} of {len(found)} tried (of {of}) = {killed:.1f} %{others}")
    return killed


def main(every: int) -> int:
    """Print the score and what was not killed; return 1 where less than 85 of 100 of either are."""
    began = monotonic()
    generate()
    core, policies = places("core"), places("policies")
    found = try_all([*core[::every], *policies])
    for name, verdict in found.items():
        if verdict != KILLED:
            print(f"{verdict:20} {name}")
    scores = [score(room, {name: found[name] for name in found if f".{room}." in name}, len(known)) for room, known in (("core", core), ("policies", policies))]
    print(f"in {(monotonic() - began) / 60:.0f} minutes")
    return 0 if min(scores) >= 85 else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1))
