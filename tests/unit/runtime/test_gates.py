"""Connections that hold calls: rates, breakers, what the other side asked for, pauses (R:P10, V6), on a real kernel and virtual time."""

import pytest

from ecomflow.errors import NotFoundError
from ecomflow.language import load_project
from ecomflow.runtime.clock import to_moment
from ecomflow.runtime.reading import Reader

CALLS = """\
trigger: {event: thing.happened}
subject: thing.id
exit_on: [{event: thing.gone, match: {thing.id: thing.id}}]
actions:
  - {action: http.request, with: {path: "/{{ thing.id }}"}, retry: {attempts: 3, delay: 10s}}
"""
DOWN = {"ok": False, "class": "retryable", "type": "http_503", "message": "GET /: answered 503"}


@pytest.fixture
def shop(tmp_path, catalog):
    """Return what writes a project whose connection ``hook`` has these settings."""

    def write(settings="", **workflows):
        (tmp_path / "shop" / "workflows").mkdir(parents=True, exist_ok=True)
        hook = f'{{plugin: http, base_url: "http://127.0.0.1:9"{", " if settings else ""}{settings}}}'
        (tmp_path / "shop" / "ecomflow.yaml").write_text(f"shop: acme\nconnections: {{hook: {hook}}}\n", "utf-8")
        for name, text in (workflows or {"w": CALLS}).items():
            (tmp_path / "shop" / "workflows" / f"{name}.yaml").write_text(f"name: {name}\n{text}", "utf-8")
        loaded = load_project(tmp_path / "shop", catalog)
        assert not [fault for fault in loaded.diagnostics if fault.severity == "error"], loaded.diagnostics
        return loaded

    return write


def paths(desk):
    """The calls that are made now, by what they ask for."""
    return [call.params["path"] for call in desk.kernel.take_calls()]


def waits(desk, number=0):
    reader = Reader(desk.store, desk.kernel.definitions, desk.kernel.events)
    return [(each.kind, each.text, each.due) for each in reader.run(desk.runs()[number].id).waiting_for if each.path.startswith("actions")]


def again(desk, open_desk, shop):
    now = to_moment(desk.micros)
    desk.kill()
    return open_desk(shop, now=now)


def events(desk, names):
    for name in names:
        desk.emit(id=name)


# --- rates


def test_a_rate_lets_so_many_through_in_any_span_and_the_others_wait(open_desk, shop):
    # Given a connection that takes two requests a minute, When five runs call it
    desk = open_desk(shop("rate: {limit: 2, per: 1m}"))
    events(desk, "abcde")

    # Then two go at once, and two more each minute, to the second
    assert paths(desk) == ["/a", "/b"]
    assert desk.statuses() == ["running", "running", "waiting", "waiting", "waiting"]
    desk.wait(seconds=59)
    assert paths(desk) == []
    desk.wait(seconds=1)
    assert paths(desk) == ["/c", "/d"]
    desk.wait(seconds=60)
    assert paths(desk) == ["/e"]


def test_a_rate_counts_on_after_a_kill_and_held_calls_are_not_in_doubt(open_desk, shop):
    files = shop("rate: {limit: 1, per: 1m}")
    desk = open_desk(files)
    events(desk, "ab")
    [call] = desk.kernel.take_calls()
    desk.answer(call)

    desk = again(desk, open_desk, files)

    assert paths(desk) == []
    desk.wait(seconds=60)
    [call] = desk.kernel.take_calls()
    assert (call.params["path"], call.attempt) == ("/b", 1)


def test_workflows_take_turns_behind_a_rate(open_desk, shop):
    # Given many calls of one workflow that wait, When one of another comes
    desk = open_desk(shop("rate: {limit: 1, per: 1m}", w=CALLS, z=CALLS.replace("thing.", "other.")))
    events(desk, [f"a{number}" for number in range(20)])
    desk.emit("other.happened", id="z")

    # Then it is not the last
    made = paths(desk)
    for _ in range(3):
        desk.wait(seconds=60)
        made += paths(desk)
    assert "/z" in made


# --- breakers


def fail(desk, times):
    for _ in range(times):
        for call in desk.kernel.take_calls():
            desk.answer(call, **DOWN)


