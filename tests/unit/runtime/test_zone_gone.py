"""A time zone that the data of time zones do not have any more: what names it says so, and all else goes on."""

import zoneinfo

import pytest

from ecomflow.expressions.times import zone_of
from ecomflow.language import keeping, load_project
from ecomflow.runtime.clock import to_moment

GONE = "Europe/Elsewhere"


class Zones:
    """Data of time zones that the test writes; it takes what it says away."""

    def __init__(self, folder):
        self._folder = folder
        (folder / "Europe").mkdir(parents=True)
        for name in ("Europe/Berlin", GONE):
            with zoneinfo._common.load_tzdata("Europe/Berlin") as data:
                (folder / name).write_bytes(data.read())
        self.read_anew()

    def read_anew(self):
        zoneinfo.reset_tzpath(to=[str(self._folder)])
        zoneinfo.ZoneInfo.clear_cache()
        zone_of.cache_clear()
        keeping._last.clear()

    def lose(self):
        (self._folder / GONE).unlink()
        self.read_anew()

    def find(self):
        (self._folder / GONE).write_bytes((self._folder / "Europe" / "Berlin").read_bytes())
        self.read_anew()


@pytest.fixture
def zones(tmp_path):
    yield Zones(tmp_path / "zoneinfo")
    zoneinfo.reset_tzpath()
    zoneinfo.ZoneInfo.clear_cache()
    zone_of.cache_clear()


@pytest.fixture
def files(tmp_path, catalog):
    """Return what writes a project, and what reads it again."""

    def write(settings="", **workflows):
        folder = tmp_path / "shop"
        (folder / "workflows").mkdir(parents=True)
        (folder / "ecomflow.yaml").write_text(f"shop: acme\n{settings}", "utf-8")
        for name, text in workflows.items():
            (folder / "workflows" / f"{name}.yaml").write_text(f"name: {name}\n{text}", "utf-8")
        return lambda: load_project(folder, catalog)

    return write


DAILY = "trigger: {{schedule: '0 9 * * *'{0}}}\nactions:\n  - {{action: probe.send, with: {{to: daily}}}}\n"
WAITS = "timezone: Europe/Elsewhere\ntrigger: {event: thing.happened}\nsubject: thing.id\nactions:\n  - wait: 3d\n  - {action: probe.send, with: {to: waited}}\n"
OTHER = "trigger: {event: thing.happened}\nsubject: thing.id\nactions:\n  - wait: 1h\n  - {action: probe.send, with: {to: other}}\n"


def again(desk, open_desk, load):
    now = to_moment(desk.micros)
    desk.kill()
    return open_desk(load(), now=now)


def sent(desk, **span):
    desk.wait(**span)
    calls = desk.kernel.take_calls()
    for call in calls:
        desk.answer(call)
    return [call.params["to"] for call in calls]


@pytest.mark.attack(80)
@pytest.mark.parametrize(
    ("settings", "head", "trigger", "place"),
    [("", "", f", timezone: {GONE}", ("workflows/w.yaml", 2)), ("", f"timezone: {GONE}\n", "", ("workflows/w.yaml", 2)), (f"timezone: {GONE}\n", "", "", ("ecomflow.yaml", 2))],
    ids=["trigger", "workflow", "project"],
)  # fmt: skip
def test_a_zone_that_is_gone_is_a_fault_where_it_is_named(zones, files, settings, head, trigger, place):
    load = files(settings, w=head + DAILY.format(trigger), other="timezone: Europe/Berlin\n" + OTHER)
    before = [fault for fault in load().diagnostics if fault.severity == "error"]
    zones.lose()
    project = load()
    faults = [fault for fault in project.diagnostics if fault.severity == "error"]

    assert before == []
    assert (faults[0].file, faults[0].line) == place
    assert all("no time zone is called `Europe/Elsewhere`" in fault.message for fault in faults)
    assert (list(project.workflows), list(project.faulty)) == (["other"], ["w"])


@pytest.mark.attack(80)
@pytest.mark.parametrize(
    ("settings", "head", "trigger"), [("", "", f", timezone: {GONE}"), ("", f"timezone: {GONE}\n", ""), (f"timezone: {GONE}\n", "", "")], ids=["trigger", "workflow", "project"]
)
def test_what_names_a_zone_that_is_gone_stands_still_until_it_is_back_and_all_else_goes_on(zones, files, open_desk, told, settings, head, trigger):
    # Given a schedule at nine of a zone, When its data are gone for two days
    load = files(settings, w=head + DAILY.format(trigger), other="timezone: Europe/Berlin\n" + OTHER)
    desk = open_desk(load())
    zones.lose()
    desk = again(desk, open_desk, load)
    desk.emit(id="b")
    lost = sent(desk, days=2)

    # Then it does not run in another zone, people are told, and other workflows go on
    assert lost == ["other"]
    assert "a deployed version is out of service: workflows/w.yaml" in told.text
    assert "no time zone is called `Europe/Elsewhere`" in told.text

    # And once the data are back it catches up
    zones.find()
    desk = again(desk, open_desk, load)
    assert sent(desk, minutes=3) == ["daily"]


@pytest.mark.attack(80)
def test_runs_of_a_version_whose_zone_is_gone_are_blocked_and_go_on_when_it_is_back(zones, files, open_desk):
    # Given a run that waits, When its zone is gone at the end of the wait, and back after the next start, Then it goes on.
    load = files(w=WAITS, other=OTHER)
    desk = open_desk(load())
    desk.emit(id="a")
    desk.wait(hours=1)
    [call] = desk.kernel.take_calls()
    desk.answer(call)
    zones.lose()
    desk = again(desk, open_desk, load)
    lost = sent(desk, days=4)
    blocked = desk.statuses()
    zones.find()
    desk = again(desk, open_desk, load)

    assert (lost, sorted(blocked)) == ([], ["blocked", "completed"])
    assert "waited" in sent(desk, minutes=3)


def test_a_call_under_way_whose_version_cannot_be_read_at_the_next_start_is_repeated_when_it_can(zones, files, open_desk):
    # Given a call under way, When the process dies and the zone of its version is gone, and back, Then the call is in doubt, and made again.
    load = files(w=WAITS.replace("  - wait: 3d\n", ""))
    desk = open_desk(load())
    desk.emit(id="a")
    zones.lose()
    desk = again(desk, open_desk, load)
    lost = sent(desk, minutes=3), desk.statuses()
    zones.find()
    desk = again(desk, open_desk, load)

    assert lost == ([], ["blocked"])
    assert sent(desk, minutes=3) == ["waited"]
