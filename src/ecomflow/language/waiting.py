"""The steps that wait: for a time, an event, a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ecomflow.errors import ExpressionError, MissingExtraError
from ecomflow.expressions import parse_calendar, window_due
from ecomflow.language.conditions import condition
from ecomflow.language.draft import NO_DUE
from ecomflow.language.fitting import fits
from ecomflow.language.grammar import APPROVAL, WAIT, WAIT_FOR
from ecomflow.language.loops import EMITS, Lead
from ecomflow.language.nearest import nearest
from ecomflow.language.pairing import event_types, pairings
from ecomflow.model import APPROVAL_EVENTS, AskApprovalStep, WaitForStep, WaitStep

if TYPE_CHECKING:
    from ecomflow.language.draft import Draft
    from ecomflow.language.names import Names
    from ecomflow.language.node import Node
    from ecomflow.language.place import Builder, Place
    from ecomflow.model import Due, Step

SINCE_STEP: Final = "write `since: step`: then only events count that come after this step was reached"


def wait(builder: Builder, node: Node, names: Names, _: Place, common: dict[str, Any]) -> Step:
    """Return a step that waits for a time."""
    written = node.get("wait")
    assert written is not None
    return WaitStep(**common, due=_due(builder.draft, written, names))


def _due(draft: Draft, node: Node, names: Names) -> Due:
    if not isinstance(node.value, dict):
        return draft.due(node, names) or NO_DUE
    if not fits(node, WAIT, "`wait`"):
        return NO_DUE
    window = node.get("until_window")
    if (window is None) is (node.get("until") is None):
        node.fault("EF110", "`wait` has either `until` or `until_window`")
        return NO_DUE
    return _window(draft, window) if window is not None else draft.until(node.get("until"), names) or NO_DUE


def _window(draft: Draft, node: Node) -> Due:
    name, calendars = str(node.value), draft.around.calendars
    if name not in calendars:
        node.fault("EF122", f"unknown calendar `{name}`", nearest(name, calendars) or "define it under `calendars` in the project file")
        return NO_DUE
    draft.uses.calendars.add(name)
    try:
        return window_due(parse_calendar(calendars[name], draft.around.timezone))
    except (ExpressionError, MissingExtraError) as error:
        node.fault("EF122", f"calendar `{name}`: {error}")
        return NO_DUE


def wait_for(builder: Builder, node: Node, names: Names, place: Place, common: dict[str, Any]) -> Step:
    """Return a step that waits for an event."""
    draft, inner = builder.draft, node.get("wait_for")
    assert inner is not None
    if not fits(inner, WAIT_FOR, "`wait_for`"):
        return WaitForStep(**common, types=(), match=None)
    if inner.get("timeout") is not None and inner.get("until") is not None:
        inner.key_fault("until", "EF110", "`wait_for` has either `timeout` or `until`")
    types = event_types(draft, inner.get("event"))
    since_start = inner.value.get("since", "start") == "start"
    step = WaitForStep(
        **common,
        types=types,
        match=pairings(draft, inner, names, types, at_start=SINCE_STEP if since_start else ""),
        where=condition(draft, inner.get("where"), names.adding(arriving=draft.around.events.shape(types))),
        due=draft.due(inner.get("timeout"), names) or draft.until(inner.get("until"), names),
        since_start=since_start,
        lookback=draft.seconds(inner.get("lookback"), draft.around.lookback),
        repeats=place.repeats,
    )
    if since_start:
        draft.waits.append(step)
    return step


def ask_approval(builder: Builder, node: Node, names: Names, place: Place, common: dict[str, Any]) -> Step:
    """Return a step that asks a person."""
    draft, inner = builder.draft, node.get("ask_approval")
    assert inner is not None
    fits(inner, APPROVAL, "`ask_approval`")
    if not isinstance(inner.value, dict):
        inner = node
    late, told = inner.get("on_timeout"), APPROVAL_EVENTS if inner.get("remind_every") else APPROVAL_EVENTS[:1]
    draft.leads.append(Lead.of(EMITS, told, node))
    return AskApprovalStep(
        **common,
        title=draft.template(inner.get("title"), names),
        details=draft.template(inner.get("details"), names) if inner.get("details") else None,
        to=_people(draft, inner.get("to")),
        due=draft.due(inner.get("timeout"), names),
        remind=draft.due(inner.get("remind_every"), names),
        on_timeout=choice(builder, late, names, place, ("reject", "approve")),
    )


def _people(draft: Draft, node: Node | None) -> tuple[str, ...]:
    found = []
    for item in node.items() if node is not None else []:
        name = str(item.value)
        if name in draft.around.people:
            draft.uses.people.add(name)
        elif "@" not in name:
            item.fault("EF122", f"unknown people `{name}`", nearest(name, draft.around.people) or "define them under `people` in the project file, or write an address")
        found.append(name)
    return tuple(found)


def choice(builder: Builder, node: Node | None, names: Names, place: Place, words: tuple[str, ...]) -> str | tuple[Step, ...]:
    """Return one of some words (the first by default), or the steps that stand in their place."""
    if node is None:
        return words[0]
    if isinstance(node.value, list):
        return builder.block(node, names, place.deeper())
    if node.value not in words:
        node.fault("EF110", f"`{node.value}` is none of {', '.join(words)}, and no list of steps", nearest(str(node.value), words))
    return str(node.value)
