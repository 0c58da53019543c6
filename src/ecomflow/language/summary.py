"""What the index and the checks across files ask of a workflow, as plain data; the rest is compiled when it is first asked for.

Closures cannot be written down, so a workflow that was found to be without fault is kept as a summary and its text. What
compiles it later gets all that decided the first time, and so gives the same.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any, Final

from msgspec import Struct

from ecomflow.expressions import Question
from ecomflow.language.bundle import from_plain, to_plain
from ecomflow.model import Awaited, Conjunct, IndexKey, IndexRange, Limit, Mode, Trigger, Workflow

_IN: Final = "in"
Plain = str | int | bool | None | tuple[str, ...]
Compile = Callable[[], Workflow]


class Leaf(Struct, frozen=True, array_like=True, gc=False):
    """A conjunct that is one leaf.

    Attributes:
        source: its text; ``positive`` is false under ``not``.
        of_data: whether it can be asked of the data alone.
        op: ``in`` for an index key, or how an index range compares; empty where there is no form.
        values: the key's, or the range's bound alone.
    """

    source: str
    positive: bool
    of_data: bool
    op: str = ""
    path: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()


class Summary(Struct, frozen=True, array_like=True, gc=False):
    """A workflow without what is compiled.

    Attributes:
        own: the fields that are plain and not what they are by default.
        later: the fields that are neither plain nor told below.
        triggers: the fields of each trigger that are not by default; None where they are among ``later``.
        index: the conjuncts; None where they are among ``later``.
        awaited: what runs wait for since their start.
        limits: what limits starts and steps.
        reads: paths of an event's data that it reads; None for any.
    """

    own: dict[str, Plain]
    later: tuple[str, ...]
    triggers: tuple[dict[str, Plain], ...] | None
    index: tuple[Leaf, ...] | None
    awaited: tuple[Awaited, ...]
    limits: tuple[Limit, ...]
    reads: tuple[tuple[str, ...], ...] | None


def _defaults(kind: type) -> dict[str, Any]:
    fields = dataclasses.fields(kind)
    made = {each.name: each.default_factory() for each in fields if each.default_factory is not dataclasses.MISSING}
    return {each.name: made.get(each.name, each.default) for each in fields}


_WORKFLOW: Final = _defaults(Workflow)
_TRIGGER: Final = _defaults(Trigger)


def summary_of(workflow: Workflow) -> Summary:
    """Return the summary of a workflow.

    Args:
        workflow: one that was compiled.
    """
    own, later = _parted(workflow, _WORKFLOW)
    if "mode" in later:
        later.remove("mode")
        own["mode"] = str(workflow.mode)
    triggers, index = _triggers(workflow), _index(workflow)
    reads = None if workflow.reads is None else tuple(sorted(workflow.reads))
    told = {name for name, found in (("triggers", triggers), ("index", index), ("reads", reads)) if found is not None}
    return Summary(own, tuple(name for name in later if name not in told), triggers, index, workflow.awaited, workflow.limits, reads)


def _parted(thing: Any, defaults: Mapping[str, Any]) -> tuple[dict[str, Plain], list[str]]:
    """Return the plain fields, and the names of those that are not; what is by default is in neither."""
    own: dict[str, Plain] = {}
    later = []
    for name, default in defaults.items():
        value = getattr(thing, name)
        if value == default:
            continue
        if value is None or type(value) in (str, int, bool) or (type(value) is tuple and all(type(each) is str for each in value)):
            own[name] = value
        else:
            later.append(name)
    return own, later


def _triggers(workflow: Workflow) -> tuple[dict[str, Plain], ...] | None:
    parted = [_parted(each, _TRIGGER) for each in workflow.triggers]
    return None if any(later for _, later in parted) else tuple(own for own, _ in parted)


def _index(workflow: Workflow) -> tuple[Leaf, ...] | None:
    found = [_leaf(each) for each in workflow.index if isinstance(each.key, Question)]
    return tuple(found) if len(found) == len(workflow.index) else None


def _leaf(conjunct: Conjunct) -> Leaf:
    key, form = conjunct.key, conjunct.form
    assert isinstance(key, Question)
    asked = (key.source, key.positive, conjunct.test is not None)
    if isinstance(form, IndexKey):
        return Leaf(*asked, _IN, form.path, tuple(map(to_plain, form.values)))
    return Leaf(*asked) if form is None else Leaf(*asked, form.op, form.path, (to_plain(form.bound),))


# --- and back


def workflow_of(summary: Summary, compile: Compile, filters: object) -> Workflow:
    """Return the workflow of a summary.

    Args:
        summary: as :func:`summary_of` gave it.
        compile: gives the whole workflow; called once, when a part of it is asked for that the summary does not have.
        filters: those that it is compiled with.
    """
    whole = _Whole(compile)
    made = object.__new__(_Later)
    put = object.__setattr__
    for name, value in (_WORKFLOW | summary.own).items():
        if name not in summary.later:
            put(made, name, value)
    put(made, "mode", Mode(str(summary.own.get("mode", Mode.PARALLEL))))
    if summary.triggers is not None:
        put(made, "triggers", tuple(Trigger(**each) for each in summary.triggers))  # type: ignore[arg-type] # as they were told
    if summary.index is not None:
        put(made, "index", tuple(_conjunct(each, place, made, whole, id(filters)) for place, each in enumerate(summary.index)))
    if summary.reads is not None:
        put(made, "reads", frozenset(summary.reads))
    put(made, "_summary", summary)
    put(made, "_whole", whole)
    return made


def _conjunct(leaf: Leaf, place: int, workflow: Workflow, whole: Compile, filters: int) -> Conjunct:
    question = Question(leaf.source, leaf.positive, workflow.timezone, workflow.locale, filters)
    return Conjunct(question, _asking(whole, place) if leaf.of_data else None, _form(leaf))


class _Later(Workflow):
    """A workflow of which parts are compiled when they are asked for; a copy of it is a whole one."""

    __slots__ = ("_summary", "_whole")

    def __new__(cls, **fields: Any) -> Workflow:  # type: ignore[misc] # what `replace` makes
        return Workflow(**fields)

    def __getattr__(self, name: str) -> Any:  # asked only for what is not there
        if name not in _WORKFLOW:
            raise AttributeError(name)
        whole = self._whole()
        for each in self._summary.later:
            object.__setattr__(self, each, getattr(whole, each))
        return getattr(whole, name)

    def __reduce__(self) -> str | tuple[Any, ...]:
        whole: str | tuple[Any, ...] = self._whole().__reduce_ex__(4)
        return whole

    @property
    def awaited(self) -> tuple[Awaited, ...]:
        """What its runs wait for since their start."""
        awaited: tuple[Awaited, ...] = self._summary.awaited
        return awaited

    @property
    def limits(self) -> tuple[Limit, ...]:
        """What limits its starts and its steps."""
        limits: tuple[Limit, ...] = self._summary.limits
        return limits


class _Whole:
    """Compiles a workflow once."""

    __slots__ = ("_compile", "_found", "_lock")

    def __init__(self, compile: Compile) -> None:
        self._compile: Compile | None = compile
        self._found: Workflow | None = None
        self._lock = Lock()

    def __call__(self) -> Workflow:
        with self._lock:
            if self._compile is not None:
                # On a stack of its own: how deep an expression may nest depends on the room that is left on the stack, and where
                # somebody asks there may be less of it than there was at the loading.
                with ThreadPoolExecutor(1) as own:
                    self._found, self._compile = own.submit(self._compile).result(), None
            assert self._found is not None
            return self._found


def _asking(whole: Compile, place: int) -> Callable[[Mapping[str, Any]], bool | None]:
    test: Callable[[Mapping[str, Any]], bool | None] | None = None

    def ask(data: Mapping[str, Any]) -> bool | None:
        nonlocal test
        if test is None:
            test = whole().index[place].test
            assert test is not None
        return test(data)

    return ask


def _form(leaf: Leaf) -> IndexKey | IndexRange | None:
    if not leaf.op:
        return None
    values = tuple(map(from_plain, leaf.values))
    return IndexKey(leaf.path, values) if leaf.op == _IN else IndexRange(leaf.path, leaf.op, values[0])
