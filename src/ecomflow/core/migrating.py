"""Whether a run may go on in another version of its workflow, and the entry with which it does (R:V5).

A run may that waits for one thing, at a step with an ``id``, where that step stands at top level or inside ``if`` and
``choose`` in both versions. It goes on with what it knows, frozen: results, variables, inputs, the event. What it waits for
stays as it was asked for: the moment, the event types and the texts that they are matched with, the question and who was
asked. All else is the new version's: ``where``, what follows, ``exit_on``, and the waits that follow.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, Final

from ecomflow.core import subscribing
from ecomflow.core.asking import ApprovalLeaf
from ecomflow.core.commands import Entry, Row, Subscribe
from ecomflow.core.encoding import canonical
from ecomflow.core.entering import names_on_arrival
from ecomflow.core.journal import last_arrival
from ecomflow.core.leaves import EventLeaf, TimerLeaf
from ecomflow.core.places import plain_places, steps_after, steps_before
from ecomflow.core.scope import names_at_start
from ecomflow.errors import RefusedError
from ecomflow.model import ActionStep, ForEachStep, SetStep, WaitStep

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from ecomflow.core.leaves import Leaf
    from ecomflow.core.walk import Walk
    from ecomflow.model import Step, Workflow

    Path = tuple[str, ...]

_BROUGHT: Final = frozenset({"loop", "arriving", "error", "omit"})
"""Names that a place brings with it."""
_CHECKED: Final = frozenset({"inputs", "vars", "trigger"})
"""Names whose fields must exist, too."""
_WAITS: Final = (TimerLeaf, EventLeaf, ApprovalLeaf)
_MOVABLE: Final = "may stand only at top level, or inside `if` and `choose`"
_NO_WAIT: Final = {"retry": "an action is to be repeated", "run": "it waits for the end of a run that it has called"}


def migrated(walk: Walk, rows: Sequence[Row], workflow: Workflow, seq: int, at: datetime) -> Row:
    """Return the row with which a waiting run goes on in another version.

    Args:
        walk: where it stands.
        rows: its journal.
        workflow: the other version.
        seq: the entry's number.
        at: its time.

    Raises:
        RefusedError: it cannot; the message says why.
    """
    leaf = _wait(walk)
    old = dict(plain_places(walk.workflow.actions)).get(leaf.path)
    if old is None:
        raise RefusedError(f"it waits inside another step: a wait that moves {_MOVABLE}")
    if old.id is None:
        raise RefusedError("the step it waits at has no `id`")
    path, new = _place(workflow, old)
    kept = _frozen(walk, rows, workflow, old, leaf.path)
    names = names_on_arrival(workflow, walk.info, rows[0].entry, kept)
    _check_names(workflow, path, new, names, kept["steps"])
    _check_searches(workflow, path, new, kept["searches"])
    asked = _subscriptions(walk, workflow, rows[0].entry, kept)
    kept["came"] = _came(walk, workflow, asked)
    trail = [[path, _asked_for(walk, leaf)]]
    if workflow.exit_on or workflow.waits:
        trail.append(["subscriptions", asked])
    return Row(Entry(seq, at, "migrated", path, canonical(kept)), canonical(trail))


def _wait(walk: Walk) -> Leaf:
    pending = list(walk.pending.values())
    if len(pending) != 1:
        raise RefusedError("it waits for several things at once")
    if not isinstance(pending[0], _WAITS):
        raise RefusedError(_NO_WAIT.get(pending[0].waiting().kind, "what it waits for is no wait"))
    return pending[0]


def _place(workflow: Workflow, old: Step) -> tuple[str, Step]:
    found = next(((path, step) for path, step in plain_places(workflow.actions) if step.id == old.id), None)
    if found is None and old.id in _all_ids(workflow.actions):
        raise RefusedError(f"`{old.id}` stands inside another step now: it {_MOVABLE}")
    if found is None:
        raise RefusedError(f"there is no step `{old.id}` any more")
    if type(found[1]) is not type(old):
        raise RefusedError(f"`{old.id}` is another kind of step now")
    return found


def _all_ids(part: Any) -> set[str]:
    return {step.id for step in _steps(part) if step.id is not None}


# --- what is frozen ---


def _frozen(walk: Walk, rows: Sequence[Row], workflow: Workflow, old: Step, path: str) -> dict[str, Any]:
    names, arrived = walk.frame.scope.names, last_arrival(rows)
    before = rows[arrived].entry.data if arrived else None
    steps = {} if before is None else dict(before["steps"])
    reached = _all_ids(tuple(steps_before(walk.workflow, path)))
    if before is not None:  # what stands before the place where it arrived was never done in that version
        reached -= _all_ids(tuple(steps_before(walk.workflow, rows[arrived].entry.path))) - steps.keys()
    steps.update({name: names["steps"][name] for name in walk.workflow.ids if name in reached})
    return {
        "from": walk.workflow.version, "to": workflow.version, "step": old.id, "was": path, "inputs": names["inputs"],
        "vars": names["vars"], "first_vars": _first_vars(rows) if before is None else before["first_vars"], "steps": steps,
        "searches": _searches(walk, steps), "effects": walk.effects, "generation": walk.generation + len(walk.generations) + 1,
    }  # fmt: skip


def _searches(walk: Walk, steps: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return what the rest of each search is asked for with: parameters and mark, and whom, for no other would know the mark."""
    kept: dict[str, list[Any]] = {}
    for step in _steps(walk.workflow.actions):
        if isinstance(step, ActionStep) and step.id in walk.frame.searches.keys() & steps.keys():
            kept[step.id] = [*walk.frame.searches[step.id], step.action, step.connection][:4]
    brought = {name: search for name, search in walk.frame.searches.items() if name in steps and len(search) > 2}
    return {name: search for name, search in (kept | brought).items() if search[1] is not None}


