"""What is fuzzed: each target takes bytes, and ends with a result, a diagnostic or an error of ours. Anything else is a find."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from ecomflow.cli.cloudevents import cloudevent
from ecomflow.core.skimming import Skim, skim_of
from ecomflow.errors import EcomflowError
from ecomflow.expressions import Env, compile_condition, compile_expression, compile_template, parse_duration
from ecomflow.jsontext import from_json
from ecomflow.language import load_project, parse_tests, read_yaml
from ecomflow.registry import Registry
from ecomflow.runtime.accept import make_event
from ecomflow.triggers.cron import CronLine

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ENV = Env("Europe/Berlin", "de")
REGISTRY = Registry.load()
SKIM = skim_of([("thing", "kind"), ("thing", "deep", "size"), ("total",)])
SCOPE: dict[str, Any] = {"x": {"a": 5, "b": "ana", "c": [1, {"a": 2}], "d": None}, "now": NOW, "event": {"time": NOW}}
_FOLDER = Path(tempfile.mkdtemp(prefix="ecomflow-fuzz-"))


def _placed(diagnostics: Any) -> None:
    for fault in diagnostics:
        assert fault.line >= 1, fault
        assert fault.column >= 1, fault
        assert fault.code, fault


def yaml(data: bytes) -> None:
    """Read a YAML text."""
    reading = read_yaml(data.decode("utf-8", "surrogateescape"), "f.yaml")
    _placed(reading.diagnostics)


def workflow(data: bytes) -> None:
    """Load a folder with one workflow."""
    folder = _FOLDER / "flow"
    folder.mkdir(exist_ok=True)
    (folder / "w.yaml").write_bytes(data)
    project = load_project(folder, REGISTRY.catalog)
    assert project.workflows or project.diagnostics
    _placed(project.diagnostics)


def project_file(data: bytes) -> None:
    """Load a folder with a project file."""
    folder = _FOLDER / "shop"
    folder.mkdir(exist_ok=True)
    (folder / "ecomflow.yaml").write_bytes(data)
    _placed(load_project(folder, REGISTRY.catalog).diagnostics)


def case_file(data: bytes) -> None:
    """Read a file of test cases."""
    path = _FOLDER / "w.test.yaml"
    path.write_bytes(data)
    _placed(parse_tests(path).diagnostics)


def expression(data: bytes) -> None:
    """Compile an expression, ask it as a value and as a condition."""
    text = data.decode("utf-8", "surrogateescape")
    with suppress(EcomflowError):
        compile_expression(text, ENV).value(SCOPE)
    with suppress(EcomflowError):
        condition = compile_condition(text, ENV)
        assert condition.test(SCOPE) in (True, False, None)
        condition.decisive(SCOPE)


def template(data: bytes) -> None:
    """Compile a template and render it."""
    with suppress(EcomflowError):
        compile_template(data.decode("utf-8", "surrogateescape"), ENV).render(SCOPE)


def duration(data: bytes) -> None:
    """Read a duration."""
    with suppress(EcomflowError):
        parse_duration(data.decode("utf-8", "surrogateescape"))


def cron(data: bytes) -> None:
    """Read a line of a schedule, and ask for its next moment."""
    with suppress(ValueError):
        assert CronLine(data.decode("utf-8", "surrogateescape")).after(NOW, ENV.tz) > NOW


def event(data: bytes) -> None:
    """Take data of an event, decoded whole and skimmed: they are the same, or none."""
    whole, skimmed = (_taken(data, each) for each in (None, lambda _: SKIM))
    assert whole == skimmed
    assert SKIM(data) is None or whole is not None


def _taken(data: bytes, skim: Callable[[str], Skim | None] | None) -> Mapping[str, object] | None:
    try:
        return make_event("thing.happened", data, id_="1", source="s", now=NOW, skim=skim)[0].data
    except EcomflowError:
        return None


def cloud(data: bytes) -> None:
    """Read a CloudEvent, and take it as an event."""
    try:
        made = cloudevent(from_json(data))
    except (ValueError, click.BadParameter):
        return
    with suppress(EcomflowError):
        make_event(made["type"], made["data"], id_=made["id"], source=made["source"], now=NOW, subject=made["subject"], time=made["time"])


def shopify(data: bytes) -> None:
    """Map a body of a webhook, and take what it becomes as an event."""
    try:
        body = from_json(data)
    except ValueError:
        return
    for topic in ("orders/create", "checkouts/update", "products/update", "refunds/create", "returns/request", "variants/in_stock"):
        for made in REGISTRY.sources["shopify"](topic, body, None):
            with suppress(EcomflowError):
                make_event(made["type"], made["data"], id_=made["id"], source=made["source"], now=NOW, subject=made["subject"], time=made["time"])


TARGETS: dict[str, Callable[[bytes], None]] = {
    each.__name__: each for each in (yaml, workflow, project_file, case_file, expression, template, duration, cron, event, cloud, shopify)
}
