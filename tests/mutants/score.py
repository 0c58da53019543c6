"""Change the core and the policies at every place, one at a time, and count the changes that no test of a fast selection
notices: ``python tests/mutants/score.py [EVERY]`` tries each EVERYth change of the core, and all of the policies.

What mutmut knows stays in ``mutants/``: a later call tries what is new, and what lived.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOUND = ROOT / "mutants" / "src" / "ecomflow"
KILLED, LIVES, UNSEEN, UNTRIED = "killed", "lives", "reached by no test", "not tried"
_AT_ONCE = 500
"""Names on one command line."""


def verdict(code: int | None) -> str:
    """Return what an exit code of pytest, or of the limit on its time, says."""
    return {None: UNTRIED, 0: LIVES, 5: UNSEEN, 33: UNSEEN}.get(code, KILLED)


def verdicts(room: str) -> dict[str, str]:
    """Return the verdict on each change of a package, by name."""
    known = [json.loads(path.read_text("utf-8"))["exit_code_by_key"] for path in sorted((FOUND / room).glob("**/*.meta"))]
    return {name: verdict(code) for codes in known for name, code in codes.items()}


def mutmut(*names: str) -> None:
    """Try some changes."""
    command = [sys.executable, "-m", "mutmut", "run", *names]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def main(every: int) -> int:
    """Print the score and what lives; return 1 where less than 85 of 100 are killed."""
    mutmut("ecomflow.policies.*")  # which also finds all places
    core = sorted(verdicts("core"))
    chosen = core[::every]
    left = [name for name in chosen if verdicts("core")[name] != KILLED]
    for start in range(0, len(left), _AT_ONCE):
        mutmut(*left[start : start + _AT_ONCE])
    found = {name: verdicts("core")[name] for name in chosen} | verdicts("policies")
    counts = Counter(found.values())
    for name, said in sorted(found.items()):
        if said != KILLED:
            print(f"{said:20} {name}")
    tried = len(found) - counts[UNTRIED]
    score = 100 * counts[KILLED] / max(tried, 1)
    print(f"{counts[KILLED]} of {tried} killed: {score:.1f} %; tried {tried} of {len(core) + len(verdicts('policies'))}")
    return 0 if score >= 85 and tried == len(found) else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1))
