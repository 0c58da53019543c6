"""The steps that branch, loop, guard and end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ecomflow.expressions import constant
from ecomflow.language.conditions import needed
from ecomflow.language.fitting import fits
from ecomflow.language.grammar import BRANCH, REPEAT
from ecomflow.language.ids import with_local_ids
from ecomflow.language.loops import CALLS, EMITS, Lead
from ecomflow.language.names import ENDLESS, ERROR, LOOP, PAGED
from ecomflow.language.scoping import check_new_name, item_shape, path_in
from ecomflow.model import (
    CallStep,
    ChooseStep,
    ContinueIfStep,
    EmitStep,
    FailStep,
    ForEachStep,
    IfStep,
    ParallelStep,
    RepeatStep,
    SetStep,
    StopStep,
    TryStep,
)

if TYPE_CHECKING:
    from ecomflow.expressions import Expression
    from ecomflow.language.draft import Draft
    from ecomflow.language.names import Names
    from ecomflow.language.node import Node
    from ecomflow.language.place import Builder, Place
    from ecomflow.model import ActionStep, Step

_DEFAULT_ITEM: Final = "item"


def if_(builder: Builder, node: Node, names: Names, place: Place, common: dict[str, Any]) -> Step:
    """Return an ``if`` step; its condition is its own, not a guard."""
    asked = needed(builder.draft, node.get("if"), names)
    then, otherwise = (builder.block(node.get(key), names, place.deeper()) for key in ("then", "else"))
    return IfStep(**common, condition=asked, then=then, otherwise=otherwise)


def choose(builder: Builder, node: Node, names: Names, place: Place, common: dict[str, Any]) -> Step:
    """Return a ``choose`` step."""
    draft, inside = builder.draft, place.deeper()
    fitting = [item for item in node.get("choose").items() if fits(item, BRANCH, "a branch of `choose`")]  # type: ignore[union-attr] # the grammar asks for it
    branches = [(needed(draft, item.get("if"), names), builder.block(item.get("then"), names, inside)) for item in fitting]
    return ChooseStep(**common, branches=tuple(branches), otherwise=builder.block(node.get("else"), names, inside))


def for_each(builder: Builder, node: Node, names: Names, place: Place, common: dict[str, Any]) -> Step:
    """Return a ``for_each`` step. The ids of its steps live in the item alone."""
    draft, name, limit = builder.draft, node.value.get("as", _DEFAULT_ITEM), node.value.get("max_parallel", 1)
    check_new_name(node.get("as") or node, name, names)
    items = draft.expression(node.get("for_each"), names)
    search = _search(draft, node, items)
    own = names.adding(**{str(name): item_shape(names, items)}, loop=LOOP if search is None else PAGED)
    body = node.get("do")
    own, local = with_local_ids(draft, body, own)
    inside = place.deeper(repeats=True, no_set="a `for_each` that runs items in parallel" if limit > 1 else place.no_set)
    return ForEachStep(
        **common,
        items=items,
        name_of_item=str(name),
        body=builder.block(body, own, inside),
        key=draft.expression(node.get("key"), own) if node.get("key") else None,
        max_parallel=limit,
        go_on=node.value.get("on_error") == "continue",
        ids=local,
        search=search,
    )


def _search(draft: Draft, node: Node, items: Expression) -> ActionStep | None:
    """Return the search whose pages are walked; note where a list is made of the first one alone."""
    path = path_in(items)
    path = path[1:] if path[:1] == ("steps",) else path
    if len(path) == 1 and path[0] in draft.searches:
        return draft.searches[path[0]]
    read = {each[1] if each[0] == "steps" and len(each) > 1 else each[0] for each in items.paths}
    for name in sorted(read & draft.searches.keys()):
        node.get("for_each").fault(  # type: ignore[union-attr] # the grammar asks for it
            "EF137", f"this walks the first page of `{name}` alone", f"write `for_each: {name}`, and leave items out with `continue_if`", severity="warning"
        )
    return None


def parallel(builder: Builder, node: Node, names: Names, place: Place, common: dict[str, Any]) -> Step:
    """Return a ``parallel`` step."""
    inside = place.deeper(no_set="a branch of `parallel`")
    branches = [builder.block(item, names, inside) for item in node.get("parallel").items()]  # type: ignore[union-attr] # the grammar asks for it
    return ParallelStep(**common, branches=tuple(branches), first=node.value.get("join") == "first")


def repeat(builder: Builder, node: Node, names: Names, place: Place, common: dict[str, Any]) -> Step:
    """Return a ``repeat`` step."""
    draft, rule = builder.draft, node.get("repeat")
    assert rule is not None
    own = names.adding(loop=ENDLESS if rule.get("times") is None else LOOP)
    fine = fits(rule, REPEAT, "`repeat`")
    if fine and len(rule.value) != 1:
        rule.fault("EF110", "`repeat` has exactly one of `times`, `while`, `until`")
    return RepeatStep(
        **common,
        body=builder.block(node.get("do"), own, place.deeper(repeats=True)),
        times=draft.template(rule.get("times"), names) if rule.get("times") else None,
        while_=needed(draft, rule.get("while"), own) if rule.get("while") else None,
        until=needed(draft, rule.get("until"), own) if rule.get("until") else None,
        max=node.value.get("max", 100),
    )


def continue_if(builder: Builder, node: Node, names: Names, _: Place, common: dict[str, Any]) -> Step:
    """Return a ``continue_if`` step."""
    return ContinueIfStep(**common, condition=needed(builder.draft, node.get("continue_if"), names))


def set_(builder: Builder, node: Node, names: Names, place: Place, common: dict[str, Any]) -> Step:
    """Return a ``set`` step."""
    written = node.get("set")
    assert written is not None
    if place.no_set:
        node.key_fault("set", "EF133", f"`set` may not stand in {place.no_set}", "give a step an `id` and use its result after the join")
    values = tuple((name, builder.draft.template(value, names)) for name, value in written.entries() if _is_name(value, name))
    return SetStep(**common, values=values)


def _is_name(value: Node, name: str) -> bool:
    if name.isidentifier():
        return True
    value.fault("EF119", f"`{name[:60]}` cannot be the name of a variable", "letters, digits and underscores, not a digit first")
    return False


def call(builder: Builder, node: Node, names: Names, _: Place, common: dict[str, Any]) -> Step:
    """Return a ``call`` step."""
    params = node.get("with")
    builder.draft.leads.append(Lead.of(CALLS, (node.value["call"],), node))
    return CallStep(**common, workflow=node.value["call"], params=builder.draft.template(params, names) if params else None)


def emit(builder: Builder, node: Node, names: Names, _: Place, common: dict[str, Any]) -> Step:
    """Return an ``emit`` step."""
    data = node.get("data")
    name = node.value["emit"]
    if "*" in name or "{{" in name or any(map(str.isspace, name)):
        node.get("emit").fault("EF110", f"`{name[:60]}` is no event type", "write `noun.past_verb`, such as `order.flagged`")  # type: ignore[union-attr] # it was read above
    builder.draft.leads.append(Lead.of(EMITS, (name,), node))
    return EmitStep(**common, type=name, data=builder.draft.template(data, names) if data else constant({}))


def try_(builder: Builder, node: Node, names: Names, place: Place, common: dict[str, Any]) -> Step:
    """Return a ``try`` step."""
    if node.get("catch") is None and node.get("finally") is None:
        node.key_fault("try", "EF114", "`try` needs `catch` or `finally`")
    body = builder.block(node.get("try"), names, place.deeper())
    catch = builder.block(node.get("catch"), names.adding(error=ERROR), place.deeper()) if node.get("catch") else None
    return TryStep(**common, body=body, catch=catch, finally_=builder.block(node.get("finally"), names, place.deeper(in_finally=True)))


def stop(builder: Builder, node: Node, names: Names, _: Place, common: dict[str, Any]) -> Step:
    """Return a ``stop`` step."""
    plain = node.value["stop"] in (None, True)
    return StopStep(**common, reason=constant("") if plain else builder.draft.template(node.get("stop"), names))


def fail(builder: Builder, node: Node, names: Names, _: Place, common: dict[str, Any]) -> Step:
    """Return a ``fail`` step."""
    return FailStep(**common, reason=builder.draft.template(node.get("fail"), names))
