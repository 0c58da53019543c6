"""The names that expressions see, the frames in which steps put their results, and what a step changed in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ecomflow.core.encoding import size_of
from ecomflow.core.signals import StepFailed
from ecomflow.model import MISSING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from ecomflow.core.commands import Entry
    from ecomflow.core.scheduler import Strand
    from ecomflow.model import Event, Workflow

MAX_SCOPE = 1024 * 1024
"""Bytes of event, variables and results together."""
_MAX_EVENT = 256 * 1024


class RunInfo(NamedTuple):
    """What a run knows of itself."""

    id: str
    shop: str
    subject: str | None
    started_at: datetime
    tells: Callable[[Any], bool] | None = None
    """Whether a value tells a secret (R:V9)."""


def envelope(event: Event, data: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return an event as expressions see it; ``data`` are what they read of its own."""
    return {
        "id": event.id, "type": event.type, "source": event.source, "subject": event.subject, "time": event.time,
        "data": event.data if data is None else data,
    }  # fmt: skip


def base_scope(
    workflow: Workflow, event: Event, trigger: Mapping[str, Any], now: datetime, inputs: Mapping[str, Any] | None = None,
    *, whole: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Return the names that a workflow, an event and a caller's ``inputs`` give; ours win over fields of the same name."""
    data = event.data if whole else event.seen(workflow.reads)
    told = envelope(event, data)
    names = {**data, **workflow.constants, "event": told, "events": [told], "trigger": trigger, "now": now}
    if "events" in trigger:
        names["events"] = trigger["events"]
        names["trigger"] = {name: value for name, value in trigger.items() if name != "events"}
    if inputs:
        names["inputs"] = {**names["inputs"], **inputs}
    return names


def variables(workflow: Workflow, scope: Mapping[str, Any]) -> dict[str, Any]:
    """Evaluate ``vars`` in order, each seeing those before; one that cannot be known stays missing."""
    values: dict[str, Any] = {}
    for name, expression in workflow.vars:
        value = expression.value({**scope, "vars": values})
        if value is not MISSING:
            values = {**values, name: value}
    return values


def scope_of(
    workflow: Workflow, event: Event, trigger: Mapping[str, Any], now: datetime, inputs: Mapping[str, Any] | None = None,
    *, whole: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Return the scope in which a start is decided: no run yet, ``vars`` as of now.

    Args:
        workflow: which may start.
        event: of which the scope has no more than the workflow reads, where no more was read.
        trigger: what is told of the trigger.
        now: the time.
        inputs: a caller's.
        whole: whether others than the workflow's own texts look at it.
    """
    scope = base_scope(workflow, event, trigger, now, inputs, whole=whole)
    if workflow.vars:
        scope["vars"] = variables(workflow, scope)
    return scope


def names_at_start(workflow: Workflow, info: RunInfo, entry: Entry) -> dict[str, Any]:
    """Return what a run sees before its first step; ``vars`` are its first question."""
    names = base_scope(workflow, entry.data["event"], entry.data["trigger"], entry.at, entry.data.get("inputs"))
    events = entry.data.get("events")
    nothing = dict.fromkeys(workflow.ids)
    run: dict[str, str | datetime | None] = {
        "id": info.id, "workflow": workflow.name, "started_at": info.started_at, "subject": info.subject,
    }  # fmt: skip
    if events:
        names["events"] = [envelope(event) for event in events]
    names.update(nothing, run=run, steps=nothing, vars={})
    return names


class Span:
    """What one composite step has changed so far: of the names outside it, and of the events that came."""

    __slots__ = ("effects", "ids", "outer", "owner", "pages", "seq", "took", "vars")

    def __init__(self, outer: Span | None, owner: dict[str, Any] | None, seq: int) -> None:
        self.outer, self.owner, self.seq = outer, owner, seq
        self.vars: dict[str, Any] = {}
        self.ids: dict[str, Any] = {}
        self.pages: dict[str, Any] = {}
        self.took: list[int] = []
        self.effects = False

    def change(self) -> dict[str, Any]:
        """Return it for the journal."""
        parts = {"vars": self.vars, "ids": self.ids, "pages": self.pages, "took": self.took, "effects": self.effects}
        return {name: value for name, value in parts.items() if value}


class Scope:
    """The names of a whole run. Their values are replaced, never changed: what was handed out stays as it was."""

    __slots__ = ("_event", "_sizes", "effects", "epoch", "names")

    def __init__(self, names: dict[str, Any], event: Event) -> None:
        self.names, self.epoch, self.effects = names, 0, False
        self._event = event
        self._sizes: dict[str, int] = {}

    def weigh(self, name: str, value: Any) -> None:
        """Count the size of a value that a run keeps.

        Raises:
            StepFailed: all that the run keeps is too large.
        """
        if value is None or type(value) in (int, bool):
            self._sizes.pop(name, None)
            return
        self._sizes[name] = size_of(value)
        total = sum(self._sizes.values()) if len(self._sizes) > 1 else self._sizes[name]
        if total > MAX_SCOPE - _MAX_EVENT and total + size_of(self._event.data) > MAX_SCOPE:
            raise StepFailed("limit", f"what the run keeps has more than {MAX_SCOPE} bytes")


class Frame:
    """The names at one place of a run, and where results of steps go there.

    Args:
        scope: the run's.
        strand: the branch that the place is in.
        outer: the frame around; None for the run's own.
        own: names that are seen here alone.
        ids: results that stay here (items of a ``for_each``); None where they go to the frame around.
        looped: whether steps here may be reached again.
    """

    __slots__ = ("_cached", "_epoch", "ids", "looped", "outer", "own", "owner", "plain", "scope", "searches", "span", "strand")
    looped: bool
    plain: bool

    def __init__(
        self, scope: Scope, strand: Strand, outer: Frame | None = None, own: Mapping[str, Any] | None = None,
        ids: dict[str, Any] | None = None, *, looped: bool = False,
    ) -> None:  # fmt: skip
        self.scope, self.strand, self.outer, self.own, self.ids = scope, strand, outer, own, ids
        # Whose results they are: those of an item, or None for the run's; no frame, which would hold itself.
        self.owner: dict[str, Any] | None = ids if ids is not None or outer is None else outer.owner
        # What a search was asked, and the mark of its second page; beside the results, with which they come and go.
        self.searches: dict[str, list[Any]] = {} if ids is not None or outer is None else outer.searches
        self.looped = looped or (outer is not None and outer.looped)
        self.span: Span | None = None if outer is None else outer.span
        self.plain = own is None and (outer is None or outer.plain)
        self._cached: dict[str, Any] = scope.names
        self._epoch = -1

    def names(self) -> dict[str, Any]:
        """Return what expressions see here."""
        if self.plain or self._epoch == self.scope.epoch:
            return self._cached
        assert self.outer is not None
        names = dict(self.outer.names())
        if self.ids is not None:
            names.update(self.ids)
            names["steps"] = {**names["steps"], **self.ids}
        names.update(self.own or ())
        self._cached, self._epoch = names, self.scope.epoch
        return names

    def inside(self, **names: Any) -> Frame:
        """Return a frame with more names, whose results show outside, too."""
        return Frame(self.scope, self.strand, self, names)

    def round(self, **names: Any) -> Frame:
        """Return the frame of a round of a loop."""
        return Frame(self.scope, self.strand, self, names, looped=True)

    def branch(self, strand: Strand) -> Frame:
        """Return the frame of a branch of ``parallel``."""
        return Frame(self.scope, strand, self)

    def item(self, strand: Strand, names: Mapping[str, Any], ids: Iterable[str]) -> Frame:
        """Return the frame of an item: its results stay inside."""
        return Frame(self.scope, strand, self, names, dict.fromkeys(ids), looped=True)

    # --- what steps change ---

    def bind(self, name: str, value: Any) -> None:
        """Put a step's result under its id."""
        scope, owner = self.scope, self.owner
        if owner is None:
            scope.weigh(name, value)
            scope.names[name] = value
            scope.names["steps"] = {**scope.names["steps"], name: value}
        else:
            owner[name] = value
        scope.epoch += 1
        span = self.span
        while span is not None and span.owner is owner:
            span.ids[name] = value
            span = span.outer

    def found(self, name: str, params: Mapping[str, Any], mark: str | None) -> None:
        """Note what the search of an id was asked, and that it has a second page; None where it has none."""
        if mark is None and name not in self.searches:
            return
        search = self.searches[name] = [params, mark]
        span = self.span
        while span is not None and span.owner is self.owner:
            span.pages[name] = search
            span = span.outer

    def search(self, name: str) -> list[Any]:
        """Return what the search of an id was asked, and the mark of its second page or None; after a change of version also whom."""
        frame: Frame | None = self
        while frame is not None:
            if name in frame.searches:
                return frame.searches[name]
            frame = frame.outer
        return [None, None]

    def set(self, values: Mapping[str, Any]) -> None:
        """Change variables."""
        for name, value in values.items():
            self.scope.weigh(f"vars.{name}", value)
        self.scope.names["vars"] = {**self.scope.names["vars"], **values}
        self.scope.epoch += 1
        span = self.span
        while span is not None:
            span.vars.update(values)
            span = span.outer

    def took(self, seqs: Iterable[int]) -> None:
        """Note events that waits here have taken."""
        span = self.span
        while span is not None:
            span.took.extend(seqs)
            span = span.outer

    def touched(self) -> None:
        """Note an effect on the world."""
        self.scope.effects = True
        span = self.span
        while span is not None:
            span.effects = True
            span = span.outer

    def restore(self, change: Mapping[str, Any]) -> None:
        """Change again what a closed step changed (see ``journal``)."""
        if "vars" in change:
            self.set(change["vars"])
        for name, value in change.get("ids", {}).items():
            self.bind(name, value)
        for name, (params, mark) in change.get("pages", {}).items():
            self.found(name, params, mark)
        self.took(change.get("took", ()))
        if change.get("effects"):
            self.touched()
