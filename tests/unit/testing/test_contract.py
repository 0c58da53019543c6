"""What holding a plugin against the contract finds, and what it leaves alone."""

import itertools
from typing import Any

import pytest

from ecomflow import (
    ActionCall,
    EventType,
    Permanent,
    RateLimited,
    Source,
    Watch,
    action,
    connection,
    filter,  # noqa: A004 the word of the field
    hookimpl,
    trigger,
)
from ecomflow.testing import check_plugin, perform

COUNT = itertools.count()


def made(name="gift.add", effect="writes", plan=lambda **_: "add", params=None, **options):
    """Return an action that keeps the contract, but for what is said."""

    def function(call: ActionCall, name: str = "a") -> str:
        """Add.

        Args:
            name: what it is called.
        """
        return name

    found = action(name, effect=effect, **options)(params or function)
    if plan:
        found.plan(plan)
    return found


def undocumented(call: ActionCall, name: str) -> str: ...


def half_documented(call: ActionCall, name: str, other: str) -> str:
    """Add.

    Args:
        name: what it is called.
    """


def without_call(name: str = "a") -> str:
    """Add.

    Args:
        name: what it is called.
    """
    return name


async def loop(call: ActionCall) -> str:
    """Add."""


def untyped(call: ActionCall):
    """Add."""


def raising(call: ActionCall) -> str:
    """Add."""
    raise ValueError("broken")


def refusing(call: ActionCall) -> str:
    """Add."""
    raise Permanent("not so")


def nothing(call: ActionCall) -> Any:
    """Add."""
    return print


def counting(call: ActionCall) -> int:
    """Add."""
    return next(COUNT)


def event(name="gift.used", schema=None, subject="gift.id", description="It was used."):
    return EventType(name, {"type": "object", "properties": {"gift": {"type": "object", "properties": {"id": {}}}}} if schema is None else schema, subject, description)


def default(call: ActionCall, name: str = object()) -> str:
    """Add.

    Args:
        name: what it is called.
    """


@connection("box")
def silent_box(size: int): ...


@trigger("tide")
def tide(tide: str) -> Watch:
    """Fire with the tide."""
    return Watch()


@pytest.mark.parametrize(
    ("thing", "severity", "said"),
    [
        (made("Add"), "error", "no name of an action"),
        (made("gift.Add"), "error", "no name of an action"),
        (made(params=undocumented), "error", "it has no docstring"),
        (made(params=undocumented), "error", "says nothing of `name`"),
        (made(params=half_documented), "error", "says nothing of `other`"),
        (made(params=default), "error", "the default of `name` is no value of a workflow"),
        (made("gift.get", "writes"), "warning", "has the effect `reads`"),
        (made("gift.send_all", "writes"), "warning", "its name says `sends`, its effect is `writes`"),
        (made("gift.refund", "sends"), "warning", "its name says `charges`"),
        (made(params=without_call, idempotent=True), "error", "takes no `call`: without `call.key`"),
        (made(params=without_call, connections=("http",)), "error", "takes no `call`: it is `call.connection`"),
        (made(connections=("nowhere",)), "error", "kind `nowhere`, which nothing installed brings"),
        (made(params=loop, quick=True), "error", "a quick action is a plain function"),
        (made(params=untyped), "warning", "has no annotation"),
        (made(plan=None), "warning", "it has no plan"),
        (made(plan=lambda: "add"), "error", "its plan raises TypeError"),
        (made(plan=lambda **_: 5), "error", "its plan is one line of text"),
        (made(plan=lambda **_: "a\nb"), "error", "its plan is one line of text"),
        (made(plan=lambda **_: f"add {next(COUNT)}"), "error", "its plan is not pure"),
        (made(params=raising), "error", "it raises ValueError: broken; raise Retryable"),
        (made(params=refusing), "warning", "it fails: not so"),
        (made(params=nothing), "error", "holds a builtin_function"),
        (made(params=counting, idempotent=True), "error", "gave another result"),
        (event("Used"), "error", "no type of events"),
        (event(schema={"type": "thing"}), "error", "no JSON Schema"),
        (event(subject=None), "warning", "names no subject"),
        (event(subject="gift.code"), "error", "leads to nothing in its schema"),
        (event(description=""), "error", "has no description"),
        (Source("shop", (), lambda *_: []), "error", "it has no topics"),
        (silent_box, "error", "it has no docstring"),
        (silent_box, "error", "says nothing of `size`"),
        (tide, "error", "says nothing of `tide`"),
        (filter("shout")(lambda value: value), "error", "it has no docstring"),
        (filter("a.b")(len), "error", "no name of a filter"),
    ],
)
def test_a_fault_is_found(thing, severity, said):
    findings = check_plugin(thing, call=True)

    assert [finding.severity for finding in findings if said in finding.message] == [severity], findings


@pytest.mark.parametrize(
    "thing", [made(), made(connections=("http",)), made("gift.get", "reads", plan=None, params=without_call), made("gift.refund", "charges", idempotent=True), event()]
)
def test_nothing_is_found_where_nothing_is_wrong(thing):
    assert check_plugin(thing, call=True) == []


def test_actions_are_not_called_unless_it_is_asked_for():
    assert check_plugin(made(params=raising)) == []


def test_a_plugin_that_registers_nothing_is_told():
    class Plugin:
        @hookimpl
        def register_actions(self, register): ...

    assert "it registers nothing" in check_plugin(Plugin())[0].message


def test_a_name_that_is_not_installed_is_told():
    assert "no such distribution" in str(check_plugin("acme-none")[0])


# --- an action for real ---


def test_perform_checks_and_converts_as_the_engine_does():
    @action("gift.add", effect="writes")
    async def add(call: ActionCall, amount: float) -> dict[str, Any]:
        """Add."""
        return {"key": call.key, "attempt": call.attempt, "to": call.connection, "half": amount / 2, "locale": call.locale, "both": (1, 2)}

    result = perform(add, {"amount": 5}, key="k", attempt=2, connection="box", locale="de")

    assert result == {"key": "k", "attempt": 2, "to": "box", "half": 2.5, "locale": "de", "both": [1, 2]}
    with pytest.raises(Permanent, match="amount: expected a number"):
        perform(add, {"amount": "5"})


def test_perform_finds_installed_actions_by_name():
    assert perform("log.write", {"message": "hello"}) is None


def test_perform_raises_what_the_action_raises():
    @action("gift.add", effect="writes")
    def add() -> None:
        """Add."""
        raise RateLimited("later", retry_after=5)

    with pytest.raises(RateLimited, match="later"):
        perform(add)
