"""A whole shop for tests: the example project, its embedded desk, a real mail server, actions carried out; only the clock is virtual."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ecomflow.cli.demo.performer import RealPerformer
from ecomflow.cli.template import write_project
from ecomflow.language import load_project
from ecomflow.registry import Registry
from ecomflow.runtime.hands import Hands
from ecomflow.runtime.simulated import SimulatedRuntime

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
REGISTRY = Registry.load()
OWN = Path(__file__).parents[2] / "examples" / "events"


class RealShop:
    """Takes webhooks and lets days pass.

    Args:
        folder: of the project, made here.
        mailbox: the mail server.
        write: writes the project.
        only: names of the workflows that run; all by default.
    """

    def __init__(self, folder: Path, mailbox: Any, write: Callable[[Path], object] = write_project, only: Collection[str] = ()) -> None:
        write(folder)
        self._mailbox, self._loop = mailbox, asyncio.new_event_loop()
        project = load_project(folder, REGISTRY.catalog)
        workflows = {name: workflow for name, workflow in project.workflows.items() if not only or name in only}
        mail = project.connections["mail"]
        mail = replace(mail, settings={**mail.settings, "port": mailbox.port})
        self.project = replace(project, workflows=workflows, connections={**project.connections, "mail": mail})
        self.desk = REGISTRY.open_connection("desk", "local", {}, folder)
        self._hands = Hands(REGISTRY, self.project)
        performer = RealPerformer(self._hands, self._loop)
        self.runtime = SimulatedRuntime(self.project, start=START, performer=performer, catalog=REGISTRY.catalog)

    def webhook(self, topic: str, body: dict[str, Any], id: str | None = None) -> list[tuple[str, str, str]]:
        """Take a delivery of Shopify's; return what was decided of it."""
        (event,) = REGISTRY.sources["shopify"](topic, json.loads(json.dumps(body)), id)
        return self.emit(event["type"], event["data"], event["id"], event["source"], event["subject"])

    def emit(
        self, type_: str, data: dict[str, Any], id: str = "e1", source: str = "test", subject: str | None = None
    ) -> list[tuple[str, str, str]]:
        """Take an event; return workflow, outcome and reason of each decision on it."""
        receipt = self.runtime.emit(type_, data, id=id, source=source, subject=subject)
        return [(each.workflow or "", str(each.outcome), each.reason or "") for each in receipt.decisions]

    def after(self, **span: float) -> None:
        """Let time pass from the start on."""
        self.runtime.advance(START + timedelta(**span))

    @property
    def mails(self) -> list[tuple[str, str]]:
        """Recipients and subjects of all mail, in order of arrival."""
        pairs = zip(self._mailbox.envelopes, self._mailbox.messages, strict=True)
        return [(", ".join(to), str(message["Subject"])) for (_, to), message in pairs]

    def text(self, number: int) -> str:
        """Return the plain text of a mail."""
        return str(self._mailbox.messages[number].get_body(("plain",)).get_content())

    def run(self) -> Any:
        """Return the one run that there is, beside those that tell people of decisions."""
        (run,) = [run for run in self.runtime.runs() if run.workflow != "approval-notice"]
        return self.runtime.run(run.id)

    def close(self) -> None:
        """Stop all of it."""
        with closing(self._loop):
            self._loop.run_until_complete(self._hands.close())
            self.runtime.close()


def own(topic: str) -> dict[str, Any]:
    """Return the example body of a topic."""
    body: dict[str, Any] = json.loads((OWN / f"shopify-{topic.replace('/', '-')}.json").read_text("utf-8"))
    return body
