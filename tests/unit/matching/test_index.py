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

        assert index.candidates("thing.happened", {"thing": {"kind": "c"}}) == []
        assert [w.name for w, _ in index.candidates("thing.happened", {"thing": {"kind": "b"}})] == ["w1"]
        assert index.candidates("thing.ended", {"thing": {"kind": "a"}}) == []


def test_what_compares_across_kinds_is_asked():
    # Given constants of several kinds under one path, Then a value skips only those of its own kind.
    written = [workflow(f"thing.kind == {text}") for text in ("'a'", "'b'", "5", "true")]
    with shop(written, use_keys=True) as runtime:

        def asked(thing):
            return [w.name for w, _ in runtime.kernel.definitions.index.candidates("thing.happened", {"thing": thing})]

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
        assert [w.name for w, _ in found] == ["w1", "w2", "w0"]
