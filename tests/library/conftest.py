"""A shop for programs that use the library; what starts processes is shared with the tests of processes."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "processes"))
sys.path.insert(0, str(Path(__file__).parent))

from kit import Processes

WORKFLOWS = {
    "remind": "name: remind\ntrigger: {event: cart.left}\nactions:\n  - wait: 1d\n",
    "ask": """
name: ask
trigger: {event: refund.requested}
actions:
  - id: said
    ask_approval: {title: "Pay {{ refund.total }} back?", to: finance}
  - if: said.approved
    then:
      - {action: log.write, with: {message: paid}}
    else:
      - stop: rejected
""",
    "flop": "name: flop\ntrigger: {event: thing.failed}\nactions:\n  - fail: on purpose\n",
}


@pytest.fixture
def shop(tmp_path):
    """Return the folder of a project whose workflows need nobody outside."""
    folder = tmp_path / "shop"
    (folder / "workflows").mkdir(parents=True)
    (folder / "ecomflow.yaml").write_text("shop: acme\npeople: {finance: [ana]}\n", "utf-8")
    for name, text in WORKFLOWS.items():
        (folder / "workflows" / f"{name}.yaml").write_text(text, "utf-8")
    return folder


@pytest.fixture
def processes(shop):
    """Return what starts processes of this shop; those that are left at the end are ended."""
    with Processes(shop) as started:
        yield started
