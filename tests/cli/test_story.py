"""A run's story: every kind of step tells what it did, in words."""

import json
from datetime import UTC

import pytest

from ecomflow import InDoubt, Retryable, action
from ecomflow.cli.again import sent_again
from ecomflow.cli.places import Places
from ecomflow.cli.standing import standing
from ecomflow.cli.story import Story
from ecomflow.registry import Registry
from ecomflow.testing import Simulation

EVERYTHING = """\
name: everything
trigger: {event: thing.made}
vars: {double: "thing.n * 2"}
actions:
  - {if: thing.n > 5, action: log.write, with: {message: big}}
  - if: thing.n == 3
    then:
      - set: {found: "three"}
    else:
      - set: {found: other}
  - choose:
      - {if: thing.n == 1, then: [{action: log.write, with: {message: one}}]}
      - {if: thing.n == 3, then: [{action: log.write, with: {message: three}}]}
  - for_each: thing.list
    as: item
    do:
      - continue_if: item != "c"
      - action: log.write
        with: {message: "{{ item }}"}
  - repeat: {times: 2}
    do:
      - action: log.write
        with: {message: "round {{ loop.index }}"}
  - repeat: {until: loop.index == 1}
    do:
      - emit: thing.counted
        data: {n: "{{ thing.n }}"}
  - id: answer
    wait_for: {event: thing.answered, match: {thing.id: thing.id}, where: arriving.thing.fine, timeout: 1h}
  - try:
      - fail: broken
    catch:
      - action: log.write
        with: {message: "{{ error.message }}"}
  - wait: 2h
  - continue_if: answer.data.thing.fine
  - stop: enough
"""


@action("money.move", effect="charges")
def move(amount: int) -> None:
    """Move money, which nobody knows the end of.

    Args:
        amount: how much.
    """
    raise InDoubt(f"{amount} left, and no answer came")


@action("thing.send", effect="sends")
def send(text: str) -> None:
    """Send, in vain.

    Args:
        text: what.
    """
    raise Retryable(f"nobody took {text}")


def play(folder, text, name, registry=None):
    """Return a simulation of one workflow."""
    (folder / f"{name}.yaml").write_text(text)
    return Simulation.load(folder, start="2026-03-02T09:00:00Z", registry=registry)


def told(sim, number=0):
    """Return run, story and places of a run."""
    run = sim.runtime.run(sim.runs[number].id)
    workflow = sim.runtime.kernel.definitions.current[run.workflow]
    lines = Story(run, workflow, UTC, "thing.made").lines()
    return run, [line.text for line in lines], Places(workflow)


@pytest.fixture
def everything(tmp_path):
    """Return the story of a run through every kind of step."""
    sim = play(tmp_path, EVERYTHING, "everything")
    sim.emit("thing.made", {"thing": {"id": "t1", "n": 3, "list": ["a", "b", "c"]}}, id="e1")
    sim.advance("10m")
    sim.emit("thing.answered", {"thing": {"id": "t1", "fine": True}}, id="e2")
    sim.advance("3h")
    return told(sim)


@pytest.mark.parametrize(
    "line",
    [
        "started by thing.made e1",
        "vars = {double: 6}",
        "if thing.n > 5: false, so log.write is left out",
        "if thing.n == 3: true",
        "set found = three",
        "choose thing.n == 1: false",
        "choose thing.n == 3: true",
        "log.write with {message: three}",
        "for_each: 3 items of thing.list",
        "log.write with {message: b}",
        'continue_if item != "c": true',
        "continue_if item != \"c\": item = 'c', so the item ends here",
        "log.write: done (no result)",
        "repeat: 2 times",
        "log.write with {message: round 2}",
        "until loop.index == 1: true",
        "emit thing.counted with {n: 3}",
        "answer waits for thing.answered, until 2026-03-02 10:00:00 at the latest",
        "where arriving.thing.fine: true",
        "log.write with {message: broken}",
        "wait until 2026-03-02 11:10:00",
        "wait: the time has come",
        "continue_if answer.data.thing.fine: true",
        "stop: enough",
    ],
)
def test_every_step_tells_what_it_did(everything, line):
    _, lines, _ = everything

    assert line in lines


def test_nothing_is_told_in_the_engines_own_words(everything):
    run, lines, places = everything

    assert [line for line in lines if "actions/" in line or line.startswith(("!", "subscriptions"))] == []
    assert standing(run, UTC, places).endswith(" was stopped at 2026-03-02 11:10:00, after 2 h 10 min: enough.")


def test_a_call_in_doubt_names_what_a_person_can_do(tmp_path):
    # Given a charge of which nobody knows the end
    text = "name: pay\ntrigger: {event: thing.made}\nactions:\n  - {action: money.move, with: {amount: 5}}\n"
    registry = Registry.load([move])
    sim = play(tmp_path, text, "pay", registry)
    sim.on("money.move", raises=InDoubt("no answer came"))
    sim.emit("thing.made", {"thing": {}})

    # When
    run, lines, places = told(sim)

    # Then
    assert run.status == "blocked"
    assert "money.move: nobody knows whether it took effect: no answer came" in lines
    sentence = standing(run, UTC, places)
    assert f"ecomflow retry {run.id}" in sentence
    assert f"ecomflow skip {run.id} --result JSON" in sentence
    workflow = sim.runtime.kernel.definitions.current["pay"]
    assert list(sent_again(run, workflow, None)) == [
        "happens again, under the same key: money.move; nobody knows whether it took effect"
    ]

    # And when somebody settles it
    sim.runtime.skip(run.id, {"id": 7}, "ana")
    _, lines, _ = told(sim)
    assert lines[-1] == "money.move: settled by a person  {id: 7}"


