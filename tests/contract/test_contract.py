"""Every case of the contract on every runtime."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from case import Case, all_cases
from folder import CaseFolder, catalog
from ledger import disputed, not_yet
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
    if not_yet().covers(case, folder.faults):
        # What does not run yet is refused and says so; it is never ignored.
        assert any("does not run it yet" in fault.message for fault in folder.faults)
        return
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


def test_number_of_cases_that_do_not_run_yet_only_shrinks(installed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    count = 0
    for number, case in enumerate(case for case in CASES if not_yet().rules & set(case.rules)):
        folder = CaseFolder(tmp_path / str(number), case.files, installed, monkeypatch)
        folder.open()
        count += not_yet().covers(case, folder.faults)

    assert count == not_yet().at_most, "more cases than before are left out, or `at_most` in not_yet.yaml can be lowered"


def test_every_dispute_names_a_case():
    assert set(disputed()) <= {(case.file, case.name) for case in CASES}
