"""A small shop: what is installed, and a folder to write files into."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ecomflow.language import Project, load_project
from ecomflow.model import ActionSpec, Catalog, ConnectionSpec, Diagnostic, Effect, EventType, Workflow
from ecomflow.registry import Registry

TEXT: dict[str, Any] = {"type": "string"}
NUMBER: dict[str, Any] = {"type": "number"}
TAGS: dict[str, Any] = {"type": "array", "items": TEXT}


def fields(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


LINES = {"type": "array", "items": fields(sku=TEXT, quantity=NUMBER)}
CUSTOMER = fields(id=TEXT, email=TEXT, tags=TAGS, accepts_marketing={"type": "boolean"})
ORDER = fields(id=TEXT, checkout_id=TEXT, email={"type": ["string", "null"]}, total=NUMBER, created_at={"type": "string", "format": "date-time"}, lines=LINES)
EVENT_TYPES = {
    "order.created": EventType("order.created", fields(order=ORDER, customer=CUSTOMER), "order.id"),
    "order.paid": EventType("order.paid", fields(order={"$ref": "#/$defs/order"}) | {"$defs": {"order": fields(id=TEXT, paid_at=TEXT)}}, "order.id"),
    "checkout.updated": EventType("checkout.updated", fields(checkout=fields(id=TEXT, email=TEXT, total=NUMBER)), "checkout.id"),
}
MAIL = {
    "type": "object",
    "required": ["to"],
    "additionalProperties": False,
    "properties": {
        "to": TEXT,
        "subject": TEXT,
        "text": TEXT,
        "purpose": {"enum": ["marketing", "service"]},
        "template": {"type": "string", "x-ecomflow": "template"},
        "data": {"type": "object", "x-ecomflow": "template-data"},
        "locale": TEXT,
        "keep": {"type": "string", "x-ecomflow": "duration"},
        "copies": {"type": "integer", "minimum": 1},
    },
}
NOTE = fields(
    note={"type": ["string", "null"]}, tags={"type": ["array", "null"], "items": TEXT}, to={"type": ["string", "array"], "items": TEXT},
    either={"type": ["string", "number"]}, count={"type": "integer"}, any={},
    headers={"type": ["object", "null"], "additionalProperties": TEXT}, rows={"type": "array", "items": {"type": ["string", "object"]}},
)  # fmt: skip
ANYTHING = {"type": "object"}
ACTIONS = {
    "log.write": ActionSpec("log.write", Effect.WRITES, params={**fields(message=TEXT), "required": ["message"], "additionalProperties": False}),
    "email.send": ActionSpec("email.send", Effect.SENDS, params=MAIL, connections=("smtp", "postmark")),
    "customer.get": ActionSpec("customer.get", Effect.READS, params=ANYTHING, result=CUSTOMER, connections=("postmark", "local")),
    "customer.search": ActionSpec("customer.search", Effect.READS, params=ANYTHING, result={"type": "array", "items": CUSTOMER}, pages=True),
    "ticket.get": ActionSpec("ticket.get", Effect.READS, params=ANYTHING, connections=("zendesk", "local")),
    "probe.note": ActionSpec("probe.note", Effect.READS, params=NOTE),
    "probe.read": ActionSpec("probe.read", Effect.READS, params=ANYTHING),
    "probe.charge": ActionSpec("probe.charge", Effect.CHARGES, params=ANYTHING),
}
SMTP = {"type": "object", "properties": {"host": TEXT, "port": {"type": "integer"}, "password": TEXT}, "required": ["host"], "additionalProperties": False}
CATALOG = Catalog(ACTIONS, EVENT_TYPES, {"smtp": ConnectionSpec("smtp", SMTP), "postmark": ConnectionSpec("postmark", ANYTHING)}, triggers=Registry.load().triggers)

class Shop:
    """A project's folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def load(self, workflow: str | None = None, project: str = "shop: acme\n") -> Project:
        self.write("ecomflow.yaml", project)
        if workflow is not None:
            self.write("workflows/w.yaml", workflow)
        return load_project(self.root, CATALOG)

    def workflow(self, text: str, project: str = "shop: acme\n") -> Workflow:
        """Return the one workflow of a text without a fault."""
        loaded = self.load(text, project)
        assert errors(loaded) == []
        (found,) = loaded.workflows.values()
        return found

    def faults(self, text: str, project: str = "shop: acme\n") -> list[Diagnostic]:
        """Return the errors of a workflow's text, which must not load."""
        loaded = self.load(text, project)
        assert loaded.workflows == {}
        return errors(loaded)

    def fault(self, text: str, project: str = "shop: acme\n") -> Diagnostic:
        """Return the one error of a workflow's text."""
        found = self.faults(text, project)
        assert len(found) == 1, found
        return found[0]


def errors(project: Project) -> list[Diagnostic]:
    return [fault for fault in project.diagnostics if fault.severity == "error"]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)
