"""From an offset in a scalar's value to the index in the file where that character stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ecomflow.language.tree import Tree

_LONG_ESCAPES: Final = {"x": 4, "u": 6, "U": 10}
_BLANK: Final = " \t\r\n"


def index_of(text: str, tree: Tree, offset: int) -> int:
    """Return the index in ``text`` of a character of a scalar's value.

    Args:
        text: the file.
        tree: the scalar.
        offset: characters from the beginning of its value.
    """
    value = tree.value if isinstance(tree.value, str) else text[tree.start : tree.end]
    offset = max(0, min(offset, len(value)))
    if tree.style in ("|", ">"):
        return _in_block(text, tree, value, offset)
    if tree.style in ("'", '"'):
        return _in_flow(text, tree.start + 1, tree.end - 1, value, offset, tree.style)
    return _in_flow(text, tree.start, tree.end, value, offset, "")


def _in_flow(text: str, index: int, end: int, value: str, offset: int, style: str) -> int:
    """Walk value and text side by side: folded lines, doubled quotes and escapes are longer in the text."""
    for position in range(offset):
        if index >= end:
            return end
        if style == '"' and text[index] == "\\":
            index = _after_escape(text, index)
        elif style == "'" and text[index] == "'":
            index += 2
        elif text[index] in "\r\n" or (value[position] in _BLANK and _folds(text, index)):
            index = _after_fold(text, index, value, position)
        else:
            index += 1
    return min(index, end)


def _after_escape(text: str, index: int) -> int:
    return index + _LONG_ESCAPES.get(text[index + 1], 2)


def _folds(text: str, index: int) -> bool:
    rest = text[index : index + 200].lstrip(" \t")
    return rest[:1] in ("\r", "\n")


def _after_fold(text: str, index: int, value: str, position: int) -> int:
    if value[position] == "\n" and value[position + 1 : position + 2] == "\n":
        return index + len(text[index:].split("\n", maxsplit=1)[0]) + 1
    while index < len(text) and text[index] in _BLANK:
        index += 1
    return index


def _in_block(text: str, tree: Tree, value: str, offset: int) -> int:
    """Every line of a block loses its indentation; the header is the rest of the first line."""
    lines = value[:offset].count("\n") if tree.style == "|" else None
    start = text.find("\n", tree.start) + 1
    rows = text[start : tree.end].split("\n")
    indent = next((len(row) - len(row.lstrip(" ")) for row in rows if row.strip()), 0)
    if lines is not None:
        column = offset - (value.rfind("\n", 0, offset) + 1)
        return start + sum(len(row) + 1 for row in rows[:lines]) + indent + column
    for row in rows:
        if offset <= len(row) - indent:
            return start + indent + offset
        offset -= max(len(row) - indent, 0) + 1
        start += len(row) + 1
    return tree.start
