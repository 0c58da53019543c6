"""HTML to readable text: the text part of a mail."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from typing import Final

_SKIPPED: Final = frozenset({"script", "style", "head", "title", "template"})
_BLOCKS: Final = {
    **dict.fromkeys(("p", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote"), "\n\n"),
    **dict.fromkeys(("div", "tr", "section", "article", "header", "footer", "pre"), "\n"),
}
_BEFORE: Final = {**_BLOCKS, "br": "\n", "li": "\n- ", "hr": "\n----\n"}
_AFTER: Final = {**_BLOCKS, "td": " ", "th": " "}
_BLANKS: Final = re.compile(r"[ \t\r\n\f]+")
_BLANKS_IN_LINE: Final = re.compile(r"[ \t\r\f]+")
_PLAIN: Final = _BEFORE.keys() | {"a", "b", "body", "em", "head", "html", "i", "img", "meta", "small", "span", "strong", "tbody", "td", "th", "thead"}
_PLAIN_PIECE: Final = re.compile(r"""<(?:/([a-z][a-z0-9]*)|([a-z][a-z0-9]*)((?: [a-z-]+="[^"<>&]*")*))>([^<]*)""")
"""A tag as templates write nearly all of them, and the text behind it; what it says is read in one look."""
_TOLD: Final = frozenset({"a", "img"})
"""Tags whose attributes say something."""
_ATTRIBUTE: Final = re.compile(r"""([a-z-]+)="([^"]*)\"""")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self._skipped = 0
        self._links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BEFORE:
            self.out.append(_BEFORE[tag])
        elif tag in _SKIPPED:
            self._skipped += 1
        elif tag == "img":
            self._write(dict(attrs).get("alt") or "")
        elif tag == "a":
            self._links.append((dict(attrs).get("href") or "", len(self.out)))

    def handle_endtag(self, tag: str) -> None:
        if tag in _AFTER:
            self.out.append(_AFTER[tag])
        elif tag in _SKIPPED:
            self._skipped = max(0, self._skipped - 1)
        elif tag == "a" and self._links:
            address, start = self._links.pop()
            shown = "".join(self.out[start:]).strip()
            if address.startswith(("http://", "https://", "mailto:")) and address.removeprefix("mailto:") != shown:
                self._write(f" ({address})")

    def parse_starttag(self, i: int) -> int:
        end = self._read_plain(i)
        return end if end > i else super().parse_starttag(i)

    def parse_endtag(self, i: int) -> int:
        end = i if self.cdata_elem is not None else self._read_plain(i)
        return end if end > i else super().parse_endtag(i)

    def _read_plain(self, i: int) -> int:
        """Read plain tags and the text behind each; return where they end."""
        while (found := _PLAIN_PIECE.match(self.rawdata, i)) is not None:
            closes, opens, attributes, text = found.groups()
            if (opens or closes) not in _PLAIN:
                break
            if opens:
                self.handle_starttag(opens, _ATTRIBUTE.findall(attributes) if opens in _TOLD else [])
            else:
                self.handle_endtag(closes)
            if text and not self._skipped:
                self.out.append(_BLANKS.sub(" ", unescape(text)))
            i = found.end()
        return i

    def updatepos(self, i: int, j: int) -> int:  # noqa: ARG002 nobody asks in which line it is
        return j

    def handle_data(self, data: str) -> None:
        self._write(_BLANKS.sub(" ", data))

    def _write(self, text: str) -> None:
        if not self._skipped:
            self.out.append(text)


def html_to_text(html: str) -> str:
    """Return the text of an HTML page: links with their address, items with a dash, without styles and scripts."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = [line.strip() for line in _BLANKS_IN_LINE.sub(" ", "".join(reader.out)).split("\n")]
    kept = [line for number, line in enumerate(lines) if line or (number and lines[number - 1])]
    return "\n".join(kept).strip() + "\n"
