"""runs, show, and what people decide."""

import json

import pytest

ORDER = json.dumps({"order": {"id": "o1", "email": "ana@shopper.example"}})

FAILS_FIRST = """\
name: refund
trigger: {event: order.created}
actions:
  - {id: mail1, action: email.send, retry: {attempts: 1}, with: {to: "{{ order.email }}", subject: Done, text: hello}}
  - {id: last, action: log.write, with: {message: done}}
"""


@pytest.fixture
def asked(ecomflow, refunds, engine):
    """Return the engine of a project with one run that asks for a refund."""
    running = engine(refunds)
    assert ecomflow("emit", "order.created", "--data", "-", "--id", "e1", stdin=ORDER).code == 0
    return running


def status(ecomflow, number):
    return ecomflow("show", f"r{number}", "--json").of("run")[0]["status"]


def test_runs_are_listed_and_narrowed(ecomflow, asked):
    ecomflow("emit", "order.created", "--data", "-", stdin=ORDER.replace("o1", "o2"))

    lines = ecomflow("runs").out.splitlines()
    assert [line.split()[2] for line in lines] == ["o2", "o1"]
    assert "asks: Refund o2? (finance)" in lines[0]
    assert len(ecomflow("runs", "--json", "--subject", "o1").of("run")) == 1
    assert len(ecomflow("runs", "--json", "--limit", "1").of("run")) == 1
    assert ecomflow("runs", "--json", "--status", "failed").out == ""
    assert ecomflow("runs", "--json", "--workflow", "other").out == ""
    assert len(ecomflow("runs", "--json", "--since", "1h", "--workflow", "refund", "--status", "waiting").of("run")) == 2


def test_show_tells_where_it_stands_and_what_to_do(ecomflow, asked):
    lines = ecomflow("show", "r1").out.splitlines()

    assert "is waiting: for a decision, Refund o1? (finance), until " in lines[0]
    assert "ecomflow approve r1-" in lines[0]
    assert any(line.endswith("started by order.created e1") for line in lines)
    assert any("ask asks finance: Refund o1?, until " in line for line in lines)


def test_show_takes_the_whole_id_and_no_other(ecomflow, asked):
    whole = ecomflow("runs", "--json").of("run")[0]["id"]

    assert ecomflow("show", whole).code == 0
    assert ecomflow("show", whole[:-1]).code == 3
    assert ecomflow("show", "r77").code == 3
    assert ecomflow("show", "r9999999999999999999999").code == 3


def test_approve_lets_the_run_go_on(ecomflow, asked):
    result = ecomflow("approve", "r1", "--by", "ana@acme.example", "--comment", "fine")
    run = asked.wait(ecomflow("runs", "--json").of("run")[0]["id"], 10)

    assert result.code == 0
    assert "is approved by ana@acme.example" in result.out
    assert run.status == "failed"  # its mail server is not there
    story = ecomflow("show", "r1").out
    assert "approved by ana@acme.example: fine" in story
    assert "if ask.approved: true" in story
    assert "log.write: done" in story
    assert "failed in email.send (line " in story
    assert "cannot be reached" in story
    error = ecomflow("show", "r1", "--json").of("run")[0]["error"]
    assert f": {error['type']}: {error['message']}." in story


def test_reject_takes_the_other_way(ecomflow, asked):
    ecomflow("reject", "r1", "--by", "ana@acme.example")
    asked.wait(ecomflow("runs", "--json").of("run")[0]["id"], 10)

    assert "if ask.approved: false" in ecomflow("show", "r1").out


def test_somebody_who_was_not_asked_may_not_decide(ecomflow, asked):
    result = ecomflow("approve", "r1", "--by", "mallory")

    assert result.code == 1
    assert result.err.splitlines()[-1] == "error: mallory may not decide this: it was asked of finance (ana@acme.example)"
    assert ecomflow("approve", "r1", "--by", "").err.splitlines()[-1] == "error: it is not said who decides this: it was asked of finance (ana@acme.example)"
    assert status(ecomflow, 1) == "waiting"


