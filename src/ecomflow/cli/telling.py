"""What an expression of a step gave, in words."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from ecomflow.cli.words import flow, shown
from ecomflow.model import ActionStep, ContinueIfStep, IfStep
from ecomflow.testing.steps import name_of

if TYPE_CHECKING:
    from ecomflow.cli.places import Places
    from ecomflow.model import Step

_TRUTH: Final = {True: "true", False: "false", None: "unknown"}


def told_value(places: Places, path: str, value: Any) -> str | None:
    """Return a line for a value of the trail, or None for one that tells people nothing.

    Args:
        places: the steps of the workflow.
        path: where it was evaluated.
        value: what it gave.
    """
    step, purpose = places.find(path)
    if isinstance(value, dict) and set(value) == {"error"} and isinstance(value["error"], dict):
        return f"{_named(step, path)}: {value['error'].get('message')}"
    if step is None:
        return f"{path} = {shown(flow(value))}"
    return _of_step(step, purpose, value)


def _of_step(step: Step, purpose: str, value: Any) -> str | None:
    if isinstance(value, bool) or (value is None and _condition(step) is not None):
        return f"{_condition(step) or _named(step, purpose)}: {_TRUTH[value]}"
    if isinstance(value, date):
        return f"{_named(step, '')} until {shown(flow(value))}"
    if isinstance(step, ActionStep) and isinstance(value, dict):
        return f"{name_of(step)} with {shown(flow(_short(value)), 240)}"
    return f"{_named(step, '')}{f' {purpose}' if purpose else ''} = {shown(flow(value))}"


def _condition(step: Step) -> str | None:
    if isinstance(step, (IfStep, ContinueIfStep)):
        return step.condition.source
    return step.guard.source if step.guard is not None else None


def _named(step: Step | None, fallback: str) -> str:
    return fallback if step is None else name_of(step)


def _short(params: dict[str, Any]) -> dict[str, Any]:
    """Return parameters with rendered pages left out: their text would hide the rest."""
    return {key: "(rendered)" if isinstance(value, dict) and "html" in value else value for key, value in params.items()}