def test_failures_in_a_row_open_the_breaker_and_held_attempts_do_not_count(open_desk, shop):
    # Given three runs whose calls fail
    desk = open_desk(shop("breaker: {failures: 3, cool_down: 5m}"))
    events(desk, "abc")
    fail(desk, 1)

    # When their next attempts are due, Then none is made until the cool-down ends
    desk.wait(seconds=60)
    assert paths(desk) == []
    [(kind, text, due)] = waits(desk)
    assert (kind, text) == ("connection", "hook, which has failed 3 times in a row: GET /: answered 503")
    assert due == to_moment(desk.micros + 240_000_000)

    # And then a single one, the second attempt of a run
    desk.wait(seconds=240)
    [probe] = desk.kernel.take_calls()
    assert probe.attempt == 2
    first = probe.params["path"]

    # When it fails, Then the cool-down is twice as long, and the next run's turn has come
    desk.answer(probe, **DOWN)
    desk.wait(seconds=599)
    assert paths(desk) == []
    desk.wait(seconds=1)
    [probe] = desk.kernel.take_calls()
    assert (probe.params["path"] != first, probe.attempt) == (True, 2)

    # When it succeeds, Then all go on
    desk.answer(probe)
    desk.wait(seconds=1)
    assert {(call.params["path"] == first, call.attempt) for call in desk.kernel.take_calls()} == {(True, 3), (False, 2)}


def test_a_breaker_is_open_after_a_kill_too_and_a_lost_probe_proves_nothing(open_desk, shop):
    files = shop("breaker: {failures: 1, cool_down: 1m}")
    desk = open_desk(files)
    events(desk, "ab")
    first, _ = desk.kernel.take_calls()
    desk.answer(first, **DOWN)
    desk.emit(id="c")

    desk = again(desk, open_desk, files)
    assert paths(desk) == []
    desk.wait(seconds=60)
    [_] = desk.kernel.take_calls()
    desk = again(desk, open_desk, files)
    desk.wait(seconds=1)
    assert len(paths(desk)) == 1


def test_permanent_failures_are_answers_and_open_nothing(open_desk, shop):
    desk = open_desk(shop("breaker: {failures: 1}"))
    desk.emit(id="a")
    [call] = desk.kernel.take_calls()
    desk.answer(call, ok=False, **{"class": "permanent", "type": "http_404", "message": "no"})
    desk.emit(id="b")
    assert paths(desk) == ["/b"]


def test_breaker_false_never_holds(open_desk, shop):
    desk = open_desk(shop("breaker: false"))
    events(desk, [f"a{number}" for number in range(12)])
    fail(desk, 1)
    desk.emit(id="z")
    assert paths(desk) == ["/z"]


# --- asked to wait


def test_retry_after_holds_the_whole_connection_and_the_answer_counts(open_desk, shop):
    # Given an answer that asks to wait for two minutes
    desk = open_desk(shop())
    desk.emit(id="a")
    [call] = desk.kernel.take_calls()
    desk.answer(call, ok=False, retry_after=120, **{"class": "rate_limited", "type": "http_429", "message": "slow down"})

    # When another run calls, Then it waits as well
    desk.emit(id="b")
    assert paths(desk) == []
    assert waits(desk, 1)[0][1] == "hook, which asked to wait: slow down"
    desk.wait(seconds=120)
    assert sorted((call.params["path"], call.attempt) for call in desk.kernel.take_calls()) == [("/a", 2), ("/b", 1)]


# --- pauses


def pause(desk, name="hook"):
    desk.kernel.do(lambda: desk.kernel.pause(None, connection=name))


def resume(desk, name="hook"):
    desk.kernel.do(lambda: desk.kernel.resume(None, connection=name))
    desk.wait(seconds=1)


def test_a_paused_connection_gets_no_request_and_all_at_the_resume(open_desk, shop):
    files = shop()
    desk = open_desk(files)
    pause(desk)
    events(desk, "ab")
    assert paths(desk) == []
    assert waits(desk) == [("connection", "hook, which is paused", None)]
    desk = again(desk, open_desk, files)
    assert paths(desk) == []

    resume(desk)

    assert paths(desk) == ["/a", "/b"]


def test_a_run_that_ends_while_its_call_is_held_ends_at_once(open_desk, shop):
    # Given a held call, When the run's exit comes, Then it ends, and nothing is sent at the resume
    desk = open_desk(shop())
    pause(desk)
    desk.emit(id="a")
    desk.emit("thing.gone", id="a")

    assert desk.statuses() == ["stopped"]
    resume(desk)
    assert paths(desk) == []


def test_a_paused_workflow_sends_nothing_when_its_connection_goes_on(open_desk, shop):
    desk = open_desk(shop())
    pause(desk)
    desk.emit(id="a")
    desk.kernel.do(lambda: desk.kernel.pause("w"))
    resume(desk)
    assert paths(desk) == []
    desk.kernel.do(lambda: desk.kernel.resume("w"))
    desk.wait(seconds=1)
    assert paths(desk) == ["/a"]


def test_a_connection_that_is_not_there_cannot_be_paused(open_desk, shop):
    desk = open_desk(shop())
    with pytest.raises(NotFoundError, match="the project has hook"):
        pause(desk, "nobody")


