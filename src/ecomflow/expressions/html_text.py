"""HTML to readable text: the text part of a mail."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

_SKIPPED: Final = frozenset({"script", "style", "head", "title", "template"})
_BLOCKS: Final = frozenset({"p", "div", "table", "tr", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "header", "footer", "blockquote", "pre"})
_BLANKS: Final = re.compile(r"[ \t\r\n\f]+")
_PLAIN: Final = _BLOCKS | {"a", "b", "body", "br", "em", "hr", "i", "img", "li", "small", "span", "strong", "tbody", "td", "th", "thead"}
_PLAIN_TAG: Final = re.compile(r"""<([a-z][a-z0-9]*)((?: [a-z-]+="[^"<>&]*")*)>""")
"""A tag as templates write nearly all of them; what it says is read in one look."""
_PLAIN_END: Final = re.compile("</([a-z][a-z0-9]*)>")
_ATTRIBUTE: Final = re.compile(r"""([a-z-]+)="([^"]*)\"""")
_APART: Final = frozenset({"p", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote"})


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self._skipped = 0
        self._links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SKIPPED:
            self._skipped += 1
        elif tag == "br":
            self.out.append("\n")
        elif tag in _BLOCKS:
            self.out.append("\n\n" if tag in _APART else "\n")
        elif tag in ("li", "hr"):
            self.out.append("\n- " if tag == "li" else "\n----\n")
        elif tag == "img":
            self._write(dict(attrs).get("alt") or "")
        elif tag == "a":
            self._links.append((dict(attrs).get("href") or "", len(self.out)))

    def handle_endtag(self, tag: str) -> None:
        if tag in _SKIPPED:
            self._skipped = max(0, self._skipped - 1)
        elif tag in _BLOCKS:
            self.out.append("\n\n" if tag in _APART else "\n")
        elif tag in ("td", "th"):
            self.out.append(" ")
        elif tag == "a" and self._links:
            address, start = self._links.pop()
            shown = "".join(self.out[start:]).strip()
            if address.startswith(("http://", "https://", "mailto:")) and address.removeprefix("mailto:") != shown:
                self._write(f" ({address})")

    def parse_starttag(self, i: int) -> int:
        found = _PLAIN_TAG.match(self.rawdata, i)
        if found is None or found[1] not in _PLAIN:
            return super().parse_starttag(i)
        self.handle_starttag(found[1], _ATTRIBUTE.findall(found[2]))
        return found.end()

    def parse_endtag(self, i: int) -> int:
        found = _PLAIN_END.match(self.rawdata, i)
        if found is None or found[1] not in _PLAIN or self.cdata_elem is not None:
            return super().parse_endtag(i)
        self.handle_endtag(found[1])
        return found.end()

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
    lines = [_BLANKS.sub(" ", line).strip() for line in "".join(reader.out).split("\n")]
    kept = [line for number, line in enumerate(lines) if line or (number and lines[number - 1])]
    return "\n".join(kept).strip() + "\n"
