"""A cursor over a file's values: what the builders read, and where they note faults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ecomflow.language.hints import comment
from ecomflow.language.nearest import nearest
from ecomflow.language.scalarplaces import index_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ecomflow.errors import ExpressionError
    from ecomflow.language.text import SourceText
    from ecomflow.language.tree import Tree

_SYNTAX: Final = frozenset({"EF201", "EF202"})


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a file.

    Attributes:
        source: the file.
        tree: the value with its place.
        path: where it stands, such as ``actions/2/then/0``.
    """

    source: SourceText
    tree: Tree
    path: str = ""

    @property
    def value(self) -> Any:
        """The value as plain data."""
        return self.tree.value

    @property
    def line(self) -> int:
        """The line on which it begins."""
        return self.source.place(self.tree.start)[0]

    def get(self, key: str) -> Node | None:
        """Return the value of a key, or None where it is not there."""
        inner = self.tree.entries.get(key)
        return None if inner is None else Node(self.source, inner, f"{self.path}/{key}" if self.path else key)

    def items(self) -> list[Node]:
        """Return the items of a list; a value that is none stands for itself."""
        if not isinstance(self.value, list):
            return [self]
        return [Node(self.source, tree, f"{self.path}/{number}") for number, tree in enumerate(self.tree.items)]

    def entries(self) -> Iterator[tuple[str, Node]]:
        """Yield each key of a mapping with its value."""
        for key in self.tree.entries:
            inner = self.get(key)
            assert inner is not None
            yield key, inner

    # --- faults

    def fault(self, code: str, message: str, help: str = "", *, label: str = "", severity: str = "error") -> None:
        """Note that this value is wrong."""
        first = self.source.text.find("\n", self.tree.start)
        end = self.tree.end if first < 0 else min(self.tree.end, first)
        self.source.fault(code, message, self.tree.start, end, help=help, label=label, severity=severity)

    def key_fault(self, key: str, code: str, message: str, help: str = "") -> None:
        """Note that a key of this mapping is wrong."""
        tree = self.tree.keys.get(key, self.tree)
        self.source.fault(code, message, tree.start, tree.end, help=help)

    def unknown(self, key: str, known: Iterable[str], what: str, help: str = "") -> None:
        """Note a key that this mapping does not have, with the nearest that it has."""
        names = sorted(known)
        self.key_fault(key, "EF113", f"unknown key `{key[:60]}` in {what}", nearest(key, names) or help or f"known are {', '.join(names)}")

    def check_whole(self) -> None:
        """Note a text that YAML has cut at a `` #`` where what it took for a comment holds a template."""
        rest = self.source.text[self.tree.end : self.tree.end + 1000].split("\n")[0]
        if isinstance(self.value, str) and not self.tree.style and comment(rest) and ("{{" in rest or "}}" in rest):
            message = "YAML reads what follows ` #` as a comment, and a template stands in it"
            self.fault("EF107", message, "put the whole text in double quotes")

    def expression_fault(self, error: ExpressionError) -> None:
        """Note what is wrong in the expression or template that this text is."""
        rest = self.source.text[self.tree.end : self.tree.end + 200].split("\n")[0]
        swallowed = comment(rest) if error.code in _SYNTAX and not self.tree.style else ""
        label = getattr(error, "label", "")
        if error.offset is None or not isinstance(self.value, str):
            self.source.fault(error.code, error.message, self.tree.start, self.tree.end, help=swallowed or error.help, label=label)
            return
        start = index_of(self.source.text, self.tree, error.offset)
        end = index_of(self.source.text, self.tree, error.offset + error.length)
        self.source.fault(error.code, error.message, start, end, help=swallowed or error.help, label=label)
