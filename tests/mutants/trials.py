"""A plugin of pytest that collects the tests once and then tries one change of the code after the other, each in a fork.

``MUTATION_TRIALS`` names a file with the names of the changes, one a line; what is found goes to the same name with ``.found``
at its end, one JSON object a line. A change meets the tests that reach its function, first those that noticed an earlier
change of the same function, then the quick ones, and stops at the first that notices it. That test is then run without the
change: only where it passes, the change was noticed.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from time import process_time

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import HealthCheck, settings
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state
from mutmut.utils.format_utils import mangled_name_from_mutant_name

KILLED, LIVES, UNSEEN, TIMEOUT, UNSURE = "killed", "lives", "reached by no test", "ran out of time", "fails unchanged, too"
_PASSED, _FAILED = 0, 1

_SECONDS, _TIMES = 2.0, 10
"""CPU time of a test: so many seconds, and so many times what it takes where nothing is changed."""

_MEMORY = 6 << 30
"""Bytes that a change may take which never ends to collect."""


class Trials:
    """The tests that were collected, what each of them reaches, and which of them have noticed something."""

    def __init__(self, session: pytest.Session) -> None:
        self.session = session
        self.items = {item.nodeid: item for item in session.items}
        self.seconds: dict[str, float] = {}
        self.reach: dict[str, set[str]] = defaultdict(set)
        self.noticed: dict[str, Counter[str]] = defaultdict(Counter)

    def learn(self) -> None:
        """Run all tests once, unchanged; what they share stays set up."""
        items = list(self.items.values())
        set_mutant_under_test("stats")
        state()._stats.clear()
        for item, following in zip(items, [*items[1:], items[0]], strict=True):
            began = process_time()
            runtestprotocol(item, nextitem=following, log=True)
            self.seconds[item.nodeid] = process_time() - began
            for function in state()._stats:
                self.reach[function].add(item.nodeid)
            state()._stats.clear()
        assert not self.session.testsfailed, "tests fail where nothing is changed"
        gc.collect()
        gc.freeze()

    def of(self, function: str) -> list[str]:
        """Return the tests that reach a function, in the order in which they are asked."""
        noticed = self.noticed[function]
        return sorted(self.reach[function], key=lambda test: (-noticed[test], self.seconds[test], test))

    def tried(self, name: str) -> tuple[str, str]:
        """Try a change; return what became of it, and the last test that it met."""
        function = mangled_name_from_mutant_name(name)
        tests = self.of(function)
        if not tests:
            return UNSEEN, ""
        code, last = self._in_fork(name, tests)
        if code == _PASSED:
            return LIVES, ""
        if code == -signal.SIGPROF:
            return TIMEOUT, last
        if self._in_fork("", [last])[0] != _PASSED:
            return UNSURE, last
        self.noticed[function][last] += 1
        return KILLED, last

    def _in_fork(self, name: str, tests: list[str]) -> tuple[int, str]:
        ours, theirs = os.pipe()
        child = os.fork()
        if child == 0:
            self._as_child(name, tests, lambda number: os.write(theirs, f"{number}\n".encode()))
        os.close(theirs)
        with os.fdopen(ours) as told:
            met = told.read().split()
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), tests[int(met[-1])]

    def _as_child(self, name: str, tests: list[str], tell: Callable[[int], object]) -> None:
        code = _FAILED
        try:
            resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
            set_mutant_under_test(name)
            items = [self.items[test] for test in tests]
            self.session._setupstate.teardown_exact(items[0])
            for number, (item, following) in enumerate(zip(items, [*items[1:], items[-1]], strict=True)):
                tell(number)
                signal.setitimer(signal.ITIMER_PROF, _SECONDS + _TIMES * self.seconds[item.nodeid])
                if any(report.failed for report in runtestprotocol(item, nextitem=following, log=False)):
                    break
            else:
                code = _PASSED
        finally:
            os._exit(code)  # also where pytest itself breaks


def pytest_runtestloop(session: pytest.Session) -> bool:
    """Try the changes instead of running the tests."""
    settings.register_profile("trials", deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    settings.load_profile("trials")  # a machine that is busy is no change of the code
    asked = Path(os.environ["MUTATION_TRIALS"])
    trials = Trials(session)
    trials.learn()
    with asked.with_suffix(".found").open("w", encoding="utf-8") as found:
        for name in asked.read_text("utf-8").split():
            began = os.times()
            what, test = trials.tried(name)
            took = sum(os.times()[2:4]) - sum(began[2:4])
            found.write(json.dumps([name, what, test, round(took, 2)]) + "\n")
            found.flush()
    return True
