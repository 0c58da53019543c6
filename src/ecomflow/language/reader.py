"""Reads YAML under guard: bounded, without what runs code or hides things, every value with its place.

The events of PyYAML's parser are walked with a stack of our own, so that depth and repetition cost nothing before they are
refused; its composer would recurse, and its C loader crashes the process.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import yaml

from ecomflow.errors import LimitError
from ecomflow.language.hints import QUOTE, quoting
from ecomflow.language.scalars import resolve
from ecomflow.language.text import SourceText
from ecomflow.language.tree import Path, Tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecomflow.model import Diagnostic

MAX_BYTES: Final = 1_048_576
MAX_DEPTH: Final = 100
_TOO_DEEP: Final = f"values nest deeper than {MAX_DEPTH} levels"
MAX_VALUES: Final = 100_000
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INVISIBLE: Final = dict.fromkeys([0x00AD, 0x034F, 0x061C, 0x180E, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070)])
_NO_TEXT: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MAX_KEY_SHOWN: Final = 60


class Positions:
    """Where the values of a text stand."""

    def __init__(self, source: SourceText, root: Tree | None) -> None:
        self._source, self._root = source, root

    def of(self, path: Path = ()) -> tuple[int, int]:
        """Return line and column, from 1, of the value at a path of keys and numbers."""
        tree = self._root.at(path) if self._root is not None else None
        return self._source.place(tree.start) if tree is not None else (1, 1)


class Reading(NamedTuple):
    """What a YAML text says: plain data, where it stands, and what is wrong with it."""

    value: Any
    positions: Positions
    diagnostics: tuple[Diagnostic, ...]


def read_yaml(text: str, file: str) -> Reading:
    """Read a YAML text under guard.

    Args:
        text: the text.
        file: its name in diagnostics.

    Returns:
        The value (None where there are errors), the places, the diagnostics. Numbers with a point are decimals.
    """
    source = SourceText(text.removeprefix("\ufeff"), file)
    tree = read_tree(source)
    return Reading(tree.value if tree else None, Positions(source, tree), source.diagnostics())


def read_tree(source: SourceText) -> Tree | None:
    """Return the tree of a text, or None where its faults were noted in ``source``; an empty text is the value None."""
    if len(source.text) > MAX_BYTES:
        source.fault("EF102", f"the file is larger than {MAX_BYTES // 1024:,} KiB", 0, 1)
        return None
    if not _is_text(source):
        return None
    composer = _Composer(source)
    try:
        for event in yaml.parse(_whole(source.text), Loader=_LOADER):
            composer.take(event)
    except _RefusedError:
        return None
    except yaml.YAMLError as error:
        _syntax(source, error)
        return None
    return None if source.faults else composer.root or Tree(None, 0, 0)


def _whole(text: str) -> str:
    # libyaml takes blanks on a last line without an end for content of a block.
    return text + "\n" if text[-1:] in {" ", "\t"} else text


def _is_text(source: SourceText) -> bool:
    found = _NO_TEXT.search(source.text)
    if found:
        source.fault("EF106", f"the character U+{ord(found[0]):04X} may not stand in a file", found.start(), found.end())
    return found is None


def _syntax(source: SourceText, error: yaml.YAMLError) -> None:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    index = mark.index if mark is not None else 0
    line, _ = source.place(min(index, len(source.text)))
    problem = getattr(error, "problem", None) or str(error).split("\n")[0]
    if "nesting depth" in problem:  # the scanner runs ahead of our own limit, and since 6.0.4 has one of its own
        source.fault("EF102", _TOO_DEEP, index, index + 1)
        return
    above = next((source.line(number) for number in range(line, 0, -1) if source.line(number).strip()), "")
    tabs = "indent with blanks, not tabs" if "\t" in source.line(line) and "token" in problem else ""
    source.fault("EF101", f"this is not YAML: {problem}", index, index + 1, help=tabs or quoting(source.line(line)) or quoting(above))


class _RefusedError(Exception):
    """The text is refused; why is noted."""


class _Open:
    """A list or mapping that is being read."""

    def __init__(self, tree: Tree, anchor: str | None, *, mapping: bool) -> None:
        self.tree, self.anchor, self.mapping = tree, anchor, mapping
        self.key: Tree | None = None
        self.seen: dict[str, str] = {}


class _Composer:
    """Builds the tree from the parser's events."""

    def __init__(self, source: SourceText) -> None:
        self.source = source
        self.root: Tree | None = None
        self.stack: list[_Open] = []
        self.anchors: dict[str, Tree] = {}
        self.documents = self.values = 0

    def take(self, event: yaml.Event) -> None:
        """Take one event.

        Raises:
            _RefusedError: the text is refused.
        """
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._begin(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._finish(event)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._document(event)

    def _refuse(self, code: str, message: str, event: Any, help: str = "") -> _RefusedError:
        self.source.fault(code, message, event.start_mark.index, event.end_mark.index, help=help)
        return _RefusedError()

    def _document(self, event: yaml.Event) -> None:
        self.documents += 1
        if self.documents > 1:
            raise self._refuse("EF105", "a file holds one document, and here begins another", event, "write one workflow a file")

    def _count(self, event: yaml.Event, size: int = 1) -> None:
        self.values += size
        if self.values > MAX_VALUES:
            raise self._refuse("EF102", f"the file holds more than {MAX_VALUES:,} values, repeated ones counted each time", event)

    def _no_tag(self, event: Any) -> None:
        if event.tag is not None:
            raise self._refuse("EF105", f"tags such as `{str(event.tag)[:_MAX_KEY_SHOWN]}` are not read", event, quoting(self._line(event)))

    def _line(self, event: Any) -> str:
        return self.source.line(self.source.place(event.start_mark.index)[0])

    def _scalar(self, event: Any) -> None:
        self._no_tag(event)
        self._count(event)
        style = event.style or ""
        start, end = event.start_mark.index, event.end_mark.index
        try:
            value = event.value if style else resolve(event.value)
        except LimitError as error:
            raise self._refuse("EF102", str(error), event) from None
        if style and any(character == "\x00" or "\ud800" <= character <= "\udfff" for character in event.value):
            raise self._refuse("EF106", "a text holds half a character or a zero", event)
        self._place(Tree(value, start, end, style), event, event.anchor)

    def _begin(self, event: Any) -> None:
        self._no_tag(event)
        self._count(event)
        if len(self.stack) >= MAX_DEPTH:
            raise self._refuse("EF102", _TOO_DEEP, event)
        mapping = isinstance(event, yaml.MappingStartEvent)
        if self._wants_key():
            raise self._refuse("EF105", "a key is a text, not a list or mapping", event, quoting(self._line(event)))
        tree = Tree({} if mapping else [], event.start_mark.index, event.end_mark.index)
        self.stack.append(_Open(tree, event.anchor, mapping=mapping))

    def _finish(self, event: Any) -> None:
        opened = self.stack.pop()
        tree = opened.tree
        tree.end = event.end_mark.index
        tree.size += sum(inner.size for inner in (*tree.items, *tree.entries.values()))
        self._place(tree, event, opened.anchor)

    def _alias(self, event: Any) -> None:
        if any(opened.anchor == event.anchor for opened in self.stack):
            raise self._refuse("EF105", f"`*{event.anchor}` stands inside of what it repeats", event)
        tree = self.anchors.get(event.anchor)
        if tree is None:
            raise self._refuse("EF105", f"nothing is named `&{event.anchor}`", event, f"YAML takes a leading `*` as an alias: {QUOTE}")
        self._count(event, tree.size)
        self._place(tree, event, None)

    def _wants_key(self) -> bool:
        return bool(self.stack) and self.stack[-1].mapping and self.stack[-1].key is None

    def _place(self, tree: Tree, event: yaml.Event, anchor: str | None) -> None:
        if anchor is not None:
            self._whole_anchor(tree, event, anchor)
            self.anchors[anchor] = tree
        if not self.stack:
            self.root = tree
        elif not self.stack[-1].mapping:
            self.stack[-1].tree.items.append(tree)
            self.stack[-1].tree.value.append(tree.value)
        elif self.stack[-1].key is None:
            self._key(self.stack[-1], tree, event)
        else:
            self._entry(self.stack[-1], tree)

    def _whole_anchor(self, tree: Tree, event: yaml.Event, anchor: str) -> None:
        # libyaml ends a name at a colon or a dot, and gives the rest of it to the value.
        size = 1 + len(anchor)
        after = self.source.text.rfind(f"&{anchor}", 0, tree.start + size) + size
        if self.source.text[after : after + 1].strip(" \t\r\n,[]{}"):
            raise self._refuse("EF105", f"the name `&{anchor}` goes on with what no name here holds", event, quoting(self._line(event)))

    def _key(self, opened: _Open, tree: Tree, event: yaml.Event) -> None:
        opened.key = tree
        if self.source.text[tree.start - 1 : tree.start] == "?":  # libyaml drops it
            raise self._refuse("EF105", "a key that begins with `?` stands in quotes", event, quoting(self._line(event)))
        if not isinstance(tree.value, str):
            written = self.source.text[tree.start : tree.end][:_MAX_KEY_SHOWN]
            raise self._refuse("EF105", f"a key is a text, and `{written}` is none", event, f'write it in quotes: `"{written}"`' if tree.end > tree.start else quoting(self._line(event)))
        if tree.value == "<<" and not tree.style:
            raise self._refuse("EF105", "merge keys (`<<`) are not read", event, "write the keys out")
        for shown in _lookalikes(tree.value):
            if shown in opened.seen:
                same = tree.value == opened.seen[shown]
                why = "stands twice" if same else "looks the same as another key"
                self.source.fault("EF104", f"the key `{tree.value[:_MAX_KEY_SHOWN]}` {why}", tree.start, tree.end, help="remove one of the two")
            opened.seen[shown] = tree.value

    def _entry(self, opened: _Open, tree: Tree) -> None:
        key, opened.key = opened.key, None
        assert key is not None
        if key.value not in opened.tree.keys:
            opened.tree.keys[key.value], opened.tree.entries[key.value] = key, tree
            opened.tree.value[key.value] = tree.value


def _lookalikes(key: str) -> Iterator[str]:
    """Yield the form of a key by which two are the same to people."""
    yield key if key.isascii() else unicodedata.normalize("NFC", key.translate(_INVISIBLE))