@pytest.mark.parametrize("word", ["approve", "reject"])
def test_a_decision_without_a_name_is_no_decision(ecomflow, asked, word):
    result = ecomflow(word, "r1")

    assert result.code == 2
    assert "--by" in result.err
    assert status(ecomflow, 1) == "waiting"


def test_retry_says_first_what_happens_again(ecomflow, asked):
    # Given a run that failed after it had written something
    ecomflow("approve", "r1", "--by", "ana@acme.example")
    asked.wait(ecomflow("runs", "--json").of("run")[0]["id"], 10)

    # When it begins again from its first step
    result = ecomflow("retry", "r1", "--from", "ask")

    # Then
    assert result.code == 0
    assert "happens again, under a new key: log.write" in result.err
    assert "goes on" in result.out
    assert status(ecomflow, 1) == "waiting"
    assert "a person lets it go on from ask" in ecomflow("show", "r1").out


def test_retry_where_it_failed_repeats_only_that(ecomflow, asked):
    ecomflow("approve", "r1", "--by", "ana@acme.example")
    asked.wait(ecomflow("runs", "--json").of("run")[0]["id"], 10)

    result = ecomflow("retry", "r1")

    assert result.code == 0
    assert "happens again" not in result.err


def test_retry_from_a_step_that_was_never_reached_is_refused(ecomflow, refunds, engine):
    # Given a run that failed before its last step
    file = refunds / "workflows" / "refund.yaml"
    file.write_text(FAILS_FIRST)
    running = engine(refunds)
    ecomflow("emit", "order.created", "--data", "-", stdin=ORDER)
    run = ecomflow("runs", "--json").of("run")[0]["id"]
    running.wait(run, 10)

    # When it is to go on from there, alone or among others
    one = ecomflow("retry", "r1", "--from", "last")
    many = ecomflow("retry", "--workflow", "refund", "--from", "last", "--yes")

    # Then it is refused with where the run failed, and the story says nothing of it
    assert (one.code, one.out) == (1, "")
    assert one.err.splitlines()[-1] == "error: `last` was not reached; the run failed in `mail1`"
    assert many.code == 1
    assert f"{run}: `last` was not reached; the run failed in `mail1`" in many.err
    assert status(ecomflow, 1) == "failed"
    assert "a person lets it go on" not in ecomflow("show", "r1").out

    # And from the step that failed it goes on
    assert ecomflow("retry", "r1", "--from", "mail1").code == 0
    assert "a person lets it go on from mail1" in ecomflow("show", "r1").out


def test_retry_of_a_run_that_is_over_does_not_say_what_happens_again(ecomflow, refunds, engine):
    file = refunds / "workflows" / "refund.yaml"
    file.write_text("name: refund\ntrigger: {event: order.created}\nactions:\n  - {id: write, action: log.write, with: {message: hello}}\n")
    running = engine(refunds)
    ecomflow("emit", "order.created", "--data", "-", stdin=ORDER)
    running.wait(ecomflow("runs", "--json").of("run")[0]["id"], 10)

    result = ecomflow("retry", "r1", "--from", "write")

    assert result.code == 1
    assert "only a failed or blocked run can be retried" in result.err
    assert "happens again" not in result.err


def test_cancel_ends_runs(ecomflow, asked):
    ecomflow("emit", "order.created", "--data", "-", stdin=ORDER)

    result = ecomflow("cancel", "r1", "r2", "--reason", "test", "--by", "ana", "--json")

    assert result.code == 0
    assert [record["done"] for record in result.of("cancel")] == [True, True]
    assert status(ecomflow, 1) == status(ecomflow, 2) == "cancelled"
    assert "cancelled: test" in ecomflow("show", "r1").out


