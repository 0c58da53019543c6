"""serve: a real process that is the engine, stands by, takes over, and stops."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager

SERVE = [sys.executable, "-m", "ecomflow.cli", "serve"]
ORDER = json.dumps({"order": {"id": "o1", "email": "ana@shopper.example"}})


@contextmanager
def serving(*words):
    process = subprocess.Popen([*SERVE, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_serve_says_when_it_is_ready_decides_and_stops_at_sigterm(ecomflow, refunds):
    with serving() as process:
        assert process.stdout.readline() == "Ready: acme, 1 workflow (refund)\n"

        decided = ecomflow("emit", "order.created", "--data", "-", "--json", stdin=ORDER)
        process.send_signal(signal.SIGTERM)

        assert decided.of("decision")[0]["outcome"] == "started"
        assert process.wait(10) == 0


def test_serve_is_130_when_interrupted(refunds):
    with serving("--json") as process:
        ready = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)

        assert (ready["v"], ready["kind"], ready["workflows"]) == (1, "ready", ["refund"])
        assert process.wait(10) == 130


def test_a_second_engine_stands_by_and_takes_over(ecomflow, refunds):
    with serving() as first:
        first.stdout.readline()
        ecomflow("emit", "order.created", "--data", "-", stdin=ORDER)
        with serving() as second:
            # Given two, of which one stands by
            assert "standing by" in second.stderr.readline()

            # When the first is killed
            os.kill(first.pid, signal.SIGKILL)
            first.wait(10)

            # Then the second is the engine, and knows the run
            assert second.stdout.readline().startswith("Ready: acme")
            assert ecomflow("cancel", "r1", "--json").of("cancel")[0]["done"] is True


def test_what_stands_by_can_be_stopped(refunds):
    with serving() as first:
        first.stdout.readline()
        with serving() as second:
            second.stderr.readline()
            second.send_signal(signal.SIGTERM)

            assert second.wait(10) == 0


def test_faults_are_told_and_the_others_served(refunds):
    (refunds / "workflows" / "bad.yaml").write_text("name: bad\ntrigger: {event: order.created}\nactions:\n  - action: no.such\n")

    with serving() as process:
        assert process.stdout.readline() == "Ready: acme, 1 workflow (refund)\n"
        assert "workflows/bad.yaml:4: EF115" in process.stderr.readline()
