"""The cases of the YAML test suite, through the reader: each is the value it should be, or a fault with a place.

Of what the suite allows, workflows leave out tags, several documents, keys that are no text, two keys of one name, merge keys
and numbers in octal or hexadecimal; those are refused or are text, and never another value than the suite's.
"""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from yamlsuite import read_cases, shown

from ecomflow.language import read_yaml

LENIENT = {
    "9C9N-0", "DK95-1", "QB6E-0", "Y79Y-3",  # lines of a list or quoted text that are not indented enough
    "9JBA-0", "CVW2-0", "SU5Z-0", "X4QW-0",  # a comment without a blank before it
    "G5U8-0", "YJV2-0",  # a dash as a text in a list
    "MUS6-0", "S98Z-0",
}  # fmt: skip
"""Texts that the suite wants refused and the parser takes, for what they look like."""
REFUSED = {"EF101", "EF102", "EF104", "EF105", "EF106"}


@pytest.mark.attack(5, 6, 7, 8, 10, 11)
def test_every_case_of_the_yaml_test_suite_is_its_value_or_a_fault_with_a_place(realdata):
    # Given every case of the suite,
    folder = realdata / "conformance" / "yaml-test-suite"
    if not folder.is_dir():
        pytest.skip(f"no folder {folder}")
    wrong = []
    read = 0
    for name, case in read_cases(folder):
        # When it is read,
        reading = read_yaml(shown(case["yaml"]), name)
        errors = [fault for fault in reading.diagnostics if fault.severity == "error"]
        # Then it is the value of its JSON, or a fault with a place and a code,
        if errors:
            if reading.value is not None or not all(f.line >= 1 and f.column >= 1 and f.code in REFUSED for f in errors):
                wrong.append((name, "fault without place", errors))
            continue
        read += 1
        if case.get("fail") and name not in LENIENT:
            wrong.append((name, "should fail", reading.value))
        if "json" in case and "fail" not in case and reading.value != as_read(case["json"]):
            wrong.append((name, reading.value, case["json"]))
    assert wrong == []
    # and what is refused is the smaller part.
    assert read > 150, read


def as_read(text):
    """The value of a case: one document, numbers with a point as decimals; an empty text is null."""
    return json.loads(text, parse_float=Decimal) if text.strip() else None


@pytest.mark.attack(6)
@pytest.mark.parametrize("text", ["{ ?foo: bar }", "[?x]", "{?'a': 1}", "key: &an:chor value", "key: &a.b value", "- &a?b [c]"])
def test_what_the_parser_would_take_for_another_value_is_refused(text):
    # Given a name that libyaml cuts, When it is read, Then it is refused and not half of it taken
    reading = read_yaml(text, "f.yaml")
    assert (reading.value, reading.diagnostics[0].code[:4]) == (None, "EF10")


@pytest.mark.parametrize(("text", "value"), [("- |+\n   ", ["\n"]), ("a: |\n  x\n   ", {"a": "x\n \n"}), ("a: &b {c: 1}\nd: *b\ne: {? f : 1}", {"a": {"c": 1}, "d": {"c": 1}, "e": {"f": 1}})])
def test_what_is_near_to_it_is_read(text, value):
    assert read_yaml(text, "f.yaml").value == value