def _first_vars(rows: Sequence[Row]) -> dict[str, Any]:
    found = (item[1] for item in rows[0].trail or () if item[0] == "vars")
    return next(found, None) or {}


def _asked_for(walk: Walk, leaf: Leaf) -> Any:
    """Return what a wait was asked for with, as the trail keeps it."""
    if isinstance(leaf, TimerLeaf):
        return leaf.due
    if isinstance(leaf, ApprovalLeaf):
        return leaf.kept()
    assert isinstance(leaf, EventLeaf)
    if leaf.sub == leaf.path:
        return [leaf.due, leaf.match, leaf.subscribes, leaf.types]
    own = walk.buffer.subs.get(leaf.sub)
    return [leaf.due, None if own is None else own.match, own is not None, leaf.types]


# --- what it subscribes to there ---


def _subscriptions(walk: Walk, workflow: Workflow, started: Entry, kept: Mapping[str, Any]) -> list[Any]:
    names = names_at_start(workflow, walk.info, started)
    names.update(inputs=kept["inputs"], vars=kept["first_vars"])
    try:
        return subscribing.ask(workflow, names)
    except Exception as error:
        raise RefusedError(f"what it would be ended or woken by there cannot be computed: {error}") from error


def _came(walk: Walk, workflow: Workflow, asked: list[Any]) -> list[Any]:
    """Return the events that came early, under the subscriptions of the new version that ask for the same."""
    same: dict[Any, list[str]] = {}
    for request in subscribing.requests(workflow, asked):
        if request.sub.startswith("wait/"):
            same.setdefault(_what(request), []).append(request.sub)
    subs = walk.buffer.subs
    found = ((seq, [new for sub in old if sub in subs for new in same.get(_what(subs[sub]), ())]) for seq, old in walk.buffer.kept())
    return [[seq, list(dict.fromkeys(new))] for seq, new in found if new]


def _what(request: Subscribe) -> Any:
    return request.types, request.match


# --- names ---


def _check_names(workflow: Workflow, path: str, wait: Step, names: Mapping[str, Any], steps: Mapping[str, Any]) -> None:
    after = tuple(steps_after(workflow, path))
    lacking = _all_ids(tuple(steps_before(workflow, path))) - steps.keys()
    set_later = {name for step in _steps(after) if isinstance(step, SetStep) for name, _ in step.values}
    for part in _paths((after, _of_wait(wait), workflow.output, workflow.exit_on)):
        name = _missing(part, names, lacking, set_later)
        if name:
            raise RefusedError(f"`{name}` is used after `{wait.id}`, and this run does not have it")


def _of_wait(wait: Step) -> Any:
    """Return what is asked of a wait after it was asked for."""
    if isinstance(wait, WaitStep):
        return wait.due if wait.due.reasked else ()
    return tuple(getattr(wait, name, None) for name in ("where", "remind", "on_timeout"))


def _missing(path: Path, names: Mapping[str, Any], lacking: set[str], set_later: set[str]) -> str:
    root, field = path[0], path[1] if len(path) > 1 else None
    if root in _BROUGHT:
        return ""
    if root not in names or root in lacking:
        return root
    if field is None:
        return ""
    if root == "steps":
        return f"steps.{field}" if field in lacking or field not in names["steps"] else ""
    if root == "vars" and field in set_later:
        return ""
    return f"{root}.{field}" if root in _CHECKED and field not in names[root] else ""


def _check_searches(workflow: Workflow, path: str, wait: Step, searches: Mapping[str, Any]) -> None:
    """Refuse where a loop names a search that was brought along, and would walk its first page alone."""
    after = tuple(steps_after(workflow, path))
    names = searches.keys() - _all_ids(after)
    for loop in _loops((after, _of_wait(wait))):
        name = loop.items.source.strip("{ }").removeprefix("steps.")
        if name in names and loop.search is None:
            raise RefusedError(f"`{name}` is no search any more, and `for_each` could not walk the pages that it has found")


def _loops(part: Any) -> Iterator[ForEachStep]:
    if isinstance(part, ForEachStep):
        yield part
    if not hasattr(part, "paths"):
        for inner in _parts(part):
            yield from _loops(inner)


def _paths(part: Any) -> Iterator[Path]:
    """Yield every constant path that steps, and all inside of them, read; not the names that loops bring."""
    if isinstance(part, ForEachStep):
        own = {part.name_of_item, *part.ids}
        yield from (path for path in _inner_paths(part) if path[0] not in own)
    elif hasattr(part, "paths"):
        yield from part.paths
    else:
        yield from _inner_paths(part)


def _inner_paths(part: Any) -> Iterator[Path]:
    for inner in _parts(part):
        yield from _paths(inner)


def _parts(part: Any) -> Iterable[Any]:
    if isinstance(part, (tuple, list)):
        return part
    return (getattr(part, each.name) for each in fields(part)) if is_dataclass(part) else ()


def _steps(part: Any) -> Iterator[Step]:
    """Yield the steps of a part and all inside of them, but not those of loops over items."""
    if hasattr(part, "guard"):
        yield part
    if not isinstance(part, ForEachStep) and not hasattr(part, "paths"):
        for inner in _parts(part):
            yield from _steps(inner)
