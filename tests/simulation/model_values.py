"""What the language means, told a second time: a plain interpreter on virtual time, from the rules alone.

It shares no code with the engine. Runs are generators, what is due stands in one list, and nothing is ever stored: a restart
of the process only cuts the calls that are in flight. Workflows are plain mappings; times are microseconds.
"""

from __future__ import annotations

import re

SECOND = 1_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND
MISSING = object()
UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}


def span(text):
    return int(text[:-1]) * UNITS[text[-1]]


# --- values, conditions, templates (X1-X4) ---


def look(path, scope):
    value = scope
    for part in path.split("."):
        value = value.get(part, MISSING) if isinstance(value, dict) else MISSING
    return value


def literal(text, scope):
    if text == "none":
        return None
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    return text[1:-1] if text[0] == "'" else {"true": True, "false": False}.get(text, MISSING) if text in ("true", "false") else look(text, scope)


def compare(left, sign, right):
    if left is MISSING or right is MISSING:
        return None
    if sign in ("==", "!="):
        if left is None or right is None:
            return (left is right) == (sign == "==")
        return None if type(left) is not type(right) else (left == right) == (sign == "==")
    if type(left) is not type(right) or not isinstance(left, int | str) or isinstance(left, bool):
        return None
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[sign]


def truth(condition, scope):
    """Return true, false, or None for unknown, by Kleene's rules."""
    if isinstance(condition, list):
        condition = {"all": condition}
    if isinstance(condition, dict):
        ((how, inner),) = condition.items()
        found = [truth(one, scope) for one in (inner if isinstance(inner, list) else [inner])]
        if how == "any":
            return True if True in found else None if None in found else False
        every = False if False in found else None if None in found else True
        return every if how == "all" else None if every is None else not every
    if condition.endswith(" is present"):
        return look(condition[:-11], scope) not in (MISSING, None, "", [], {})
    left, sign, right = (*condition.split(" "), "", "")[:3]
    value = literal(left, scope)
    return compare(value, sign, literal(right, scope)) if sign else value if isinstance(value, bool) else None


def key_text(value):
    return str(value) if isinstance(value, int | str) and not isinstance(value, bool) else None


def render(template, scope):
    if isinstance(template, dict):
        return {name: render(one, scope) for name, one in template.items()}
    if isinstance(template, list):
        return [render(one, scope) for one in template]
    if not isinstance(template, str) or "{{" not in template:
        return template
    path, _, plus = template.strip("{} ").partition(" + ")
    value = look(path, scope)
    if value is MISSING or (plus and (not isinstance(value, int) or isinstance(value, bool))):
        raise Failed
    return value + int(plus) if plus else value


class Failed(Exception):  # noqa: N818 a way out, no error
    """A step fails; the innermost step that says so is the error's."""

    step = None


class Stopped(Exception):  # noqa: N818 a way out, no error
    """A run ends by ``stop``, or quietly by ``continue_if``, which may also end an item."""

    quiet = False


class Cancelled(Exception):  # noqa: N818 a way out, no error
    """A strand ends early."""


STEPS = ("then", "action", "wait_for", "wait", "ask_approval", "call", "emit", "set", "continue_if", "stop", "fail", "choose", "parallel",
         "for_each", "repeat", "try")  # fmt: skip


def parts(step):
    """Return the lists of steps inside a step, each with its part of the path."""
    found = [(name, step[name]) for name in ("then", "else", "do", "try", "catch", "finally", "on_error") if isinstance(step.get(name), list)]
    found += [(str(n), branch) for n, branch in enumerate(step.get("parallel", ()))]
    found += [(str(n), branch["then"]) for n, branch in enumerate(step.get("choose", ()))]
    asked = step.get("ask_approval", {}).get("on_timeout")
    return [*found, ("on_timeout", asked)] if isinstance(asked, list) else found


def every(steps):
    for step in steps:
        yield step
        for _, inner in parts(step):
            yield from every(inner)
