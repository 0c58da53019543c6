"""Each mutant still fits the code: the text that it changes stands there once, and the tests that must notice are there."""

import pytest
from run import ALL, ROOT


@pytest.mark.parametrize("mutant", ALL, ids=lambda mutant: mutant.name)
def test_a_mutant_applies(mutant):
    for name, old, _ in mutant.changes:
        assert (ROOT / "src" / "ecomflow" / name).read_text("utf-8").count(old) == 1, name
    for test in mutant.tests:
        assert (ROOT / test.partition("::")[0]).exists(), test
