"""The engine in one process, everybody else in others: commands, clients, kills, take-overs, quiet ends."""

import asyncio
import json
import signal

import pytest

from ecomflow import EcomflowError, Engine, EventError, NotFoundError, RefusedError, StoreError
from ecomflow.cli.engines import engine_of


def with_client(shop, work, role="client"):
    """Do something with an engine opened in this process."""

    async def inside():
        async with Engine.open(shop, role=role) as engine:
            return await work(engine)

    return asyncio.run(inside())


def event_file(folder, name, data):
    file = folder / f"{name}.json"
    file.write_text(json.dumps(data), "utf-8")
    return str(file)


def parcels(ids, how="quick", total=80):
    """Return what emits parcels and gives the runs that they start."""

    async def work(client):
        receipts = [
            await (await client.emit("parcel.ordered", {"parcel": {"id": id, "total": total, "how": how}}, id=id, source="web")).decided(10)
            for id in ids
        ]
        return [decision.run_id for receipt in receipts for decision in receipt.decisions]

    return work


def ended(runs):
    """Return what waits for the end of runs and gives their states."""

    async def work(client):
        return [str((await client.wait(run, timeout=15)).status) for run in runs]

    return work


async def all_runs(client):
    return [run async for run in client.runs()]


# --- commands from other processes ---


def test_commands_reach_the_engine_of_another_process(processes, shop, receiver, tmp_path):
    # Given an engine in a process of its own,
    engine = processes.serve().wait_for('"ready"')
    refund = event_file(tmp_path, "refund", {"refund": {"id": "f1", "total": 5}})

    # When other processes emit, look, decide, pause, resume and cancel,
    told = processes.cli("emit", "refund.requested", "--data", refund, "--id", "e1")
    (run,) = [record["run"] for record in told if record["kind"] == "decision"]
    assert [(r["workflow"], r["status"]) for r in processes.cli("runs")] == [("refund", "waiting")]
    processes.cli("approve", run, "--by", "ana")

    # Then each is done by the engine, and seen by the next.
    assert with_client(shop, ended([run])) == ["completed"]
    assert receiver.seen == [("/pay", "f1")]

    processes.cli("pause", "--all")
    told = processes.cli("emit", "refund.requested", "--data", refund, "--id", "e2")
    assert {r["outcome"] for r in told if r["kind"] == "decision"} == {"held"}
    processes.cli("resume", "--all")
    (waiting,) = [r["id"] for r in processes.cli("runs", "--status", "waiting")]
    processes.cli("cancel", waiting, "--reason", "changed my mind")
    assert with_client(shop, ended([waiting])) == ["cancelled"]
    assert engine.end(signal.SIGTERM) == 0


def test_a_file_with_a_fault_never_stops_the_others(processes, shop, receiver):
    # Given a shop one of whose files is faulty, When an event comes that it listens to, Then the sound one runs.
    processes.serve().wait_for('"ready"').wait_for("no.such.action")

    (run,) = with_client(shop, parcels(["p1"]))

    assert with_client(shop, ended([run])) == ["completed"]
    assert receiver.seen == [("/label", "p1"), ("/quick/pick", "p1")]


# --- clients ---


def test_two_programs_that_emit_at_once_lose_nothing_and_double_nothing(processes, shop):
    # Given an engine, When two processes emit a thousand events each, and fifty under the same ids,
    processes.serve().wait_for('"ready"')
    programs = [processes.script("emitting.py", name, "1000") for name in ("a", "b")]
    assert [program.end() for program in programs] == [0, 0], [program.said for program in programs]
    told = [json.loads(program.said["out"].splitlines()[-1]) for program in programs]

    # Then each event has one run, and those under the same ids were dropped for one of the two.
    runs = with_client(shop, all_runs)
    assert len(runs) == len({run.subject for run in runs}) == 2050
    assert sum(one["duplicates"] for one in told) == 50
    assert sum(one["outcomes"]["started"] for one in told) == 2050
    print("\n2 programs, 2,100 events, 50 doubles: 2,050 runs")


def test_what_is_emitted_before_any_engine_ran_is_decided_by_the_first(processes, shop, receiver):
    # Given no engine and no store, When a client emits, Then the event is kept,
    async def emit(client):
        return await client.emit("parcel.ordered", {"parcel": {"id": "p1", "total": 80, "how": "quick"}}, id="early", source="web")

    receipt = with_client(shop, emit)
    assert (receipt.event_id, receipt.duplicate, receipt.decisions) == ("early", None, [])
    with pytest.raises(StoreError, match="no store yet"):
        with_client(shop, all_runs)

    # And decided by the engine that starts later.
    processes.serve().wait_for('"ready"')
    receiver.wait_for(2)
    (run,) = with_client(shop, all_runs)
    assert with_client(shop, ended([run.id])) == ["completed"]
    assert run.event_id == "early"


