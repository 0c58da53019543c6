"""import.… on the embedded back office."""

import pytest

from ecomflow import Permanent


def test_imports_are_listed_the_newest_first(do, desk):
    for id, day in (("i1", "02-28"), ("i2", "03-01"), ("i3", "01-01")):
        desk.put("import", {"id": id, "status": "done", "created_at": f"2026-{day}T09:00:00Z"})

    assert [each["id"] for each in do("import.list")] == ["i2", "i1"]
    assert [each["id"] for each in do("import.list", since="90d", limit=2)] == ["i2", "i1"]


def test_what_failed_waits_to_be_tried_again(do, stocked):
    tried = do("import.retry", id="i1")
    again = do("import.retry", key="k2", id="i1")

    assert (tried["status"], tried["attempts"]) == ("waiting", 2) == (again["status"], again["attempts"])
    with pytest.raises(Permanent, match="there is no import 'i9'"):
        do("import.retry", key="k3", id="i9")


def test_plans(plan):
    assert plan("import.list", since="3d") == "list imports of the last 3d"
    assert plan("import.retry", id="i1") == "retry import i1"
