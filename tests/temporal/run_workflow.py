"""One run as a Temporal workflow: the machine is the program, Temporal the clock, the journal and the messenger."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    from recording import VERSIONS, OnTemporal

    from ecomflow.core.commands import CancelTimer, Entry, Finish, Row, RunAction, StartTimer, Subscribe, Unsubscribe
    from ecomflow.core.machine import RunInfo
    from ecomflow.expressions import subject_text
    from ecomflow.matching import look_up
    from ecomflow.model import Event


@activity.defn(name="call")
async def call(action: str, params: dict[str, Any]) -> dict[str, Any]:
    """Answer any action."""
    return {"ok": True, "result": {"n": len(params), "by": action}}


@workflow.defn
class RunWorkflow:
    """Feeds a machine what happens, and does what it asks for."""

    def __init__(self) -> None:
        self._arrived: list[tuple[str, str, Any]] = []
        self._timers: dict[str, asyncio.Task[None]] = {}
        self._subscriptions: dict[str, Subscribe] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._finish: Finish | None = None

    @workflow.run
    async def run(self, version: str, run_id: str, data: dict[str, Any]) -> list[Any]:
        """Run to the end; return status and output."""
        now, seq = workflow.now(), 1
        machine = OnTemporal(VERSIONS[version], RunInfo(id=run_id, shop="acme", subject="p1", started_at=now))
        event = Event("e1", "parcel.ordered", "test", now, data, "p1")
        self._carry_out(machine.start([Row(Entry(1, now, "started", "", {"event": event, "trigger": {"id": None, "kind": "event"}}))]))
        while self._finish is None:
            await workflow.wait_condition(lambda: bool(self._arrived))
            kind, path, data = self._arrived.pop(0)
            seq += 1
            self._carry_out(machine.feed(Entry(seq, workflow.now(), kind, path, data)))
        return [self._finish.status, self._finish.output]

    @workflow.signal
    def arrive(self, id_: str, type_: str, data: dict[str, Any]) -> None:
        """Take an event that this run may wait for."""
        event = Event(id_, type_, "test", workflow.now(), data)
        subs = [sub for sub, asked in self._subscriptions.items() if type_ in asked.types and _pairs(asked, data)]
        if subs:
            self._arrived.append(("event", "", {"event": event, "subs": subs}))

    def _carry_out(self, commands: list[Any]) -> None:
        for command in commands:
            if isinstance(command, RunAction):
                self._begin(self._call(command))
            elif isinstance(command, StartTimer):
                self._timers[command.path] = self._begin(self._wait(command))
            elif isinstance(command, CancelTimer):
                self._timers.pop(command.path).cancel()
            elif isinstance(command, Subscribe):
                self._subscriptions[command.sub] = command
            elif isinstance(command, Unsubscribe):
                del self._subscriptions[command.sub]
            elif isinstance(command, Finish):
                self._finish = command

    def _begin(self, work: Any) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _call(self, command: RunAction) -> None:
        arguments = [command.action, dict(command.params)]
        answer = await workflow.execute_activity(call, args=arguments, start_to_close_timeout=timedelta(seconds=command.timeout))
        self._arrived.append(("attempt", command.path, answer))

    async def _wait(self, command: StartTimer) -> None:
        await asyncio.sleep((command.due - workflow.now()).total_seconds())
        self._arrived.append(("timer", command.path, None))


def _pairs(asked: Subscribe, data: dict[str, Any]) -> bool:
    return all(subject_text(look_up(data, field.split("."))) == text for field, text in asked.match or ())
