"""What came of a project's files, on the shelf: another process compiles nothing anew, and nothing is told otherwise."""

import copy
import os
import re
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest

from ecomflow.language import keeping, load_project, shelf, summary
from ecomflow.matching import WorkflowIndex
from ecomflow.model import ActionSpec, Effect, EventType, Names, TriggerSpec, Watch, Workflow
from ecomflow.registry import Registry

REGISTRY = Registry.load()
CATALOG = REGISTRY.catalog
AUTOMATIONS = Path(__file__).parents[3] / "examples" / "automations"
PLAIN = """\
trigger: {event: thing.happened}
conditions:
  - thing.size > 3.5
  - thing.kind in ['a', 'b']
  - not thing.gone
actions: [{action: log.write, with: {message: 'a {{ thing.size }}'}}]
"""
FILES = {
    "ecomflow.yaml": "shop: s\nworkflows: workflows\ninputs: {mail: {most: 2}}\n",
    "templates/hello.html": "<p>{{ thing.name }}</p>",
    "workflows/mail.yaml": "trigger: {event: thing.happened}\ninputs: {most: 1}\nactions: [{action: email.send, with: {to: a@example.com, subject: s, template: hello.html}}]\n",
    "workflows/waits.yaml": "trigger: {event: thing.happened}\nthrottle: {limit: 1, per: 1d}\nexit_on: [{event: thing.gone, lookback: 5m}]\nactions: [{wait_for: {event: thing.sold, timeout: 1d}}]\n",
    "workflows/daily.yaml": "trigger: {every: 1d}\nmode: queued\nactions: [{emit: thing.happened}]\n",
    "workflows/ping.yaml": "trigger: {event: pong.heard}\nactions: [{emit: ping.heard}]\n",
    "workflows/pong.yaml": "trigger: {event: ping.heard}\nactions: [{emit: pong.heard}]\n",
    "workflows/caller.yaml": "trigger: {event: thing.happened}\nactions: [{call: mail, with: {most: 1}}]\n",
    "workflows/mistaken.yaml": "trigger: {event: thing.happened}\nactions: [{call: nobody}]\n",
    "workflows/faulty.yaml": "trigger: {event: thing.happened}\nactions: [{action: log.wriet, with: {message: x}}]\n",
    **{f"workflows/plain{number:02}.yaml": PLAIN for number in range(keeping.WORTH_KEEPING)},
}  # fmt: skip


