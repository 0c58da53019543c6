"""Schemas and conversions from signatures and docstrings."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal, TypedDict

import pytest

from ecomflow import DurationText, Email, Expression, Money, Template, TemplateData
from ecomflow.parameters import kind_of
from ecomflow.signatures import parse_docstring, read_signature


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


class Box(TypedDict, total=False):
    id: str
    weight: Decimal | None


@dataclass
class Label:
    tracking: str
    cost: Money


@pytest.mark.parametrize(
    ("hint", "schema"),
    [
        (str, {"type": "string"}),
        (bool, {"type": "boolean"}),
        (int, {"type": "integer"}),
        (Decimal, {"type": "number"}),
        (Money, {"type": "number"}),
        (Email, {"type": "string", "format": "email"}),
        (Template, {"type": "string", "x-ecomflow": "template"}),
        (TemplateData, {"type": "object", "x-ecomflow": "template-data"}),
        (DurationText, {"type": "string", "x-ecomflow": "duration"}),
        (datetime, {"type": "string", "format": "date-time"}),
        (date, {"type": "string", "format": "date"}),
        (None, {"type": "null"}),
        (Any, {}),
        (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
        (Literal["a"] | None, {"type": ["string", "null"], "enum": ["a", None]}),
        (Size, {"type": "string", "enum": ["small", "large"]}),
        (list[str], {"type": "array", "items": {"type": "string"}}),
        (list, {"type": "array"}),
        (dict[str, int], {"type": "object", "additionalProperties": {"type": "integer"}}),
        (dict[str, Any], {"type": "object"}),
        (str | None, {"type": ["string", "null"]}),
        (Email | list[Email], {"type": ["string", "array"], "format": "email", "items": {"type": "string", "format": "email"}}),
        (Expression | None, {"type": ["string", "number", "boolean", "null"], "x-ecomflow": "expression"}),
        (list[str] | list[int], {"anyOf": [{"type": "array", "items": {"type": t}} for t in ("string", "integer")]}),
        (
            Box,
            {"type": "object", "properties": {"id": {"type": "string"}, "weight": {"type": ["number", "null"]}}, "required": []},
        ),
        (
            Label,
            {
                "type": "object",
                "properties": {"tracking": {"type": "string"}, "cost": {"type": "number"}},
                "required": ["tracking", "cost"],
            },
        ),
    ],
    ids=str,
)
def test_an_annotation_gives_a_schema(hint, schema):
    assert kind_of(hint).schema == schema


@pytest.mark.parametrize(
    ("hint", "value", "converted"),
    [
        (str, "007", "007"),
        (int, Decimal("10.0"), 10),
        (Decimal, 5, Decimal(5)),
        (Decimal, 0.1, Decimal("0.1")),
        (float, Decimal("0.5"), 0.5),
        (datetime, "2026-01-01T00:00:00Z", datetime(2026, 1, 1, tzinfo=UTC)),
        (date, "2026-01-01", date(2026, 1, 1)),
        (list[Decimal], (1, 2), [Decimal(1), Decimal(2)]),
        (Size, "small", Size.SMALL),
        (str | None, None, None),
        (str | list[str], ["a"], ["a"]),
        (Literal["a"], "a", "a"),
        (Box, {"id": "1"}, {"id": "1"}),
    ],
    ids=str,
)
def test_a_fitting_value_is_converted(hint, value, converted):
    assert kind_of(hint).convert(value) == converted


@pytest.mark.parametrize(
    ("hint", "value", "message"),
    [
        (str, 1, "expected a text, got a number"),
        (str, None, "expected a text, got none"),
        (int, True, "expected a number, got yes or no"),
        (int, Decimal("1.5"), "expected a whole number"),
        (Decimal, "5", "expected a number, got a text"),
        (Decimal, Decimal("NaN"), "expected a number, got NaN"),
        (bool, 1, "expected yes or no"),
        (datetime, datetime(2026, 1, 1), "a moment with a zone"),
        (Literal["a", "b"], "c", "expected one of a, b"),
        (Literal[1], True, "expected one of 1"),
        (list[str], "a", "expected a list, got a text"),
        (list[str], [1], "expected a text"),
        (dict[str, str], [], "expected a mapping, got a list"),
        (str | None, 5, "expected a text, got a number"),
    ],
    ids=str,
)
def test_an_unfit_value_is_refused_with_the_reason(hint, value, message):
    with pytest.raises(ValueError, match=message):
        kind_of(hint).convert(value)


def test_a_type_that_no_json_value_fits_is_refused():
    with pytest.raises(TypeError, match="has no JSON Schema"):
        kind_of(complex)


def sample(call, to: Email, from_: str, count: int = 3, note: str | None = None) -> None:
    """Send a thing.

    In two lines.

    Args:
        to: whom
            to reach.
        from_: who sends.
        count (int): how many.

    Returns:
        Nothing: at all.
    """


def test_a_signature_gives_an_object_schema():
    signature = read_signature(sample, ("call",))
    assert signature.schema == {
        "type": "object",
        "properties": {
            "to": {"type": "string", "format": "email", "description": "whom to reach."},
            "from": {"type": "string", "description": "who sends."},
            "count": {"type": "integer", "description": "how many.", "default": 3},
            "note": {"type": ["string", "null"]},
        },
        "required": ["to", "from"],
        "additionalProperties": False,
    }
    assert signature.result == {"type": "null"}
    assert signature.description == "Send a thing.\n\nIn two lines."
    assert signature.given == ("call",)


def test_binding_renames_and_converts():
    assert read_signature(sample, ("call",)).bind({"to": "a@b.c", "from": "x"}) == {"to": "a@b.c", "from_": "x"}


@pytest.mark.parametrize(
    ("values", "message"),
    [({"to": "a"}, "from: is required"), ({"to": "a", "from": "b", "x": 1}, "x: is no parameter"), ({"to": 1, "from": "b"}, "to: expected")],
)
def test_binding_names_the_parameter(values, message):
    with pytest.raises(ValueError, match=message):
        read_signature(sample, ("call",)).bind(values)


def test_free_parameters_pass_as_they_are():
    def free(**params: Any) -> Any: ...

    signature = read_signature(free)
    assert signature.schema["additionalProperties"] is True
    assert signature.bind({"anything": 1}) == {"anything": 1}


def test_a_parameter_without_annotation_is_named():
    def bad(x): ...

    with pytest.raises(TypeError, match=r"parameter x of .*bad has no annotation"):
        read_signature(bad)


def test_a_docstring_without_sections_is_all_description():
    assert parse_docstring("One.\n\nTwo.") == ("One.\n\nTwo.", {})
