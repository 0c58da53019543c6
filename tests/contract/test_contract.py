"""Every case of the contract on every runtime."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from case import Case, all_cases
from folder import CaseFolder, catalog
from ledger import disputed
from runtimes import RUNTIMES

from ecomflow.testing.answers import Answers
from ecomflow.testing.checker import asks_why, differences
from ecomflow.testing.observed import tell
from ecomflow.testing.player import Player

if TYPE_CHECKING:
    from pathlib import Path

CASES = all_cases()


@pytest.fixture(scope="session")
def installed():
    return catalog()


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case, runtime: str, installed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    because = disputed().get((case.file, case.name))
    if because:
        pytest.skip(f"disputed: {because}")
    folder = CaseFolder(tmp_path, case.files, installed, monkeypatch)
    project = folder.open()
    answers = Answers(installed, lambda action, _params: action, case.answers)
    secrets = tuple(case.files.secrets.values())

    opened = RUNTIMES[runtime](project, start=case.start, performer=answers, catalog=installed, secrets=secrets)
    with closing(opened) as engine:
        player = Player(engine, folder)
        player.play(case.given)
        seen = player.observed(answers.calls, ask=asks_why(case.expect))

    found = differences(case.expect, seen)
    if found:
        pytest.fail("\n".join([f"{case}  {list(case.rules)}", *(f"- {line}" for line in found), tell(seen)]), pytrace=False)


def test_every_dispute_names_a_case():
    assert set(disputed()) <= {(case.file, case.name) for case in CASES}