def write(root, **files):
    """Write files, in names whose slashes and dots are folders and ends; None removes one."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if text is not None:
            path.write_text(text, "utf-8")
    return root


@pytest.fixture
def root(tmp_path):
    return write(tmp_path, **FILES)


def place(root):
    return root / "var" / "compiled"


def load(root, catalog=CATALOG):
    """Read a project as another process does."""
    keeping._last.clear()
    return load_project(root, catalog, lambda _: place(root))


def anew(root, catalog=CATALOG):
    """Read a project that is on no shelf."""
    keeping._last.clear()
    return load_project(root, catalog)


def compiled(project):
    """The names of the workflows that were compiled at the loading."""
    return {name for name, workflow in project.workflows.items() if type(workflow) is Workflow}


def told(project):
    """All that a project tells, but for the compiled parts."""
    versions = {name: workflow.version for name, workflow in project.workflows.items()}
    return versions, project.diagnostics, project.faulty, project.sources, project.shop, project.timezone


def parts(workflow):
    """All parts of a workflow as text, functions by what they are and not where they lie; of the index what it asks, not how."""
    index = [(each.key, each.form, each.test is None) for each in workflow.index]
    whole = {each.name: re.sub(" at 0x[0-9a-f]+", "", repr(getattr(workflow, each.name))) for each in fields(Workflow) if each.name not in ("index", "reads")}
    return {**whole, "index": index, "reads": workflow.reads, "awaited": workflow.awaited, "limits": workflow.limits}


# --- the second time


def test_the_second_process_compiles_only_what_calls_others(root):
    # Given a project that a process has read, When another reads it, Then it tells the same,
    first, second = load(root), load(root)
    assert told(second) == told(first) == told(anew(root))

    # And it compiles only what calls another workflow, which is asked each time whether that ever ends.
    assert compiled(first) == set(first.workflows)
    assert compiled(second) == {"caller"}


@pytest.mark.parametrize("folder", ["own", "automations"])
def test_what_is_compiled_later_is_what_would_have_been_compiled_at_once(root, folder, monkeypatch):
    monkeypatch.setattr(keeping, "WORTH_KEEPING", 1)
    source = root if folder == "own" else AUTOMATIONS
    for _ in range(2):
        keeping._last.clear()
        later = load_project(source, CATALOG, lambda _: place(root))
    at_once = anew(source)

    assert len(compiled(later)) < len(later.workflows) / 2
    assert list(later.workflows) == list(at_once.workflows)
    for name, workflow in later.workflows.items():
        assert parts(workflow) == parts(at_once.workflows[name])


def test_the_index_asks_the_same_before_and_after_compiling(root):
    later = load(root) and load(root).workflows["plain00"]
    at_once = anew(root).workflows["plain00"]
    for thing in ({"size": 4, "kind": "a", "gone": False}, {"size": 3, "kind": "a", "gone": True}, {"kind": "c"}, {}):
        assert [each.test({"thing": thing}) for each in later.index] == [each.test({"thing": thing}) for each in at_once.index]


def test_nothing_is_compiled_to_know_what_is_to_be_read_of_an_event(root, monkeypatch):
    # Given a project from the shelf
    later = load(root) and load(root).workflows
    index = WorkflowIndex([workflow for name, workflow in later.items() if name.startswith("plain")])
    # When it is asked what of an event concerns its workflows, and what their runs read
    monkeypatch.setattr(summary._Whole, "__call__", lambda _: pytest.fail("a workflow was compiled"))
    # Then that is known
    assert index.skim("thing.happened") is not None


def test_a_workflow_is_compiled_later_from_what_was_read(root):
    # Given a project from the shelf, When its files are gone since, Then its workflows are what they were.
    expected = parts(load(root).workflows["mail"])
    later = load(root).workflows["mail"]
    write(root, **dict.fromkeys(FILES))
    assert parts(later) == expected


def test_a_copy_with_a_change_is_whole(root):
    load(root)
    changed = replace(load(root).workflows["plain00"], description="other")
    assert (type(changed), changed.description) == (Workflow, "other")
    assert changed.actions[0].action == "log.write"


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_is_whole(root, copied):
    at_once = load(root).workflows["waits"]
    later = load(root).workflows["waits"]
    assert type(copied(later)) is type(copied(at_once)) is Workflow
    assert parts(copied(later)) == parts(copied(at_once))


# --- what changed counts


@pytest.mark.parametrize(
    "changes",
    [
        {"workflows/plain00.yaml": PLAIN.replace("3.5", "'a'")},
        {"workflows/plain00.yaml": PLAIN + "name: mail\n"},
        {"workflows/plain00.yaml": PLAIN + "name: PLAIN01\n"},
        {"workflows/aaa.yaml": PLAIN + "name: plain00\n"},
        {"workflows/mail.yaml": FILES["workflows/mail.yaml"].replace("most: 1", "least: 1")},
        {"workflows/mail.yaml": None},
        {"workflows/pong.yaml": None},
        {"workflows/pong.yaml": FILES["workflows/pong.yaml"] + "enabled: false\n"},
        {"workflows/faulty.yaml": FILES["workflows/faulty.yaml"].replace("wriet", "write")},
        {"workflows/waits.yaml": "a: ["},
        {"templates/hello.html": "{% broken"},
        {"templates/hello.html": None},
        {"templates/hello.en.html": "<p>in English</p>"},
        {"ecomflow.yaml": FILES["ecomflow.yaml"] + "timezone: Europe/Berlin\n"},
        {"ecomflow.yaml": FILES["ecomflow.yaml"].replace("most: 2", "most: 3")},
        {"ecomflow.yaml": FILES["ecomflow.yaml"] + "event_types: {thing.happened: {schema: {type: object, properties: {thing: {type: object, properties: {size: {type: string}}, additionalProperties: false}}}}}\n"},
        {"ecomflow.yaml": None},
    ],
)
def test_what_changed_counts(root, changes):
    # Given a project on the shelf, When anything of it changes, Then it tells what it would tell on none, now and when all is back.
    load(root)
    write(root, **changes)
    assert told(load(root)) == told(anew(root))
    write(root, **dict.fromkeys(changes), **{name: text for name, text in FILES.items() if name not in changes})
    write(root, **{name: text for name, text in FILES.items() if name in changes})
    assert told(load(root)) == told(load(root)) == told(anew(root))


def test_an_edit_compiles_one_file(root):
    load(root)
    write(root, **{"workflows/plain00.yaml": PLAIN + "description: new\n"})
    edited = load(root)
    assert compiled(edited) == {"caller", "plain00"}
    assert edited.workflows["plain00"].description == "new"
    assert compiled(load(root)) == {"caller"}


def test_what_this_process_has_read_before_goes_on_the_shelf(root):
    keeping._last.clear()
    load_project(root, CATALOG)
    load_project(root, CATALOG, lambda _: place(root))
    assert compiled(load(root)) == {"caller"}


def test_a_few_files_are_on_no_shelf(tmp_path):
    write(tmp_path, **{"ecomflow.yaml": FILES["ecomflow.yaml"], "workflows/plain.yaml": PLAIN})
    load(tmp_path)
    assert not place(tmp_path).exists()


# --- what is installed


def installed(*specs, **others):
    """A catalog with actions of a program's own."""
    return replace(CATALOG, actions={**CATALOG.actions, **{spec.name: spec for spec in specs}}, **others)


