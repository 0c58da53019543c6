"""Plays the shoppers' days, then the other scenes, on the engine's own store with a virtual clock."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ecomflow.cli.demo.performer import RealPerformer
from ecomflow.cli.demo.post import PostBox
from ecomflow.cli.demo.scenes import SCENES
from ecomflow.cli.demo.shoppers import SHOPPERS, START, deliveries
from ecomflow.cli.demo.stage import Stage, Told
from ecomflow.cli.template import write_project
from ecomflow.extras import optional
from ecomflow.language import load_project
from ecomflow.registry import Registry
from ecomflow.runtime.hands import Hands
from ecomflow.runtime.simulated import SimulatedRuntime

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ecomflow.cli.demo.post import Mail
    from ecomflow.language import Project
    from ecomflow.model import Leaf, Run, Workflow
    from ecomflow.runtime.base import Answer, Call

DAYS = timedelta(days=6)
"""How long the shoppers are followed: one day, three days and some more."""


@dataclass(frozen=True, slots=True)
class Played:
    """What the days brought.

    Attributes:
        runs: of the shoppers, with their stories, in order of start.
        conditions: what let each of these start, by its id.
        mails: to the shoppers, with the moments at which they were sent.
        scenes: what came after.
        others: the runs and mails of the scenes.
    """

    project: Project
    runs: list[Run]
    conditions: dict[str, Sequence[Leaf]]
    mails: list[tuple[datetime, Mail]]
    scenes: list[Told]
    others: tuple[list[Run], list[tuple[datetime, Mail]]]

    def workflow(self, run: Run) -> Workflow:
        """Return the workflow of a run."""
        return self.project.workflows[run.workflow]


def play(folder: Path) -> Played:
    """Write the sample project into a folder and let its days pass.

    Raises:
        MissingExtraError: what the extra ``demo`` brings is not installed.
    """
    write_project(folder)
    registry = Registry.load()
    with ExitStack() as open_things:
        loop = open_things.enter_context(closing(asyncio.new_event_loop()))
        post = PostBox(loop)
        port = post.open()
        open_things.callback(post.close)
        optional("aiosmtplib", extra="demo").SMTP  # noqa: B018 missing, it says so before the first mail and not after
        project = _with_mail_on(port, load_project(folder, registry.catalog))
        return _Days(project, registry, loop, post).pass_by()


def _with_mail_on(port: int, project: Project) -> Project:
    mail = project.connections["mail"]
    settings = {**mail.settings, "port": port}
    return replace(project, connections={**project.connections, "mail": replace(mail, settings=settings)})


class _Days:
    def __init__(self, project: Project, registry: Registry, loop: asyncio.AbstractEventLoop, post: PostBox) -> None:
        self._project, self._registry, self._loop, self._post = project, registry, loop, post
        self._now = START
        self._hands = Hands(registry, project, clock=lambda: self._now)
        self._performer = RealPerformer(self._hands, loop)
        self._mails: list[tuple[datetime, Mail]] = []
        self._desk = registry.open_connection("desk", "local", {}, project.root)
        self._vendor = registry.sources["shopify"]
        self._first = 0, 0

    def pass_by(self) -> Played:
        """Let the days pass and return what they brought."""
        store = self._project.root / self._project.store.removeprefix("sqlite:///")
        store.parent.mkdir(parents=True, exist_ok=True)
        runtime = SimulatedRuntime(
            self._project, start=START, performer=self, catalog=self._registry.catalog, path=str(store)
        )
        with closing(runtime):
            self._desk.put("customer", *(shopper.record() for shopper in SHOPPERS))
            self._shop(runtime)
            played = self._played(runtime, self._scenes(runtime))
        self._loop.run_until_complete(self._hands.close())
        return played

    def _shop(self, runtime: SimulatedRuntime) -> None:
        for number, (at, topic, body) in enumerate(deliveries(), 1):
            runtime.advance(at)
            for event in self._vendor(topic, body, f"webhook-{number}"):
                _emit(runtime, event)
        runtime.advance(START + DAYS)
        self._first = len(runtime.runs()), len(self._mails)

    def _scenes(self, runtime: SimulatedRuntime) -> list[Told]:
        stage, scenes = Stage(runtime, self._desk, self._vendor, self._mails), []
        for title, play_scene in SCENES:
            scenes.append(stage.begin(title))
            play_scene(stage)
        return scenes

    def _played(self, runtime: SimulatedRuntime, scenes: list[Told]) -> Played:
        runs, (own, mails) = [runtime.run(run.id) for run in runtime.runs()], self._first
        conditions = {run.id: runtime.why(run.event_id or "", run.workflow)[0].leaves for run in runs[:own]}
        others = runs[own:], self._mails[mails:]
        return Played(self._project, runs[:own], conditions, self._mails[:mails], scenes, others)

    def perform(self, call: Call) -> Answer:
        """Carry out an attempt, and note when its mail was sent."""
        self._now = call.at
        answer = self._performer.perform(call)
        new = self._post.caught[len(self._mails) :]
        self._mails += [(call.at, mail) for mail in new]
        return answer


def _emit(runtime: SimulatedRuntime, event: dict[str, Any]) -> None:
    time = datetime.fromisoformat(event["time"])
    runtime.emit(event["type"], event["data"], id=event["id"], source=event["source"], subject=event["subject"], time=time)
