"""A plugin of pytest that collects the tests once, and then tries one change of the code after the other, each in a fork.

``MUTATION_TRIALS`` names a file with the names of the changes, one a line; what is found goes to the same name with ``.found``
at its end, one JSON object a line. A change meets the tests that reach its function, first those that noticed an earlier
change of the same function, then the quick ones, and stops at the first that notices it.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
from collections import defaultdict
from pathlib import Path
from time import monotonic, process_time
from typing import IO

from _pytest.runner import runtestprotocol
from hypothesis import HealthCheck, settings
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state
from mutmut.utils.format_utils import mangled_name_from_mutant_name

KILLED, LIVES, UNSEEN, TIMEOUT = 1, 0, 33, 36
"""What mutmut writes for a verdict."""

_SECONDS = 2.0
_TIMES = 10
"""CPU time of a test: so many seconds, and so many times what it takes where nothing is changed."""

_MEMORY = 6 << 30
"""Bytes of a change that never stops to collect."""


class Tests:
    """The tests that were collected, and what each of them reaches."""

    def __init__(self, items):
        self.items = {item.nodeid: item for item in items}
        self.seconds: dict[str, float] = {}
        self.reach: dict[str, set[str]] = defaultdict(set)
        self.noticed: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))

    def learn(self, session):
        """Run all once, unchanged."""
        items = list(self.items.values())
        set_mutant_under_test("stats")
        state()._stats.clear()
        for item, following in zip(items, [*items[1:], items[0]], strict=True):  # what all share stays set up
            began = process_time()
            runtestprotocol(item, nextitem=following, log=True)
            self.seconds[item.nodeid] = process_time() - began
            for function in state()._stats:
                self.reach[function].add(item.nodeid)
            state()._stats.clear()
        assert not session.testsfailed, "tests fail where nothing is changed"

    def of(self, function):
        """Those that reach a function, in the order in which they are asked."""
        noticed = self.noticed[function]
        return sorted(self.reach[function], key=lambda name: (-noticed[name], self.seconds[name], name))


class Trials:
    """The changes that are being tried, at most so many at once."""

    def __init__(self, session, tests, found, at_once):
        self.session, self.tests, self.found, self.at_once = session, tests, found, at_once
        self.open: dict[int, tuple[str, IO[str], float]] = {}

    def run(self, names):
        """Try changes by name."""
        gc.collect()
        gc.freeze()
        for name in names:
            chosen = self.tests.of(mangled_name_from_mutant_name(name))
            if not chosen:
                self.tell(name, UNSEEN, "", 0.0)
                continue
            while len(self.open) >= self.at_once:
                self.wait()
            self.begin(name, chosen)
        while self.open:
            self.wait()

    def begin(self, name, chosen):
        ours, theirs = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(ours)
            self.in_child(name, chosen, theirs)
        os.close(theirs)
        self.open[child] = name, os.fdopen(ours), monotonic()

    def in_child(self, name, chosen, told):
        code = KILLED
        try:
            resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
            set_mutant_under_test(name)
            noticed = self.notice([self.tests.items[test] for test in chosen], told)
            code = KILLED if noticed else LIVES
        finally:
            os._exit(code)  # also where pytest itself breaks, which is noticed, too

    def notice(self, items, told):
        self.session._setupstate.teardown_exact(items[0])
        for item, following in zip(items, [*items[1:], None], strict=True):
            os.write(told, f"{item.nodeid}\n".encode())
            signal.setitimer(signal.ITIMER_PROF, _SECONDS + _TIMES * self.tests.seconds[item.nodeid])
            reports = runtestprotocol(item, nextitem=following or self.tests.items[item.nodeid], log=False)
            if any(report.failed for report in reports):
                open("/tmp/fail.txt","a").write(f"{item.nodeid}\n" + "\n".join(str(r.longrepr) for r in reports if r.failed) + "\n")
                return True
        return False

    def wait(self):
        child, status = os.wait()
        name, told, began = self.open.pop(child)
        asked = told.read().split("\n")
        told.close()
        code = os.waitstatus_to_exitcode(status)
        if code == KILLED and not self.sound(asked[-2]):
            code = 35
        last = asked[-2] if len(asked) > 1 else ""
        if code == -signal.SIGPROF:
            code = TIMEOUT
        if code == KILLED:
            self.tests.noticed[mangled_name_from_mutant_name(name)][last] += 1
        self.tell(name, code, last if code != LIVES else "", monotonic() - began)

    def sound(self, test):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                set_mutant_under_test("")
                item = self.tests.items[test]
                self.session._setupstate.teardown_exact(item)
                code = int(any(report.failed for report in runtestprotocol(item, nextitem=item, log=False)))
            finally:
                os._exit(code)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

    def tell(self, name, code, test, seconds):
        self.found.write(json.dumps({"name": name, "code": code, "test": test, "seconds": round(seconds, 2)}) + "\n")
        self.found.flush()


def pytest_runtestloop(session):
    """Try the changes instead of running the tests."""
    settings.register_profile("trials", deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    settings.load_profile("trials")  # a machine that is busy is no change of the code
    asked = Path(os.environ["MUTATION_TRIALS"])
    tests = Tests(session.items)
    tests.learn(session)
    with asked.with_suffix(".found").open("w") as found:
        Trials(session, tests, found, int(os.environ.get("MUTATION_JOBS", "1"))).run(asked.read_text("utf-8").split())
    return True