ACTION = ActionSpec("crm.add", Effect.WRITES, params={"type": "object", "properties": {"name": {"type": "string"}}, "additionalProperties": False})
USES = "trigger: {event: thing.happened}\nactions: [{action: crm.add, with: {name: a}}]\n"
CHANGED = replace(ACTION, params={"type": "object", "properties": {"title": {"type": "string"}}, "additionalProperties": False})


@pytest.mark.parametrize("changed", [CHANGED, replace(ACTION, connections=("smtp",)), replace(ACTION, timeout=5.0)])
def test_what_a_program_brings_counts(root, changed):
    # Given a project on the shelf that uses a program's own action, When that is declared otherwise, Then all is compiled anew.
    write(root, **{"workflows/uses.yaml": USES})
    load(root, installed(ACTION))
    assert compiled(load(root, installed(ACTION))) == {"caller"}
    found = load(root, installed(changed))
    assert compiled(found) == set(found.workflows)
    assert told(found) == told(anew(root, installed(changed)))


class Others:
    """What other distributions bring, which is looked at when somebody asks for it."""

    def __init__(self, *specs, filters=()):
        self.looked, self.specs = False, specs
        actions, types, triggers = dict(CATALOG.actions), dict(CATALOG.event_types), dict(CATALOG.triggers)

        def look():
            self.looked = True
            for spec in specs:
                {ActionSpec: actions, EventType: types, TriggerSpec: triggers}[type(spec)].setdefault(spec.name, spec)
            self.filters.update(dict.fromkeys(filters, str))

        self.filters = {}
        self.catalog = replace(CATALOG, actions=Names(actions, look), event_types=Names(types, look), triggers=Names(triggers, look), filters=Names(self.filters, look))