def test_what_the_state_does_not_allow_is_1(ecomflow, asked):
    ecomflow("cancel", "r1")

    for words in (["cancel", "r1"], ["skip", "r1"], ["retry", "r1"], ["approve", "r1", "--by", "ana@acme.example"]):
        result = ecomflow(*words)
        assert (words, result.code) == (words, 1)
        assert result.err.splitlines()[-1].startswith("error: ")


def test_skip_wants_json(ecomflow, asked):
    assert ecomflow("skip", "r1", "--result", "{").code == 2


def test_pause_holds_and_resume_decides(ecomflow, asked):
    # Given a workflow that is paused
    assert ecomflow("pause", "refund").out == "refund is paused.\n"

    # When an event comes, and later the workflow is resumed
    held = ecomflow("emit", "order.created", "--data", "-", "--json", stdin=ORDER).of("decision")
    noted = ecomflow("runs").err
    resumed = ecomflow("resume", "refund")

    # Then it was held, and started at the resume
    assert [(d["outcome"], d["reason"]) for d in held] == [("held", "paused")]
    assert "Paused: refund. Events are kept; `ecomflow resume refund` lets it go on." in noted
    assert resumed.code == 0
    asked.emit("order.created", {"order": {"id": "o9"}})
    outcomes = [[d["outcome"] for d in event["decisions"]] for event in ecomflow("events", "--json").of("event")]
    assert ["held", "started"] in outcomes


def test_pause_of_all_and_of_nothing(ecomflow, asked):
    assert ecomflow("pause", "--all").out == "The whole shop is paused.\n"
    assert "The whole shop is paused: events are kept, nothing is sent. `ecomflow resume --all`" in ecomflow("runs").err
    assert ecomflow("resume", "--all").code == 0
    assert "paused" not in ecomflow("runs").err
    assert ecomflow("pause", "nobody").code == 3
    assert ecomflow("pause", "refund", "--all").code == 2


def test_resume_of_what_was_never_paused_says_so(ecomflow, asked):
    assert [ecomflow("resume", word).code for word in ("nope", "refund")] == [3, 0]
    assert ecomflow("resume", "nope").err.splitlines()[-1] == "error: there is no workflow nope"
    assert ecomflow("resume", "refund").out == "refund was not paused.\n"
    assert ecomflow("resume", "--connection", "mail").out == "Connection mail was not paused.\n"
    assert ecomflow("resume", "--all").out == "The whole shop was not paused.\n"


def test_a_workflow_that_was_removed_while_it_was_paused_can_be_resumed(ecomflow, asked, refunds):
    ecomflow("pause", "refund")
    (refunds / "workflows" / "refund.yaml").unlink()
    ecomflow("deploy")

    first, second = ecomflow("resume", "refund"), ecomflow("resume", "refund")

    assert first.code == 0
    assert first.out.startswith("refund goes on; ")
    assert second.code == 3


def test_without_an_engine_a_request_is_kept(ecomflow, refunds, engine):
    # Given a run of an engine that has ended
    with_engine = engine(refunds)
    ecomflow("emit", "order.created", "--data", "-", stdin=ORDER)
    with_engine.__exit__(None, None, None)
    with_engine.__exit__ = lambda *_: None

    # When
    result = ecomflow("cancel", "r1", "--json")

    # Then it says so, and a later engine carries it out
    assert result.code == 0
    assert result.of("cancel")[0]["done"] is False
    assert "No engine runs in this project: the request is kept" in result.err
    engine(refunds)
    ecomflow("emit", "order.created", "--data", "-", stdin=ORDER)
    assert status(ecomflow, 1) == "cancelled"


def test_deploy_makes_edited_files_current_and_lists_older_runs(ecomflow, asked, refunds):
    # Given a run on the first version, and an edited file
    file = refunds / "workflows" / "refund.yaml"
    file.write_text(file.read_text().replace("3d", "4d"))

    # When
    people = ecomflow("deploy")
    again = ecomflow("deploy", "--json")

    # Then
    assert people.code == 0
    assert people.out.startswith("Now current: refund.\nOn older versions:\n  r1-")
    assert again.of("deployment")[0]["changed"] == []
    assert again.of("run")[0]["id"].startswith("r1-")
    assert "an older version" in ecomflow("show", "r1").out


