"""plan: what would happen, and that nothing does."""

import json
import shutil

import pytest

AT = "2026-03-02T09:00:00+01:00"
LOOK = """\
name: look
trigger: {event: order.created}
actions:
  - id: found
    action: customer.get
    with: {email: "{{ order.email }}"}
  - if: found.first_name == 'Ana'
    then: [{stop: known}]
  - id: answer
    wait_for: {event: message.received, match: {message.order_id: order.id}, timeout: 2h}
  - if: answer.timed_out
    then: [{action: log.write, with: {message: nobody answered}}]
"""
CALLS = """\
name: asks
trigger: {event: order.created}
actions:
  - id: got
    action: http.request
    with: {path: /x}
  - wait_for: {event: message.received, match: {message.order_id: order.id}}
"""
ORDER = {"order": {"id": "o1", "total": 80, "email": "ana@shopper.example"}}


@pytest.fixture
def order(tmp_path):
    file = tmp_path / "order.json"
    file.write_text(json.dumps(ORDER))
    return file


def files(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_a_plan_tells_every_step_and_does_nothing(ecomflow, shop):
    # Given a fresh project whose mail server is not there
    before = files(shop)

    # When
    result = ecomflow("plan", "abandoned-cart", "--event", "events/checkout.json", "--at", AT)

    # Then conditions have values, actions effects and plans, waits dates, and no file has changed
    assert result.code == 0
    lines = [line.strip() for line in result.out.splitlines()]
    assert lines[0] == "abandoned-cart would start for checkout.updated at 2026-03-02 09:00:00, about c1."
    assert lines[1] == "1  checkout.total >= inputs.minimum  true  84.50 >= 50"
    assert "2026-03-02 09:00:00  wait until 2026-03-03 09:00:00" in lines
    assert any(line.startswith("2026-03-03 09:00:00  reads customer.get (shopper): look up customer") for line in lines)
    assert any(line.startswith("assumed: {id: id,") for line in lines)
    assert any(line.startswith("sends email.send: e-mail to ana@shopper.example") for line in lines)
    assert "The run would be completed at 2026-03-06 09:00:00, after 4 d." in lines
    assert "Until then it reads once, writes once, sends twice." in lines
    assert "It would end early with order.created (order.email is checkout.email)." in lines
    assert "Not looked at, for a plan knows no other runs: mode restart." in lines
    assert files(shop) == before


def test_a_plan_that_would_not_start_shows_the_condition(ecomflow, shop):
    small = ecomflow("plan", "abandoned-cart", "--event", "-", stdin='{"checkout": {"id": "c", "total": 3, "email": "a@b.example"}}')
    missing = ecomflow("plan", "abandoned-cart", "--event", "-", stdin='{"checkout": {"id": "c", "email": "a@b.example"}}')

    assert (small.code, missing.code) == (0, 0)
    assert "a condition is false." in small.out
    assert "FALSE" in small.out
    assert "would turn with" in small.out
    assert "a condition is unknown." in missing.out
    assert "checkout.total is missing" in missing.out


def test_answers_change_the_branch_that_is_taken(ecomflow, shop, order, tmp_path):
    (shop / "workflows" / "look.yaml").write_text(LOOK)
    answers = tmp_path / "answers.yaml"
    answers.write_text("customer.get: {first_name: Ana}\n")

    known = ecomflow("plan", "look", "--event", order, "--answers", answers)
    other = ecomflow("plan", "look", "--event", order)

    assert "given: {first_name: Ana}" in known.out
    assert "The run would be stopped" in known.out
    assert "found.first_name == 'Ana': false" in other.out
    assert "supposed that no such event comes" in other.out
    assert "nobody answered" in other.out


def test_what_only_reads_is_asked_with_ask(ecomflow, shop, order):
    # Given the sample customers in the project's records
    (shop / "workflows" / "look.yaml").write_text(LOOK)

    result = ecomflow("plan", "look", "--event", order, "--ask")

    assert "asked: {id: customer-ana" in " ".join(result.out.split())
    assert "The run would be stopped" in result.out
    assert "Assumed" not in result.out


def test_ask_never_carries_out_what_writes(ecomflow, shop, order):
    (shop / "workflows" / "asks.yaml").write_text(CALLS)

    result = ecomflow("plan", "asks", "--event", order, "--ask")

    assert "assumed: {status: 1" in result.out
    assert "The run would wait without an end: for" in result.out


@pytest.mark.parametrize(("word", "end"), [(None, "Here a person decides: Refund o1? (finance). --approve or --reject"), ("--approve", "completed"), ("--reject", "completed")])
def test_where_a_person_decides_the_plan_stops_or_goes_on(ecomflow, refunds, order, word, end):
    result = ecomflow("plan", "refund", "--event", order, *([word] if word else []))

    assert result.code == 0
    assert end in result.out
    assert ("refunded o1" in result.out) is (word == "--approve")
    assert ("by ana@acme.example: as planned" in result.out) is (word is not None)


def test_errors_that_are_given_are_tried_again(ecomflow, shop, order, tmp_path):
    (shop / "workflows" / "look.yaml").write_text(LOOK)
    answers = tmp_path / "answers.yaml"
    answers.write_text("answers: {customer.get: [{error: retryable}, {first_name: Ana}]}\n")

    result = ecomflow("plan", "look", "--event", order, "--answers", answers)

    assert "customer.get (found): tried again" in result.out
    assert "The run would be stopped" in result.out


def test_as_json(ecomflow, shop):
    result = ecomflow("plan", "abandoned-cart", "--event", "events/checkout.json", "--at", AT, "--json")

    plan = result.of("plan")
    assert [record["entry"] for record in plan if record["entry"] in {"start", "action", "end"}] == ["start", *["action"] * 4, "end"]
    first = next(record for record in plan if record["entry"] == "action")
    assert (first["action"], first["effect"], first["params"]) == ("customer.get", "reads", {"email": "ana@shopper.example"})
    assert plan[0]["leaves"][0]["outcome"] is True
    assert next(record for record in plan if record["entry"] == "answer")["origin"] == "assumed"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["abandoned", "--event", "events/checkout.json"], 3, "did you mean abandoned-cart?"),
        (["abandoned-cart", "--event", "events/checkout.json", "--at", "soon"], 2, "is no moment"),
        (["abandoned-cart", "--event", "events/checkout.json", "--answers", "ecomflow.yaml"], 2, "no action is called shop"),
        (["broken", "--event", "events/checkout.json"], 1, "has faults and does not run"),
    ],
)
def test_misuse_is_told(ecomflow, shop, words, code, message):
    (shop / "workflows" / "broken.yaml").write_text("name: broken\ntrigger: {event: order.created}\nactions: [{wiat: 1d}]\n")

    result = ecomflow("plan", *words)

    assert result.code == code
    assert message in result.err


