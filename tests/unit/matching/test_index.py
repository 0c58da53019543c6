"""The index changes what an event costs, never what becomes of it (R:X6)."""

import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import yaml
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from ecomflow.language import load_project
from ecomflow.matching import WorkflowIndex
from ecomflow.registry import Registry
from ecomflow.runtime.base import Answer
from ecomflow.runtime.simulated import SimulatedRuntime

REGISTRY = Registry.load()
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
CONSTANTS = ["'a'", "'b'", "'5'", "''", "5", "1", "1.0", "0", "-1", "true", "false", "none", "'2026-03-02'", "'1h'"]
VALUES = [
    "a", "b", "5", "", 5, 1, 0, -1, Decimal("1.0"), Decimal("5.00"), True, False, None, [], ["a"], {}, {"kind": "a"}, "2026-03-02", "1h",
]  # fmt: skip
PATHS = ["thing.kind", "thing.size", "thing.deep.kind", "other"]


class Silence:
    """Answers every action at once."""

    def perform(self, call):
        return Answer({"ok": True, "result": None})


# --- what workflows may say ---

constant, path = st.sampled_from(CONSTANTS), st.sampled_from(PATHS)


@st.composite
def leaves(draw):
    where, one, two = draw(path), draw(constant), draw(constant)
    return draw(
        st.sampled_from([
            f"{where} == {one}", f"{one} == {where}", f"{where} in [{one}, {two}]", f"{where} not in [{one}]", f"{where} != {one}",
            f"{where} > 3", f"{where} >= 1 and {where} < 5", f"{where} == {one} or {where} == {two}", f"not {where} == {one}",
            f"{where} is present", f"{where} is blank", f"{where} | default({one}) == {two}", f"{where} == {one} and {where} == {two}",
        ])
    )  # fmt: skip


conditions = st.recursive(
    leaves() | leaves().map(lambda text: {"if": text, "label": "named"}),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=4,
)


@st.composite
def workflows(draw):
    written = {
        "name": "w",
        "trigger": {"event": draw(st.sampled_from(["thing.happened", "thing.*", ["thing.happened", "thing.ended"]]))},
        "conditions": draw(st.lists(conditions, min_size=1, max_size=3)),
        "actions": [{"wait": "1h"}],
    }
    mode, subject = draw(st.sampled_from(["parallel", "parallel", "single", "restart", "queued"])), draw(st.sampled_from(["", "thing.kind"]))
    optional = {
        "mode": mode if mode != "parallel" else None,
        "subject": subject or None,
        "on_unknown": "fail" if draw(st.booleans()) else None,
        "priority": draw(st.sampled_from([None, 1])),
        "throttle": {"limit": 1, "per": "1d", "key": "thing.kind"} if draw(st.integers(0, 3)) == 0 else None,
    }
    return {**written, **{key: value for key, value in optional.items() if value is not None}}


# --- what events may hold ---

values = st.sampled_from(VALUES)
things = st.dictionaries(st.sampled_from(["kind", "size"]), values).flatmap(
    lambda thing: st.one_of(st.none(), st.dictionaries(st.just("kind"), values), values).map(
        lambda deep: thing if deep is None else {**thing, "deep": deep}
    )
)
datas = st.fixed_dictionaries({}, optional={"thing": st.one_of(things, things, things, values), "other": values})
events = st.lists(st.tuples(datas, st.sampled_from([None, "s1", "s2"])), min_size=1, max_size=4)


@contextmanager
def shop(written, *, use_keys):
    """Run a project of these workflows in virtual time, with or without the index."""
    with tempfile.TemporaryDirectory() as folder:
        for number, one in enumerate(written):
            (Path(folder) / f"w{number}.yaml").write_text(yaml.safe_dump({**one, "name": f"w{number}"}, sort_keys=False), "utf-8")
        project = load_project(Path(folder), REGISTRY.catalog)
    runtime = SimulatedRuntime(project, start=START, performer=Silence(), catalog=REGISTRY.catalog)
    if not use_keys:
        definitions = runtime.kernel.definitions
        definitions.index = WorkflowIndex(definitions.current.values(), use_keys=False)
    try:
        yield runtime
    finally:
        runtime.close()


