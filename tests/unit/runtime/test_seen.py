"""A run of an event of which no more was read than its workflow reads: it does what it would do of all of it."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ecomflow.core.commands import Entry, Row
from ecomflow.core.encoding import decode
from ecomflow.core.machine import Machine
from ecomflow.core.scope import MAX_SCOPE, Scope
from ecomflow.core.signals import StepFailed
from ecomflow.core.skimming import skim_of
from ecomflow.errors import EventError
from ecomflow.language import load_project
from ecomflow.runtime.accept import Skimmed, make_event
from ecomflow.runtime.record import run_info

from .conftest import START

TEXTS = [
    "{{ order.total }}", "{{ order.total | default('none') }} of {{ total }}", "{{ order.lines[0].sku }}", "{{ order['total'] }}", "{{ order[total] }}", "{{ order.at.year }}", "{{ order.at }}",
    "{{ event.data.order.total }} of {{ event.id }}", "{{ event.data.total }}", "{{ event.data | tojson }}", "{{ event.data['order'] | tojson }}", "{{ events[0].data.order.total }}",
    "{{ loop.total | default('-') }}", "{{ error.total | default('-') }}{{ arriving.total | default('-') }}", "{{ run.id }} {{ vars | tojson }} {{ trigger.kind }}",
    "{% for order in order.lines %}{{ order.sku }}{% endfor %}", "{% set total = total %}{{ total }}", "{% if order.paid %}{{ order.total }}{% endif %}", "{{ order | tojson }}", "{{ total }}",
    "{{ order.lines | map(attribute='sku') | join(',') }}", "{{ order.total * 2 }}", "{{ order.total > 5 and order.paid }}", "{{ [order.total, total] | tojson }}", "{{ order.total if order.paid else total }}",
    "{{ order.lines | length }} {{ order.total is present }}", "{{ order.ship.zip ~ order.ship.city }}", "{{ order.ship.zip.year }}",
]  # fmt: skip
STEPS = [
    "- if: order.total > 5\n  then: [{stop: big}]\n  else: [{fail: small}]",
    "- if: order.paid\n  on_unknown: else\n  then: [{stop: paid}]",
    "- continue_if: order.total > 5 or total == 1\n- stop: '{{ order.ship.city }}'",
    "- choose: [{if: 'order.ship.zip == total', then: [{stop: same}]}]\n  else: [{stop: '{{ total }}'}]",
    "- for_each: order.lines\n  as: order\n  do: [{action: probe.send, with: {text: '{{ order.sku }} {{ loop.index }} {{ total | default(0) }}'}}]",
    "- set: {total: '{{ order.total }}', city: '{{ vars.total }} {{ order.ship.city }}'}\n- stop: '{{ vars.city }} {{ total }}'",
    "- {id: total, action: probe.read, with: {}}\n- stop: '{{ total }}'",
    "- wait_for: {event: thing.came, match: {order.id: order.id}, where: arriving.total > order.total, timeout: 1h}",
    "- repeat: {times: '{{ total }}'}\n  do: [{stop: '{{ order.total }}'}]",
    "- if: {some: order.lines, as: line, if: line.sku == total}\n  then: [{stop: '{{ order.lines[-1].sku }}'}]\n  else: [{stop: none}]",
    "- wait: '{{ order.total }}h'",
    "- emit: thing.seen\n  data: {of: '{{ order.ship }}'}\n- stop: '{{ order.ship.city }}'",
]
MORE = [
    "vars: {total: order.total * 2}\noutput: {of: '{{ vars.total }} {{ total }}'}\nactions: [{stop: '{{ vars.total }}'}]\n",
    "exit_on: [{event: thing.came, match: {order.id: order.id}, where: arriving.total > total}]\nactions: [{wait: 1h}]\n",
    "output: {order: '{{ order.ship }}', total: '{{ total }}'}\nactions: [{set: {a: '{{ order.total }}'}}]\n",
]


@pytest.fixture(scope="module")
def workflows(tmp_path_factory, catalog):
    """A workflow for each of these."""
    folder = tmp_path_factory.mktemp("seen")
    (folder / "workflows").mkdir()
    (folder / "ecomflow.yaml").write_text("shop: acme\n", "utf-8")
    bodies = [f"actions:\n  - {{action: probe.send, with: {{text: {json.dumps(text)}}}}}\n" for text in TEXTS]
    bodies += [f"actions:\n{steps}\n" for steps in STEPS] + MORE
    for number, body in enumerate(bodies):
        (folder / "workflows" / f"w{number}.yaml").write_text(f"name: w{number}\ntrigger: {{event: thing.happened}}\n{body}", "utf-8")
    loaded = load_project(folder, catalog)
    assert not loaded.faulty, [(name, each.code, each.message, each.excerpt) for name, found in loaded.faulty.items() for each in found if each.severity == "error"]
    return loaded.workflows


SCALARS = [
    b'"a"', b"1", b"7", b"149.50", b"null", b"true", b'"true"', b'"2026-03-02"', b"9" * 19, b"-" + b"9" * 40, b"1e400", b"1e-400", b'"\\u00e9"', '"é"'.encode(), b"[]", b"{}", b'[{"sku":"A"},{"sku":1}]',
    b'[{"sku":"A","sku":"B"}]',
]  # fmt: skip
ODD = [b"[" * 70 + b"]" * 70, b"1e9999999999999999999", b"9" * 4301, b'"\xff"', b'"\\ud800"', b"NaN", b"", b'"' + b"x" * 300_000 + b'"', b"[" * 40 + b"]" * 40]
KEYS = [b'"order"', b'"total"', b'"lines"', b'"paid"', b'"ship"', b'"at"', b'"id"', b'"loop"', b'"error"', b'"vars"', b'"event"', b'"other"', b'"t\\u006ftal"']


def mappings(inner, *, most):
    pairs = st.tuples(st.sampled_from(KEYS), inner).map(b":".join)
    return st.lists(pairs, max_size=most).map(lambda found: b"{" + b",".join(found) + b"}")


plain = st.sampled_from(SCALARS)
ship = st.sampled_from([b'{"zip":"10115","city":"Berlin"}', b'{"zip":5}', b'{"city":null}', b'"Berlin"', b"[1]"])
order = st.one_of(
    mappings(plain | ship, most=6),
    st.builds(lambda total, ship: b'{"total":%b,"ship":%b,"paid":true,"id":1,"lines":[{"sku":"A"}],"at":"2026-03-02","note":"x"}' % (total, ship), plain, ship),
)
odd = st.one_of(*[plain] * 6, st.sampled_from(ODD))
raws = st.one_of(
    st.builds(lambda order, total: b'{"order":%b,"total":%b,"other":[{}]}' % (order, total), order, plain),
    st.builds(lambda order, again: b'{"order":%b,"total":7,"order":%b}' % (order, again), order, order | plain),
    mappings(order | plain, most=5),
    st.builds(lambda order, odd: b'{"order":%b,"other":%b}' % (order, odd), order, odd),
    odd,
)


def event(raw, workflow, *, in_part, also=()):
    """The event as it is when a run begins with it; ``also`` is what others read of it."""
    skim = None if workflow.reads is None or not in_part else skim_of(workflow.reads | {*also})
    return make_event("thing.happened", raw, id_="e", source="test", now=START, skim=lambda _: skim)[0]


def story(workflow, arriving):
    """All that a run does with an event: what it asks for, what it keeps, how it stands."""
    machine = Machine(workflow, run_info(1, "x", "acme", None, START, None))
    commands = machine.start([Row(Entry(1, START, "started", "", {"event": arriving, "trigger": {"id": None, "kind": "event"}}))])
    return repr(commands), machine.take_kept(), machine.status, repr(machine.pending)


@settings(max_examples=400, deadline=None)
@given(raws, st.integers(0, len(TEXTS) + len(STEPS) + len(MORE) - 1), st.sampled_from([(), [("order",)], [("order", "note"), ("other",)]]))
@example(b'{"order":{"total":1},"order":{"lines":2}}', 0, ())
@example(b'{"order":"A","total":7}', 1, ())
@example(b'{"order":{"at":{"year":5}}}', 5, ())
def test_a_run_does_the_same_with_what_it_reads_as_with_all(workflows, raw, number, also):
    # Given any workflow, When an event comes of which no more was read than the workflow reads,
    workflow = workflows[f"w{number}"]
    try:
        whole = event(raw, workflow, in_part=False)
    except EventError:
        whole = None
    if whole is None:
        with pytest.raises(EventError):
            event(raw, workflow, in_part=True, also=also)
        return
    found = story(workflow, event(raw, workflow, in_part=True, also=also))

    # Then its run does what it does of all of it, and comes back from the store, where all of it is, to where it was.
    assert found == story(workflow, whole)
    again = Machine(workflow, run_info(1, "x", "acme", None, START, None))
    kept, closed = (None if each is None else decode(each) for each in found[1])
    again.start([Row(Entry(1, START, "started", "", {"event": whole, "trigger": {"id": None, "kind": "event"}}), kept or [], closed)])
    assert again.status == found[2]


def test_most_of_these_are_read_in_part(workflows):
    # Given the workflows above, When an event comes, Then all are content with a part of it but those that read all of it,
    # or whose templates have names of their own.
    raw = b'{"order":{"total":1.5,"ship":{},"other":1},"total":7}'
    read = {text: event(raw, workflows[f"w{number}"], in_part=True) for number, text in enumerate(TEXTS)}
    assert {text for text, each in read.items() if not isinstance(each, Skimmed)} == {text for text in TEXTS if "{%" in text or "data |" in text or "events" in text}
    assert read["{{ total }}"].seen(frozenset({("total",)})) == {"total": 7}
    assert read["{{ total }}"].seen(frozenset({("order",)})) == read["{{ total }}"].seen(None) == json.loads(raw)


def test_what_was_not_read_counts_for_the_size_of_what_a_run_keeps(workflows):
    # Given an event of which little was read, When its run keeps much, Then the limit counts all of the event.
    raw = json.dumps({"total": 7, "other": "x" * 250_000}).encode()
    large = "x" * (MAX_SCOPE - 200_000)
    for in_part in (True, False):
        arriving = event(raw, workflows[f"w{TEXTS.index('{{ total }}')}"], in_part=in_part)
        scope = Scope({}, arriving)
        with pytest.raises(StepFailed):
            scope.weigh("result", large)
        assert scope.weigh("result", large[:-100_000]) is None
