"""From an event to the workflows it may start, so that an event costs what it matches and not what exists (R:X6)."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from ecomflow.core.skimming import Skim, skim_of
from ecomflow.matching.groups import Candidate, Questions, group_of
from ecomflow.matching.tables import NULL, kind_of, look_up
from ecomflow.model import MISSING, Conjunct, IndexKey, Mode, type_fits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ecomflow.matching.groups import Answers, Few, Many, Member
    from ecomflow.model import Trigger, Workflow

Listener = tuple["Workflow", "Trigger"]
"""A workflow, and the first of its triggers that listens."""

_ALL_SKIPPED: Final = skim_of(())
_MOST: Final = 32
"""Paths up to which an event is also read for runs that it may start."""

_ASK: Final = (Conjunct("", None),)
"""Of a workflow that is asked whatever its conditions."""


class _Field:
    """The workflows of one event type that are found by the value of one path.

    Args:
        path: where the value stands.
        questions: those of the index.
    """

    def __init__(self, path: tuple[str, ...], questions: Questions) -> None:
        self.path, self._questions = path, questions
        self._members: list[Member] = []
        self._groups: dict[str, dict[Any, list[Member]]] = {}

    def add(self, candidate: Candidate, key: IndexKey, conjuncts: Sequence[Conjunct]) -> None:
        """Add a workflow under the values of one of its conjuncts."""
        self._members.append((candidate, conjuncts))
        rest = [each for each in conjuncts if each.form is not key]
        for value in dict.fromkeys(key.values):
            self._groups.setdefault(kind_of(value), {}).setdefault(value, []).append((candidate, rest))

    @cached_property
    def _by_value(self) -> dict[str, dict[Any, Few | Many]]:
        made = {kind: {value: group_of(those, self._questions) for value, those in groups.items()} for kind, groups in self._groups.items()}
        self._groups.clear()
        return made

    @cached_property
    def _whole(self) -> Few | Many:
        """All of them, each asked for its key too: needed only for a value of another kind than some constants."""
        return group_of(self._members, self._questions)

    def find(self, data: Mapping[str, Any], answers: Answers) -> Sequence[Candidate]:
        """Return the workflows that may match, in the order of their ranks."""
        value, by_value = look_up(data, self.path), self._by_value
        kind = kind_of(value)
        if kind in by_value and len(by_value) == 1:
            group = by_value[kind].get(value)
            return () if group is None else group.find(data, answers)
        return () if kind is NULL else self._whole.find(data, answers)  # null equals no constant


class _Bucket:
    """The workflows that one event type concerns, in the order in which they start (R:E5)."""

    def __init__(self, listening: Sequence[Listener]) -> None:
        self.listening = listening
        self.all = [Candidate(rank, workflow.name, workflow, trigger) for rank, (workflow, trigger) in enumerate(listening)]
        rarity = Counter(place for workflow, _ in listening for key in _keys(workflow) for place in _places(key))
        questions, fields = Questions(), dict[tuple[str, ...], _Field]()
        others: list[Member] = []
        for each in self.all:
            workflow = each.workflow
            key = min(_keys(workflow), key=lambda key: sum(rarity[place] for place in _places(key)), default=None)
            if key is None:
                others.append((each, _conjuncts(workflow)))
            else:
                fields.setdefault(key.path, _Field(key.path, questions)).add(each, key, workflow.index)
        self._finders: list[_Field | Few | Many] = [*fields.values()]
        if others:
            self._finders.append(group_of(others, questions))

    @cached_property
    def skim(self) -> Skim | None:
        """What reads all that is asked of an event, and what runs read of it; None where it is known to be needed whole."""
        asked = {workflow.name: [each.paths for each in _conjuncts(workflow) if each.test is not None] for workflow, _ in self.listening}
        paths = {path for those in asked.values() for paths in those for path in paths}
        inside = {path[:at] for path in paths for at in range(1, len(path))}
        for workflow, _ in self.listening:
            # What starts nothing pays for this, too: what is known to be large is left to the runs that want it.
            if workflow.reads is not None and workflow.reads.isdisjoint(inside) and len(workflow.reads | paths) <= _MOST:
                paths |= workflow.reads
        # A workflow that is found whatever the data say asks for what it reads.
        fine = all(asked[workflow.name] or (workflow.reads is not None and workflow.reads <= paths) for workflow, _ in self.listening)
        return skim_of(paths) if fine else None

    def find(self, data: Mapping[str, Any]) -> Sequence[Candidate]:
        """Return the candidates of an event, by index."""
        answers: Answers = {}
        if len(self._finders) == 1:
            return self._finders[0].find(data, answers)
        found = [part for finder in self._finders if (part := finder.find(data, answers))]
        return found[0] if len(found) == 1 else sorted(each for part in found for each in part)


def _conjuncts(workflow: Workflow) -> Sequence[Conjunct]:
    # restart is asked even where its conditions are false (R:S3).
    return _ASK if workflow.mode is Mode.RESTART else workflow.index


def _keys(workflow: Workflow) -> list[IndexKey]:
    return [each.form for each in _conjuncts(workflow) if isinstance(each.form, IndexKey)]


def _places(key: IndexKey) -> list[tuple[Any, ...]]:
    return [(key.path, kind_of(value), value) for value in key.values]


class WorkflowIndex:
    """The enabled workflows of a project, by what their triggers and conditions ask.

    Args:
        workflows: the current versions.
        use_keys: whether conditions take part; False asks every workflow of the type, with the same outcomes.
    """

    def __init__(self, workflows: Iterable[Workflow], *, use_keys: bool = True) -> None:
        self._use_keys = use_keys
        self._workflows = sorted((w for w in workflows if w.enabled), key=lambda w: (-w.priority, w.name))
        keys = {w.name: _keys(w) for w in self._workflows}
        self._found_by = {name: min(found, key=lambda key: len(key.values)).path for name, found in keys.items() if found}
        self._places: dict[str, list[int]] = {}
        for place, workflow in enumerate(self._workflows):
            for type_ in {pattern for trigger in workflow.triggers if trigger.watch is None for pattern in trigger.types}:
                self._places.setdefault(type_, []).append(place)
        self._has_patterns = any(pattern.endswith(".*") for pattern in self._places)
        self._buckets: dict[tuple[str, ...], _Bucket] = {}
        self._by_type: dict[str, _Bucket] = {}

    def candidates(self, type_: str, data: Mapping[str, Any]) -> Sequence[Candidate]:
        """Return the workflows that the event may start, by priority, then name.

        Args:
            type_: the event's type.
            data: the event's data.
        """
        bucket = self._by_type.get(type_) or self._bucket(type_)
        if bucket is None:
            return ()
        return bucket.find(data) if self._use_keys else bucket.all

    def skim(self, type_: str) -> Skim | None:
        """Return what reads of an event's JSON all that decides about its candidates, and what their runs read where that is little; None where all of it is wanted.

        Args:
            type_: the event's type.
        """
        bucket = self._by_type.get(type_) or self._bucket(type_)
        if bucket is None:
            return _ALL_SKIPPED
        return bucket.skim if self._use_keys else None

    def missing(self, name: str, data: Mapping[str, Any]) -> str | None:
        """Return the path by which a workflow is found, where the data do not have it.

        Args:
            name: the workflow.
            data: the event's data.
        """
        path = self._found_by.get(name)
        return ".".join(path) if path is not None and look_up(data, path) is MISSING else None

    def listening(self, type_: str) -> Sequence[Listener]:
        """Return all workflows that listen to a type, each with the first of its triggers that does."""
        bucket = self._bucket(type_)
        return () if bucket is None else bucket.listening

    def _bucket(self, type_: str) -> _Bucket | None:
        if not self._has_patterns and type_ not in self._places:
            return None
        # By what names the type, not by the type itself: of types there is no end.
        patterns = [f"{type_[:at]}.*" for at, letter in enumerate(type_[:-1]) if letter == "."] if self._has_patterns else []
        asked = tuple(pattern for pattern in (type_, *patterns) if pattern in self._places)
        if asked and asked not in self._buckets:
            places = sorted({place for pattern in asked for place in self._places[pattern]})
            self._buckets[asked] = _Bucket([(w, _trigger_for(w, type_)) for place in places for w in (self._workflows[place],)])
        if type_ in self._places:
            self._by_type[type_] = self._buckets[asked]
        return self._buckets.get(asked)


def _trigger_for(workflow: Workflow, type_: str) -> Trigger:
    return next(each for each in workflow.triggers if each.watch is None and any(type_fits(pattern, type_) for pattern in each.types))
