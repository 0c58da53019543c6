"""One workflow with thousands of runs does not keep another from its turn: the order of things, on a real kernel."""

import pytest

BUSY = """\
trigger: {event: thing.happened}
subject: thing.id
mode: queued
actions:
  - {action: probe.send, with: {to: '{{ thing.id }}'}}
"""
OTHER = "trigger: {event: other.happened}\nsubject: other.id\nactions:\n  - {action: probe.send, with: {to: other}}\n"
WAITS = "actions:\n  - wait: 1h\n  - {action: probe.send, with: {to: '{{ thing.id }}'}}\n"
SUBJECTS, EACH = 170, 60


def asked(desk):
    return [call.params["to"] for call in desk.kernel.take_calls()]


@pytest.mark.attack(52)
def test_an_event_is_decided_and_acted_on_beside_ten_thousand_queued_runs(open_desk, project):
    # Given more than ten thousand queued runs, one of each subject in flight
    desk = open_desk(project(busy=BUSY, other=OTHER))
    for _ in range(EACH):
        desk.kernel.turn([desk.event(id=f"s{number}") for number in range(SUBJECTS)])
    flying = desk.kernel.take_calls()
    assert len(flying) == SUBJECTS
    assert desk.statuses().count("queued") == SUBJECTS * (EACH - 1) > 10_000

    # When their answers come, and in the same turn an event of another workflow
    def answered(call):
        return lambda: desk.kernel.answered(call, {"ok": True, "result": None})

    outcomes = desk.kernel.turn([*map(answered, flying[:100]), desk.event("other.happened", id="x"), *map(answered, flying[100:])])

    # Then it is decided and acted on in that turn, in its place, and each subject has begun one more run and no two
    assert [str(decision.outcome) for decision in outcomes[100][0].decisions] == ["started"]
    made = asked(desk)
    assert made.index("other") == 100
    assert sorted(set(made) - {"other"}) == sorted(made[:100] + made[101:])
    assert desk.statuses().count("queued") == SUBJECTS * (EACH - 2)


def test_thousands_of_timers_of_one_moment_are_served_a_portion_at_a_time_and_an_event_of_that_moment_comes_after(open_desk, project):
    # Given a thousand runs whose waits end at the same instant
    desk = open_desk(project(w=WAITS, other=OTHER))
    for start in range(0, 1000, 200):
        desk.kernel.turn([desk.event(id=f"s{number}") for number in range(start, start + 200)])
    desk.pass_time(3600)

    # When an event comes at that moment, and is given again as long as it is not begun
    came, made = [desk.event("other.happened", id="x")], []
    for _ in range(5):
        came = came[len(desk.kernel.some(came)) :]
        made.append(asked(desk))

    # Then whoever drives the engine is free between two portions, and the event has its turn after all that was due before it
    assert [len(portion) for portion in made] == [200] * 5
    assert (len(came), desk.kernel.behind) == (1, True)
    desk.kernel.some(came)
    assert (asked(desk), desk.kernel.behind) == (["other"], False)
