"""The lease of an engine that lives, where the clock or the disk misbehaves."""

from ecomflow.store import FAULTS, Lease, Store

WAITS = "actions:\n  - wait: 1h\n"


def seen(desk):
    return desk.store.row("lease", desk.store.shop)[2]


def test_lease_is_renewed_where_the_clock_was_put_back(open_desk, project):
    # Given an engine, When the clock of its machine is put back by an hour, Then others still see that it lives.
    desk = open_desk(project(w=WAITS))
    desk.wait(seconds=1)
    desk.micros -= 3_600_000_000
    desk.kernel.turn([])

    assert seen(desk) == desk.micros
    rival = Store(desk.store.path, "acme")
    assert not Lease(rival, "rival").take(desk.micros + 1_000_000)
    rival.close()


def test_lease_is_written_first_after_a_fault_of_the_disk(open_desk, project):
    # Given a turn whose transaction failed, Then the next one writes, so that what was read of the file is on the disk.
    desk = open_desk(project(w=WAITS))
    desk.wait(seconds=1)
    desk.pass_time(0.5)

    def fail():
        raise FAULTS[0]("the disk says no")

    desk.kernel.turn([fail])
    desk.kernel.turn([])

    assert seen(desk) == desk.micros


def test_a_renewal_is_written_though_the_clock_stands_still(open_desk, project):
    # Given a fault of the disk, When the next turn comes within the same microsecond, Then its renewal is a change:
    # SQLite neither writes nor syncs one that changes no byte.
    desk = open_desk(project(w=WAITS))
    before = seen(desk)

    def fail():
        raise FAULTS[0]("the disk says no")

    desk.kernel.turn([fail])
    desk.kernel.turn([])

    assert seen(desk) != before
