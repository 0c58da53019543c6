"""An engine that opens what another process has read before: it compiles what events concern, and does the same."""

from pathlib import Path

import pytest

from ecomflow import Engine, action
from ecomflow.errors import StoreError
from ecomflow.language import keeping
from ecomflow.model import Workflow
from ecomflow.runtime.spent import spans_of


@action("tested.act", effect="reads")
def own_action(call):
    """Do nothing."""


FILES = {
    "workflows/greets.yaml": """\
trigger: {event: thing.happened}
conditions: [thing.size > 3]
actions: [{action: log.write, with: {message: 'a {{ thing.size }}'}}]
""",
    "workflows/waits.yaml": """\
trigger: {event: thing.happened}
subject: thing.id
throttle: {limit: 1, per: 1h, key: thing.id}
exit_on: [{event: thing.gone, match: {thing.id: thing.id}}]
actions: [{wait_for: {event: thing.sold, match: {thing.id: thing.id}, timeout: 1d}}, {action: log.write, with: {message: sold}}]
""",
    **{f"workflows/other{number:02}.yaml": "trigger: {event: other.happened}\nactions: []\n" for number in range(keeping.WORTH_KEEPING)},
}


@pytest.fixture
def root(tmp_path):
    for name, text in {"ecomflow.yaml": "shop: s\n", **FILES}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def opened(root):
    """Open a project as another process does."""
    keeping._last.clear()
    return Engine.open(root, role="engine")


def not_yet_compiled(project):
    return {name for name, workflow in project.workflows.items() if type(workflow) is not Workflow and workflow._whole._compile is not None}


def play(root, before, after):
    """Send an event to one engine and the rest to a second; return what became of all."""
    told = []
    for number, events in enumerate((before, after)):
        with opened(root).in_thread() as engine:
            told += [sorted((each.workflow or "", each.outcome) for each in (engine.emit(*event, id=f"e{number}{place}")).decisions) for place, event in enumerate(events)]
            told.append(sorted([(run.workflow, run.status) for run in engine.runs()]))
    return told


BEFORE = [("thing.happened", {"thing": {"id": "a", "size": 5}}), ("thing.happened", {"thing": {"id": "b", "size": 1}})]
AFTER = [("thing.sold", {"thing": {"id": "a"}}), ("thing.gone", {"thing": {"id": "b"}}), ("thing.happened", {"thing": {"id": "a", "size": 9}})]


def test_a_second_engine_goes_on_where_the_first_was(root, tmp_path_factory):
    # Given a project whose runs wait, When a second engine opens it from the shelf, Then all goes as without one.
    with_shelf = play(root, BEFORE, AFTER)
    other = tmp_path_factory.mktemp("other")
    (other / "ecomflow.yaml").write_text("shop: s\n", "utf-8")
    (other / "workflows").mkdir()
    for name in ("greets", "waits"):
        (other / "workflows" / f"{name}.yaml").write_text(FILES[f"workflows/{name}.yaml"], "utf-8")

    assert (root / "var" / "ecomflow.db.compiled").exists()
    assert not (other / "var" / "ecomflow.db.compiled").exists()
    assert with_shelf == play(other, BEFORE, AFTER)


def test_an_engine_compiles_what_events_concern(root):
    with opened(root).in_thread():
        pass
    opening = opened(root)
    with opening.in_thread() as engine:
        # Given an engine that has opened a project from the shelf, Then it has compiled nothing, not for what it asks of all workflows either;
        everything = set(opening.project.workflows)
        assert spans_of(opening.project.workflows.values()) == {("throttle", "waits"): 3_600_000_000}
        assert not_yet_compiled(opening.project) == everything

        # When events come, Then those are compiled that they concern.
        engine.emit("thing.happened", {"thing": {"id": "a", "size": 5}})
        assert not_yet_compiled(opening.project) == everything - {"greets", "waits"}


def test_a_deployment_reads_what_was_edited(root):
    with opened(root).in_thread():
        pass
    with opened(root).in_thread() as engine:
        assert engine.deploy() == []
        path = Path(root, "workflows", "greets.yaml")
        path.write_text(path.read_text("utf-8").replace("> 3", "> 30"), "utf-8")
        assert engine.deploy() == ["greets"]
        small, large = (engine.emit("thing.happened", {"thing": {"id": each, "size": size}}) for each, size in (("a", 5), ("b", 50)))
        assert [[each.workflow for each in receipt.decisions] for receipt in (small, large)] == [["waits"], ["greets", "waits"]]


def test_a_client_reads_what_the_engine_has_kept_and_keeps_nothing(root):
    # Given a project that a client opens, Then nothing is kept;
    keeping._last.clear()
    Engine.open(root, role="client")
    assert not (root / "var" / "ecomflow.db.compiled").exists()

    # And what the engine keeps is what the next client reads, also where that knows less and cannot use it.
    opened(root)
    kept = (root / "var" / "ecomflow.db.compiled").read_bytes()
    keeping._last.clear()
    assert len(not_yet_compiled(Engine.open(root, role="client").project)) == len(FILES)
    keeping._last.clear()
    Engine.open(root, role="client", plugins=[own_action])
    assert (root / "var" / "ecomflow.db.compiled").read_bytes() == kept


@pytest.mark.parametrize("store", ["shop.compiled", "shop", ".compiled", "shop.db.compiled"])
def test_a_store_is_never_the_shelf(root, store):
    # Given a store of whatever name, When a second engine opens the project, Then what the first has decided is there.
    (root / "ecomflow.yaml").write_text(f"shop: s\nstore: sqlite:///var/{store}\n", "utf-8")
    with opened(root).in_thread() as engine:
        engine.emit(*BEFORE[0])
    with opened(root).in_thread() as engine:
        assert {run.workflow for run in engine.runs()} == {"waits", "greets"}
    assert (root / "var" / f"{store}.compiled").exists()


def test_stores_that_differ_in_their_endings_share_no_shelf(root):
    for store in ("shop.db", "shop.sqlite"):
        (root / "ecomflow.yaml").write_text(f"shop: s\nstore: sqlite:///var/{store}\n", "utf-8")
        with opened(root).in_thread():
            pass
    assert {path.name for path in (root / "var").glob("*.compiled")} == {"shop.db.compiled", "shop.sqlite.compiled"}


@pytest.mark.parametrize("store", ["sqlite:////", "sqlite:///.", "sqlite:///..", "sqlite:///workflows/"])
def test_a_folder_is_no_store_and_has_no_shelf(root, store):
    before = {path.name for folder in (root, root.parent) for path in folder.iterdir()}
    (root / "ecomflow.yaml").write_text(f"shop: s\nstore: {store}\n", "utf-8")
    with pytest.raises(StoreError, match="is no file but a folder"), opened(root).in_thread():
        pass
    assert {path.name for folder in (root, root.parent) for path in folder.iterdir()} == before
