"""ecomflow: workflows for online shops.

The public names; each is imported when it is first used, so that a short command does not pay for all of them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ecomflow.errors import (
        ActionError,
        CaseError,
        ConnectionSettingsError,
        EcomflowError,
        EventError,
        ExpressionError,
        InDoubt,
        LeaseLostError,
        LimitError,
        MissingExtraError,
        NotFoundError,
        Permanent,
        ProjectError,
        RateLimited,
        RefusedError,
        ReplayError,
        Retryable,
        StoreError,
        StoreVersionError,
    )  # fmt: skip
    from ecomflow.expressions.durations import add as add_duration
    from ecomflow.expressions.durations import at_local, moment_of, parse_duration
    from ecomflow.expressions.durations import subtract as subtract_duration
    from ecomflow.expressions.values import subject_text as as_key
    from ecomflow.extras import optional
    from ecomflow.hookspecs import hookimpl
    from ecomflow.jsontext import from_json, to_json
    from ecomflow.model import (
        Duration,
        Effect,
        Event,
        EventType,
        Firing,
        Happening,
        Outcome,
        Page,
        Reaction,
        Retry,
        Run,
        RunStatus,
        Watch,
    )
    from ecomflow.parameters import (
        DurationText,
        Email,
        EventTypes,
        Expression,
        Mark,
        Money,
        Pairs,
        Template,
        TemplateData,
    )
    from ecomflow.plugins import ActionCall, Source, action, connection, filter, trigger  # noqa: A004 the field's word
    from ecomflow.runtime.embedded import Engine
    from ecomflow.runtime.thread import EngineThread

_HOMES = {
    "ecomflow.errors": (
        "ActionError CaseError ConnectionSettingsError EcomflowError EventError ExpressionError InDoubt LeaseLostError LimitError"
        " MissingExtraError NotFoundError Permanent ProjectError RateLimited RefusedError ReplayError Retryable StoreError"
        " StoreVersionError"
    ),
    "ecomflow.expressions.durations": "add_duration=add at_local moment_of parse_duration subtract_duration=subtract",
    "ecomflow.expressions.values": "as_key=subject_text",
    "ecomflow.extras": "optional",
    "ecomflow.hookspecs": "hookimpl",
    "ecomflow.jsontext": "from_json to_json",
    "ecomflow.model": "Duration Effect Event EventType Firing Happening Outcome Page Reaction Retry Run RunStatus Watch",
    "ecomflow.parameters": "DurationText Email EventTypes Expression Mark Money Pairs Template TemplateData",
    "ecomflow.plugins": "ActionCall Source action connection filter trigger",
    "ecomflow.runtime.embedded": "Engine",
    "ecomflow.runtime.thread": "EngineThread",
}
_PLACES = {
    public: (module, original or public)
    for module, names in _HOMES.items()
    for public, _, original in (name.partition("=") for name in names.split())
}

__all__ = [
    "ActionCall",
    "ActionError",
    "CaseError",
    "ConnectionSettingsError",
    "Duration",
    "DurationText",
    "EcomflowError",
    "Effect",
    "Email",
    "Engine",
    "EngineThread",
    "Event",
    "EventError",
    "EventType",
    "EventTypes",
    "Expression",
    "ExpressionError",
    "Firing",
    "Happening",
    "InDoubt",
    "LeaseLostError",
    "LimitError",
    "Mark",
    "MissingExtraError",
    "Money",
    "NotFoundError",
    "Outcome",
    "Page",
    "Pairs",
    "Permanent",
    "ProjectError",
    "RateLimited",
    "Reaction",
    "RefusedError",
    "ReplayError",
    "Retry",
    "Retryable",
    "Run",
    "RunStatus",
    "Source",
    "StoreError",
    "StoreVersionError",
    "Template",
    "TemplateData",
    "Watch",
    "action",
    "add_duration",
    "as_key",
    "at_local",
    "connection",
    "filter",
    "from_json",
    "hookimpl",
    "moment_of",
    "optional",
    "parse_duration",
    "subtract_duration",
    "to_json",
    "trigger",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'ecomflow' has no attribute {name!r}")
    module, original = _PLACES[name]
    value = globals()[name] = getattr(importlib.import_module(module), original)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
