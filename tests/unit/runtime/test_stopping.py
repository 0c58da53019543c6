"""An engine that is about to stop, and files that get a fault: nothing is begun to be cut off, nothing that works is lost."""

from dataclasses import replace
from datetime import timedelta

from ecomflow.model import Diagnostic
from ecomflow.runtime.clock import to_moment

LOOKS_THEN_CHARGES = """\
actions:
  - {id: look, action: probe.read, with: {id: 1}}
  - {action: probe.charge, with: {amount: 5}}
"""


def test_engine_that_stops_asks_for_nothing_new_and_the_next_one_goes_on(open_desk, project):
    # Given a call in flight, When its answer comes while the engine drains, Then the charge that follows is asked for by the next
    # engine, as a first attempt, and nothing is in doubt.
    shop = project(w=LOOKS_THEN_CHARGES)
    desk = open_desk(shop)
    desk.emit(id="a")
    [look] = desk.kernel.take_calls()
    desk.kernel.draining = True

    desk.answer(look, ok=True, result={"x": 1})
    assert desk.kernel.take_calls() == []
    desk.kill()
    desk = open_desk(shop, now=to_moment(desk.micros) + timedelta(seconds=2))

    [charge] = desk.kernel.take_calls()
    assert (charge.action, charge.attempt, desk.statuses()) == ("probe.charge", 1, ["running"])
    desk.answer(charge)
    assert desk.statuses() == ["completed"]


def test_timers_wait_for_the_next_engine_while_one_drains(open_desk, project):
    shop = project(w="actions:\n  - wait: 1h\n  - {action: probe.send, with: {to: a}}\n")
    desk = open_desk(shop)
    desk.emit(id="a")
    desk.kernel.draining = True

    desk.wait(hours=2)

    assert (desk.statuses(), desk.kernel.take_calls()) == (["waiting"], [])


def test_file_that_gets_a_fault_does_not_take_a_working_version_out_of_service(open_desk, project):
    # Given a workflow in service, When its file has a fault at a deployment, Then events still start the version before.
    shop = project(w="actions:\n  - {action: probe.send, with: {to: a}}\n")
    desk = open_desk(shop)
    broken = replace(shop, workflows={}, faulty={"w": (Diagnostic("EF113", "unknown key", "workflows/w.yaml"),)})

    changed = desk.kernel.do(lambda: desk.kernel.deploy(broken))
    desk.emit(id="a")

    assert (changed, desk.statuses()) == ([], ["running"])
