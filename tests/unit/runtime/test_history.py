"""A long history: what people look at, what an opening reads and what a step of pruning does cost no more than with a short one."""

import pytest

from ecomflow.language import load_project
from ecomflow.runtime.reading import Reader

WAITS = "actions:\n  - wait: 1d\n"
ROWS = 100_000
BOUND = 10_000
"""Steps of SQLite's machine; a walk over the history takes several hundred thousand."""

HISTORY = f"""
create temp table number as with recursive n (n) as (select 10 union all select n + 1 from n where n < {ROWS}) select n from n;
insert into event (seq, shop, source, id, type, subject, time, arrived, data, state)
  select n, 1, 'test', 'old' || n, 'thing.happened', null, :now, :now, '{{"thing":{{"id":"s' || n || '"}}}}', 1 from number;
insert into run (n, shop, suffix, workflow, version, kind, subject, status, live, event, trigger, started, ended)
  select n, 1, 'x', 'mail', (select version from run where n = 1), 'thing', 's' || n, iif(n = 77, 'failed', 'completed'), 0, n,
  '{{"id":null,"kind":"event"}}', :now, :now from number;
insert into decision (shop, event, n, at, workflow, outcome, run) select 1, n, n, :now, 'mail', 'started', n from number;
insert into story (shop, run, data) select 1, n, (select data from story limit 1) from number;
drop table number;
"""


@pytest.fixture
def desk(open_desk, project, catalog):
    """Return an engine with a long history, in which one event came long ago, and one run failed."""
    root = project(mail=WAITS).root
    (root / "ecomflow.yaml").write_text("shop: acme\nretention: {runs: 90d, events: 30d}\n", "utf-8")
    one = open_desk(load_project(root, catalog))
    one.emit(id_="first")
    one.wait(days=2)
    one.wait(minutes=2)
    while one.kernel.do(one.kernel.upkeep.step):
        pass
    for statement in HISTORY.replace(":now", str(one.micros)).split(";\n"):
        one.store.db.execute(statement).fetchall()
    one.kernel.store.run("set_meta", "packed_to", ROWS)
    return one


def steps_of(desk, work):
    """Return how many hundreds of steps SQLite's machine takes, as steps, and what the work gives."""
    count = [0]

    def step():
        count[0] += 100
        return False

    desk.store.db.set_progress_handler(step, 100)
    found = work()
    desk.store.db.set_progress_handler(None)
    return count[0], found


@pytest.mark.attack(78)
@pytest.mark.parametrize(
    ("look", "found"),
    [
        (lambda reader: [run.subject for run in reader.newest(None, None, None, None, 50)], ["s100000", "s99999"]),
        (lambda reader: [run.subject for run in reader.newest("mail", "s500", None, None, 50)], ["s500"]),
        (lambda reader: [run.subject for run in reader.newest(None, "s500", "completed", None, 50)], ["s500"]),
        (lambda reader: [run.subject for run in reader.newest(None, "nobody", None, None, 50)], []),
        (lambda reader: [run.subject for run in reader.newest(None, None, "failed", None, 50)], ["s77"]),
        (lambda reader: [reader.run("r500-x").event_id], ["old500"]),
        (lambda reader: [reader.run(reader.full_id("r500")).event_id], ["old500"]),
        (lambda reader: [one.run_id for one in reader.why("old500")], ["r500-x"]),
        (lambda reader: [one.run_id for one in reader.why("test/old500")], ["r500-x"]),
        (lambda reader: [one.event.id for one in reader.newest_events(None, None, 50)], ["old100000", "old99999"]),
    ],
    ids=["runs", "subject", "subject and status", "subject unknown", "failed", "show", "show by number", "why", "why by source", "events"],
)
def test_what_people_look_at_takes_no_walk_over_the_history(desk, look, found):
    # Given a hundred thousand runs and events, When somebody looks at one, or at the newest
    steps, seen = steps_of(desk, lambda: look(Reader(desk.store, desk.kernel.definitions, desk.kernel.events)))
    # Then that is found without looking at all
    assert seen[:2] == found
    assert steps < BOUND


@pytest.mark.attack(78)
def test_a_new_event_and_a_step_of_pruning_take_no_walk_over_the_history(desk):
    # Given a long history that is over
    desk.pass_time(100 * 86_400)
    # When an event comes, and the store is pruned by one small step after the other
    steps, receipt = steps_of(desk, lambda: desk.emit(id_="new", id="s500"))
    assert receipt.decisions[0].outcome == "started"
    assert steps < BOUND
    # Then none of them looks at more than its portion
    for _ in range(60):
        steps, more = steps_of(desk, lambda: desk.kernel.do(lambda: desk.kernel.upkeep.step(20)))
        assert more
        assert steps < BOUND
    # And runs have gone, and what an opening takes up is found by itself
    steps, _ = steps_of(desk, desk.kernel.recover)
    assert steps < BOUND
    assert desk.store.db.execute("select count(*) from run").get < ROWS
