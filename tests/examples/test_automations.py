"""The automations of shops: each row is a file that is shown to act, and by one field's difference not to."""

import csv
from collections import Counter

import pytest
from automations import CANNOT_BE_WRITTEN, FOLDER, PAGE, automations, compared, differ_in_one_field, forbids, page

from ecomflow.language import load_project
from ecomflow.registry import Registry
from ecomflow.testing import run_tests
from ecomflow.testing.casefile import case_files, read_cases

MOST_MISSING = 5
EFFECTS = {
    "add tag": {"customer.tag", "draft_order.update", "order.tag", "product.tag"},
    "adjust stock": {"stock.adjust", "stock.set"},
    "cancel fulfilment": {"shipment.cancel"},
    "cancel order": {"order.cancel"},
    "capture payment": {"payment.capture"},
    "create discount code": {"discount.create"},
    "mark ready for pickup": {"shipment.ready"},
    "remove tag": {"customer.tag", "order.tag", "product.tag"},
    "send email": {"email.send"},
    "update SKU": {"variant.update"},
    "update draft": {"draft_order.update"},
    "update order note/attributes": {"order.update"},
    "update tracking": {"shipment.track"},
}
"""What the table's words for effects are here, as far as it has the same words for several rows."""
REGISTRY = Registry.load()
PROJECT = load_project(FOLDER, REGISTRY.catalog)
CASES = [case for path in case_files([FOLDER]) for case in read_cases(path)]
AUTOMATIONS = automations()
every_automation = pytest.mark.parametrize("automation", AUTOMATIONS, ids=lambda each: each.name)


@pytest.fixture(scope="module")
def report():
    """Return what became of all cases."""
    return run_tests(PROJECT, [FOLDER], REGISTRY)


@pytest.fixture(scope="module")
def rows(realdata):
    """Return the rows of the table, by their ids."""
    with (realdata / "automations.tsv").open(encoding="utf-8", newline="") as table:
        return {row["id"]: row for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)}


def test_no_file_has_a_fault():
    assert PROJECT.diagnostics == ()
    assert PROJECT.workflows


@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{case.workflows[0]}-{case.name}" for case in CASES])
def test_every_case_passes(report, number):
    result = report.results[number]

    assert result.name == CASES[number].name
    assert result.passed, "\n".join([*result.differences, result.story])


@every_automation
def test_a_file_is_shown_to_act_and_by_one_fields_difference_not_to(automation):
    assert automation.shown(), f"{automation.tests.name}: no case compares an action's parameters where another, with one field changed, forbids it"


@every_automation
def test_a_file_says_which_row_it_is(automation):
    assert automation.id is not None, f"{automation.path.name} does not begin with the id of a row"
    assert automation.name.startswith(f"{automation.id.lower()}-")
    assert PROJECT.workflows[automation.name].description


@every_automation
def test_every_step_of_a_file_is_reached_by_a_case(automation, report):
    assert report.unreached[automation.name] == ()


def test_every_row_is_a_file_of_its_family(rows):
    written = {each.id: each.family for each in AUTOMATIONS}

    assert set(rows) - set(CANNOT_BE_WRITTEN) == set(written)
    assert {id: rows[id]["family"] for id in written} == written


@every_automation
def test_what_a_file_is_shown_to_do_is_what_its_row_does(automation, rows):
    wanted = [EFFECTS[word] for word in rows[automation.id]["actions"].split("; ") if word in EFFECTS]
    shown = set(automation.shown())

    assert not wanted or any(shown & names for names in wanted), f"shown: {shown}"


def test_a_row_is_one_file_or_cannot_be_written():
    assert [id for id, times in Counter(each.id for each in AUTOMATIONS).items() if times > 1] == []
    assert not CANNOT_BE_WRITTEN.keys() & {each.id for each in AUTOMATIONS}
    assert len(CANNOT_BE_WRITTEN) <= MOST_MISSING


def test_the_page_lists_them_all():
    assert PAGE.read_text("utf-8") == page(PROJECT.workflows), "run `python tests/examples/automations.py`"


# --- what counts as shown


@pytest.fixture
def cases(tmp_path):
    """Return what reads two cases: the first acts, the second is told with other input and expectations."""

    def read(given, expect="[{only: true}]", answers="{}"):
        acts = "{given: [{event: a.b, data: {x: 1, tags: [a]}}, {advance: 1h}], answers: {n.get: {y: 1}}, expect: [{only: true}, {action: n.do, with: {z: 1}}, {action: log.write, with: {message: x}}, {action: n.bare}]}"
        path = tmp_path / "two.test.yaml"
        path.write_text(f"cases:\n  - {acts}\n  - {{given: {given}, answers: {answers}, expect: {expect}}}\n")
        return read_cases(path)

    return read


@pytest.mark.parametrize(
    ("given", "answers", "one_field"),
    [
        ("[{event: a.b, data: {x: 2, tags: [a]}}, {advance: 1h}]", "{n.get: {y: 1}}", True),
        ("[{event: a.b, data: {x: 1, tags: []}}, {advance: 1h}]", "{n.get: {y: 1}}", True),
        ("[{event: a.b, data: {tags: [a]}}, {advance: 1h}]", "{n.get: {y: 1}}", True),
        ("[{event: a.b, data: {x: 1, tags: [a], w: 1}}, {advance: 1h}]", "{n.get: {y: 1}}", True),
        ("[{event: a.b, data: {x: 1, tags: [a]}}, {advance: 1h}]", "{n.get: {y: 2}}", True),
        ("[{event: a.b, data: {x: 1, tags: [a]}}, {advance: 1h}]", "{n.get: {y: 1}}", False),
        ("[{event: a.b, data: {x: 1, tags: [a]}}, {advance: 2h}]", "{n.get: {y: 1}}", False),
        ("[{event: a.b, data: {x: 2, tags: [a]}}, {advance: 1h}]", "{n.get: {y: 2}}", False),
        ("[{event: a.c, data: {x: 1, tags: [a, b]}}, {advance: 1h}]", "{n.get: {y: 1}}", False),
        ("[{event: a.b, data: {x: 1, tags: [a]}}]", "{n.get: {y: 1}}", False),
    ],
)
def test_two_cases_differ_in_one_field_of_what_came_in(cases, given, answers, one_field):
    acts, idles = cases(given, answers=answers)

    assert differ_in_one_field(acts, idles) is one_field


@pytest.mark.parametrize(
    ("expect", "forbidden"),
    [
        ("[{only: true}]", True),
        ("[{not: {action: n.do}}]", True),
        ("[{only: true}, {action: n.do}]", False),
        ("[{not: {action: n.do, with: {z: 1}}}]", False),
        ("[{decision: {outcome: not_matched}}]", False),
    ],
)
def test_an_action_is_forbidden_only_where_it_may_not_be_called_at_all(cases, expect, forbidden):
    acts, idles = cases("[]", expect)

    assert compared(acts) == {"n.do"}
    assert forbids(idles, "n.do") is forbidden
