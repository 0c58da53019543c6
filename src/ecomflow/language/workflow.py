"""One file to one workflow: its parts compiled in the order in which they depend on each other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from ecomflow.errors import ExpressionError, MissingExtraError
from ecomflow.expressions import conjuncts, parse_calendar, read_of_data
from ecomflow.expressions.times import zone_of
from ecomflow.language.bundle import make_bundle, version_of
from ecomflow.language.conditions import condition
from ecomflow.language.draft import Draft, as_text
from ecomflow.language.fitting import described, fits
from ecomflow.language.grammar import ARRIVAL, DEBOUNCE, WORKFLOW
from ecomflow.language.ids import variables, with_local_ids
from ecomflow.language.inputs import inputs, inputs_shape
from ecomflow.language.names import MOMENT, RUN, Names, event_shape
from ecomflow.language.nearest import nearest
from ecomflow.language.node import Node
from ecomflow.language.pairing import event_types, pairings
from ecomflow.language.place import Place
from ecomflow.language.shapes import ANY, Shape, closed
from ecomflow.language.steps import StepBuilder
from ecomflow.language.tokens import tokens
from ecomflow.language.triggers import (
    build_trigger,
    data_shape,
    holding_back,
    subject_kinds,
    trigger_shape,
    written_triggers,
)
from ecomflow.language.workflownames import check_workflow_name
from ecomflow.model import Debounce, ExitOn, Group, Mode, Workflow

if TYPE_CHECKING:
    from ecomflow.expressions import Expression
    from ecomflow.language.kinds import TriggerNode
    from ecomflow.language.loops import Lead
    from ecomflow.language.surroundings import Surroundings
    from ecomflow.language.text import SourceText
    from ecomflow.language.tree import Tree
    from ecomflow.model import Trigger

_WAIT_INSTEAD: Final = "use a `wait_for` with `since: step` in a `parallel … join: first` after the step that finds it"
_ID: Final = frozenset({"id"})


def compile_workflow(source: SourceText, tree: Tree, around: Surroundings, name: str, leads: list[Lead] | None = None) -> Workflow | None:
    """Return the workflow that a file describes, or None where its faults were noted in ``source``.

    Args:
        source: the file.
        tree: its values.
        around: the parts of the project that it may name.
        name: its name where the file says none.
        leads: takes where it leads to other workflows, or they to it.
    """
    node = Node(source, tree)
    if not isinstance(tree.value, dict):
        node.fault("EF110", f"a workflow is a mapping, and this is {described(tree.value)}")
        return None
    name = name_of(tree, name)
    check_workflow_name(node, name)
    fits(node, WORKFLOW, "a workflow")
    draft = Draft(source, around, name=name, leads=[] if leads is None else leads)
    built = _Workflow(draft, _Lenient(node)).build()
    return None if any(fault.severity == "error" for fault in source.faults) else built


def name_of(tree: Tree, otherwise: str) -> str:
    """Return the name that a workflow's file gives it."""
    written = tree.value.get("name") if isinstance(tree.value, dict) else None
    return written if isinstance(written, str) else otherwise


class _Lenient:
    """Gives the parts of a file that have the right kind; the others have their fault already."""

    def __init__(self, node: Node) -> None:
        self.node = node

    def get(self, key: str, *kinds: type) -> Node | None:
        """Return the value of a key, where it is of one of these kinds."""
        found = self.node.get(key)
        return found if found is not None and (not kinds or isinstance(found.value, kinds)) else None

    def plain(self, key: str, kind: type, otherwise: Any) -> Any:
        """Return the plain value of a key, where it is of this kind, else another."""
        found = self.get(key, kind)
        return otherwise if found is None else found.value


