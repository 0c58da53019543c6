"""A person is erased from all that a shop keeps, and nobody else is."""

import asyncio
import sqlite3
from datetime import timedelta

import pytest

from ecomflow import Engine, NotFoundError, RefusedError
from ecomflow.runtime.clock import DAY

PROJECT = """\
shop: acme
people: {bosses: [boss]}
connections:
  local: {plugin: local}
  hook: {plugin: http, base_url: "https://hook.example"}
"""
WORKFLOWS = {
    "thanks": """
trigger: {event: order.created}
once: {key: order.customer.email}
actions:
  - {action: customer.tag, with: {customer: "{{ order.customer.id }}", tags: [thanked]}}
  - {action: log.write, with: {message: "thanks to {{ order.customer.email }}"}}
""",
    "follow": """
trigger: {event: order.created}
actions:
  - try:
      - emit: shopper.followed
        data: {shopper: "{{ order.customer.email }}"}
      - wait: 30d
    finally:
      - {action: log.write, with: {message: "over for {{ order.customer.email }}"}}
""",
    "followed": """
trigger: {event: shopper.followed}
actions:
  - wait_for: {event: shopper.left, match: {shopper: shopper}, timeout: 9d}
""",
    "ask": """
trigger: {event: order.created}
actions:
  - ask_approval: {title: "Pay {{ order.customer.email }} back?", to: bosses}
""",
    "stopped": """
trigger: {event: order.created}
subject: order.customer.id
actions:
  - {action: log.write, with: {message: "{{ order.customer.email }}"}}
""",
    "often": """
trigger: {event: order.created, at_least: 3, within: 7d, key: order.customer.email}
actions:
  - {action: log.write, with: {message: again}}
""",
    "gathered": """
trigger: {event: order.created, collect_for: 1d}
actions:
  - {action: log.write, with: {message: again}}
""",
    "queued": """
trigger: {event: order.created}
subject: order.customer.id
mode: queued
actions:
  - wait: 1d
""",
    "failing": """
trigger: {event: order.created}
actions:
  - {action: customer.tag, with: {customer: "nobody-{{ order.customer.email }}", tags: [x]}}
""",
}
ANA, BO = "c17-kqx", "c18-zvw"
MAILS = {ANA: "ana.kqx@shopper.example", BO: "bo.ana.kqx@shopper.example"}
WHO = f"customer:{ANA}"


@pytest.fixture
def shop(tmp_path):
    """Return the folder of a shop whose workflows keep a person in every way there is."""
    (tmp_path / "workflows").mkdir()
    (tmp_path / "ecomflow.yaml").write_text(PROJECT)
    for name, text in WORKFLOWS.items():
        (tmp_path / "workflows" / f"{name}.yaml").write_text(f"name: {name}\n{text}")
    return tmp_path


def order(id, customer):
    return {"order": {"id": id, "total": 80, "customer": {"id": customer, "email": MAILS[customer]}}}


def traces(shop, *texts):
    """Where the bytes of a text stand in a file of the shop's, as no part of another."""
    files = {path.name: path.read_bytes().replace(MAILS[BO].encode(), b"") for path in (shop / "var").iterdir() if path.is_file()}
    return sorted((name, text) for name, held in files.items() for text in texts if text.encode() in held)


def rows(shop, file="ecomflow.db"):
    """All that the store keeps, by table."""
    with sqlite3.connect(f"file:{shop}/var/{file}?mode=ro", uri=True) as db:
        names = [name for (name,) in db.execute("select name from sqlite_schema where type = 'table'")]
        return {name: list(map(repr, db.execute(f"select * from {name}"))) for name in names}


async def trade(engine, orders=2):
    """Let two people order while a workflow is paused; return the runs of both by the event's id."""
    local = await engine._seat.host.hands.connections.open("local")
    local.put("customer", *({"id": id, "email": mail, "joined": "2026-01-01T00:00:00Z"} for id, mail in MAILS.items()))
    await engine.pause("stopped")
    asking = ""
    for number in range(orders):
        for customer in (ANA, BO):
            receipt = await engine.emit("order.created", order(f"o-{customer}-{number}", customer), id=f"e-{customer}-{number}")
            started = {each.workflow: each.run_id for each in receipt.decisions if each.run_id}
            asking = started["ask"] if customer == ANA else asking
            for name in {"thanks", "failing"} & started.keys():
                await engine.wait(started[name], 10)
    await engine.emit("customer.created", {"customer": {"id": ANA, "email": MAILS[ANA]}}, id="made")
    await engine.cancel(asking, reason=f"{MAILS[ANA]} called")


