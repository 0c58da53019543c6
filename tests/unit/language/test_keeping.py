"""A project that is read again: what has not changed is not compiled again, and nothing is told otherwise than at first."""

import pytest

from ecomflow.language import keeping, load_project
from ecomflow.registry import Registry

CATALOG = Registry.load().catalog
PLAIN = "trigger: {event: thing.happened}\nconditions: [thing.size > 3]\nactions:\n  - {action: log.write, with: {message: 'a {{ thing.size }}'}}\n"
MAIL = "trigger: {event: thing.happened}\nactions:\n  - {action: email.send, with: {to: a@example.com, subject: s, template: hello.html}}\n"
CALLER = "trigger: {event: thing.happened}\nactions:\n  - {call: plain, with: {most: 1}}\n"
FAULTY = "trigger: {event: thing.happened}\nactions:\n  - {action: log.wriet, with: {message: x}}\n"
FILES = {
    "ecomflow.yaml": "shop: s\nworkflows: workflows\n", "templates/hello.html": "<p>{{ thing.name }}</p>", "workflows/plain.yaml": PLAIN,
    "workflows/mail.yaml": MAIL, "workflows/caller.yaml": CALLER, "workflows/faulty.yaml": FAULTY, "workflows/broken.yaml": "a: [",
}  # fmt: skip


@pytest.fixture
def write(tmp_path):
    def write(**changes):
        for name, text in changes.get("files", {}).items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.unlink(missing_ok=True)
            if text is not None:
                path.write_text(text, "utf-8")
        return tmp_path

    write(files=FILES)
    return write


def told(project):
    """All that a project tells, but for the compiled parts."""
    versions = {name: workflow.version for name, workflow in project.workflows.items()}
    return versions, project.diagnostics, project.faulty, project.sources, project.shop, project.timezone


def forget():
    keeping._last.clear()


def test_what_has_not_changed_is_not_compiled_again(write):
    # Given a project that was read, When it is read again, Then its workflows are the same objects, and it tells the same;
    root = write()
    forget()
    first = load_project(root, CATALOG)
    again = load_project(root, CATALOG)
    assert told(again) == told(first)
    assert {name for name in first.workflows if again.workflows[name] is first.workflows[name]} == {"plain", "mail"}

    # And when one file is edited, that one is compiled and the others are not.
    write(files={"workflows/plain.yaml": PLAIN + "description: new\n"})
    edited = load_project(root, CATALOG)
    assert edited.workflows["mail"] is first.workflows["mail"]
    assert edited.workflows["plain"].description == "new"


@pytest.mark.parametrize(
    "files",
    [
        {"workflows/plain.yaml": PLAIN.replace("3", "'a'")},
        {"workflows/plain.yaml": PLAIN + "inputs: {most: 5}\n"},
        {"workflows/plain.yaml": PLAIN + "name: mail\n"},
        {"workflows/second.yaml": PLAIN + "name: PLAIN\n"},
        {"workflows/aaa.yaml": PLAIN + "name: plain\n"},
        {"workflows/plain.yaml": None},
        {"workflows/faulty.yaml": FAULTY.replace("wriet", "write")},
        {"workflows/broken.yaml": PLAIN},
        {"templates/hello.html": "<p>{{ thing.other }}</p>"},
        {"templates/hello.html": "{% broken"},
        {"templates/hello.html": None},
        {"templates/hello.en.html": "<p>in English</p>"},
        {"ecomflow.yaml": FILES["ecomflow.yaml"] + "timezone: Europe/Berlin\n"},
        {"ecomflow.yaml": FILES["ecomflow.yaml"] + "inputs: {plain: {most: 1}}\n"},
        {"ecomflow.yaml": FILES["ecomflow.yaml"] + "event_types: {thing.happened: {schema: {type: object, properties: {thing: {type: object, properties: {size: {type: string}}, additionalProperties: false}}}}}\n"},
        {"ecomflow.yaml": None},
    ],
)
def test_what_changed_counts(write, files):
    # Given a project that was read, When anything of it changes and it is read again,
    root = write()
    load_project(root, CATALOG)
    write(files=files)
    changed = told(load_project(root, CATALOG))

    # Then it tells what it would tell at first; and so it does when all is as it was.
    forget()
    assert changed == told(load_project(root, CATALOG))
    write(files={**dict.fromkeys(files), **FILES})
    back = told(load_project(root, CATALOG))
    forget()
    assert back == told(load_project(root, CATALOG))


def test_another_catalog_compiles_anew(write):
    root = write()
    first = load_project(root, CATALOG)
    other = load_project(root, Registry.load().catalog)
    assert other.workflows["plain"] is not first.workflows["plain"]


def test_only_the_last_project_is_kept(write, tmp_path_factory):
    root, other = write(), tmp_path_factory.mktemp("other")
    (other / "w.yaml").write_text(PLAIN, "utf-8")
    first = load_project(root, CATALOG)
    load_project(other, CATALOG)
    assert [each.root for each in keeping._last] == [other]
    assert load_project(root, CATALOG).workflows["plain"] is not first.workflows["plain"]
