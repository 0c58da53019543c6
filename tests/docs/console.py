"""Types the lines of a page's console blocks into a shell, and holds what they print against what is shown."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from dataclasses import dataclass
from queue import Empty, Queue

_SECONDS = 60


@dataclass(frozen=True)
class Typed:
    """One line after a `$`, and what is shown below it."""

    line: str
    shown: tuple[str, ...]


def typed(text):
    """Return the lines of a console block."""
    parts = re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]
    return [Typed(lines[0], tuple(lines[1:])) for lines in (part.rstrip("\n").split("\n") for part in parts)]


def matches(shown, printed):
    """Whether lines are as shown: `…` stands for any text of a line, and alone on a line for any lines."""
    wanted = "".join(_pattern(line.rstrip()) for line in shown)
    text = "".join(f"{line.rstrip()}\n" for line in printed)
    return re.fullmatch(wanted, text) is not None


def _pattern(line):
    return r"(?:[^\n]*\n)*?" if line.strip() == "…" else ".*".join(map(re.escape, line.split("…"))) + r"\n"


class Terminal:
    """A shell whose `ecomflow` and `python` are these.

    Args:
        folder: where it begins.
    """

    def __init__(self, folder):
        self._folder, self._background = folder / "work", []
        self._folder.mkdir()
        programs = folder / "bin"
        programs.mkdir()
        for name, words in (("ecomflow", " -m ecomflow.cli"), ("python", "")):
            (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}"{words} "$@"\n')
            (programs / name).chmod(0o755)
        path = f"{programs}{os.pathsep}{os.environ['PATH']}"
        self._environment = {**os.environ, "PATH": path, "NO_COLOR": "1", "COLUMNS": "80", "PYTHONUNBUFFERED": "1"}

    def type(self, one):
        """Run a line; return the lines that it printed."""
        if one.line.startswith("cd "):
            self._folder /= one.line.removeprefix("cd ")
            return []
        if one.line.endswith(" &"):
            return self._start(one)
        done = subprocess.run(["sh", "-c", one.line], **self._where(), timeout=_SECONDS, check=False)
        return done.stdout.splitlines()

    def _where(self):
        return {
            "cwd": self._folder, "env": self._environment, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True,
            "stdin": subprocess.DEVNULL,
        }  # fmt: skip

    def _start(self, one):
        process = subprocess.Popen(["sh", "-c", f"exec {one.line.removesuffix(' &')}"], **self._where())
        lines = Queue()
        reader = threading.Thread(target=lambda: [lines.put(line) for line in process.stdout], daemon=True)
        reader.start()
        self._background.append((process, reader))
        printed = []
        try:
            while len(printed) < len(one.shown):
                printed.append(lines.get(timeout=_SECONDS))
        except Empty:
            pass
        return [line.rstrip("\n") for line in printed]

    def close(self):
        """End what runs in the background."""
        for process, reader in self._background:
            process.terminate()
            process.wait(_SECONDS)
            reader.join(_SECONDS)
            process.stdout.close()