async def listed(engine):
    return [run async for run in engine.runs()]


def test_a_person_is_erased_to_the_last_byte_and_nobody_else_is(shop):
    # Given two people, each with ended, waiting, queued and asking runs, a paused workflow, and memories of triggers
    async def story():
        async with Engine.open(shop) as engine:
            assert not engine.project.faulty, engine.project.faulty
            await trade(engine)
            assert {"thanks", "follow", "followed", "ask", "queued", "failing"} <= {run.workflow for run in await listed(engine)}
        before = rows(shop)
        kept = {name for name in before if any(ANA in row or MAILS[ANA] in row.replace(MAILS[BO], "") for row in before[name])}
        assert kept == {"event", "run", "journal", "token", "approval", "audit", "decision", "watch", "kept_event"}
        # When one of them is erased
        async with Engine.open(shop) as engine:
            erased = await engine.erase(WHO, also=[MAILS[ANA]], by="bo")
            theirs = [run for run in await listed(engine) if run.reason == "erased"]
        return before, erased, theirs

    before, erased, theirs = asyncio.run(story())
    after = rows(shop)

    # Then no byte of theirs is left, their runs have ended, and of the other person every row is as it was
    assert erased.done
    assert traces(shop, ANA, MAILS[ANA]) == []
    assert {str(run.status) for run in theirs} == {"completed", "cancelled"}
    assert erased.counts["run"] == len(theirs)
    for name in before:
        others = [row for row in before[name] if BO in row or MAILS[BO] in row]
        assert [row for row in others if row not in after[name] and MAILS[ANA] not in row.replace(MAILS[BO], "")] == [], name
    assert erased.outside["local"] > 0
    assert "cannot be asked" in erased.outside["hook"]


def test_what_is_left_of_an_erased_person_can_be_looked_at_and_goes_on(shop):
    async def story():
        async with Engine.open(shop) as engine:
            await trade(engine)
            failed = [run for run in await listed(engine) if run.status == "failed" and run.event_id == f"e-{ANA}-0"]
            await engine.erase(WHO, also=[MAILS[ANA]], by="bo")

            # Then an event that is sent again is a duplicate still, and a new one is taken as any other
            assert (await engine.emit("order.created", order(f"o-{ANA}-0", ANA), id=f"e-{ANA}-0")).duplicate
            # And a run that had failed cannot go on, but can be looked at
            run = await engine.run(failed[0].id)
            assert (run.status, run.reason, run.subject, run.steps) == ("cancelled", "erased", None, ())
            with pytest.raises(RefusedError, match="only a failed or blocked run"):
                await engine.retry(run.id)
            with pytest.raises(NotFoundError):
                await engine.why(f"e-{ANA}-1")
            assert await engine.why(run.event_id)
            # And what was paused starts nothing for them
            await engine.resume("stopped")
            assert {run.subject for run in await listed(engine) if run.workflow == "stopped"} == {BO}
            (asked,) = [each for each in engine.reader().audit() if each.what == "erase"]
            return asked

    asked = asyncio.run(story())
    assert asked.who == "bo"
    assert asked.detail.startswith("customer ")
    assert ANA not in asked.detail


def test_a_dry_run_tells_what_would_be_erased_and_changes_nothing(shop):
    async def story():
        async with Engine.open(shop) as engine:
            await trade(engine)
        before = {path.name: path.read_bytes() for path in (shop / "var").iterdir() if path.suffix == ".db"}
        async with Engine.open(shop, role="client") as client:
            found = await client.erase(WHO, also=[MAILS[ANA]], dry_run=True)
        assert {path.name: path.read_bytes() for path in (shop / "var").iterdir() if path.suffix == ".db"} == before
        async with Engine.open(shop) as engine:
            erased = await engine.erase(WHO, also=[MAILS[ANA]])
        return found, erased

    found, erased = asyncio.run(story())
    assert not found.done
    assert found.counts == {what: erased.counts[what] for what in ("event", "run")}
    assert f"e-{ANA}-0" in {id for id, _ in found.events}
    assert not any(BO in id for id, _ in found.events)