def test_other_workflows_take_no_part(ecomflow, shop, order):
    # Given a second workflow that listens to the same event, and that an event of the first would start
    (shop / "workflows" / "look.yaml").write_text(LOOK)
    shutil.copy(shop / "workflows" / "look.yaml", shop / "workflows" / "a-second.yaml")
    (shop / "workflows" / "a-second.yaml").write_text(LOOK.replace("name: look", "name: a-second"))

    result = ecomflow("plan", "look", "--event", order, "--json")

    assert len([record for record in result.of("plan") if record["entry"] == "action"]) == 2


BY_ITSELF = """\
name: daily
trigger: {schedule: "0 9 * * mon"}
conditions: ["now.month == 3"]
actions:
  - wait: 10d
  - {action: log.write, with: {message: done}}
"""
BY_HAND = """\
name: hand
trigger: {manual: true}
actions:
  - {action: log.write, with: {message: "got {{ size }}"}}
"""


def test_a_schedule_needs_no_event_and_one_run_is_planned(ecomflow, shop):
    # Given a workflow that would start again while its first run still waits
    (shop / "workflows" / "daily.yaml").write_text(BY_ITSELF)

    march = ecomflow("plan", "daily", "--at", "2026-03-03T00:00:00Z")
    may = ecomflow("plan", "daily", "--at", "2026-05-03T00:00:00Z")

    assert march.out.startswith("daily would start by itself at 2026-03-09 09:00:00")
    assert march.out.count("writes log.write") == 1
    assert "completed at 2026-03-19 09:00:00, after 10 d." in march.out
    assert may.out.startswith("daily would not start by itself at 2026-05-04 09:00:00: a condition is false.")


def test_a_start_by_hand_takes_what_is_given(ecomflow, shop):
    (shop / "workflows" / "hand.yaml").write_text(BY_HAND)

    assert "log: got 7" in ecomflow("plan", "hand", "--event", "-", stdin='{"size": 7}').out
    assert "`size` is missing" in ecomflow("plan", "hand").out


@pytest.mark.parametrize(
    ("name", "trigger", "code", "message"),
    [
        ("abandoned-cart", None, 2, "starts with an event: --event FILE"),
        ("after", "workflow: abandoned-cart", 1, "a plan knows no other runs"),
    ],
)
def test_what_cannot_start_in_a_plan_is_told(ecomflow, shop, name, trigger, code, message):
    if trigger:
        (shop / "workflows" / f"{name}.yaml").write_text(f"name: {name}\ntrigger: {{{trigger}}}\nactions: [{{stop: done}}]\n")

    result = ecomflow("plan", name)

    assert result.code == code
    assert message in result.err


def test_a_called_workflow_is_planned_with_its_caller(ecomflow, shop, order):
    # Given a workflow that listens to the same event, and is called by another
    (shop / "workflows" / "child.yaml").write_text(
        "name: child\ntrigger: {event: order.created}\ninputs: {size: 1}\n"
        "actions: [{wait: 2h}, {action: log.write, with: {message: 'size {{ inputs.size }}'}}]\noutput: {word: done}\n"
    )
    (shop / "workflows" / "parent.yaml").write_text(
        "name: parent\ntrigger: {event: order.created}\nactions:\n"
        "  - {id: got, call: child, with: {size: '{{ order.total }}'}}\n  - {action: log.write, with: {message: 'got {{ got.word }}'}}\n"
    )

    result = ecomflow("plan", "parent", "--event", order)

    # Then it runs once, by the call alone, and its lines say whose they are
    assert result.out.count("child: log.write: log: size 80") == 1
    assert "writes log.write: log: got done" in result.out
    assert "after 2 h." in result.out