def outcomes(written, arriving, *, use_keys):
    """What emitters are told, what `why` tells of each workflow, what is stored but for what did not match, and the runs."""
    with shop(written, use_keys=use_keys) as runtime:
        told = []
        for number, (data, subject) in enumerate(arriving):
            receipt = runtime.emit("thing.happened", data, id=f"e{number}", subject=subject)
            told.append([(d.workflow, d.outcome, d.run_id, d.reason) for d in receipt.decisions])
        why = [
            sorted((e.workflow or "", e.outcome, e.run_id or "", e.disagrees) for e in runtime.why(f"e{number}"))
            for number in range(len(arriving))
        ]
        stored = sorted((d.event_id, d.workflow or "", d.outcome) for d in runtime.decisions() if d.outcome != "not_matched")
        return told, why, stored, [(run.workflow, run.subject, run.status) for run in runtime.runs()]


def workflow(condition, **more):
    return {"name": "w", "trigger": {"event": "thing.happened"}, "conditions": [condition], "actions": [{"wait": "1h"}], **more}


def arrives(kind=..., subject=None):
    return [({"thing": {} if kind is ... else {"kind": kind}}, subject)]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(workflows(), min_size=1, max_size=4), events)
@example([workflow("thing.kind == 'a'", mode="single")], arrives("b"))  # a mode without a subject is unknown, and here false
@example([workflow("thing.kind == 1"), workflow("thing.kind == true")], arrives(True))
@example([workflow("thing.kind == 1")], arrives(Decimal("1.0")))
@example([workflow("thing.kind == '5'"), workflow("thing.kind == 5")], arrives("5"))
@example([workflow("thing.kind == 'a'"), workflow("thing.kind in ['a', 'b']", on_unknown="fail")], arrives())
@example([workflow("thing.kind == 'a'", mode="restart")], [*arrives("a", "s"), *arrives("b", "s")])
def test_with_and_without_the_index_the_same_happens(written, arriving):
    # Given any workflows, When any events arrive, Then index on and index off tell, store and start the same.
    on, off = (outcomes(written, arriving, use_keys=use_keys) for use_keys in (True, False))

    for found in {outcome for one in on[1] for _, outcome, _, _ in one}:
        event(found)
    assert on == off


def test_the_index_skips_what_cannot_match():
    # Given two workflows that name a constant each, When an event of a third arrives, Then neither is even asked.
    with shop([workflow("thing.kind == 'a'"), workflow("thing.kind == 'b'")], use_keys=True) as runtime:
        index = runtime.kernel.definitions.index

        assert not index.candidates("thing.happened", {"thing": {"kind": "c"}})
        assert [each.name for each in index.candidates("thing.happened", {"thing": {"kind": "b"}})] == ["w1"]
        assert not index.candidates("thing.ended", {"thing": {"kind": "a"}})


def test_what_compares_across_kinds_is_asked():
    # Given constants of several kinds under one path, Then a value skips only those of its own kind.
    written = [workflow(f"thing.kind == {text}") for text in ("'a'", "'b'", "5", "true")]
    with shop(written, use_keys=True) as runtime:

        def asked(thing):
            return [each.name for each in runtime.kernel.definitions.index.candidates("thing.happened", {"thing": thing})]

        assert asked({"kind": "a"}) == ["w0", "w2", "w3"]
        assert asked({"kind": 5}) == ["w0", "w1", "w2", "w3"]
        assert asked({"kind": 6}) == ["w0", "w1", "w3"]
        assert asked({"kind": True}) == ["w0", "w1", "w2", "w3"]
        assert asked({"kind": None}) == []
        assert asked({}) == asked({"kind": ["a"]}) == asked("a text") == ["w0", "w1", "w2", "w3"]


def test_workflows_come_by_priority_then_name():
    written = [workflow("thing.kind == 'a'"), workflow("thing.size > 1", priority=5), workflow("thing.kind == 'a'", priority=5)]
    with shop(written, use_keys=True) as runtime:
        found = runtime.kernel.definitions.index.candidates("thing.happened", {"thing": {"kind": "a"}})
        assert [each.name for each in found] == ["w1", "w2", "w0"]


def rows(runtime):
    return runtime.kernel.store.db.execute("select workflow, outcome from decision").fetchall()


