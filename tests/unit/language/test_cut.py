"""A text that YAML cuts at a `` #`` is a fault where a template went with it, and none where a comment is meant."""

import pytest

from ecomflow.language import load_project
from ecomflow.registry import Registry


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("message: Order #{{ order.number }} is on its way", ["EF107"]),
        ("message: Order {{ order.number }} #{{ order.id }}", ["EF107"]),
        ('message: "Order #{{ order.number }}"', []),
        ("message: Order {{ order.number }} # what people read", []),
    ],
)
def test_text_that_yaml_cuts(tmp_path, line, codes):
    head = "name: w\ntrigger: {event: order.created}\nactions:\n  - action: log.write\n    with:\n      "
    (tmp_path / "w.yaml").write_text(head + line + "\n", "utf-8")

    found = load_project(tmp_path, Registry.load().catalog).diagnostics

    assert [fault.code for fault in found] == codes
