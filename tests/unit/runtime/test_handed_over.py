"""What is handed from the interpreter to an action: made as plain tuples where it is hot, so each part is looked at here."""

from ecomflow.model import Effect
from ecomflow.plugins import ActionCall, action
from ecomflow.registry import Registry
from ecomflow.runtime.base import Call
from ecomflow.runtime.clock import to_moment
from ecomflow.runtime.hands import Hands

TOLD = """
locale: de
trigger: {event: thing.happened}
subject: thing.id
actions:
  - {id: told, action: probe.send, with: {to: "{{ thing.id }}"}, timeout: 7s}
"""


def test_a_call_has_each_part_in_its_place(open_desk, project):
    # Given a step with an id, a time limit and a locale
    desk = open_desk(project(w=TOLD))
    # When its call is made
    desk.emit()
    (made,) = desk.kernel.take_calls()
    # Then it is what naming every part gives
    run = desk.runs()[0].id
    assert made == Call(
        at=to_moment(desk.micros), workflow="w", run_id=run, run=1, step="told", path="actions/0", action="probe.send", params={"to": "a"},
        connection=None, key=f"acme/{run}/actions/0/0", attempt=1, effect=Effect.SENDS, timeout=7.0, subject="a", locale="de",
    )  # fmt: skip
    assert made._fields == Call._fields
    assert len(made) == len(Call._fields)


def test_an_action_is_told_each_part_in_its_place(open_desk, project):
    # Given an action that is told of its call
    told = []

    @action("probe.told", effect="reads", quick=True)
    def tell(call: ActionCall) -> None:
        """Take a call."""
        told.append(call)

    loaded = project(w=TOLD)
    desk = open_desk(loaded)
    desk.emit()
    (made,) = desk.kernel.take_calls()
    hands = Hands(Registry.load([tell]), loaded)
    # When it is called
    assert hands.is_quick("probe.told")
    hands.call_quick(made._replace(action="probe.told", params={}))
    # Then it sees what naming every part gives
    (seen,) = told
    assert seen == ActionCall(
        key=made.key, attempt=1, connection=None, log=seen.log, now=made.at, shop="acme", workflow="w", run_id=made.run_id, step="told", locale="de"
    )
    assert len(seen) == len(ActionCall._fields)