@pytest.fixture
def own(root):
    """A project in which every name is ecomflow's or its own."""
    types = "event_types: {thing.happened: {schema: {}}, thing.gone: {schema: {}}, thing.sold: {schema: {}}, ping.heard: {schema: {}}, pong.heard: {schema: {}}}\n"
    return write(root, **{"ecomflow.yaml": FILES["ecomflow.yaml"] + types, "workflows/faulty.yaml": None, "workflows/daily.yaml": None})


def test_who_asks_for_nothing_of_others_runs_nothing_of_theirs(own):
    for _ in range(2):
        others = Others(ACTION)
        load(own, others.catalog)
        assert not others.looked


def test_what_others_bring_counts_for_who_asks_for_it(own):
    # Given a project on the shelf of which one file uses what another distribution brings,
    write(own, **{"workflows/uses.yaml": USES})
    load(own, Others(ACTION).catalog)

    # When that is there as it was, Then nothing is compiled; When it is another, Then that file is; When it is gone, it is at fault.
    assert compiled(load(own, Others(ACTION).catalog)) == {"caller"}
    changed = load(own, Others(replace(ACTION, timeout=5.0)).catalog)
    assert compiled(changed) == {"caller", "uses"}
    gone = load(own, Others().catalog)
    assert compiled(gone) == {"caller"}
    assert "uses" in gone.faulty


@pytest.mark.parametrize("pattern", ["thing.repaired", "thing.*"])
def test_a_type_that_somebody_declares_since_counts(own, pattern):
    write(own, **{"workflows/hears.yaml": "trigger: {event: PATTERN}\nconditions: [thing.size > 3]\nactions: []\n".replace("PATTERN", pattern)})
    load(own, Others().catalog)
    assert compiled(load(own, Others().catalog)) == {"caller"}
    declares = Others(EventType("thing.repaired", {"type": "object", "properties": {"part": {"type": "object"}}, "additionalProperties": False}))
    assert told(load(own, declares.catalog)) == told(anew(own, declares.catalog))


def test_a_filter_of_others_counts_for_every_file_that_names_it(own):
    text = "trigger: {event: thing.happened}\nactions: [{action: log.write, with: {message: '{{ thing.name | shout }}'}}]\n"
    write(own, **{"workflows/one.yaml": text, "workflows/two.yaml": text})
    load(own, Others(filters=["shout"]).catalog)
    assert compiled(load(own, Others(filters=["shout"]).catalog)) == {"caller"}
    assert {"one", "two"} <= load(own, Others().catalog).faulty.keys()


def test_a_kind_of_trigger_of_others_decides_each_time(own):
    def kind(watch):
        settings = {"type": "object", "properties": {"tide": {"type": "string"}}, "required": ["tide"], "additionalProperties": False}
        return TriggerSpec(name="tide", keys=("tide",), settings=settings, make=watch, event="tide.turned", distribution="sea")

    def refuse(settings):
        raise ValueError("tide: there is none")

    write(own, **{"workflows/sails.yaml": "trigger: {tide: high}\nactions: []\n"})
    load(own, Others(kind(lambda _: Watch())).catalog)
    assert compiled(load(own, Others(kind(lambda _: Watch())).catalog)) == {"caller", "sails"}
    assert "sails" in load(own, Others(kind(refuse)).catalog).faulty


# --- the file


@pytest.mark.parametrize(
    "harm",
    [
        lambda whole: b"",
        lambda whole: b"something else",
        lambda whole: whole[:-1],
        lambda whole: whole[:40],
        lambda whole: whole + b"\x00",
        lambda whole: whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:],
        lambda whole: b"0" * 32 + whole[32:],
    ],
)
def test_a_harmed_file_is_as_none(root, harm, caplog):
    # Given a shelf that was harmed, When the project is read, Then nothing is said of it, all is compiled, and the shelf is whole again.
    load(root)
    place(root).write_bytes(harm(place(root).read_bytes()))
    found = load(root)
    assert compiled(found) == set(found.workflows)
    assert told(found) == told(anew(root))
    assert compiled(load(root)) == {"caller"}
    assert caplog.records == []


