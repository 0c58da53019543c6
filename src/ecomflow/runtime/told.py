"""What an entry of a run's journal says in a few words."""

from __future__ import annotations

from typing import Any


def told(kind: str, value: Any) -> str:
    """Return the words for an entry of a kind with its data; an empty text where the kind says it all."""
    if value is None:
        return ""
    if kind in ("attempt", "late"):
        if value.get("ok"):
            return f"skipped: {value['skipped']}" if "skipped" in value else "done"
        return f"{value.get('type', value.get('class'))}: {value.get('message', '')}"
    if kind == "child":
        return f"{value['run'] or 'not started'}: {value['status']}{f': {reason}' if (reason := value['reason']) else ''}"
    if kind == "end":
        return f"{value['how']}: {value['reason']}"
    return f"from version {value['from'][:12]} to {value['to'][:12]}" if kind == "migrated" else ""