def test_a_missing_path_is_one_row_and_an_answer_for_each_workflow():
    # Given many workflows that ask one path for a constant, When an event without it arrives,
    written = [workflow(f"thing.kind == '{n}'") for n in range(20)]
    with shop(written, use_keys=True) as runtime:
        receipt = runtime.emit("thing.happened", {"thing": {}}, id="e")

        # Then one row is stored, and the receipt, the decisions and `why` still answer for each of them.
        names = sorted(f"w{n}" for n in range(20))
        assert len(rows(runtime)) == 1
        assert sorted(d.workflow for d in receipt.decisions) == names
        assert {d.outcome for d in receipt.decisions} == {"unknown"}
        assert sorted(d.workflow for d in runtime.decisions()) == names
        explained = runtime.why("e")
        assert sorted(e.workflow for e in explained) == names
        assert {(e.outcome, e.reason, e.disagrees) for e in explained} == {("unknown", "thing.kind is missing", "")}
        assert all("thing.kind" in e.leaves[0].detail for e in explained)
        assert [e.workflow for e in runtime.why("e", "w7")] == ["w7"]


def test_each_missing_path_is_a_row_of_its_own():
    # Given workflows found by two paths and by none, When both are missing, Then there is a row a path, and one more.
    texts = ["thing.kind == 'a'", "thing.kind == 'b'", "thing.size == 1", "thing.size == 2", "thing.size > 3"]
    with shop([workflow(text) for text in texts], use_keys=True) as runtime:
        runtime.emit("thing.happened", {"thing": {}})

        assert sorted(rows(runtime)) == [("w0\nw1", "unknown"), ("w2\nw3", "unknown"), ("w4", "unknown")]


def test_a_condition_that_is_false_counts_before_the_missing_path():
    # Given a second condition that is false, When the indexed path is missing, Then the workflow does not match.
    with shop([{**workflow("thing.kind == 'a'"), "conditions": ["thing.kind == 'a'", "thing.size > 3"]}], use_keys=True) as runtime:
        assert runtime.emit("thing.happened", {"thing": {"size": 1}}, id="e").decisions == []
        assert rows(runtime) == []
        assert [(e.outcome, e.reason, e.disagrees) for e in runtime.why("e")] == [("not_matched", "thing.size > 3: 1 > 3", "")]


def test_a_run_that_fails_for_a_missing_path_is_started_for_each_workflow():
    written = [workflow(f"thing.kind == '{n}'", on_unknown="fail") for n in range(3)]
    with shop(written, use_keys=True) as runtime:
        runtime.emit("thing.happened", {"thing": {}})

        assert len(rows(runtime)) == 1
        assert [(run.workflow, run.status) for run in runtime.runs()] == [("w0", "failed"), ("w1", "failed"), ("w2", "failed")]


def test_what_arrives_while_a_workflow_is_paused_is_decided_by_what_it_is_at_the_resume(tmp_path):
    # Given a paused workflow, and an event that its index passes over,
    def project(constant):
        (tmp_path / "w.yaml").write_text(yaml.safe_dump(workflow(f"thing.kind == '{constant}'")), "utf-8")
        return load_project(tmp_path, REGISTRY.catalog)

    runtime = SimulatedRuntime(project("a"), start=START, performer=Silence(), catalog=REGISTRY.catalog)
    runtime.pause("w")
    assert [d.outcome for d in runtime.emit("thing.happened", {"thing": {"kind": "b"}}).decisions] == ["held"]

    # When it is edited so that it asks for just that, and goes on,
    runtime.deploy(project("b"))
    runtime.resume("w")

    # Then the event that was kept starts it.
    assert [run.workflow for run in runtime.runs()] == ["w"]
    runtime.close()


def test_own_events_are_asked_after_the_conditions():
    # Given a workflow that causes an event of its own type, When that event does not match, Then it is no refusal.
    again = [{"emit": "thing.happened", "data": {"thing": {"kind": "b"}}}]
    for use_keys in (True, False):
        with shop([workflow("thing.kind == 'a'", subject="event.type") | {"actions": again}], use_keys=use_keys) as runtime:
            runtime.emit("thing.happened", {"thing": {"kind": "a"}})
            assert [d.outcome for d in runtime.decisions() if d.outcome != "not_matched"] == ["started"]