def test_thousands_of_held_calls_are_made_in_portions(open_desk, shop):
    desk = open_desk(shop())
    pause(desk)
    for start in range(0, 1000, 200):
        desk.kernel.turn([desk.event(id=f"a{number}") for number in range(start, start + 200)])
    desk.kernel.do(lambda: desk.kernel.resume(None, connection="hook"))
    assert len(paths(desk)) <= 100
    for _ in range(10):
        desk.wait(milliseconds=200)
        desk.kernel.take_calls()
    assert set(desk.statuses()) == {"running"}


def test_nothing_is_remembered_of_a_connection_that_works(open_desk, shop):
    desk = open_desk(shop())
    desk.emit(id="a")
    [call] = desk.kernel.take_calls()
    desk.answer(call, **DOWN)
    assert len(desk.store.rows("gates", desk.store.shop)) == 1
    desk.wait(minutes=1)
    [call] = desk.kernel.take_calls()
    desk.answer(call)
    assert desk.store.rows("gates", desk.store.shop) == []


# --- consent: two connections on the way (R:P12)

SALE = """\
trigger: {event: thing.happened}
subject: thing.id
actions:
  - action: email.send
    retry: {attempts: 3, delay: 10s}
    with: {to: "{{ thing.id }}@shop.example", subject: Sale, text: Come, purpose: marketing}
"""
UNASKED = {"ok": False, "class": "retryable", "type": "consent", "message": "consent could not be asked for: gone"}
"""What a mail is answered whose question failed."""


@pytest.fixture
def selling(shop, tmp_path, catalog):
    """Return a project with a mail server and a desk, whose settings are given."""

    def write(mail="", desk=""):
        shop(w=SALE)
        lines = ["shop: acme", "connections:"]
        lines += [f"  mail: {{plugin: smtp, host: 127.0.0.1, from: shop@acme.example{mail}}}", f"  desk: {{plugin: local{desk}}}"]
        (tmp_path / "shop" / "ecomflow.yaml").write_text("\n".join(lines), "utf-8")
        return load_project(tmp_path / "shop", catalog)

    return write


def mails(desk):
    """The mails that are to be sent now, each with those who are asked for before."""
    return [(call.params["to"], [(each.connection, each.params["email"]) for each in call.asks]) for call in desk.kernel.take_calls()]


def test_a_marketing_mail_waits_for_the_connection_that_knows_customers_too(open_desk, selling):
    desk = open_desk(selling())
    pause(desk, "desk")
    pause(desk, "mail")
    desk.emit(id="a")

    resume(desk, "mail")
    assert mails(desk) == []
    pause(desk, "mail")
    resume(desk, "desk")
    assert mails(desk) == []
    resume(desk, "mail")

    assert mails(desk) == [("a@shop.example", [("desk", "a@shop.example")])]


def test_mail_that_asks_nobody_waits_for_its_own_connection_alone(open_desk, selling, tmp_path, catalog):
    files = selling()
    (tmp_path / "shop" / "workflows" / "w.yaml").write_text(f"name: w\n{SALE.replace('marketing', 'transactional')}", "utf-8")
    desk = open_desk(load_project(files.root, catalog))
    pause(desk, "desk")

    desk.emit(id="a")

    assert mails(desk) == [("a@shop.example", [])]


def test_each_connection_learns_what_it_has_shown_itself(open_desk, selling):
    # Given a desk that two failures shut, When customers cannot be asked for, twice
    desk = open_desk(selling(desk=", breaker: {failures: 2, cool_down: 5m}", mail=", breaker: {failures: 2, cool_down: 5m}"))
    for name in "ab":
        desk.emit(id=name)
        [call] = desk.kernel.take_calls()
        desk.answer(call, **UNASKED)

    # Then further mails wait for the desk, of the mail server nothing is thought, and who agrees later shows that both work
    desk.emit(id="c")
    assert mails(desk) == []
    assert waits(desk, 2)[0][1].startswith("desk, which has failed 2 times in a row")
    desk.wait(minutes=5)
    [call] = desk.kernel.take_calls()
    desk.answer(call)
    desk.wait(seconds=30)
    assert len(desk.kernel.take_calls()) == 2
    assert desk.store.rows("gates", desk.store.shop) == []


def test_a_mail_server_is_not_thought_to_work_by_a_mail_that_nobody_wanted(open_desk, selling):
    # Given a mail server that is tried again after a failure, When the customer of that mail does not agree
    desk = open_desk(selling(mail=", breaker: {failures: 1, cool_down: 5m}"))
    desk.emit(id="a")
    [call] = desk.kernel.take_calls()
    desk.answer(call, **DOWN)
    desk.wait(minutes=5)
    [call] = desk.kernel.take_calls()
    desk.emit(id="b")
    assert mails(desk) == []
    desk.answer(call, ok=True, skipped="consent")

    # Then the next mail is the one by which it is tried
    assert desk.statuses() == ["completed", "waiting"]
    desk.wait(seconds=1)
    assert [to for to, _ in mails(desk)] == ["b@shop.example"]
