"""Whatever point a process dies at, the world sees the same as if it had lived: effects, ends of runs, waits."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from itertools import count
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from receivers import Receivers
from scenarios import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Callable

CHILD = Path(__file__).parent / "child.py"
SAMPLE, RECOVERY, SEED = 3, 15, 20260302
LATER_STRIDE = int(os.environ.get("ECOMFLOW_CRASH_STRIDE", "5"))
"""Of how many points one is visited with a day gone by; `make crash` visits all."""


class Story:
    """Lives of one scenario, each case in a folder of its own, each life in a process forked by the child."""

    def __init__(self, name: str, folder: Path, receivers: Receivers) -> None:
        self._folder, self._receivers = folder, receivers
        SCENARIOS[name].write(folder / "project", mail=receivers.mail_port, web=receivers.web_port)
        command = [sys.executable, str(CHILD), name, str(folder / "project"), "--serve"]
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._said() == "ready", "the child cannot load the project: see its words on stderr"
        self._cases = count()
        self.lives = 0
        self.case = folder

    def _said(self) -> str:
        assert self._child.stdout is not None
        return self._child.stdout.readline().strip()

    def begin(self) -> None:
        """Begin a new case in an untouched world."""
        self._receivers.effects.clear()
        self.case = self._folder / f"case-{next(self._cases)}"
        self.case.mkdir()

    def keep(self) -> Callable[[], None]:
        """Keep this case and the world as they are now; return what puts both back, at the same place."""
        kept, past = self._folder / "kept", self._receivers.effects.past()
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(self.case, kept)

        def put_back() -> None:
            self._receivers.effects.clear(past)
            shutil.rmtree(self.case)
            shutil.copytree(kept, self.case)

        return put_back

    def live(self, *, crash_at: int = 0, days_later: float = 0) -> bool:
        """Live on in this case; return whether the process died at the point."""
        assert self._child.stdin is not None
        self.lives += 1
        asked = {"case": str(self.case), "crash_at": crash_at, "days_later": days_later}
        self._child.stdin.write(json.dumps(asked) + "\n")
        self._child.stdin.flush()
        code = self._said()
        assert code in ("0", "1"), f"the child ended with {code or 'nothing'}: see its words on stderr"
        return code == "1"

    @property
    def report(self):
        return json.loads((self.case / "report.json").read_text("utf-8"))

    def seen(self):
        """What the world saw and what the shop can look up, whenever it happened."""
        report, effects = self.report, self._receivers.effects
        assert effects.conflicts == [], "a key came with other content"
        assert max(report["waits"].values(), default=0) <= 1, "a wait was served twice"
        return {"effects": effects.seen, **{k: v for k, v in report.items() if k != "points"}}

    def end(self) -> None:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.close()
        self._child.stdout.close()
        self._child.wait()


@pytest.fixture(scope="module")
def receivers():
    with Receivers() as both:
        yield both


@pytest.fixture(scope="module", params=SCENARIOS)
def story(request, receivers, tmp_path_factory):
    told = Story(request.param, tmp_path_factory.mktemp(request.param), receivers)
    told.name = request.param
    yield told
    told.end()


@pytest.fixture(scope="module")
def undisturbed(story):
    """What the world sees where nothing dies."""
    story.begin()
    assert not story.live()
    return story.seen(), story.report["points"]


def test_undisturbed_life_does_what_the_story_says(story, undisturbed):
    # Given no crash, Then something happens in the world, runs end, and there are enough points to die at.
    seen, points = undisturbed

    assert len(seen["effects"]) >= 2
    assert {run[3] for run in seen["runs"]} <= {"completed", "stopped", "superseded"}
    assert points >= 20


@pytest.mark.parametrize(("days_later", "stride"), [(0, 1), (1, LATER_STRIDE)], ids=["at once", "a day later"])
@pytest.mark.attack(75)
def test_one_crash_at_every_point_changes_nothing(story, undisturbed, days_later, stride):
    # Given a process that dies at its n-th point, When it is started again, Then the world saw what it would have seen.
    expected, points = undisturbed
    visited = 0
    for n in count(1, stride):
        story.begin()
        if not story.live(crash_at=n):
            break
        assert not story.live(days_later=days_later)
        assert story.seen() == expected, f"after a crash at point {n}"
        visited += 1

    print(f"\n{story.name}: {visited} of {points} points visited, started again {'a day later' if days_later else 'at once'}")
    assert n > points
    assert visited >= points // stride


def test_a_second_crash_during_recovery_changes_nothing(story, undisturbed):
    # Given a process that died, When the next one dies at its m-th point, Then a third one still brings everything home.
    expected, points = undisturbed
    firsts = sorted(Random(SEED).sample(range(1, points + 1), SAMPLE))
    visited = 0
    for n in firsts:
        story.begin()
        assert story.live(crash_at=n)
        put_back = story.keep()
        for m in range(1, RECOVERY + 1):
            put_back()
            if story.live(crash_at=m):
                assert not story.live()
                visited += 1
            assert story.seen() == expected, f"after crashes at points {n} and {m}"

    print(f"\n{story.name}: {visited} second points visited, after a first crash at {', '.join(map(str, firsts))} (seed {SEED})")
    assert visited >= SAMPLE * 5
