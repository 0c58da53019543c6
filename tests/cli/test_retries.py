"""Connections that fail, ask to wait or are paused, and many dead runs at once, as a person at a terminal sees them."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

CALLS = """\
name: call
trigger: {event: order.created}
actions:
  - {id: write, action: log.write, with: {message: "order {{ order.id }}"}}
  - {id: ring, action: http.request, with: {method: POST, path: "/{{ order.id }}"}, retry: {attempts: 1}}
"""


class Outside:
    """A real HTTP server: its answers are set by the test, its requests kept."""

    def __init__(self):
        self.answer, self.seen = (200, {}), []
        outside = self

        class Asked(BaseHTTPRequestHandler):
            def do_POST(self):
                outside.seen.append((self.path, self.headers["Idempotency-Key"], time.monotonic()))
                status, headers = outside.answer
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server.server_address[1]

    @property
    def paths(self):
        return [path for path, _, _ in self.seen]


@pytest.fixture
def outside():
    """A server that answers 200 until it is told otherwise."""
    found = Outside()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def calling(refunds, outside):
    """Return what writes a project that calls the server, with these settings of its connection."""

    def write(settings="", workflow=CALLS):
        (refunds / "workflows" / "refund.yaml").unlink(missing_ok=True)
        (refunds / "workflows" / "call.yaml").write_text(workflow)
        hook = f'  hook: {{plugin: http, base_url: "http://127.0.0.1:{outside.port}", allow_private: true{settings}}}\n'
        file = refunds / "ecomflow.yaml"
        file.write_text(file.read_text().replace("connections:\n", f"connections:\n{hook}"))
        return refunds

    return write


def order(ecomflow, number):
    return ecomflow("emit", "order.created", "--data", "-", "--json", stdin=json.dumps({"order": {"id": number}}))


def ended(engine):
    for run in list(engine.runs()):
        engine.wait(run.id, 10)
    return [str(run.status) for run in engine.runs()]


def test_dead_runs_are_listed_and_go_on_together(ecomflow, calling, outside, engine):
    # Given three runs that failed because the other side did
    outside.answer = (503, {})
    running = engine(calling())
    for number in "abc":
        order(ecomflow, number)
    assert ended(running) == ["failed"] * 3

    # When a stranger looks for them
    listed = ecomflow("runs", "--status", "failed,blocked")
    assert listed.out.count("answered 503") == 3

    # Then without --yes nothing is done, for nobody can be asked
    outside.answer = (200, {})
    asked = ecomflow("retry", "--workflow", "call", "--error", "http_503")
    assert asked.code == 1
    assert "3 runs would go on. Nothing was done: say --yes where nobody can be asked." in asked.err
    assert ended(running) == ["failed"] * 3

    # And with it all go on, under their old keys
    before = {path: key for path, key, _ in outside.seen}
    done = ecomflow("retry", "--workflow", "call", "--error", "http_503", "--yes")
    assert (done.code, done.out) == (0, "3 of 3 runs go on.\n")
    assert ended(running) == ["completed"] * 3
    assert {path: key for path, key, _ in outside.seen[3:]} == before


def test_a_step_from_which_all_happens_again_is_said_once_with_its_count(ecomflow, calling, outside, engine):
    outside.answer = (400, {})
    running = engine(calling())
    order(ecomflow, "a")
    order(ecomflow, "b")
    ended(running)

    result = ecomflow("retry", "--status", "failed", "--from", "write", "--yes", "--json")

    assert "happens again, under a new key: log.write (write) (2 runs)" in result.err
    assert [record["done"] for record in result.of("retry")] == [True, True]


def test_what_to_retry_is_said_in_one_way(ecomflow, calling, engine):
    engine(calling())
    assert ecomflow("retry").code == 2
    assert ecomflow("retry", "r1", "--workflow", "call").code == 2
    assert ecomflow("retry", "--status", "completed").code == 2
    assert ecomflow("retry", "--status", "dead").code == 2
    nothing = ecomflow("retry", "--workflow", "call")
    assert (nothing.code, nothing.err) == (0, "No such runs.\n")


def test_retry_after_of_a_real_server_holds_other_runs_too(ecomflow, calling, outside, engine):
    # Given a server that asks to wait for an hour
    outside.answer = (429, {"Retry-After": "3600"})
    engine(calling(workflow=CALLS.replace("attempts: 1", "attempts: 3")))
    order(ecomflow, "a")
    assert any("asked to wait" in ecomflow("show", "r1").out for _ in range(1000))

    # When another run calls, Then it is not sent, and says why
    order(ecomflow, "b")
    told = ecomflow("show", "r2").out.splitlines()[0]
    assert "is waiting: for connection hook, which asked to wait: POST /a: answered 429" in told
    assert "next try at " in told
    assert outside.paths == ["/a"]


def test_a_breaker_is_told_in_runs_and_show(ecomflow, calling, outside, engine):
    outside.answer = (503, {})
    running = engine(calling(", breaker: {failures: 2, cool_down: 1h}"))
    order(ecomflow, "a")
    order(ecomflow, "b")
    ended(running)

    order(ecomflow, "c")

    listed = ecomflow("runs", "--status", "waiting")
    assert "waits for connection hook, which has failed 2 times in a row: POST /" in listed.out
    assert "answered 503, next try in " in listed.out
    assert "Connection hook has failed 2 times in a row: POST /" in listed.err
    assert len(outside.seen) == 2


def test_a_connection_is_paused_and_resumed(ecomflow, calling, outside, engine):
    running = engine(calling())
    assert ecomflow("pause", "--connection", "hook").out == "Connection hook is paused.\n"
    order(ecomflow, "a")
    told = ecomflow("show", "r1").out.splitlines()[0]
    assert "for connection hook, which is paused; `ecomflow resume --connection hook` lets it go on" in told
    assert "Connection hook is paused. Its calls are held; `ecomflow resume --connection hook` lets it go on." in ecomflow("runs").err
    assert outside.seen == []
    assert ecomflow("pause", "--connection", "nobody").code == 3
    assert ecomflow("pause", "call", "--connection", "hook").code == 2

    result = ecomflow("resume", "--connection", "hook")

    assert result.out == "Connection hook goes on; calls that it held are made as it takes them.\n"
    assert ended(running) == ["completed"]
    assert outside.paths == ["/a"]


def test_settings_are_checked(ecomflow, calling):
    calling(", rate: {limit: 0, per: 1x}, breaker: {failures: 2, cooldown: 3m}")
    result = ecomflow("check")
    assert result.code == 1
    assert "cooldown" in result.out + result.err
    assert "limit" in result.out + result.err