class _Workflow:
    """The parts of one workflow, in the order in which they depend on each other."""

    def __init__(self, draft: Draft, parts: _Lenient) -> None:
        self.draft, self.parts = draft, parts

    def build(self) -> Workflow:
        """Return the workflow; where faults were noted, parts of it stand in for others."""
        draft, parts = self.draft, self.parts
        self._settings()
        written = written_triggers(draft, parts.get("trigger", dict, list))
        base = self._base_names(written)
        vars_, base = self._vars(base)
        subject = self._subject(base)
        draft.kinds = frozenset({self._subject_kind()}) if subject else subject_kinds(draft, written)
        names, ids = self._step_names(base)
        exits = tuple(exit_ for item in self._exits() if (exit_ := self._exit(item, names)) is not None)
        actions = StepBuilder(draft).block(parts.get("actions"), names, Place())
        debounce = self._debounce()
        triggers = tuple(self._with_mode(holding_back(build_trigger(draft, each, base), debounce)) for each in written)
        return self._finish(triggers, vars_, subject, exits, actions, names, base, ids)

    def _finish(self, triggers: tuple[Trigger, ...], vars_: tuple[tuple[str, Expression], ...], subject: tuple[Expression, ...], exits: tuple[ExitOn, ...], actions: Any, names: Names, base: Names, ids: tuple[str, ...]) -> Workflow:
        draft, parts, around = self.draft, self.parts, self.draft.around
        conditions = condition(draft, parts.get("conditions"), base)
        own = tokens(draft, parts.node, base, draft.name)
        group, output = self._group(base), parts.get("output", dict)
        result = draft.template(output, names) if output else None
        draft.uses.paths |= around.events.subjects(type_ for trigger in triggers for type_ in trigger.types)
        bundle = make_bundle(draft.name, draft.source.text, draft.source.file, around, draft.uses)
        mode = parts.plain("mode", str, "parallel")
        return Workflow(
            name=draft.name,
            version=version_of(bundle),
            bundle=bundle,
            description=parts.plain("description", str, ""),
            enabled=parts.plain("enabled", bool, True),
            timezone=draft.zone,
            locale=draft.locale,
            triggers=triggers,
            vars=vars_,
            subject=subject,
            subject_kind=self._subject_kind(),
            mode=Mode(mode) if mode in list(Mode) else Mode.PARALLEL,
            max_runs=parts.plain("max_runs", int, None),
            max_queued=parts.plain("max_queued", int, 100),
            own_events=parts.plain("own_events", bool, False),
            group=group,
            priority=parts.plain("priority", int, 0),
            tokens=own,
            conditions=conditions,
            fail_on_unknown=parts.plain("on_unknown", str, "") == "fail",
            exit_on=exits,
            actions=actions,
            output=result,
            waits=tuple(sorted(draft.waits, key=lambda step: step.line)),
            ids=ids,
            index=conjuncts(conditions) if conditions is not None else (),
            constants=self._constants(),
            reads=None if draft.uses.hidden else read_of_data(draft.uses.paths),
            fixed_inputs=tuple(sorted(draft.fixed_inputs)),
        )

    def _with_mode(self, trigger: Trigger) -> Trigger:
        return replace(trigger, single=False) if self.parts.get("mode") is not None else trigger

    # --- settings

    def _settings(self) -> None:
        draft, parts = self.draft, self.parts
        draft.locale = parts.plain("locale", str, draft.around.locale)
        draft.zone = self._zone(parts.get("timezone", str))
        draft.inputs = inputs(parts.get("inputs", dict), draft.around.inputs)
        draft.own_connections = self._own_connections(parts.get("connections", dict))

    def _debounce(self) -> Debounce | None:
        node = self.parts.get("debounce", str, dict)
        if node is None or (isinstance(node.value, dict) and not fits(node, DEBOUNCE, "`debounce`")):
            return None
        written, most = (node, None) if isinstance(node.value, str) else (node.get("quiet"), node.get("max"))
        quiet = self.draft.duration(written)
        return None if quiet is None else Debounce(quiet, None if most is None else self.draft.duration(most))

    def _zone(self, node: Node | None) -> str:
        name = self.draft.around.timezone if node is None else str(node.value)
        try:
            zone_of(name)
        except ExpressionError as error:
            # In another zone it would do the right things at the wrong times.
            (node or self.parts.node).fault("EF123", error.message if node else f"{error.message}, which ecomflow.yaml names", error.help)
            return "UTC"
        return name

    def _own_connections(self, node: Node | None) -> dict[str, str]:
        known = self.draft.around.connections
        found = {}
        for plugin, value in node.entries() if node is not None else ():
            found[plugin] = str(value.value)
            if known is not None and known.get(found[plugin]) != plugin:
                fitting = [name for name, kind in known.items() if kind == plugin]
                value.fault("EF117", f"no connection of kind `{plugin}` is called `{found[plugin]}`", nearest(found[plugin], fitting) or "`connections` names, for a kind, the connection to use")
        return found

    def _group(self, names: Names) -> Group | None:
        node = self.parts.get("group", dict)
        if node is None or not isinstance(node.value.get("name"), str):
            return None
        return Group(node.value["name"], self.draft.expression(node.get("key"), names))

    def _constants(self) -> dict[str, Any]:
        draft, around = self.draft, self.draft.around
        calendars = {}
        for name in sorted(draft.uses.calendars & around.calendars.keys()):
            try:
                calendars[name] = parse_calendar(around.calendars[name], around.timezone)
            except (ExpressionError, MissingExtraError) as error:
                self.parts.node.fault("EF122", f"calendar `{name}`: {error}")
        people = {name: list(around.people[name]) for name in sorted(draft.uses.people & around.people.keys())}
        return {"inputs": dict(draft.inputs), "calendars": calendars, "people": people}

    # --- names

    def _base_names(self, written: list[TriggerNode]) -> Names:
        """Return the names that are in scope before any step."""
        around, data = self.draft.around, data_shape(self.draft, written)
        built_in = {
            "event": event_shape(data), "trigger": trigger_shape(self.draft), "events": Shape("list", {}, event_shape(data)), "inputs": inputs_shape(self.draft.inputs),
            "vars": closed("vars"), "steps": closed("the steps"), "run": RUN, "now": MOMENT,
            "calendars": closed("the calendars of the project file", **dict.fromkeys(around.calendars, ANY)),
            "people": closed("the people of the project file", **dict.fromkeys(around.people, Shape("list", {}))),
        }  # fmt: skip
        return Names(data, built_in)

    def _vars(self, names: Names) -> tuple[tuple[tuple[str, Expression], ...], Names]:
        """Return the variables, each of which may name those before it, and the names with them."""
        node, found, known = self.parts.get("vars", dict), [], dict[str, Shape]()
        for name, value in node.entries() if node is not None else ():
            if not name.isidentifier():
                node.key_fault(name, "EF119", f"`{name[:60]}` cannot be the name of a variable", "letters, digits and underscores, not a digit first")  # type: ignore[union-attr] # it has entries
            found.append((name, self.draft.expression(value, names)))
            known[name] = ANY
            names = names.adding(vars=closed("vars", **known))
        self.draft.start_vars = frozenset(known)
        return tuple(found), names

    def _step_names(self, base: Names) -> tuple[Names, tuple[str, ...]]:
        actions = self.parts.get("actions", list)
        known = {**(base.own["vars"].fields or {}), **dict.fromkeys(variables(actions), ANY)}
        return with_local_ids(self.draft, actions, base.adding(vars=closed("vars", **known)))

    def _subject(self, names: Names) -> tuple[Expression, ...]:
        node = self.parts.get("subject", str, list)
        return tuple(self.draft.expression(item, names) for item in node.items()) if node is not None else ()

    def _subject_kind(self) -> str:
        """Return the kind of subject that ``subject:`` makes: its text, without braces (R:S1)."""
        node = self.parts.get("subject", str, list)
        texts = [as_text(item.value).strip() for item in node.items()] if node is not None else []
        return ", ".join(text.removeprefix("{{").removesuffix("}}").strip() for text in texts)

    # --- exits

    def _exits(self) -> list[Node]:
        node = self.parts.get("exit_on", list, dict)
        return node.items() if node is not None else []

    def _exit(self, node: Node, names: Names) -> ExitOn | None:
        if not fits(node, ARRIVAL, "an entry of `exit_on`"):
            return None
        draft, types = self.draft, event_types(self.draft, node.get("event"))
        return ExitOn(
            types,
            pairings(draft, node, names, types, at_start=_WAIT_INSTEAD),
            condition(draft, node.get("where"), names.adding(arriving=draft.around.events.shape(types))),
            draft.seconds(node.get("lookback"), draft.around.lookback),
        )
