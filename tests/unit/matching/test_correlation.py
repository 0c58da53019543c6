"""From an event to the waits that it ends: keys of types, fields and values, equal exactly where they pair (R:X3, S2)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomflow.expressions import subject_text
from ecomflow.language import load_project
from ecomflow.matching import Shapes, look_up, shapes_of, subscription_key, type_fits
from ecomflow.matching.correlation import SUBJECT, key_of
from ecomflow.model import MISSING, Event
from ecomflow.registry import Registry

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(["", "1", "1.0", "5", "a", "A", "\x1f", "\x1e"]),
    st.sampled_from([Decimal("1.0"), Decimal(1), Decimal("5.50")]), st.just([]), st.just({}),
)  # fmt: skip


def arrives(data, type_="order.created", **more):
    return Event(id="e1", type=type_, source="shop", time=NOW, data=data, **more)


def waits(fields, type_="order.created"):
    shapes = Shapes()
    shapes.add(type_, fields)
    return shapes


# --- what pairs ---


@pytest.mark.parametrize(
    ("theirs", "mine", "pairs"),
    [
        ("c1", "c1", True), ("c1", "C1", False), (1, "1", True), (Decimal("1.0"), 1, True), ("1.0", 1, False), (True, "true", False),
        (None, None, False), ([1], "1", False), ({}, "", False), ("", "", True), (Decimal("5.50"), Decimal("5.5"), True),
    ],
)  # fmt: skip
def test_values_pair_as_text(theirs, mine, pairs):
    # Given a wait for a field with a value of ours, When an event carries theirs, Then its key is the wait's where they pair.
    text = subject_text(mine)
    fields, key = subscription_key("order.created", [("order.checkout_id", "?" if text is None else text)], "")

    keys = waits(fields).keys(arrives({"order": {"checkout_id": theirs}}), None)

    assert (text is not None and key in keys) is pairs


@given(scalars, scalars)
def test_keys_agree_with_the_text_of_values(theirs, mine):
    # Given any two values, Then their keys are one exactly where both have a text, and it is the same.
    left, right = subject_text(theirs), subject_text(mine)
    keys = waits(("order.ref",)).keys(arrives({"order": {"ref": theirs}}), None)
    expected = left is not None and left == right
    assert (right is not None and subscription_key("order.created", [("order.ref", right)], "")[1] in keys) is expected


def test_a_field_that_is_missing_makes_no_key():
    shapes = waits(("order.email", "order.ref"))
    for data in ({}, {"order": {}}, {"order": {"ref": "1"}}, {"order": "text"}, {"order": {"ref": "1", "email": None}}):
        assert shapes.keys(arrives(data), "order:o1") == []


def test_all_pairs_must_hold_in_whatever_order_they_are_written():
    one = subscription_key("order.created", [("order.ref", "1"), ("order.email", "a@x")], "")
    other = subscription_key("order.created", [("order.email", "a@x"), ("order.ref", "1")], "")
    assert one == other
    assert waits(one[0]).keys(arrives({"order": {"ref": 1, "email": "a@x"}}), None) == [one[1]]
    assert waits(one[0]).keys(arrives({"order": {"ref": 1, "email": "b@x"}}), None) != [one[1]]


def test_values_of_two_fields_never_change_places():
    keys = {key_of("t.a", ("x", "y"), values) for values in (("1", "2"), ("2", "1"), ("12", ""), ("", "12"))}
    assert len(keys) == 4
    assert key_of("t.a", ("x", "y"), ("1\x1f2", "3")) != key_of("t.a", ("x", "y"), ("1", "2\x1f3"))
    assert key_of("t.a", ("x",), ("1",)) != key_of("t.b", ("x",), ("1",)) != key_of("t.b", ("y",), ("1",))


# --- subjects ---


def test_a_wait_without_match_is_for_the_subject():
    fields, key = subscription_key("order.created", None, "order:o1")

    assert fields == SUBJECT
    assert waits(fields).keys(arrives({}), "order:o1") == [key]
    assert waits(fields).keys(arrives({}), "order:o2") != [key]
    assert waits(fields).keys(arrives({}), None) == []


def test_the_envelope_can_be_paired_too():
    fields, key = subscription_key("order.created", [("event.subject", "o1")], "")
    assert waits(fields).keys(arrives({}, subject="o1"), None) == [key]
    assert waits(fields).keys(arrives({"event": {"subject": "o1"}}), None) == []


# --- shapes ---


def test_an_event_makes_keys_for_shapes_of_its_type_and_of_patterns():
    shapes = Shapes([("order.created", ("order.id",)), ("order.*", SUBJECT), ("ticket.created", SUBJECT)])

    assert len(shapes.keys(arrives({"order": {"id": 1}}), "order:1")) == 2
    assert shapes.keys(arrives({}, "order.paid"), "order:1") == [subscription_key("order.*", None, "order:1")[1]]
    assert shapes.keys(arrives({}, "parcel.sent"), "order:1") == []


def test_a_new_shape_counts_at_once():
    shapes = Shapes()
    assert shapes.keys(arrives({}), "order:1") == []
    assert shapes.add("order.created", SUBJECT)
    assert not shapes.add("order.created", SUBJECT)
    assert len(shapes.keys(arrives({}), "order:1")) == 1


def test_the_shapes_of_a_workflow_are_its_exits_and_the_waits_since_its_start(tmp_path):
    (tmp_path / "w.yaml").write_text(
        """
name: w
trigger: {event: thing.happened}
exit_on:
  - {event: [thing.sold, thing.lost], match: {thing.ref: thing.id, event.subject: thing.owner}}
actions:
  - wait_for: {event: thing.moved, timeout: 1d}
  - id: first
    wait: 1h
  - wait_for: {event: thing.packed, match: {thing.ref: first}, since: step, timeout: 1d}
""",
        "utf-8",
    )
    (workflow,) = load_project(tmp_path, Registry.load().catalog).workflows.values()

    pairs = ("event.subject", "thing.ref")
    assert list(shapes_of(workflow)) == [("thing.sold", pairs), ("thing.lost", pairs), ("thing.moved", SUBJECT)]


# --- types and paths ---


@pytest.mark.parametrize(
    ("pattern", "type_", "fits"),
    [
        ("order.created", "order.created", True), ("order.created", "order.paid", False), ("order.*", "order.created", True),
        ("order.*", "order.item.added", True), ("order.*", "order.", False), ("order.*", "orders.created", False),
        ("order.*", "order", False), ("order.created", "order.created.late", False), ("a.b.*", "a.b.c", True),
    ],
)  # fmt: skip
def test_types_fit(pattern, type_, fits):
    assert type_fits(pattern, type_) is fits


def test_paths_lead_through_mappings_alone():
    data = {"a": {"b": [{"c": 1}], "d": None, "when": date(2026, 3, 2)}}
    assert look_up(data, ("a", "d")) is None
    assert look_up(data, ()) is data
    for path in (("a", "x"), ("a", "d", "e"), ("a", "b", "c"), ("a", "when", "day"), ("x",)):
        assert look_up(data, path) is MISSING