def test_deploy_may_cancel_older_runs(ecomflow, asked, refunds):
    file = refunds / "workflows" / "refund.yaml"
    file.write_text(file.read_text().replace("3d", "4d"))

    result = ecomflow("deploy", "--cancel")
    told = result.out.splitlines()

    assert result.code == 0
    assert told[1] == "Cancelled:"
    assert told[2].split()[0].startswith("r1-")
    assert told[2].split()[1:3] == ["refund", "o1"]
    assert status(ecomflow, 1) == "cancelled"
    assert ecomflow("deploy", "--cancel").out == "Now current: all, as before.\nNothing was cancelled.\n"


def test_deploy_tells_a_removed_file_from_a_current_one(ecomflow, asked, refunds):
    (refunds / "workflows" / "refund.yaml").unlink()

    first, second = ecomflow("deploy"), ecomflow("deploy", "--json")

    assert first.out.splitlines()[0] == "Removed: refund."
    assert "Now current" not in first.out
    assert second.of("deployment")[0]["removed"] == []


def test_deploy_may_migrate_what_waits(ecomflow, asked, refunds):
    # Given a run that asks, another that waits elsewhere, and a file with one more step before the question
    (refunds / "workflows" / "rest.yaml").write_text("name: rest\ntrigger: {event: order.created}\nactions:\n  - wait: 1h\n")
    ecomflow("deploy")
    ecomflow("emit", "order.created", "--data", "-", stdin=ORDER.replace("o1", "o2"))
    (refunds / "workflows" / "rest.yaml").write_text("name: rest\ntrigger: {event: order.created}\nactions:\n  - wait: 2h\n")
    file = refunds / "workflows" / "refund.yaml"
    file.write_text(file.read_text().replace("actions:\n", "actions:\n  - {action: log.write, with: {message: first}}\n"))

    # When
    people = ecomflow("deploy", "--migrate", "--by", "bo")
    again = ecomflow("deploy", "--migrate", "--json")

    # Then it says what moved, and what stays and why; who did it is kept
    assert people.code == 0
    told = people.out.splitlines()
    assert told[0].startswith("Now current: ")
    assert told[1] == "Migrated:"
    assert [line.split()[0].split("-")[0] for line in told[2:4]] == ["r1", "r2"]
    assert told[4] == "On older versions:"
    assert told[5].endswith("the step it waits at has no `id`")
    assert again.of("migrated") == []
    assert [run["stays"] for run in again.of("run")] == ["the step it waits at has no `id`"]
    assert [(each["who"], each["run"].split("-")[0]) for each in ecomflow("audit", "--what", "migrate", "--json").of("audit")] == [("bo", "r2"), ("bo", "r1")]
    # And the story tells it; the run goes on where it was, and a retry from before says what may happen again.
    story = ecomflow("show", "r1").out
    assert "goes on at ask in version " in story
    assert "an older version" not in story
    assert ecomflow("approve", "r1", "--by", "ana@acme.example").code == 0
    asked.wait(ecomflow("show", "r1", "--json").of("run")[0]["id"], 10)
    retried = ecomflow("retry", "r1", "--from", "ask")
    assert "happens again, under a new key: log.write" in retried.err
    assert status(ecomflow, 1) == "waiting"


def test_deploy_of_a_fault_is_1_and_the_others_go_on(ecomflow, asked, refunds):
    (refunds / "workflows" / "bad.yaml").write_text("name: bad\ntrigger: {event: order.created}\nactions:\n  - actoin: x\n")

    result = ecomflow("deploy")

    assert result.code == 1
    assert "workflows/bad.yaml:4: EF" in result.err
    assert "Now current" in result.out