def test_a_client_that_waits_while_no_engine_runs_is_told_so(shop):
    async def emit(client):
        receipt = await client.emit("parcel.ordered", {"parcel": {"id": "p1"}})
        with pytest.raises(TimeoutError, match="kept"):
            await receipt.decided(timeout=0.05)

    with_client(shop, emit)


def test_a_client_is_told_of_doubles_and_of_what_is_unknown(processes, shop):
    processes.serve().wait_for('"ready"')

    async def work(client):
        first = await (await client.emit("parcel.ordered", {"parcel": {"id": "p1"}}, id="e", source="web")).decided()
        again = await (await client.emit("parcel.ordered", {"parcel": {"id": "p1"}}, id="e", source="web")).decided()
        other = await (await client.emit("parcel.ordered", {"parcel": {"id": "p2"}}, id="e", source="web")).decided()
        elsewhere = await (await client.emit("parcel.ordered", {"parcel": {"id": "p1"}}, id="e", source="app")).decided()
        return [
            (receipt.duplicate, [(d.outcome, d.workflow) for d in receipt.decisions], receipt.decisions[0].reason)
            for receipt in (first, again, other, elsewhere)
        ]

    first, again, other, elsewhere = with_client(shop, work)

    assert first[:2] == (False, [("unknown", "ship")])
    assert "parcel.total" in first[2]
    assert again == (True, [("duplicate", None)], "")
    assert other[:2] == (True, [("duplicate", None)])
    assert "conflict" in other[2]
    assert elsewhere[:2] == first[:2]


def test_a_client_is_told_what_cannot_be(processes, shop):
    processes.serve().wait_for('"ready"')

    async def work(client):
        with pytest.raises(EventError):
            await client.emit("nonsense", {})
        with pytest.raises(NotFoundError):
            await client.cancel("r1-none")
        with pytest.raises(NotFoundError):
            await client.pause("no-such-workflow")
        receipt = await (await client.emit("refund.requested", {"refund": {"id": "f1", "total": 5}})).decided()
        with pytest.raises(RefusedError, match="may not decide"):
            await client.decide(receipt.decisions[0].run_id, approved=True, by="mallory")
        with pytest.raises(RefusedError):
            await client.retry(receipt.decisions[0].run_id)
        with pytest.raises(NotFoundError):
            await client.why("no-such-event")

    with_client(shop, work)


def test_a_letter_that_cannot_be_carried_out_holds_no_other(processes, shop):
    # Given letters that make no sense, left by a program of another version,
    processes.serve().wait_for('"ready"')

    async def work(client):
        inside = client._client
        event = {"type": 5, "data": {}, "id": "x", "source": "web", "subject": None, "time": None}
        letters = [inside.leave("cancel", {}), inside.leave("event", event), inside.leave("cancel", {"run": 5, "reason": "", "by": ""})]

        # When a good one follows, Then it is carried out, and the others are answered with an error.
        receipt = await (await client.emit("cart.left", {"cart": {"id": "c1"}}, subject="c1")).decided()
        assert [d.outcome for d in receipt.decisions] == ["started"]
        for letter in letters:
            with pytest.raises(EcomflowError, match=r"lacks|noun.past_verb|carried out"):
                await inside.answer(letter, 5)

    with_client(shop, work)


# --- kills and take-overs ---


def test_one_that_stands_by_takes_over_from_a_killed_engine(processes, shop, receiver):
    # Given an engine with five runs in the middle of a call, and another that stands by,
    first = processes.serve().wait_for('"ready"')
    second = processes.serve().wait_for("standing by")
    names = [f"p{n}" for n in range(5)]
    runs = with_client(shop, parcels(names, how="held"))
    receiver.wait_for(5)

    # When the engine is killed, Then the other takes over and repeats the calls in doubt under their keys,
    assert first.end(signal.SIGKILL) == -signal.SIGKILL
    second.wait_for('"ready"')
    receiver.wait_for(10)
    receiver.let_go.set()

    # And all runs finish, with each effect once.
    assert with_client(shop, ended(runs)) == ["completed"] * 5
    assert receiver.seen == sorted([("/held/pick", name) for name in names] + [("/label", name) for name in names])
    print(f"\n{len(receiver.tries)} requests, {len(receiver.effects)} effects")