def test_a_file_of_another_shape_is_as_none(root):
    # Given a file whose digests are right and whose values are not, Then it counts as little as a broken one.
    found = load(root)
    mark = place(root).read_bytes()[:32].decode()
    for body in (b"\x80", b"\xc0", b"\x81\xa1a\x90", b"\x93\x01\x02\x03"):
        place(root).write_bytes(shelf._head(mark, body) + body)
        assert told(load(root)) == told(found)


def test_a_folder_that_cannot_be_written_does_not_disturb(root, caplog):
    (root / "var").write_text("a file, not a folder")
    first, second = load(root), load(root)
    assert told(second) == told(first)
    assert compiled(second) == set(second.workflows)
    assert caplog.records == []


def test_the_file_is_for_its_owner_and_alone(root):
    load(root)
    assert place(root).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in place(root).parent.iterdir()] == ["compiled"]


@pytest.mark.parametrize(
    "text",
    [
        PLAIN.replace("3.5", "123456789012345678901234567890"),
        PLAIN.replace("thing.size > 3.5", "thing.size == -123456789012345678901234567890"),
        PLAIN.replace("['a', 'b']", "[18446744073709551616, 2]"),
        PLAIN + "priority: 123456789012345678901234567890\n",
        PLAIN.replace("thing.size > 3.5", """\"thing.kind == '\\\\ud800'\""""),
    ],
)
def test_what_the_shelf_cannot_hold_is_compiled_each_time(root, text):
    # Given a project with a file of which something cannot be written down, When it is read, Then that file alone is compiled each time,
    write(root, **{"workflows/odd.yaml": text})
    first, second = load(root), load(root)
    assert told(second) == told(first) == told(anew(root))
    assert compiled(second) == {"caller", "odd"}

    # And the rest is not written anew.
    written = place(root).stat().st_ino
    load(root)
    assert place(root).stat().st_ino == written


def test_numbers_of_64_bits_are_kept(root):
    for name, number in (("most", 2**64 - 1), ("least", -(2**63))):
        write(root, **{f"workflows/{name}.yaml": PLAIN.replace("3.5", str(number))})
    load(root)
    assert compiled(load(root)) == {"caller"}


def test_a_project_that_shrinks_is_on_no_shelf(root):
    load(root)
    write(root, **dict.fromkeys(name for name in FILES if "plain" in name))
    assert "mail" in load(root).workflows
    assert list(place(root).parent.iterdir()) == []


def test_who_may_not_write_removes_nothing(root):
    load(root)
    write(root, **dict.fromkeys(name for name in FILES if "plain" in name))
    keeping._last.clear()
    load_project(root, CATALOG, lambda _: place(root), writes=False)
    assert place(root).exists()


def test_what_is_not_an_ordinary_file_is_as_none(root):
    # Given a pipe where the shelf should be, When the project is read, Then nobody waits for what comes out of it.
    place(root).parent.mkdir()
    os.mkfifo(place(root))
    found = load(root)
    assert compiled(found) == set(found.workflows)
    assert compiled(load(root)) == {"caller"}


def test_a_file_that_is_too_large_is_neither_read_nor_written(root, monkeypatch):
    load(root)
    monkeypatch.setattr(shelf, "_MAX_BYTES", place(root).stat().st_size - 1)
    before = place(root).read_bytes()
    found = load(root)
    assert compiled(found) == set(found.workflows)
    assert place(root).read_bytes() == before


@pytest.mark.parametrize("left", ["a link", "a part"])
def test_what_lies_where_the_shelf_is_written_is_removed(root, left):
    # Given what a process has left there that was killed, or a link that another has laid there,
    (victim := root / "victim").write_text("precious")
    place(root).parent.mkdir()
    new = place(root).with_name("compiled.new")
    new.symlink_to(victim) if left == "a link" else new.write_text("a part")

    # When the shelf is written, Then it is whole, and only it is there.
    load(root)
    assert compiled(load(root)) == {"caller"}
    assert [(path.name, path.is_symlink()) for path in place(root).parent.iterdir()] == [("compiled", False)]
    assert victim.read_text() == "precious"


