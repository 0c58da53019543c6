"""The project's copy of the contract is the shared one."""

from __future__ import annotations

import pytest
from case import HERE
from update import SHARED, texts, update


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared contract is not beside this project")
def test_the_copy_is_unchanged():
    assert texts(HERE / "cases") == texts(SHARED)


def test_an_update_makes_the_copy_equal(tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    for folder, files in ((source, {"a.yaml": "1", "b.yaml": "2"}), (target, {"b.yaml": "old", "gone.yaml": "3"})):
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_text(text)

    changed = update(source, target)

    assert texts(target) == {"a.yaml": "1", "b.yaml": "2"}
    assert changed == ["a.yaml", "b.yaml", "gone.yaml"]
