"""examples/starlette under a real server with two workers: one is the engine, the other a client, and nobody notices which."""

import json
import os
import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest
from kit import PATIENCE, Processes

EXAMPLE = Path(__file__).parents[2] / "examples" / "starlette"
FAULTY = "name: faulty\ntrigger: {event: refund.requested}\nactions:\n  - {wiat: 1h}\n"
ANA = {"Authorization": "Bearer ana-token"}


class Site:
    """The running application, asked over HTTP."""

    def __init__(self, port):
        self._port = port

    def ask(self, method, path, body=None, headers=()):
        connection = HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), dict(headers))
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else None
        finally:
            connection.close()

    def workers(self, count=2):
        """Return whether each worker is the engine, by process id, once so many have answered and one of them is."""

        def look():
            with ThreadPoolExecutor(8) as pool:  # at once, for one that is idle takes all that come one by one
                found = {each["worker"]: each["engine"] for each in pool.map(self._health, range(8)) if each}
            return len(found) == count and sum(found.values()) == 1 and found

        return until(look)

    def _health(self, _):
        try:
            return self.ask("GET", "/health")[1]
        except (OSError, HTTPException):  # it reached one that has just been killed
            return None

    def run_of(self, subject, status):
        """Return the run about a subject, once it is in a state."""

        def look():
            return [run for run in self.ask("GET", "/runs")[1] if (run["subject"], run["status"]) == (subject, status)]

        return until(look)[0]


def until(look):
    """Ask again until there is an answer."""
    end = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < end, "it never was"
    return found


@pytest.fixture
def site(tmp_path, unused_port):
    folder = tmp_path / "site"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__", "var"))
    (folder / "workflows" / "faulty.yaml").write_text(FAULTY, "utf-8")
    with Processes(folder) as processes:
        server = processes.start("-m", "uvicorn", "app:app", "--app-dir", str(folder), "--port", str(unused_port), "--workers", "2", "--no-access-log")
        site = Site(unused_port)
        server.wait_for("Application startup complete")
        yield site
        assert server.end(signal.SIGTERM) == 0, server.said
        assert "Traceback" not in server.said["err"], server.said["err"]


def test_two_workers_serve_one_shop(site):
    # Given two workers, When refunds are asked for, Then each is answered at once, and the small one is paid.
    assert sorted(site.workers().values()) == [False, True]
    for id, amount in (("r1", 5), ("r2", 80), ("r2", 80)):
        asked = {"id": id, "order": "o1", "amount": amount}
        assert site.ask("POST", "/refunds", asked)[0] == 202
    assert site.run_of("r1", "completed")

    # And the large one waits for Ana, and for nobody else; either worker takes her answer.
    run = site.run_of("r2", "waiting")
    assert "Pay 80 back for order o1? (finance)" in run["waiting_for"]
    approval = f"/runs/{run['id']}/approval"
    assert site.ask("POST", approval, {"approved": True})[0] == 401
    assert site.ask("POST", approval, {"approved": True}, ANA)[0] == 204
    assert site.run_of("r2", "completed")
    assert site.ask("POST", approval, {"approved": True}, ANA)[0] == 409

    # And a run tells its story; a run that is none, and an event that is none, are said to be so.
    told = site.ask("GET", f"/runs/{run['id']}")[1]
    assert told["steps"]
    assert site.ask("GET", "/runs/r99-none")[0] == 404
    assert site.ask("POST", "/refunds", {"id": "", "order": "o1", "amount": 1})[0] == 400
    assert len(site.ask("GET", "/runs?status=completed")[1]) == 2


def test_a_worker_that_is_killed_loses_nothing(site):
    # Given a refund that waits for a person, When the worker that is the engine is killed,
    workers = site.workers()
    engine = next(pid for pid, is_engine in workers.items() if is_engine)
    assert site.ask("POST", "/refunds", {"id": "r1", "order": "o1", "amount": 80})[0] == 202
    run = site.run_of("r1", "waiting")
    os.kill(engine, signal.SIGKILL)

    # Then another one is the engine, and goes on with it.
    assert engine not in site.workers()
    assert until(lambda: site.ask("POST", f"/runs/{run['id']}/approval", {"approved": True}, ANA)[0] in (204, 409))
    assert site.run_of("r1", "completed")
