"""Optional packages, and whether what distributions need is there."""

import sys
from types import ModuleType

import pytest

from ecomflow.cli.doctor.requirements import fits, unmet
from ecomflow.extras import missing_in, optional


def test_what_a_module_would_import_and_is_not_there_is_told(monkeypatch):
    module = ModuleType("some_plugin")
    module.there, module.missing = optional("json", extra="json"), optional("nowhere_to_be_found", extra="far")
    monkeypatch.setitem(sys.modules, "some_plugin", module)

    assert [str(error) for error in missing_in("some_plugin")] == ["nowhere_to_be_found is not installed: pip install 'ecomflow[far]'"]


@pytest.mark.parametrize(
    ("version", "sign", "wanted", "expected"),
    [
        ("1.2", ">=", "1.2", True), ("1.2", ">=", "1.2.1", False), ("1.10", ">=", "1.9", True), ("2.0", "<", "2", False),
        ("1.9", "<=", "2", True), ("2.0", "<=", "2", True), ("2.0", ">", "2", False), ("2.1", ">", "2", True),
        ("1.4.7", "~=", "1.4.2", True), ("1.5.0", "~=", "1.4.2", False), ("1.5", "~=", "1.4", True), ("2.0", "~=", "1.4", False),
        ("1.2.0", "==", "1.2", True), ("1.2.9", "==", "1.2.*", True), ("1.3", "==", "1.2.*", False), ("1.3", "!=", "1.3", False),
        ("1.3.1", "!=", "1.3.*", False), ("2025.3", ">=", "2024", True), ("0.1.0", "===", "0.1.0", True),
    ],
)  # fmt: skip
def test_versions_fit_as_their_numbers_say(version, sign, wanted, expected):
    assert fits(version, sign, wanted) is expected


def test_what_is_needed_under_a_condition_is_not_asked():
    # Given what is installed here, When it is asked what it lacks, Then nothing is, of extras neither.
    assert list(unmet("ecomflow")) == []
    assert list(unmet("nowhere-to-be-found")) == []
