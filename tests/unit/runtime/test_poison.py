"""An event that cannot be decided is set aside with its reason, and blocks no other (R:E2)."""

import pytest

from ecomflow.errors import RefusedError

SENDS = "actions:\n  - {action: probe.send, with: {to: '{{ thing.id }}'}}\n"


@pytest.fixture
def poison(open_desk, project, monkeypatch):
    """Return a desk on which things called ``poison`` make a stage fail that no workflow is to blame for, until it is mended."""
    desk = open_desk(project(w=SENDS))
    keys = desk.kernel.events.keys

    def broken(stored):
        if stored.event.data["thing"]["id"] == "poison" and desk.broken:
            raise RuntimeError("a stage broke")
        return keys(stored)

    desk.broken = True
    monkeypatch.setattr(desk.kernel.events, "keys", broken)
    return desk


def take(desk, id_):
    return desk.event(id=id_, id_=f"e-{id_}")


def test_a_poison_event_is_set_aside_and_the_others_of_its_turn_are_decided(poison):
    # When three events come together, and the second makes the engine stumble
    outcomes = poison.kernel.turn([take(poison, "a"), take(poison, "poison"), take(poison, "b")])

    # Then nobody who emits is told of an error, and the others have started
    assert [error for _, error in outcomes] == [None] * 3
    assert [run.subject for run in poison.runs()] == ["a", "b"]
    assert [(str(d.outcome), d.reason) for d in outcomes[1][0].decisions] == [("error", "set aside: RuntimeError: a stage broke")]


def test_what_was_set_aside_is_decided_again_once_it_can_be(poison):
    poison.kernel.turn([take(poison, "poison")])
    poison.broken = False

    receipt = poison.kernel.do(lambda: poison.kernel.ingest.decide_again("e-poison", "ana"))

    assert [str(d.outcome) for d in receipt.decisions] == ["started"]
    with pytest.raises(RefusedError, match="cannot be decided again"):
        poison.kernel.do(lambda: poison.kernel.ingest.decide_again("e-poison", "ana"))


def test_a_poison_event_that_was_held_is_set_aside_at_the_resume(poison):
    poison.broken = False
    poison.kernel.do(lambda: poison.kernel.pause("w"))
    for name in ("a", "poison", "b"):
        poison.kernel.turn([take(poison, name)])
    poison.broken = True

    poison.kernel.do(lambda: poison.kernel.resume("w"))

    assert [run.subject for run in poison.runs()] == ["a", "b"]
    assert poison.outcomes("e-poison") == ["held", "error"]