def test_an_end_that_takes_time_is_waited_for_and_what_it_brings_about_is_erased_too(shop):
    # Given a run whose `finally` calls a connection that is paused
    (shop / "workflows" / "follow.yaml").write_text(
        """name: follow
trigger: {event: order.created}
actions:
  - try:
      - wait: 30d
    finally:
      - {action: customer.tag, with: {customer: "{{ order.customer.id }}", tags: [left]}}
      - emit: shopper.gone
        data: {shopper: "{{ order.customer.email }}"}
"""
    )

    async def story():
        async with Engine.open(shop) as engine:
            await trade(engine, 1)
            await engine.pause(connection="local")
            # When the person is erased, Then it waits for the run, and says so
            waiting = await engine.erase(WHO, also=[MAILS[ANA]], timeout=0.5)
            assert (waiting.done, waiting.state) == (False, "end")
            assert [status for _, status in waiting.waits_for] == ["ending"]
            # And goes on when the connection does
            await engine.resume(connection="local")
            async with asyncio.timeout(20):
                while not engine.reader().erasure(waiting.number).done:  # noqa: ASYNC110 nothing rings
                    await asyncio.sleep(0)

    asyncio.run(story())
    assert traces(shop, ANA, MAILS[ANA]) == []


def test_a_subject_alone_and_what_is_none(shop):
    async def story():
        async with Engine.open(shop) as engine:
            await trade(engine, 1)
            for wrong, also in (("ana", []), ("customer:", []), (":c17", []), (WHO, ["a@b"])):
                with pytest.raises(RefusedError):
                    await engine.erase(wrong, also=also)
            nobody = await engine.erase("customer:c17")  # a part of an id is nobody's
            assert nobody.done
            assert (nobody.counts["event"], nobody.counts["run"]) == (0, 0)
            # An order can be erased as well, with what its runs have put in
            found = await engine.erase(f"order:o-{BO}-0", dry_run=True)
            assert {type_ for _, type_ in found.events} == {"order.created", "shopper.followed", "approval.requested"}

    asyncio.run(story())


def test_nothing_is_left_between_the_rows_of_a_large_store(shop):
    # Given a store that has grown, shrunk and been packed in all its pages
    async def story():
        async with Engine.open(shop) as engine:
            for number in range(400):
                await engine.emit("order.created", order(f"o{number}-{'x' * (number % 40) * 30}", (ANA, BO)[number % 2]), id=f"{number}")
            await engine.erase(WHO, also=[MAILS[ANA]], timeout=60)
            return await engine.erase(WHO, also=[MAILS[ANA]])

    again = asyncio.run(story())
    assert (again.counts["event"], again.counts["run"]) == (0, 0)
    assert traces(shop, ANA, MAILS[ANA]) == []


def test_a_store_from_before_there_was_erasing_can_be_looked_at(shop):
    # Given a store without the tables of erasures, which no engine of today has opened yet
    async def story():
        async with Engine.open(shop) as engine:
            await trade(engine, 1)
        with sqlite3.connect(shop / "var" / "ecomflow.db") as db:
            db.execute("drop table erasure")
            db.execute("drop table found")
        # When a client looks, Then it finds what is there, and what an erasure would find
        async with Engine.open(shop, role="client") as client:
            return await listed(client), await client.erase(WHO, dry_run=True)

    runs, found = asyncio.run(story())
    assert runs
    assert found.counts["event"] > 0


@pytest.mark.parametrize("erased_first", [False, True])
def test_the_id_of_an_event_that_is_gone_is_hidden_and_still_makes_a_duplicate(shop, erased_first):
    # Given events whose ids hold an address, pruned before they are erased or after
    now = {"micros": 1_790_000_000_000_000}
    id_ = f"signup:{MAILS[ANA]}"

    async def erase(engine):
        assert (await engine.erase(WHO, also=[MAILS[ANA]], by="pat")).done

    async def prune(engine):
        now["micros"] += 40 * DAY
        await engine.emit("shop.opened", {}, id="newest")
        await engine.prune(timedelta(days=30))
        while engine.reader().over(now["micros"], 30 * DAY)["events"]:
            await engine.emit("shop.visited", {})

    async def story():
        async with Engine.open(shop, clock=lambda: now["micros"]) as engine:
            await engine.emit("shopper.joined", {"shopper": MAILS[ANA]}, id=id_)
            for part in (erase, prune) if erased_first else (prune, erase):
                await part(engine)
            # When the same id comes again, Then it is a duplicate
            assert (await engine.emit("shopper.joined", {"shopper": MAILS[ANA]}, id=id_)).duplicate

    asyncio.run(story())
    # And no file has the address
    assert traces(shop, MAILS[ANA]) == []
