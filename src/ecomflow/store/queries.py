"""The named SQL of the package, read once from ``queries.sql``."""

from __future__ import annotations

from importlib.resources import files


def _parse(text: str) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    name = ""
    for line in text.splitlines():
        if line.startswith("-- name: "):
            name = line.removeprefix("-- name: ").strip()
            found[name] = []
        elif name and not line.startswith("--"):
            found[name].append(line.strip())
    return {name: " ".join(filter(None, lines)) for name, lines in found.items()}


def _read(name: str) -> str:
    return (files("ecomflow.store") / name).read_text(encoding="utf-8")


SQL = _parse(_read("queries.sql"))
SCHEMA = _read("schema.sql")
ADDED = _read("added.sql")
INBOX_SCHEMA = _read("inbox.sql")
