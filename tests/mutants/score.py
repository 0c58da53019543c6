"""Change the core and the policies at every place, one at a time, and count the changes that no test of a fast selection
notices: ``python tests/mutants/score.py [EVERY]`` tries each EVERYth change of the core, and all of the policies.

The sample is taken over all files in their order, so it is the same each time. What mutmut knows stays in ``mutants/``: a
later call tries what is new, and what was not killed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOUND = ROOT / "mutants" / "src" / "ecomflow"
KILLED, LIVES, UNSEEN, TIMEOUT, UNTRIED = "killed", "lives", "reached by no test", "ran out of time", "not tried"
_VERDICTS = {1: KILLED, 3: KILLED, 0: LIVES, 5: UNSEEN, 33: UNSEEN, 24: TIMEOUT, -24: TIMEOUT, 36: TIMEOUT, 152: TIMEOUT, 255: TIMEOUT}
"""What an exit code of pytest, or of the limit on its time, says; of any other nothing is known."""

_AT_ONCE = 500
"""Names on one command line."""


def _place(name: str) -> tuple[str, int]:
    changed, _, number = name.rpartition("_")
    return changed, int(number)


def verdicts(room: str) -> dict[str, str]:
    """Return the verdict on each change of a package, by name, in the order of places."""
    known = [json.loads(path.read_text("utf-8"))["exit_code_by_key"] for path in sorted((FOUND / room).glob("**/*.meta"))]
    return {name: _VERDICTS.get(codes[name], UNTRIED) for codes in known for name in sorted(codes, key=_place)}


def mutmut(*names: str) -> None:
    """Try some changes."""
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", "1", *names]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def score(what: str, found: dict[str, str], of: int) -> float:
    """Print how many were killed; what ran out of time was tried and does not count as killed."""
    counts = Counter(found.values())
    tried = len(found) - counts[UNTRIED]
    killed = 100 * counts[KILLED] / max(tried, 1)
    print(f"{what}: killed {counts[KILLED]} of {tried} tried (of {of}) = {killed:.1f} %; {counts[TIMEOUT]} ran out of time")
    return killed


def main(every: int) -> int:
    """Print the score and what was not killed; return 1 where less than 85 of 100 of either are, or not all were tried."""
    mutmut("ecomflow.policies.*")  # which also finds all places
    known = verdicts("core")
    chosen = list(known)[::every]
    left = [name for name in chosen if known[name] != KILLED]
    for start in range(0, len(left), _AT_ONCE):
        mutmut(*left[start : start + _AT_ONCE])
    tried = verdicts("core")
    core, policies = {name: tried[name] for name in chosen}, verdicts("policies")
    found = core | policies
    for name, said in found.items():
        if said != KILLED:
            print(f"{said:20} {name}")
    least = min(score("core", core, len(known)), score("policies", policies, len(policies)))
    score("both", found, len(known) + len(policies))  # all policies and a sample of the core: it may not hide the core's
    return 0 if least >= 85 and UNTRIED not in found.values() else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1))
