"""The sections of RESULTS.md: each benchmark writes its own."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")
HEAD = "# Results\n\nWhat the benchmarks printed last. `make bench` runs them.\n"


def write_section(title: str, text: str) -> None:
    """Put a section in the place of the one with its title, or at the end."""
    written = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else HEAD
    sections = [each for each in re.split(r"(?m)^(?=## )", written) if each.strip()]
    place = next((n for n, each in enumerate(sections) if each.startswith(f"## {title}\n")), len(sections))
    sections[place : place + 1] = [f"## {title}\n\n{text}"]
    RESULTS.write_text("\n".join(each.strip() + "\n" for each in sections), encoding="utf-8")


def machine() -> str:
    """Return what kind of machine this is."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = " ".join(f"{each:.0f}" for each in os.getloadavg())
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, {memory:.0f} GB, Python {platform.python_version()}; load at the beginning: {load}"


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a table."""
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])
