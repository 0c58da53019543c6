"""The SQL of the package, read once: statements by name, the schema, the steps between schemas by number."""

from __future__ import annotations

from importlib.resources import files


def _parse(text: str, mark: str = "-- name: ") -> dict[str, str]:
    found: dict[str, list[str]] = {}
    name = ""
    for line in text.splitlines():
        if line.startswith(mark):
            name = line.removeprefix(mark).strip()
            found[name] = []
        elif name and not line.startswith("--"):
            found[name].append(line.strip())
    return {name: " ".join(filter(None, lines)) for name, lines in found.items()}


def _read(name: str) -> str:
    return (files("ecomflow.store") / name).read_text(encoding="utf-8")


SQL = _parse(_read("queries.sql"))
SCHEMA = _read("schema.sql")
ADDED = _read("added.sql")
STEPS = {int(number): sql for number, sql in _parse(_read("migrations.sql"), "-- step: ").items()}
INBOX_SCHEMA = _read("inbox.sql")
