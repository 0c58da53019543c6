"""The pages, taken apart: blocks of code with the marks above them, headings, links, what stands in backticks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(
    r"^(?:<!-- (?P<mark>[^\n]*?) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_INLINE = re.compile(r"(`+)(.+?)\1")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A block of code.

    Attributes:
        page: its file; ``line`` is that of the fence.
        mark: the comment right above, such as ``fragment: actions, expect: error EF112``.
    """

    page: str
    line: int
    language: str
    text: str
    mark: str = ""

    def __str__(self):
        return f"{self.page}:{self.line}"

    @property
    def marks(self):
        """The parts of the mark by name."""
        return {
            name.strip(): value.strip()
            for part in filter(None, self.mark.split(","))
            for name, _, value in [part.partition(":")]
        }


@dataclass(frozen=True)
class Page:
    name: str
    text: str

    @property
    def blocks(self):
        return [
            Block(
                self.name,
                self.text.count("\n", 0, found.start()) + 1,
                found["language"],
                found["text"],
                found["mark"] or "",
            )
            for found in _FENCE.finditer(self.text)
        ]

    @property
    def prose(self):
        """The text without its blocks."""
        return _FENCE.sub("", self.text)

    @property
    def named(self):
        """Everything that stands in backticks."""
        return {found[2].strip() for found in _INLINE.finditer(self.prose)}

    @property
    def words(self):
        """The words of everything in backticks."""
        return {word for text in self.named for word in re.split(r"[\s,/()]+", text)}

    @property
    def links(self):
        return _LINK.findall(self.prose)

    @property
    def anchors(self):
        """The anchors of the headings, as code hosts make them."""
        plain = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(self.prose)]
        return {heading.strip().replace(" ", "-") for heading in plain}

    def section(self, title):
        """Return the text below a heading, up to the next of its rank."""
        start = re.search(rf"^(#+) +{re.escape(title)}$", self.text, re.MULTILINE)
        assert start, f"{self.name} has no heading {title!r}"
        rest = self.text[start.end() :]
        end = re.search(rf"^#{{1,{len(start[1])}}} ", rest, re.MULTILINE)
        return rest[: end.start()] if end else rest


def page(name):
    return Page(name, (ROOT / name).read_text(encoding="utf-8"))


PAGES = [page("README.md"), *(page(f"docs/{path.name}") for path in sorted((ROOT / "docs").glob("*.md")))]
BLOCKS = [block for each in PAGES for block in each.blocks]


def project_file(of):
    """Return the block of a page that is a whole project file."""
    return next(block for block in of.blocks if "project" in block.marks)
