"""From an event to the workflows it may start, so that an event costs what it matches and not what exists (R:X6)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ecomflow.model import MISSING, Mode, type_fits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ecomflow.model import IndexKey, Trigger, Workflow

Candidate = tuple["Workflow", "Trigger"]
_NUMBER, _TEXT, _BOOL, _NULL, _OTHER = "number", "text", "bool", "null", "other"
_KINDS = {int: _NUMBER, Decimal: _NUMBER, str: _TEXT, bool: _BOOL, type(None): _NULL}


def look_up(data: Mapping[str, Any], path: Iterable[str]) -> Any:
    """Return what stands under ``path`` in ``data``, or MISSING."""
    value: Any = data
    for name in path:
        if type(value) is not dict or name not in value:
            return MISSING
        value = value[name]
    return value


class _Field:
    """The workflows of one event type that ask one path for constants."""

    def __init__(self, path: tuple[str, ...]) -> None:
        self.path = path
        self.ranks: list[int] = []
        self.exact: dict[tuple[str, Any], list[int]] = {}
        self.of_kind: dict[str, set[int]] = {}

    def add(self, rank: int, key: IndexKey) -> None:
        self.ranks.append(rank)
        for value in key.values:
            kind = _KINDS[type(value)]
            self.exact.setdefault((kind, value), []).append(rank)
            self.of_kind.setdefault(kind, set()).add(rank)

    def pick(self, data: Mapping[str, Any]) -> Iterable[int]:
        """Return the ranks that may be something else than not matched."""
        value = look_up(data, self.path)
        kind = _KINDS.get(type(value), _OTHER)
        if kind is _OTHER:  # missing or no scalar: every comparison is unknown
            return self.ranks
        found = self.exact.get((kind, value), ())
        if kind is _NULL or (len(self.of_kind) == 1 and kind in self.of_kind):
            return found
        # A comparison across kinds is unknown, so those that name a constant of another kind are asked.
        others = {rank for other, ranks in self.of_kind.items() if other not in (kind, _NULL) for rank in ranks}
        return others.union(found)


class _Bucket:
    """The workflows that one event type concerns, in the order in which they start (R:E5)."""

    def __init__(self, candidates: list[Candidate]) -> None:
        self.candidates = candidates
        self.always: list[int] = []
        self.fields: dict[tuple[str, ...], _Field] = {}
        for rank, (workflow, _) in enumerate(candidates):
            key = _best_key(workflow)
            if key is None:
                self.always.append(rank)
            else:
                self.fields.setdefault(key.path, _Field(key.path)).add(rank, key)

    def pick(self, data: Mapping[str, Any]) -> list[Candidate]:
        if not self.fields:
            return self.candidates
        ranks = set(self.always)
        for field in self.fields.values():
            ranks.update(field.pick(data))
        return [self.candidates[rank] for rank in sorted(ranks)]


def _best_key(workflow: Workflow) -> IndexKey | None:
    # restart is asked even where its conditions are false (R:S3), and so is what starts a failed run.
    if workflow.mode is Mode.RESTART:
        return None
    usable = [k for k in workflow.index if k.values and all(type(v) in _KINDS for v in k.values)]
    return min(usable, key=lambda k: len(k.values), default=None)


class WorkflowIndex:
    """The enabled workflows of a project, by what their triggers and conditions ask.

    Args:
        workflows: the current versions.
        use_keys: whether conditions take part; False asks every workflow of the type, with the same outcomes.
    """

    def __init__(self, workflows: Iterable[Workflow], *, use_keys: bool = True) -> None:
        self._use_keys = use_keys
        self._workflows = sorted((w for w in workflows if w.enabled), key=lambda w: (-w.priority, w.name))
        self._keys = {w.name: key for w in self._workflows if (key := _best_key(w)) is not None}
        self._buckets: dict[str, _Bucket] = {}
        self._exact: dict[str, list[int]] = {}
        self._patterns: list[int] = []
        for place, workflow in enumerate(self._workflows):
            self._note(place, workflow)

    def _note(self, place: int, workflow: Workflow) -> None:
        for type_ in {pattern for trigger in workflow.triggers if trigger.watch is None for pattern in trigger.types}:
            if type_.endswith(".*"):
                self._patterns.append(place)
            else:
                self._exact.setdefault(type_, []).append(place)

    def candidates(self, type_: str, data: Mapping[str, Any]) -> list[Candidate]:
        """Return the workflows that the event may start, by priority, then name, each with its trigger.

        Args:
            type_: the event's type.
            data: the event's data.
        """
        bucket = self._buckets.get(type_)
        if bucket is None:
            bucket = self._buckets[type_] = _Bucket(self.listening(type_))
        return bucket.pick(data) if self._use_keys else bucket.candidates

    def missing(self, name: str, data: Mapping[str, Any]) -> str | None:
        """Return the path by which a workflow is found, where the data do not have it.

        Args:
            name: the workflow.
            data: the event's data.
        """
        key = self._keys.get(name)
        return ".".join(key.path) if key is not None and look_up(data, key.path) is MISSING else None

    def listening(self, type_: str) -> list[Candidate]:
        """Return all workflows that listen to a type, each with the first of its triggers that does."""
        places = sorted({*self._exact.get(type_, ()), *self._patterns})
        return [(w, t) for place in places if (t := _trigger_for(w := self._workflows[place], type_)) is not None]


def _trigger_for(workflow: Workflow, type_: str) -> Trigger | None:
    for trigger in workflow.triggers:
        if trigger.watch is None and any(type_fits(pattern, type_) for pattern in trigger.types):
            return trigger
    return None
