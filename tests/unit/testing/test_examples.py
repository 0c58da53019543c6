"""Examples of JSON Schemas."""

import jsonschema
import pytest

from ecomflow.testing.examples import example


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({}, None),
        ({"const": 5}, 5),
        ({"enum": ["a", "b"]}, "a"),
        ({"type": "string", "examples": ["x"]}, "x"),
        ({"type": "string", "default": ""}, ""),
        ({"type": "integer"}, 1),
        ({"type": "integer", "minimum": 5}, 5),
        ({"type": "number", "maximum": 0}, 0),
        ({"type": "boolean"}, True),
        ({"type": ["null", "string"], "format": "email"}, "someone@example.com"),
        ({"type": "object", "properties": {"tracking": {"type": "string"}}}, {"tracking": "tracking"}),
        ({"properties": {"n": {"type": "integer"}}}, {"n": 1}),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 2}, [1, 1]),
        ({"type": "array"}, []),
        ({"oneOf": [{"type": "null"}, {"type": "integer"}]}, 1),
        ({"allOf": [{"properties": {"a": {"const": 1}}}, {"properties": {"b": {"const": 2}}}]}, {"a": 1, "b": 2}),
        ({"$ref": "#/$defs/id", "$defs": {"id": {"type": "string", "minLength": 6}}}, "textxx"),
    ],
)
def test_an_example_is_plain_and_allowed(schema, expected):
    made = example(schema)

    assert made == expected
    jsonschema.validate(made, schema)


def test_a_schema_that_refers_to_itself_ends():
    tree = {"type": "object", "properties": {"child": {"$ref": "#"}}}

    assert example(tree)["child"]["child"] is not None
