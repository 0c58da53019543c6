"""A workflow in the making: compiles the texts of one file, noting every fault where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from ecomflow.errors import ExpressionError
from ecomflow.expressions import (
    Env,
    all_of,
    compile_expression,
    compile_template,
    constant,
    mapping,
    parse_duration,
    sequence,
    times,
)
from ecomflow.language.fitting import described, templated
from ecomflow.language.surroundings import Uses

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecomflow.expressions import Expression, Template
    from ecomflow.language.loops import Lead
    from ecomflow.language.names import Names
    from ecomflow.language.node import Node
    from ecomflow.language.surroundings import Surroundings
    from ecomflow.language.text import SourceText
    from ecomflow.model import ActionStep, Due, Duration, WaitForStep

# What stands in for a part with a fault, so that the rest can be read and its faults be found as well.
NO_EXPRESSION: Final = compile_expression("none", Env())
NO_CONDITION: Final = all_of([])
NO_TEMPLATE: Final = constant(None)


class Pathed(Protocol):
    """What was compiled: it tells which paths it reads."""

    @property
    def paths(self) -> tuple[tuple[str, ...], ...]:
        """Every constant path."""


Compiled = TypeVar("Compiled", bound=Pathed)


@dataclass
class Draft:
    """A workflow in the making.

    Attributes:
        source: its text.
        around: the parts of the project that it may name.
        name: the workflow's name.
        zone: its time zone; ``locale`` its language.
        inputs: the values of its inputs.
        start_vars: names of ``vars`` that are known at the start.
        kinds: the kinds of subject that its runs may have.
        own_connections: the connection for a plugin, as the workflow chooses.
        fixed_inputs: the inputs of which settings are made that are fixed before any event.
        searches: the steps so far whose results have further pages, by id.
        leads: where it leads to other workflows, or they to it: to be checked when all are read.
    """

    source: SourceText
    around: Surroundings
    name: str = ""
    zone: str = "UTC"
    locale: str = "en"
    inputs: dict[str, Any] = field(default_factory=dict)
    start_vars: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    own_connections: dict[str, str] = field(default_factory=dict)
    uses: Uses = field(default_factory=Uses)
    waits: list[WaitForStep] = field(default_factory=list)
    fixed_inputs: set[str] = field(default_factory=set)
    leads: list[Lead] = field(default_factory=list)
    searches: dict[str, ActionStep] = field(default_factory=dict)

    def env(self, names: Names) -> Env:
        """Return what expressions are compiled against, where these names are in scope."""
        return Env(self.zone, self.locale, names.resolve, self.around.catalog.filters)

    def compiled(self, node: Node, build: Callable[[], Compiled], instead: Compiled) -> Compiled:
        """Return what ``build`` gives; where it cannot, note the fault and return ``instead``."""
        try:
            found = build()
        except ExpressionError as error:
            node.expression_fault(error)
            return instead
        self.uses.note(found.paths, self.around)
        self.uses.hidden |= "{%" in str(node.value)
        return found

    def expression(self, node: Node | None, names: Names) -> Expression:
        """Return the expression that a value is; a number or a bool stands for itself."""
        if node is None or not isinstance(node.value, (str, int, Decimal)):
            return NO_EXPRESSION
        text = as_text(node.value)
        return self.compiled(node, lambda: compile_expression(text, self.env(names)), NO_EXPRESSION)

    def template(self, node: Node | None, names: Names) -> Template:
        """Return the template that a value is, with all that is inside of it."""
        if node is not None:
            node.check_whole()
        if node is None or not templated(node.value):
            return constant(None if node is None else node.value)
        if isinstance(node.value, dict):
            return mapping({key: self.template(inner, names) for key, inner in node.entries()})
        if isinstance(node.value, list):
            return sequence([self.template(inner, names) for inner in node.items()])
        return self.compiled(node, lambda: compile_template(node.value, self.env(names)), NO_TEMPLATE)

    # --- time

    def due(self, node: Node | None, names: Names) -> Due | None:
        """Return when a wait of a duration ends; a constant one is checked now."""
        if node is None:
            return None
        if not templated(node.value):
            self.duration(node)
        return self.compiled(node, lambda: times.duration_due(compile_template(str(node.value), self.env(names)), self.env(names)), NO_DUE)

    def until(self, node: Node | None, names: Names) -> Due | None:
        """Return when a wait ends that names a moment."""
        if node is None:
            return None
        return self.compiled(node, lambda: times.until_due(str(node.value), self.env(names)), NO_DUE)

    def duration(self, node: Node | None) -> Duration | None:
        """Return a duration that is known now: a constant, or a template over inputs."""
        text = self.known(node)
        if node is None or text is None:
            return None
        if not isinstance(text, str):
            node.fault("EF110", f"expected a duration, got {described(text)}", "write it with a unit, such as `30m` or `24h`")
            return None
        try:
            return parse_duration(text)
        except ExpressionError as error:
            node.fault("EF123", error.message, error.help)
            return None

    def seconds(self, node: Node | None, otherwise: float) -> float:
        """Return a duration in seconds; a day counts as 24 hours."""
        found = self.duration(node)
        if node is not None and found is not None and found.months:
            node.fault("EF123", "months have no fixed length, and here one is needed", "write days or hours")
        return otherwise if found is None else found.days * 86_400 + found.seconds

    def known(self, node: Node | None) -> Any:
        """Return a value that is known before any event: a constant, or a template over inputs."""
        if node is None or not templated(node.value):
            return None if node is None else node.value
        made = self.compiled(node, lambda: compile_template(str(node.value), Env(self.zone, self.locale)), NO_TEMPLATE)
        if any(path[0] != "inputs" for path in made.paths):
            node.fault("EF110", "this is fixed before any event: a constant, or a template over `inputs`")
            return None
        for path in made.paths:
            self.fixed_inputs.update(path[1:2] or self.inputs)
        try:
            return made.render({"inputs": self.inputs})
        except ExpressionError as error:
            node.expression_fault(error)
            return None


NO_DUE: Final = times.CompiledDue(lambda scope: scope["now"])


def as_text(value: Any) -> str:
    """Return a constant as an expression writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
