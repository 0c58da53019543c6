"""Limits that hold on every runtime: beyond each is a clear error, and the rest goes on."""

from __future__ import annotations

import json

import pytest

from ecomflow.errors import EventError, ExpressionError
from ecomflow.expressions import parse_duration
from ecomflow.expressions.durations import duration
from ecomflow.language import load_project
from ecomflow.model import Catalog
from ecomflow.registry import Registry
from ecomflow.testing import Simulation

HEAD = "name: w\ntrigger: {event: thing.happened}\nactions:\n"
KIB = 1024


@pytest.fixture
def played(tmp_path):
    """Return what plays a workflow with one event about a thing, and gives its run; actions answer what is given."""

    def play(steps, data=None, **answers):
        (tmp_path / "w.yaml").write_text(HEAD + steps, "utf-8")
        with Simulation.load(tmp_path) as sim:
            for name, value in answers.items():
                sim.on(name.replace("_", "."), returns=value)
            sim.emit("thing.happened", {"thing": data if data is not None else {"id": "a"}})
            return sim.runs[0]

    return play


def faults(tmp_path, steps):
    (tmp_path / "w.yaml").write_text(HEAD + steps, "utf-8")
    return [fault.code for fault in load_project(tmp_path, Catalog()).diagnostics if fault.severity == "error"]


@pytest.mark.attack(78)
def test_an_event_has_at_most_256_kib(played):
    room = 256 * KIB - len('{"thing":{"x":""}}')
    assert played("  - stop: done\n", {"x": "y" * room}).reason == "done"
    with pytest.raises(EventError, match="262145 bytes; an event has at most 262144"):
        played("  - stop: done\n", {"x": "y" * (room + 1)})


@pytest.mark.attack(78)
def test_a_result_has_at_most_256_kib(played):
    step = "  - {id: found, action: http.request, with: {url: 'https://a.example/'}}\n"
    run = played(step, http_request={"status": 200, "headers": {}, "body": "y" * 256 * KIB})
    assert (run.status, run.error["type"]) == ("failed", "limit")
    assert "at most 262144 are kept" in run.error["message"]


def test_what_a_run_keeps_has_at_most_1_mib(played):
    # Given a run that keeps one text of 200 KiB after the other, When the sixth would be more than a mebibyte,
    steps = "".join(f"  - set: {{v{n}: '{{{{ thing.x }}}}'}}\n" for n in range(5))
    run = played(steps, {"x": "y" * 200 * KIB})
    # Then the step that would keep it fails, and says so.
    assert (run.status, run.error["type"], run.error["step"]) == ("failed", "limit", "actions/4")
    assert "1048576 bytes" in run.error["message"]


def test_what_a_run_no_longer_keeps_does_not_count(played):
    steps = "".join(f"  - set: {{a: '{{{{ thing.x }}}}', b{n}: '{{{{ thing.x }}}}'}}\n  - set: {{a: null, b{n}: null}}\n" for n in range(5))
    assert played(steps, {"x": "y" * 200 * KIB}).status == "completed"


@pytest.mark.parametrize("text", ["0s", "0.5s", "11y", "3700d", "130 months", "900000h"])
def test_durations_are_between_a_second_and_ten_years(text):
    with pytest.raises(ExpressionError):
        parse_duration(text)


@pytest.mark.parametrize("text", ["1s", "3652d", "118 months"])
def test_durations_at_the_limits_are_read(text):
    assert parse_duration(text).months * 31 + parse_duration(text).days <= 3660


def test_steps_nest_at_most_32_deep(tmp_path):
    def nested(levels):
        steps = "[{stop: x}]"
        for _ in range(levels):
            steps = f"[{{if: thing.n == 1, then: {steps}}}]"
        return f"  - {{if: thing.n == 1, then: {steps}}}\n"

    assert faults(tmp_path, nested(30)) == []
    assert "EF134" in faults(tmp_path, nested(40))


def test_a_run_has_at_most_1000_live_requests(played):
    # Given a run that would wait in 1,100 branches at a time, When the 1,001st is asked for, Then its step fails
    steps = "  - {parallel: [" + ", ".join(f"[{{for_each: thing.l, as: x{n}, max_parallel: 600, do: [{{wait: 1h}}]}}]" for n in range(2)) + "]}\n"
    run = played(steps, {"l": list(range(600))})
    assert (run.status, run.error["type"], run.error["message"]) == ("failed", "limit", "a run has at most 1000 live requests")


def test_a_batch_has_at_most_1000(tmp_path):
    text = "name: w\ntrigger: {event: thing.happened, collect_for: 10m, up_to: 1001}\nactions: []\n"
    (tmp_path / "w.yaml").write_text(text, "utf-8")
    assert any(fault.severity == "error" and "1000" in fault.message for fault in load_project(tmp_path, Registry.load().catalog).diagnostics)


def test_a_loop_has_at_most_10000_items(played):
    run = played("  - {for_each: thing.l, as: x, do: [{set: {a: 1}}]}\n", {"l": [0] * 10_001})
    assert (run.status, run.error["type"]) == ("failed", "limit")


def test_a_duration_of_iso_8601_is_refused_and_never_misread(realdata):
    # Given durations as ISO 8601 writes them, which no workflow uses, When they are read, Then none is taken for another span
    file = realdata / "conformance" / "durations" / "iso8601.json"
    if not file.is_file():
        pytest.skip(f"no file {file}")
    given = json.loads(file.read_text("utf-8"))
    texts = [each["text"] for each in given["valid"]] + [each if isinstance(each, str) else each["text"] for each in given.get("invalid", ())]
    assert [text for text in texts if duration(text) is not None] == []
