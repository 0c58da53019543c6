"""Loops of events between workflows are found when files are read (R:E8)."""

import pytest


def flow(name, trigger, *steps, more=""):
    return name, f"name: {name}\ntrigger: {trigger}\n{more}actions: [{', '.join(steps)}]\n"


def emits(type_):
    return f"{{emit: {type_}, data: {{thing: {{id: a}}}}}}"


def loops(shop, *flows):
    """The loops that are told, each with the file and the text at its place."""
    for name, text in flows:
        shop.write(f"workflows/{name}.yaml", text)
    loaded = shop.load()
    assert {fault.severity for fault in loaded.diagnostics} <= {"note", "warning"}
    assert set(loaded.workflows) == {name for name, _ in flows}
    texts = {f"workflows/{name}.yaml": text.splitlines() for name, text in flows}
    found = [fault for fault in loaded.diagnostics if fault.code == "EF136"]
    assert {fault.severity for fault in found} <= {"warning"}
    return [(fault.message, texts[fault.file][fault.line - 1][fault.column - 1 :][: fault.length]) for fault in found]


@pytest.mark.parametrize(
    ("flows", "message", "place"),
    [
        (
            [flow("a", "{event: thing.made}", emits("thing.seen")), flow("b", "{event: thing.seen}", emits("thing.made"))],
            "`a` emits `thing.seen`, which starts `b`; `b` emits `thing.made`, which starts `a`", "thing.seen",
        ),
        (
            [flow("a", "{event: thing.made}", "{if: thing.n > 0, then: [" + emits("thing.made") + "]}")],
            "`a` emits `thing.made`, which starts `a`", "thing.made",
        ),
        (
            [flow("a", "{event: 'thing.*'}", emits("thing.seen"))],
            "`a` emits `thing.seen`, which starts `a`", "thing.seen",
        ),
        (
            [flow("a", "{workflow: b}", "{wait: 1h}"), flow("b", "{workflow: a, status: failed}", "{wait: 1h}")],
            "`a` ends, which starts `b`; `b` ends, which starts `a`", "a",
        ),
        (
            [flow("a", "{event: thing.made}", "{call: b}"), flow("b", "{event: never.sent}", emits("thing.made"))],
            "`b` emits `thing.made`, which starts `a`; `a` calls `b`", "thing.made",
        ),
        (
            [flow("a", "{event: thing.made}", emits("thing.seen")), flow("b", "{event: thing.seen, without: thing.paid, within: 1h}", emits("thing.made"))],
            "`a` emits `thing.seen`, which starts `b`; `b` emits `thing.made`, which starts `a`", "thing.seen",
        ),
        (
            [flow("notice", "{event: approval.requested}", "{ask_approval: {title: May I tell?, to: ana@acme.example}}")],
            "`notice` emits `approval.requested`, which starts `notice`", "{ask_approval: {title: May I tell?, to: ana@acme.example}}",
        ),
    ],
)  # fmt: skip
def test_a_loop_is_told_with_its_way_where_it_begins(shop, flows, message, place):
    # Given workflows that lead round to the first, When they are loaded, Then one warning tells the way, and all run
    assert loops(shop, *flows) == [(message, place)]


@pytest.mark.parametrize(
    "flows",
    [
        [flow("a", "{event: thing.made}", emits("thing.seen")), flow("b", "{event: thing.seen}", emits("thing.done"))],
        [flow("a", "{event: thing.made}", emits("thing.seen")), flow("b", "{event: thing.seen}", emits("thing.made"), more="enabled: false\n")],
        [flow("a", "{event: thing.made}", emits("things.made")), flow("b", "{event: 'things.*'}", "{wait: 1h}")],
        [flow("a", "{workflow: a}", "{wait: 1h}")],
        [flow("a", "{event: thing.made}", emits("thing.paid")), flow("b", "{event: thing.seen, without: thing.paid, within: 1h}", emits("thing.made"))],
        [flow("a", "{event: thing.made}", "{continue_if: thing.n > 0}", "{call: a}")],
    ],
)
def test_what_does_not_lead_back_is_no_loop(shop, flows):
    # Given workflows of which each leads on but none back, or one that is told of no end of its own, Then nothing is told
    assert loops(shop, *flows) == []


def test_each_loop_is_told_once_though_they_share_workflows(shop):
    # Given two loops through one workflow, and one that only leads into them
    flows = [
        flow("a", "{event: thing.made}", emits("thing.seen"), emits("thing.sold")),
        flow("b", "{event: thing.seen}", emits("thing.made")),
        flow("c", "{event: thing.sold}", emits("thing.made")),
        flow("d", "{event: thing.new}", emits("thing.made")),
    ]

    # When they are loaded, Then there are two warnings
    assert [message for message, _ in loops(shop, *flows)] == [
        "`a` emits `thing.seen`, which starts `b`; `b` emits `thing.made`, which starts `a`",
        "`a` emits `thing.sold`, which starts `c`; `c` emits `thing.made`, which starts `a`",
    ]