def test_emitters_notice_nothing_of_a_take_over(processes, shop):
    # Given an engine, one that stands by, and a program in the middle of emitting,
    first = processes.serve().wait_for('"ready"')
    processes.serve().wait_for("standing by")
    program = processes.script("emitting.py", "a", "1000").wait_for("open")

    # When the engine is killed, Then the program ends well, and each of its events has its one run.
    first.end(signal.SIGKILL)
    assert program.end() == 0, program.said
    runs = with_client(shop, all_runs)
    assert len(runs) == len({run.subject for run in runs}) == 1050


def test_sigterm_lets_calls_in_flight_finish(processes, shop, receiver):
    # Given an engine in the middle of a call, When it is told to end,
    engine = processes.serve().wait_for('"ready"')
    (run,) = with_client(shop, parcels(["p1"], how="held"))
    receiver.wait_for(1)
    engine._popen.send_signal(signal.SIGTERM)
    receiver.let_go.set()

    # Then it ends well, and its successor does not repeat the call.
    assert engine.end() == 0
    processes.serve().wait_for('"ready"')
    assert with_client(shop, ended([run])) == ["completed"]
    assert [path for path, _ in receiver.tries] == ["/held/pick", "/label"]


def test_a_call_that_outlasts_the_drain_is_repeated_under_its_key(processes, shop, receiver):
    # Given an engine in the middle of a call, When it is told to end and the call does not, Then it ends well all the same,
    engine = processes.serve("--drain", "0.1").wait_for('"ready"')
    (run,) = with_client(shop, parcels(["p1"], how="held"))
    receiver.wait_for(1)
    assert engine.end(signal.SIGTERM) == 0

    # And its successor repeats the call, which takes effect once.
    receiver.let_go.set()
    processes.serve().wait_for('"ready"')
    assert with_client(shop, ended([run])) == ["completed"]
    assert [path for path, _ in receiver.tries] == ["/held/pick", "/held/pick", "/label"]
    assert receiver.seen == [("/held/pick", "p1"), ("/label", "p1")]


def test_a_drain_keeps_the_results_that_come_in_time_and_asks_for_nothing_new(processes, shop, receiver):
    # Given two calls under way, When the engine is told to end, a client emits, and only one of the calls is answered in time,
    engine = processes.serve("--drain", "3").wait_for('"ready"')
    runs = with_client(shop, parcels(["p1"], how="held")) + with_client(shop, parcels(["p2"], how="stuck"))
    receiver.wait_for(2)
    engine._popen.send_signal(signal.SIGTERM)
    with_client(shop, lambda client: client.emit("parcel.ordered", {"parcel": {"id": "p3", "total": 80, "how": "quick"}}, id="p3"))
    receiver.let_go.set()

    # Then it ends in time, and has asked for no step after the one that was answered;
    assert engine.end() == 0
    assert ("/label", "p1") not in receiver.seen

    # And the next one goes on behind the call that was answered, repeats the other, and decides what the client left.
    receiver.unstick.set()
    processes.serve().wait_for('"ready"')
    assert with_client(shop, ended(runs)) == ["completed", "completed"]
    receiver.wait_for(7)
    tried = [path for path, _ in receiver.tries]
    assert (tried.count("/held/pick"), tried.count("/stuck/pick"), tried.count("/quick/pick"), tried.count("/label")) == (1, 2, 1, 3)
    assert len(receiver.effects) == 6


def test_an_engine_that_ends_well_leaves_no_lease(processes, shop):
    processes.serve().wait_for('"ready"').end(signal.SIGTERM)

    async def look(client):
        return engine_of(client)

    assert with_client(shop, look) is None


def test_role_auto_takes_over_at_once_from_a_process_that_is_gone(processes, shop, receiver):
    # Given an engine that was killed a moment ago,
    dead = processes.serve().wait_for('"ready"')
    (run,) = with_client(shop, parcels(["p1"], how="held"))
    receiver.wait_for(1)
    dead.end(signal.SIGKILL)
    receiver.let_go.set()

    # When a program opens the shop, Then it is the engine, and finishes what was begun.
    async def work(engine):
        assert engine.is_engine
        return str((await engine.wait(run, timeout=15)).status)

    assert with_client(shop, work, role="auto") == "completed"
    assert receiver.seen == [("/held/pick", "p1"), ("/label", "p1")]


def test_where_another_process_is_the_engine_nobody_else_is(processes, shop):
    processes.serve().wait_for('"ready"')

    with pytest.raises(StoreError, match="another process is the engine"):
        with_client(shop, all_runs, role="engine")

    async def work(engine):
        return engine.is_engine

    assert with_client(shop, work, role="auto") is False
