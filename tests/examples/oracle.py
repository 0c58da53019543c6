"""What must become of an event, worked out from what a compiled workflow says that it reads, not by asking it."""

from __future__ import annotations

import operator
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from typing import Any

from jinja2 import nodes

from ecomflow.model import MISSING

Path = tuple[Any, ...]
_ORDER = {"gteq": operator.ge, "gt": operator.gt, "lteq": operator.le, "lt": operator.lt, "eq": operator.eq}


def look(data: Any, path: Path) -> Any:
    """Return what stands under a path, or MISSING."""
    for part in path:
        inside = part in data if isinstance(data, dict) else isinstance(data, list) and isinstance(part, int) and part < len(data)
        if not inside:
            return MISSING
        data = data[part]
    return data


def paths_of(thing: Any) -> Iterator[tuple[str, ...]]:
    """Yield every path that a part of a workflow reads, however deep it stands."""
    if isinstance(thing, Mapping):
        thing = tuple(thing.values())
    if isinstance(thing, tuple):
        for part in thing:
            yield from paths_of(part)
        return
    found = getattr(thing, "paths", None)
    if found is not None:
        yield from found
    elif is_dataclass(thing):
        yield from paths_of(tuple(getattr(thing, each.name) for each in fields(thing) if each.name != "bundle"))


def as_text(value: Any) -> str | None:
    """Return how a value pairs: a text or a number does, nothing else."""
    if isinstance(value, str):
        return value
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return format(Decimal(value).normalize(), "f")
    return None


@dataclass(frozen=True)
class Expected:
    """An outcome, and the texts of which the reason must hold one."""

    outcome: str
    named: tuple[str, ...] = ()


class Oracle:
    """Foretells what a workflow decides.

    Args:
        workflow: compiled.
        event_type: of its trigger.
    """

    def __init__(self, workflow: Any, event_type: Any) -> None:
        self.workflow, self._subject = workflow, tuple(event_type.subject.split("."))
        self._names = frozenset(event_type.schema["properties"])
        self.leaves = () if workflow.conditions is None else getattr(workflow.conditions, "parts", (workflow.conditions,))
        self._keys = [path for token in workflow.tokens for path in paths_of(token) if path[0] in self._names]
        self.exits = [[(tuple(p.field.split(".")), p.value) for p in entry.match] for entry in workflow.exit_on]
        mine = set(paths_of(workflow.conditions)) | set(paths_of(tuple(entry.match for entry in workflow.exit_on)))
        self.asked = {path for path in mine | {self._subject, *self._keys} if path[0] in self._names}
        """What decides: conditions, pairings, the subject."""
        self.reads = {path for path in paths_of(workflow) if path[0] in self._names} | self.asked
        """What is read at all, by actions and their templates, too."""

    def decides(self, data: dict[str, Any]) -> Expected:
        """Return what becomes of an event of its trigger; `restart` needs a subject first, `single` last of all."""
        nameless = as_text(look(data, self._subject)) is None
        if nameless and self.workflow.mode == "restart":
            return Expected("unknown", ("subject",))
        scope = {**data, **self.workflow.constants}
        outcomes = [(leaf, _leaf(leaf, scope)) for leaf in self.leaves]
        for wanted, outcome in ((False, "not_matched"), (None, "unknown")):
            named = [".".join(path) for leaf, found in outcomes if found is wanted for path in leaf.paths if path[0] in self._names]
            if named:
                return Expected(outcome, tuple(named))
        lacking = [".".join(path) for path in self._keys if as_text(look(data, path)) is None]
        if lacking:
            return Expected("unknown", tuple(lacking))
        return Expected("unknown", ("subject",)) if nameless and self.workflow.mode == "single" else Expected("started")

    def exits_for(self, data: dict[str, Any], mine: dict[str, Any]) -> bool:
        """Return whether an arriving event ends the run that ``mine`` started."""
        return any(all(self._pairs(data, field, value, mine) for field, value in entry) for entry in self.exits)

    @staticmethod
    def _pairs(data: dict[str, Any], field: Path, value: Any, mine: dict[str, Any]) -> bool:
        theirs = as_text(look(data, field))
        return theirs is not None and theirs == as_text(look(mine, value.paths[0]))


def _leaf(leaf: Any, scope: dict[str, Any]) -> bool | None:
    node = leaf.node
    if isinstance(node, nodes.Test):
        value = look(scope, leaf.paths[0])
        if node.name == "search":
            return re.search(node.args[0].value, value) is not None if isinstance(value, str) else None
        assert node.name == "present"
        return value is not MISSING and value is not None and not (isinstance(value, (str, list, dict)) and not _stripped(value))
    assert isinstance(node, nodes.Compare)
    left, right = _value(node.expr, scope), _value(node.ops[0].expr, scope)
    if node.ops[0].op == "eq" and left is None:
        return False
    if not (_number(left) and _number(right)):
        return None
    return bool(_ORDER[node.ops[0].op](left, right))


def _value(node: nodes.Expr, scope: dict[str, Any]) -> Any:
    if isinstance(node, nodes.Const):
        return node.value
    if isinstance(node, nodes.Filter):
        return _filtered(node, _value(node.node, scope))
    if isinstance(node, nodes.Getattr):
        return look(_value(node.node, scope), (node.attr,))
    assert isinstance(node, nodes.Name)
    return scope.get(node.name, MISSING)


def _filtered(node: nodes.Filter, value: Any) -> Any:
    assert node.name == "default"
    return node.args[0].value if value is MISSING or value is None else value


def _stripped(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _number(value: Any) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


# --- changes ---


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield every place in nested data, mappings and lists themselves included."""
    if path:
        yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*path, key))


def changed(value: Any, path: Path, new: Any) -> Any:
    """Return a copy with another value at a place; MISSING takes it out."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    inner = changed(value[path[0]], path[1:], new)
    if inner is not MISSING:
        copy[path[0]] = inner
    else:
        del copy[path[0]]
    return copy


def others(value: Any) -> list[Any]:
    """Return what may stand in a value's place: nothing, null, and values of other kinds."""
    found = [MISSING, None, "a text", 7, True, ["a text"], {"a": "mapping"}]
    return [other for other in found if type(other) is not type(value)]
