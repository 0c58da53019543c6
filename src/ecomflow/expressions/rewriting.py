"""Rewrites a template's tree: each expression becomes one filter of ours over the names that it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from jinja2 import nodes

from ecomflow.errors import ExpressionError
from ecomflow.expressions.parts import refused

LOOP_PARTS: Final = ("index", "index0", "first", "last", "length", "revindex", "revindex0")
Register = Callable[[nodes.Expr, str], str]
_ALWAYS: Final = frozenset({"super", "caller"})
_REFUSED: Final = (nodes.FilterBlock, nodes.Scope, nodes.OverlayScope, nodes.EvalContextModifier, nodes.ExprStmt, nodes.Break, nodes.Continue)


def local_names(tree: nodes.Template) -> frozenset[str]:
    """Return every name that a template sets itself, wherever it does."""
    stored = {node.name for node in tree.find_all(nodes.Name) if node.ctx in ("store", "param")}
    stored.update(node.name for node in tree.find_all(nodes.Macro))
    stored.update(node.target for node in tree.find_all(nodes.Import))
    for node in tree.find_all(nodes.FromImport):
        stored.update(name if isinstance(name, str) else name[1] for name in node.names)
    return frozenset({*stored, *(("loop",) if tree.find(nodes.For) else ()), *(("caller",) if tree.find(nodes.Macro) else ())})


def rewrite(tree: nodes.Template, register: Register) -> nodes.Template:
    """Return the tree with every expression replaced.

    Args:
        tree: the parsed template; it is changed.
        register: compiles an expression for a purpose and returns the name of its filter.

    Raises:
        ExpressionError: the template does what templates may not.
    """
    macros = {node.name for node in tree.find_all(nodes.Macro)} | _ALWAYS
    modules = {node.target for node in tree.find_all(nodes.Import)}
    for node in tree.find_all(nodes.FromImport):
        macros.update(name if isinstance(name, str) else name[1] for name in node.names)
    _Rewriter(register, frozenset(macros), frozenset(modules)).body(tree, in_loop=False)
    return tree.set_environment(tree.environment)  # type: ignore[arg-type,return-value] # new nodes need it, too


class _Rewriter:
    def __init__(self, register: Register, macros: frozenset[str], modules: frozenset[str]) -> None:
        self._register, self._macros, self._modules = register, macros, modules

    def body(self, owner: Any, *, in_loop: bool) -> None:
        """Rewrite a body that may run many times, and let each time count for what it writes."""
        size = sum(len(part.data) for part in _own_text(owner.body))
        charge = self._filter(nodes.Const(size, lineno=0), "charge", in_loop=False)
        self._each(owner.body, in_loop=in_loop)
        owner.body.insert(0, nodes.Output([charge], lineno=0))

    def _each(self, statements: Iterable[nodes.Node], *, in_loop: bool) -> None:
        for statement in statements:
            if isinstance(statement, _REFUSED):
                raise ExpressionError("EF202", f"`{type(statement).__name__}` does not stand in a template", offset=statement.lineno)
            visit = getattr(self, f"_{type(statement).__name__.lower()}", None)
            if visit is None:
                raise ExpressionError("EF202", f"`{type(statement).__name__}` does not stand in a template", offset=statement.lineno)
            visit(statement, in_loop)

    def _filter(self, node: Any, purpose: str, *, in_loop: bool) -> nodes.Filter:
        read = sorted({name.name for name in (node, *node.find_all(nodes.Name)) if isinstance(name, nodes.Name)})
        pairs = [nodes.Pair(nodes.Const(name), _loop() if in_loop and name == "loop" else nodes.Name(name, "load")) for name in read]
        return nodes.Filter(nodes.Dict(pairs), self._register(node, purpose), [], [], None, None, lineno=node.lineno)

    def _value(self, node: nodes.Expr, in_loop: bool) -> nodes.Expr:
        return self._filter(node, "value", in_loop=in_loop)

    def _call(self, node: nodes.Call, in_loop: bool) -> nodes.Call:
        """Rewrite the call of a macro; nothing else is called."""
        name = node.node.name if isinstance(node.node, nodes.Name) else None
        module = node.node.node.name if isinstance(node.node, nodes.Getattr) and isinstance(node.node.node, nodes.Name) else None
        if (name not in self._macros and module not in self._modules) or node.dyn_args is not None or node.dyn_kwargs is not None:
            raise refused(node)
        node.args = [self._value(argument, in_loop) for argument in node.args]
        node.kwargs = [nodes.Keyword(pair.key, self._value(pair.value, in_loop)) for pair in node.kwargs]
        return node

    # --- one method a statement

    def _output(self, node: nodes.Output, in_loop: bool) -> None:
        node.nodes = [self._written(part, in_loop) for part in node.nodes]

    def _written(self, part: nodes.Expr, in_loop: bool) -> nodes.Expr:
        if isinstance(part, nodes.TemplateData):
            return part
        return self._call(part, in_loop) if isinstance(part, nodes.Call) else self._filter(part, "output", in_loop=in_loop)

    def _if(self, node: nodes.If, in_loop: bool) -> None:
        node.test = self._filter(node.test, "test", in_loop=in_loop)
        for inner in (node.body, node.elif_, node.else_):
            self._each(inner, in_loop=in_loop)

    def _for(self, node: nodes.For, in_loop: bool) -> None:
        if node.recursive:
            raise ExpressionError("EF202", "a recursive loop does not stand in a template", offset=node.lineno)
        node.iter = self._filter(node.iter, "items", in_loop=in_loop)
        if node.test is not None:
            node.test = self._filter(node.test, "test", in_loop=False)
        self._each(node.else_, in_loop=in_loop)
        self.body(node, in_loop=True)

    def _assign(self, node: nodes.Assign, in_loop: bool) -> None:
        _check_target(node.target)
        node.node = self._value(node.node, in_loop)  # type: ignore[arg-type]

    def _assignblock(self, node: nodes.AssignBlock, in_loop: bool) -> None:
        _check_target(node.target)
        if node.filter is not None:
            raise ExpressionError("EF202", "`set` with a filter does not stand in a template", offset=node.lineno)
        self._each(node.body, in_loop=in_loop)

    def _with(self, node: nodes.With, in_loop: bool) -> None:
        node.values = [self._value(value, in_loop) for value in node.values]
        self._each(node.body, in_loop=in_loop)

    def _block(self, node: nodes.Block, in_loop: bool) -> None:  # noqa: ARG002 a block does not see the loop around it
        self.body(node, in_loop=False)

    def _macro(self, node: nodes.Macro, in_loop: bool) -> None:
        node.defaults = [self._value(default, in_loop) for default in node.defaults]
        self.body(node, in_loop=False)

    def _callblock(self, node: nodes.CallBlock, in_loop: bool) -> None:
        node.call = self._call(node.call, in_loop)
        node.defaults = [self._value(default, in_loop) for default in node.defaults]
        self.body(node, in_loop=in_loop)

    def _extends(self, node: nodes.Extends, in_loop: bool) -> None:  # noqa: ARG002 one shape for all statements
        named_constantly(node)

    _include = _import = _fromimport = _extends


def _loop() -> nodes.Dict:
    return nodes.Dict([nodes.Pair(nodes.Const(part), nodes.Getattr(nodes.Name("loop", "load"), part, "load")) for part in LOOP_PARTS])


def _check_target(target: nodes.Node) -> None:
    if isinstance(target, nodes.NSRef):
        raise refused(target)


def _own_text(body: Iterable[nodes.Node]) -> Iterable[nodes.TemplateData]:
    """Yield the literal text of a body, without bodies inside that count for themselves."""
    for node in body:
        if isinstance(node, nodes.TemplateData):
            yield node
        elif not isinstance(node, (nodes.For, nodes.Macro, nodes.Block, nodes.CallBlock)):
            yield from _own_text(node.iter_child_nodes())


def named_constantly(node: Any) -> list[str]:
    """Return the names of the templates that a statement brings in.

    Raises:
        ExpressionError: they are not constant texts.
    """
    wanted = node.template
    parts = wanted.items if isinstance(wanted, (nodes.List, nodes.Tuple)) else [wanted]
    names = [part.value for part in parts if isinstance(part, nodes.Const) and isinstance(part.value, str)]
    if len(names) < len(parts):
        raise ExpressionError("EF211", "the name of a template is a text in quotes", offset=node.lineno)
    return names
