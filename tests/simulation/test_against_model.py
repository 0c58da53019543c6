"""What the engine makes of random shops is what the model makes of them; ``against_model.py`` plays as many as one likes."""

import ast
import logging
import sys
from pathlib import Path

import pytest
from against_model import differences, kept
from modelled import write_plan

SEEDS = 200
HERE = Path(__file__).parent
MODEL = [*sorted(HERE.glob("model*.py")), HERE / "listening.py"]


@pytest.fixture(autouse=True)
def quiet():
    """Plans make workflows fail on purpose."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("first", range(0, SEEDS, 10))
def test_ten_shops_mean_to_the_engine_what_they_mean_to_the_model(first):
    # Given random workflows and timelines, When engine and model play them, Then decisions, calls and ends are the same.
    found = {seed: told[:3] for seed in range(first, first + 10) if (told := differences(write_plan(seed)))}

    assert not found, f"repeat with: python {HERE / 'against_model.py'} 1 {min(found)}\n{found}"


@pytest.mark.parametrize("plan", kept(), ids=lambda plan: str(plan["seed"]))
def test_shops_that_differed_once_differ_no_more(plan):
    # Given a plan that showed a difference, When it is played again, Then there is none.
    assert differences(plan) == []


@pytest.mark.parametrize("file", MODEL, ids=lambda file: file.name)
def test_model_is_small_and_knows_nothing_of_the_engine(file):
    # Given a file of the model, When it is read, Then it is short and imports the standard library and the model alone.
    text = file.read_text("utf-8")
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {name.partition(".")[0] for node in nodes for name in ([node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names])}

    assert len(text.splitlines()) <= 400
    assert names - {file.stem for file in MODEL} <= sys.stdlib_module_names
