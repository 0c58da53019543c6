"""The faked performer."""

from datetime import UTC, datetime

import pytest

from ecomflow.errors import CaseError, Permanent, RateLimited, Retryable
from ecomflow.model import ActionSpec, Catalog, Effect
from ecomflow.runtime.base import Call
from ecomflow.testing.answers import Answers, failed, parse_answer, succeeded

RESULT = {"type": "object", "properties": {"name": {"type": "string"}}}
CATALOG = Catalog(
    actions={
        "look.up": ActionSpec("look.up", Effect.READS, result=RESULT),
        "mail.out": ActionSpec("mail.out", Effect.SENDS, result=RESULT),
        "look.for": ActionSpec("look.for", Effect.READS, result={"type": "array", "items": RESULT}, pages=True),
    }
)


def a_call(action="mail.out", effect=Effect.SENDS, attempt=1):
    return Call(
        at=datetime(2026, 3, 2, tzinfo=UTC), workflow="w", run_id="r1", run=1, step="s", path="actions/0", action=action,
        params={"to": "ana"}, connection=None, key="k", attempt=attempt, effect=effect, timeout=60.0,
    )  # fmt: skip


def performer(answers=None):
    return Answers(CATALOG, lambda action, params: f"{action} to {params['to']}", answers)


def test_a_list_answers_call_by_call_and_the_last_repeats():
    faked = performer({"mail.out": [{"n": 1}, {"error": "timeout"}, {"n": 3}]})

    given = [faked.perform(a_call()).data for _ in range(4)]

    assert [answer.get("result") for answer in given] == [{"n": 1}, None, {"n": 3}, {"n": 3}]
    assert given[1]["class"] == "in_doubt"


def test_calls_are_written_down():
    faked = performer()

    faked.perform(a_call(attempt=2))

    (call,) = faked.calls
    assert (call.workflow, call.run_id, call.step, call.action, call.attempt, call.key) == ("w", "r1", "s", "mail.out", 2, "k")
    assert call.plan == "mail.out to ana"
    assert call.params == {"to": "ana"}


def test_an_action_without_an_answer_gives_an_example_and_only_reading_ones_are_missed():
    faked = performer()

    sent = faked.perform(a_call())
    read = faked.perform(a_call("look.up", Effect.READS))

    assert sent == read == succeeded({"name": "name"})
    assert faked.unanswered == {"look.up": {"name": "name"}}


@pytest.mark.parametrize(
    ("written", "class_", "type_"),
    [
        ({"error": "permanent"}, "permanent", "permanent"),
        ({"error": "retryable", "message": "busy"}, "retryable", "retryable"),
        ({"error": "rate_limited", "retry_after": "60s"}, "rate_limited", "rate_limited"),
        ({"error": "timeout"}, "in_doubt", "timeout"),
        ({"in_doubt": True}, "in_doubt", "in_doubt"),
    ],
)
def test_errors_as_cases_write_them(written, class_, type_):
    data = parse_answer(written).data

    assert (data["ok"], data["class"], data["type"]) == (False, class_, type_)
    assert data["message"] == written.get("message", data["message"])
    assert data.get("retry_after") == (60 if "retry_after" in written else None)


def test_takes_stands_beside_any_answer():
    assert parse_answer({"takes": "90s", "n": 1}) == succeeded({"n": 1}, 90)
    assert parse_answer({"takes": "5s", "error": "permanent"}).takes == 5


@pytest.mark.parametrize("value", [None, 5, "text", {"ok": True}, {"in_doubt": False}])
def test_every_other_value_is_a_result(value):
    assert parse_answer(value) == succeeded(value)


def test_an_empty_list_is_a_result():
    assert performer({"look.up": []}).perform(a_call("look.up", Effect.READS)) == succeeded([])


def test_an_unknown_error_is_a_fault_of_the_case():
    with pytest.raises(CaseError, match="one of permanent"):
        parse_answer({"error": "oops"})


@pytest.mark.parametrize(
    ("raised", "class_", "after"),
    [
        (Retryable, "retryable", None),
        (Permanent("no", type="card_declined"), "permanent", None),
        (RateLimited("slow", retry_after=9), "rate_limited", 9),
        ("timeout", "in_doubt", None),
        ("in_doubt", "in_doubt", None),
    ],
)
def test_failures_from_code(raised, class_, after):
    answer = failed(raised, takes=3)

    assert (answer.data["class"], answer.data.get("retry_after"), answer.takes) == (class_, after, 3)


def test_on_changes_what_later_calls_get():
    faked = performer({"mail.out": {"n": 1}})
    faked.perform(a_call())

    faked.on("mail.out", succeeded({"n": 2}))

    assert faked.perform(a_call()) == succeeded({"n": 2})


def test_the_pages_of_a_search_are_answered_by_their_marks():
    faked = performer({"look.for": [{"error": "retryable"}, {"pages": [[1, 2], [], [3]], "takes": "5s"}]})
    asked = a_call("look.for", Effect.READS)

    failed_, first, second, third = (faked.perform(asked._replace(page=mark)) for mark in (None, None, "2", "3"))

    assert failed_.data["class"] == "retryable"
    assert [(each.data["result"], each.data["next"], each.takes) for each in (first, second, third)] == [([1, 2], "2", 5), ([], "3", 5), ([3], None, 5)]


def test_in_a_list_of_answers_each_page_takes_the_next_so_that_a_later_one_may_fail():
    pages = {"pages": [[1], [2]]}
    faked = performer({"look.for": [pages, {"error": "retryable"}, pages]})
    asked = a_call("look.for", Effect.READS)

    first, failed_, second = (faked.perform(asked._replace(page=mark)) for mark in (None, "2", "2"))

    assert (first.data["result"], failed_.data["class"], second.data["result"]) == ([1], "retryable", [2])


def test_what_an_action_that_does_not_search_answers_may_have_pages_of_its_own():
    assert performer({"look.up": {"pages": 3}}).perform(a_call("look.up")).data["result"] == {"pages": 3}


@pytest.mark.parametrize(
    ("written", "message"),
    [({"pages": []}, "the pages of look.for are a list of lists"), ({"pages": [[1], 2]}, "a list of lists"), ({"pages": [[1]], "next": 2}, "'next'; only `takes` may")],
)
def test_pages_that_are_none_are_no_answer(written, message):
    with pytest.raises(CaseError, match=message):
        performer({"look.for": written})
