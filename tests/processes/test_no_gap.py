"""What arrives between "step reached" and "waiting" is not lost: the store stands still at each commit of a run (R:W2-W4)."""

import asyncio
import json
from datetime import UTC, datetime
from itertools import count

import pytest
from kit import PATIENCE

from ecomflow import Engine

PICK = "  - {action: log.write, with: {message: 'pick {{ parcel.id }}'}}\n"
WORKFLOWS = {
    "since-start": PICK + "  - {id: packed, wait_for: {event: parcel.packed, match: {parcel.id: parcel.id}, timeout: 1d}}\n",
    "since-step": PICK + "  - {id: packed, wait_for: {event: parcel.packed, match: {parcel.id: parcel.id}, since: step, timeout: 1d}}\n",
    "in-parallel": """\
  - parallel:
      - - {action: log.write, with: {message: "pick {{ parcel.id }}"}}
        - {id: packed, wait_for: {event: parcel.packed, match: {parcel.id: parcel.id}}}
      - - {wait_for: {event: parcel.paid, match: {parcel.id: parcel.id}}}
        - {action: log.write, with: {message: paid}}
""",
    "first": """\
  - parallel:
      - - {action: log.write, with: {message: "pick {{ parcel.id }}"}}
        - {id: packed, wait_for: {event: parcel.packed, match: {parcel.id: parcel.id}, since: step}}
      - - {wait: 1d}
    join: first
""",
    "asks": PICK + "  - {id: packed, ask_approval: {title: 'Pack {{ parcel.id }}?', to: packers}}\n",
    "exits": PICK + "  - {wait: 1d}\n",
}
OUTPUT = {"asks": "packed.by", "exits": "'never'"}
COUNTED_FROM_THE_STEP = {"since-step", "first", "asks"}


@pytest.fixture
def shop(tmp_path):
    folder = tmp_path / "shop"
    (folder / "workflows").mkdir(parents=True)
    (folder / "ecomflow.yaml").write_text("shop: acme\npeople: {packers: [ana]}\n", "utf-8")
    for name, steps in WORKFLOWS.items():
        exit_on = "exit_on: {event: parcel.packed, match: {parcel.id: parcel.id}}\n" if name == "exits" else ""
        output = OUTPUT.get(name, "packed.data.parcel.by")
        text = f'name: {name}\ntrigger: {{event: parcel.{name}}}\n{exit_on}actions:\n{steps}output: {{by: "{{{{ {output} }}}}"}}\n'
        (folder / "workflows" / f"{name}.yaml").write_text(text, "utf-8")
    return folder


class Lives:
    """Lives of one shop's engine, one for each point of one workflow."""

    def __init__(self, shop, processes, workflow):
        self.shop, self.workflow, self.parcel = shop, workflow, ""
        self._program, self._heard = processes.script("held.py").wait_for("ready"), 1
        self._number = count()

    def begin(self, hold_at):
        """Let a run of a new parcel begin, and return what is said at the point, or the end of a run with less points."""
        self.parcel = f"{self.workflow}-{next(self._number)}"
        self._life = {
            "event": [f"parcel.{self.workflow}", {"parcel": {"id": self.parcel}}], "id": self.parcel,
            "time": datetime.now(UTC).isoformat(), "workflow": self.workflow, "patience": PATIENCE / 2,
            "only_asked": self.workflow in COUNTED_FROM_THE_STEP,
        }  # fmt: skip
        return self.go_on(hold_at)

    def go_on(self, hold_at=0):
        """Let another process take up what is there."""
        return self.say({**self._life, "hold_at": hold_at})

    def say(self, what):
        self._program.say(json.dumps(what))
        return self.hear()

    def hear(self):
        self._heard += 1
        lines = self._program.wait_for_lines(self._heard).said["out"].splitlines()
        return json.loads(lines[self._heard - 1])

    async def arrivals(self, client):
        """Return what the run waits for."""
        if self.workflow == "asks":
            return [["decide", run.id] async for run in client.runs(workflow="asks") if run.event_id == self.parcel]
        parcel = {"parcel": {"id": self.parcel, "by": "ana"}}
        return [["parcel.packed", parcel], *([["parcel.paid", parcel]] if self.workflow == "in-parallel" else [])]


async def leave(client, arrivals):
    """Let a process that is not the engine leave them; they are on disk when this returns."""
    decisions = [asyncio.create_task(client.decide(data, approved=True, by="ana")) for what, data in arrivals if what == "decide"]
    await asyncio.sleep(0)  # the letters are left, their answers come when the store goes on
    for what, data in arrivals:
        if what != "decide":
            await client.emit(what, data)
    return decisions


async def visit(lives, client, way, hold_at):
    """Hold at a point, let what the run waits for arrive there, and see how the run ends; return what was said of the point."""
    said = lives.begin(hold_at)
    assert said["held"] == hold_at
    arrivals = await lives.arrivals(client)
    if way == "from a thread":
        ended = lives.say(["emit", *arrivals])
    else:
        decisions = await leave(client, arrivals)
        ended = lives.say(["die" if way == "before a kill" else "go"])
        if way == "before a kill":
            assert ended == {"died": True}
            ended = lives.go_on()
        await asyncio.gather(*decisions)
    end = {"status": "stopped", "output": None} if lives.workflow == "exits" else {"status": "completed", "output": {"by": "ana"}}
    assert {name: ended[name] for name in end} == end, f"{way}, held at {said}: {ended}"
    return said


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_what_arrives_at_any_commit_before_a_run_waits_is_not_lost(shop, processes, workflow):
    # Given a run on its way to a wait, When the store is held before or after any of its commits, and what the run will
    # wait for is left by another process, by another thread, or by a process before this one is killed, Then it is met.
    lives = Lives(shop, processes, workflow)

    async def story(way):
        async with Engine.open(shop, role="client") as client:
            visited = []
            while not visited or visited[-1]["on_disk"] != "waiting":
                visited.append(await visit(lives, client, way, len(visited) + 1))
            return visited

    for way in ("by another process", "from a thread", "before a kill"):
        visited = asyncio.run(story(way))
        gap = [said for said in visited if said["status"] == "waiting" and said["on_disk"] != "waiting"]
        print(f"\n{workflow}, {way}: held at {len(visited)} points")
        assert gap, "no point between the step reached and its wait on disk was visited"
        assert len(visited) >= (2 if workflow in COUNTED_FROM_THE_STEP else 4)
        assert workflow not in COUNTED_FROM_THE_STEP or all(said["asked"] for said in visited)
