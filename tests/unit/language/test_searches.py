"""`for_each` over the step of a search, and over what is made of one."""

from __future__ import annotations

import pytest

HEAD = "name: w\ntrigger: {event: order.created}\nactions:\n  - {id: found, action: customer.search}\n"


def loop_of(workflow):
    return next(step for step in workflow.actions if type(step).__name__ == "ForEachStep")


@pytest.mark.parametrize(
    ("walked", "paged"),
    [("found", True), ('"{{ found }}"', True), ("steps.found", True), ("order.lines", False), ("other", False)],
)
def test_the_name_of_a_search_alone_means_all_its_pages(shop, walked, paged):
    loaded = shop.load(HEAD + f"  - {{id: other, action: probe.read}}\n  - {{for_each: {walked}, do: [{{wait: 1h}}]}}\n")

    (workflow,) = loaded.workflows.values()
    assert not loaded.diagnostics
    assert (loop_of(workflow).search is not None) == paged
    assert not paged or loop_of(workflow).search.action == "customer.search"


@pytest.mark.parametrize("walked", ["found | selectattr('id')", "found + found", "steps.found | list", "[found[0]]"])
def test_what_is_made_of_a_search_walks_its_first_page_and_that_is_said(shop, walked):
    loaded = shop.load(HEAD + f'  - {{for_each: "{walked}", do: [{{wait: 1h}}]}}\n')

    (fault,) = loaded.diagnostics
    assert (fault.code, fault.severity, fault.message) == ("EF137", "warning", "this walks the first page of `found` alone")
    assert loop_of(next(iter(loaded.workflows.values()))).search is None


def test_the_end_of_a_walk_is_not_known(shop):
    loaded = shop.load(HEAD + "  - {for_each: found, do: [{continue_if: loop.index < 3 or loop.last}]}\n")

    (fault,) = loaded.diagnostics
    assert (fault.code, fault.message) == ("EF112", "unknown field `loop.last`")
    assert fault.label.startswith("not in a walk over pages: which item is the last, and how many there are, is not known")


def test_the_items_of_a_search_have_the_fields_that_its_annotation_names(shop):
    loaded = shop.load(HEAD + "  - {for_each: found, as: one, do: [{continue_if: one.emial is present}]}\n")

    assert [fault.code for fault in loaded.diagnostics] == ["EF112"]


def test_an_id_that_is_no_search_in_another_loop_has_no_pages(shop):
    inner = "[{id: each, action: ACTION}, {for_each: each, as: one, do: [{wait: 1h}]}]"
    loaded = shop.load(
        "name: w\ntrigger: {event: order.created}\nactions:\n"
        f"  - {{for_each: order.lines, do: {inner.replace('ACTION', 'customer.search')}}}\n"
        f"  - {{for_each: order.lines, do: {inner.replace('ACTION', 'probe.read')}}}\n"
    )

    first, second = next(iter(loaded.workflows.values())).actions
    assert not loaded.diagnostics
    assert first.body[1].search is not None
    assert second.body[1].search is None
