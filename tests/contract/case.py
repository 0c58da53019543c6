"""Cases of the contract, read so that what they say of a workflow reaches its file as it was written."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from ecomflow.testing.expectations import parse_expectations
from ecomflow.testing.scenario import DEFAULT_START, moment, parse_given

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from ecomflow.testing.expectations import Expectation
    from ecomflow.testing.scenario import Given

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Files:
    """The project's files: name and text of each workflow, the text of the project file, what the environment holds."""

    workflows: Mapping[str, str] = field(default_factory=dict)
    project: str = "shop: contract\n"
    secrets: Mapping[str, str] = field(default_factory=dict)

    def changed(self, body: Callable[[Files], Mapping[str, Any]]) -> Files:
        """Return the files after a ``deploy`` or ``edit`` entry."""
        return replace(self, **body(self))


@dataclass(frozen=True)
class Case:
    """One case. Changes of files within it are functions of the files before."""

    file: str
    name: str
    rules: tuple[str, ...]
    files: Files
    answers: Mapping[str, Any]
    start: datetime
    given: tuple[Given, ...]
    expect: tuple[Expectation, ...]

    def __str__(self) -> str:
        return f"{self.file.removesuffix('.yaml')}: {self.name}"


class _Values(yaml.SafeLoader):
    """Values of data and expectations: decimals from their text, moments left as text."""


_Values.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class _Nodes(yaml.CSafeLoader):
    """The same nodes, parsed in C."""


_Nodes.yaml_implicit_resolvers = _Values.yaml_implicit_resolvers
_Values.add_constructor("tag:yaml.org,2002:float", lambda loader, node: Decimal(loader.construct_scalar(node)))


def folders() -> list[Path]:
    """Return the folders whose cases are run."""
    named = os.environ.get("ECOMFLOW_CONTRACT")
    return [Path(named)] if named else [HERE / "cases", HERE / "own"]


def all_cases() -> list[Case]:
    """Return every case of every file."""
    return [case for folder in folders() for path in sorted(folder.glob("*.yaml")) for case in read(path.name, path.read_text("utf-8"))]


@cache
def read(file: str, text: str) -> tuple[Case, ...]:
    """Return the cases of one file; several modules ask for the same ones."""
    return tuple(_cases(file, text))


def _cases(file: str, text: str) -> Iterator[Case]:
    document = _keys(yaml.compose(text, _Nodes))
    for node in document["cases"].value:
        yield _case(file, _keys(node))


def _case(file: str, keys: Mapping[str, yaml.Node]) -> Case:
    workflows = _workflows(keys["workflows"])
    files = Files(workflows, *_project(keys.get("project")))
    given = keys.get("given")
    return Case(
        file=file,
        name=_value(keys["name"]),
        rules=tuple(_value(keys["rule"])),
        files=files,
        answers=_value(keys["answers"]) if "answers" in keys else {},
        start=moment(_value(keys["start"])) if "start" in keys else DEFAULT_START,
        given=tuple(_given(node) for node in given.value) if given else (),
        expect=parse_expectations(_value(keys["expect"])),
    )


def _given(node: yaml.Node) -> Given:
    keys = _keys(node)
    (entry,) = parse_given([{key: None if key in {"deploy", "edit"} else _value(part) for key, part in keys.items()}])
    if entry.kind in {"deploy", "edit"}:
        return replace(entry, body=_change(keys[entry.kind]))
    return entry


def _change(node: yaml.Node) -> Any:
    """Return what a deploy or edit makes of the files: a list replaces by name, a mapping is the whole folder."""
    if isinstance(node, yaml.SequenceNode):
        return lambda files: {"workflows": {**files.workflows, **_workflows(node)}}
    keys, after = _keys(node), {}
    if "workflows" in keys:
        after["workflows"] = _workflows(keys["workflows"])
    if "project" in keys:
        after["project"], after["secrets"] = _project(keys["project"])
    return lambda _files: after


def _workflows(node: yaml.Node) -> dict[str, str]:
    """Return the text of each workflow: serialised from its nodes, so that quotes and numbers stay as written."""
    return {_value(_keys(item)["name"]): yaml.serialize(item, allow_unicode=True, width=10_000) for item in node.value}


def _project(node: yaml.Node | None) -> tuple[str, dict[str, str]]:
    """Return the text of ecomflow.yaml, and the secrets, which stand for the environment."""
    pairs = [pair for pair in node.value if pair[0].value != "secrets"] if node else []
    text = yaml.serialize(yaml.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=False), width=10_000) if pairs else ""
    return "shop: contract\n" + text, _value(_keys(node).get("secrets")) or {} if node else {}


def _keys(node: yaml.Node) -> dict[str, yaml.Node]:
    return {key.value: value for key, value in node.value}


def _value(node: yaml.Node | None) -> Any:
    if node is None:
        return None
    loader = _Values("")
    try:
        return loader.construct_document(node)
    finally:
        loader.dispose()