# --- processes

READ = """
import sys
from pathlib import Path
from ecomflow.language import load_project
from ecomflow.model import Workflow
from ecomflow.registry import Registry
root = Path(sys.argv[1])
found = load_project(root, Registry.load().catalog, lambda _: root / "var" / "compiled")
print(*sorted(name for name, workflow in found.workflows.items() if type(workflow) is Workflow))
"""


def reading(root, sources=None):
    env = os.environ if sources is None else {**os.environ, "PYTHONPATH": str(sources)}
    return subprocess.Popen([sys.executable, "-c", READ, str(root)], stdout=subprocess.PIPE, text=True, env=env)


def read(root, sources=None):
    out, _ = (process := reading(root, sources)).communicate()
    assert process.returncode == 0
    return set(out.split())


ASK_FROM_BELOW = (
    READ
    + """
def ask(frames):
    return ask(frames - 1) if frames else found.workflows["deep"].conditions.test({"thing": {"size": 100}})
print(ask(300))
"""
)


def test_nothing_that_could_be_read_at_the_loading_is_too_deep_later(root):
    # Given a condition that nests as deep as there is room on the stack, read by a process and then by another,
    def nested(depth):
        return "trigger: {event: thing.happened}\nactions: []\nconditions: ['" + "(" * depth + f"thing.size > {depth}" + ")" * depth + "']\n"

    depths = iter(range(80, 0, -4))
    while read(write(root, **{"workflows/deep.yaml": nested(next(depths))})).isdisjoint({"deep"}):
        pass

    # When that one asks it first from where there is less room, Then it answers.
    told = subprocess.run([sys.executable, "-c", ASK_FROM_BELOW, str(root)], stdout=subprocess.PIPE, text=True, check=True).stdout
    assert told.split() == ["caller", "True"]


def test_two_processes_may_write_at_once(root):
    together = [reading(root) for _ in range(3)]
    assert [process.communicate()[0] != "" and process.returncode for process in together] == [0, 0, 0]
    assert read(root) == {"caller"}
    assert [path.name for path in place(root).parent.iterdir()] == ["compiled"]


def test_what_is_installed_and_the_own_code_count(root, tmp_path_factory):
    # Given a shelf that a process has written, with a folder of packages and one of sources,
    everything = {"caller", "daily", "mail", "ping", "pong", "waits", *(f"plain{number:02}" for number in range(keeping.WORTH_KEEPING))}
    sources = tmp_path_factory.mktemp("sources")
    package = Path(shelf.__file__).parents[1]
    subprocess.run(["cp", "-rp", str(package), str(sources / "ecomflow")], check=True)
    assert read(root, sources) == everything
    assert read(root, sources) == {"caller"}

    # When a distribution comes or another version of it, or a line of the own code is another, Then all is compiled anew.
    (sources / "foo-1.0.dist-info").mkdir()
    assert read(root, sources) == everything
    (sources / "foo-1.0.dist-info").rename(sources / "foo-1.1.dist-info")
    assert read(root, sources) == everything
    file = sources / "ecomflow" / "language" / "workflow.py"
    file.write_text(file.read_text("utf-8") + "# more\n", "utf-8")
    assert read(root, sources) == everything
    assert read(root, sources) == {"caller"}


def test_another_python_or_other_data_of_time_zones_count(root, monkeypatch, tmp_path):
    for name, value in (("sys.version", "4.0"), ("zoneinfo.TZPATH", (str(tmp_path),))):
        load(root)
        with monkeypatch.context() as patched:
            patched.setattr(name, value)
            found = load(root)
        assert compiled(found) == set(found.workflows)