def test_what_is_tried_again_says_when(tmp_path):
    text = "name: try\ntrigger: {event: thing.made}\nactions:\n  - {action: thing.send, with: {text: x}}\n"
    sim = play(tmp_path, text, "try", Registry.load([send]))
    sim.on("thing.send", raises=Retryable("closed"))
    sim.emit("thing.made", {"thing": {}})

    run, lines, places = told(sim)

    assert "thing.send: failed: closed" in lines
    assert "is waiting: thing.send, attempt 2 until 2026-03-02 09:00:1" in standing(run, UTC, places, sim.now)


def test_a_failed_expression_is_told_with_its_step(tmp_path):
    text = "name: bad\ntrigger: {event: thing.made}\nactions:\n  - {action: log.write, with: {message: 'x {{ thing.nothing }}'}}\n"
    sim = play(tmp_path, text, "bad")
    sim.emit("thing.made", {"thing": {"id": "t1"}})

    run, lines, places = told(sim)

    assert any(line.startswith("log.write: ") and "thing.nothing" in line for line in lines)
    assert "failed in log.write (line 4)" in standing(run, UTC, places)


def test_stories_as_json_keep_the_values(ecomflow, shop, engine):
    engine(shop)
    data = json.dumps({"checkout": {"id": "c1", "total": 80, "email": "ana@shopper.example"}})
    ecomflow("emit", "checkout.updated", "--data", "-", stdin=data)

    steps = ecomflow("show", "r1", "--json").of("step")

    assert steps[0]["entry"] == "started"
    assert steps[-1]["entry"] == "value"
    assert steps[-1]["path"] == "actions/0"


CALLER = """\
name: caller
trigger: {event: thing.made}
actions:
  - id: made
    call: called
    with: {n: "{{ thing.n }}"}
  - ask_approval: {title: "Send {{ made.n }}?", to: ana@acme.example, remind_every: 1d}
  - try: [{call: called, with: {n: 0}}]
    catch: [{wait: 1h}]
"""
CALLED = """\
name: called
trigger: {event: never.made}
inputs: {n: 1}
actions:
  - wait: 1h
  - {if: inputs.n == 0, fail: there is nothing}
output: {n: "{{ inputs.n }}"}
"""


def test_a_caller_and_what_it_calls_name_each_other_and_reminders_are_told(tmp_path):
    # Given a run that calls another one, asks people, and calls again in vain
    (tmp_path / "called.yaml").write_text(CALLED)
    sim = play(tmp_path, CALLER, "caller")
    sim.emit("thing.made", {"thing": {"id": "a", "n": 3}}, id="e1")
    caller, called = sim.runs
    sent = sim.runtime.run(caller.id)
    assert "for the end of called " + called.id in standing(sent, UTC)
    sim.advance("30h")
    sim.runtime.decide(caller.id, approved=True, by="ana@acme.example")
    sim.advance("1h")

    # Then its story says which runs it called and how they ended, and when people were reminded
    again = sim.runs[2]
    text = "\n".join(line.text for line in lines_of(sim, caller.id))
    for told in (
        "called (made) with {n: 3}",
        f"called (made): {called.id} is completed  {{n: 3}}",
        "ask_approval reminds ana@acme.example, and again 2026-03-04 10:00:00 if nobody decides",
        f"call called: {again.id}, failed: there is nothing",
    ):
        assert told in text, text
    # And the story of what was called says by whom
    assert lines_of(sim, called.id)[0].text == f"called by {caller.id}"


def lines_of(sim, run_id):
    run = sim.runtime.run(run_id)
    workflow = sim.runtime.kernel.definitions.version(run.version)
    return Story(run, workflow, UTC).lines()


WALK = """\
name: walk
trigger: {event: thing.made}
actions:
  - {id: found, action: customer.search, with: {tag: vip}}
  - id: sent
    for_each: found
    as: shopper
    do:
      - {action: log.write, with: {message: "{{ shopper.id }}"}}
"""


def test_each_page_of_a_search_has_a_line_of_its_own(tmp_path):
    sim = play(tmp_path, WALK, "walk")
    sim.on("customer.search", pages=[[{"id": "k1"}], [{"id": "k2"}]])

    sim.emit("thing.made", {"thing": {"id": "t1"}}, id="e1")

    _, lines, _ = told(sim)
    assert lines[1:] == [
        "customer.search (found) with {tag: vip}",
        "customer.search (found): done  [{id: k1}], and there are more pages",
        "sent: what found finds, page by page",
        "log.write with {message: k1}",
        "log.write: done (no result)",
        "customer.search (found), page 2: done  [{id: k2}]",
        "log.write with {message: k2}",
        "log.write: done (no result)",
    ]
