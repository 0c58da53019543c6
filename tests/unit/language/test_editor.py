"""The JSON Schema that editors complete and check workflow files with."""

import json
from pathlib import Path

import jsonschema
import pytest

from ecomflow.language import keywords, load_project, project_schema, read_yaml, workflow_schema
from ecomflow.language.grammar import CONDITIONS, PROJECT, STEPS_OF_KIND, TRIGGERS, WORKFLOW
from ecomflow.language.offered import trigger_kinds
from ecomflow.registry import Registry

EXAMPLES = Path(__file__).parents[3] / "examples"
CATALOG = Registry.load().catalog
PROJECT_FILE = """\
connections:
  mail: {plugin: smtp, host: 127.0.0.1, port: 1025, from: shop@acme.example, password: {secret: SMTP_PASSWORD}}
  desk: {plugin: local}
event_types:
  parcel.lost: {subject: parcel.id, schema: {type: object}}
"""
FINE = """\
name: fine
trigger: {event: order.created}
conditions: ["order.total > 1", {some: order.lines, as: line, if: "line.type == 'gift'"}]
actions:
  - wait: 1d
  - {wait: {until: tue 11:00}}
  - id: sent
    if: order.email is present
    action: email.send
    connection: mail
    with: {to: "{{ order.email }}", subject: 17, template: a.html, headers: {X-Order: "{{ order.id }}"}}
    retry: {attempts: 2}
    on_error: [{stop: no mail}]
  - if: order.total > 10
    then: [{action: discount.create, with: {percent: "{{ order.total }}"}}]
    else: [{fail: too small}]
"""


def plain(text):
    return json.loads(json.dumps(read_yaml(text, "w").value, default=float))


@pytest.fixture
def schema(tmp_path):
    """Return the schema in a project with two connections, a template and an event type of its own."""
    (tmp_path / "ecomflow.yaml").write_text(PROJECT_FILE)
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "a.html").write_text("hello")
    return workflow_schema(CATALOG, load_project(tmp_path, CATALOG))


def refused(schema, text):
    jsonschema.Draft7Validator.check_schema(schema)
    return list(jsonschema.Draft7Validator(schema).iter_errors(plain(text)))


def test_a_workflow_without_faults_fits(schema):
    assert refused(schema, FINE) == []


@pytest.mark.parametrize("path", sorted({*(EXAMPLES / "workflows").glob("*.yaml")} - {*EXAMPLES.rglob("*.test.yaml")}), ids=lambda path: path.name)
def test_every_example_fits(path):
    assert refused(workflow_schema(CATALOG, load_project(EXAMPLES, CATALOG)), path.read_text()) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("name: fine", "nmae: fine"),
        ("name: fine", "name: fine\nmode: sometimes"),
        ("wait: 1d", "wiat: 1d"),
        ("wait: 1d", "wait: {for: 1d}"),
        ("wait: 1d", "wait: 1d\n    delay: 2"),
        ("wait: 1d", "wait: 1d\n    stop: now"),
        ("event: order.created", "evnt: order.created"),
        ("event: order.created", "event: order.created, within: 1d"),
        ("as: line", "an: line"),
        ("action: email.send", "action: email.sent"),
        ("subject: 17", "subjekt: 17"),
        ('to: "{{ order.email }}", ', ""),
        ("subject: 17", "purpose: fun"),
        ("connection: mail", "connection: desk"),
        ("attempts: 2", "attempts: twice"),
        ("attempts: 2", "tries: 2"),
        ("[{stop: no mail}]", "ignore"),
        ('percent: "{{ order.total }}"', "percent: ten"),
        ("fail: too small", "fial: too small"),
    ],
)
def test_a_typical_fault_does_not_fit(schema, right, wrong):
    assert right in FINE
    assert refused(schema, FINE.replace(right, wrong, 1))


def test_it_offers_what_is_installed_and_what_the_project_has(schema):
    text = json.dumps(schema, default=str)

    for offered in ("email.send", "order.created", "parcel.lost", "a.html", '"mail"'):
        assert offered in text
    assert len(text) < 100_000


@pytest.mark.parametrize(
    ("grammar", "words"),
    [
        (WORKFLOW, keywords.WORKFLOW),
        (PROJECT, keywords.PROJECT),
        *((schema, {**keywords.STEP, **keywords.STEPS[kind]}) for kind, schema in STEPS_OF_KIND.items()),
        *((schema, keywords.TRIGGERS) for schema in TRIGGERS.values()),
        *((schema, keywords.CONDITIONS) for schema in CONDITIONS.values()),
    ],
)
def test_every_key_is_described(grammar, words):
    assert set(grammar["properties"]) <= set(words)


def test_every_trigger_and_every_parameter_is_described(schema):
    assert all(kind.description and all("description" in part for part in kind.schema["properties"].values()) for kind in trigger_kinds(CATALOG).values())
    for part in schema["$defs"]["step_action"]["allOf"]:
        assert all("description" in parameter for parameter in part["then"]["properties"]["with"]["properties"].values())


def test_the_project_file_fits_its_own_schema():
    schema = project_schema(CATALOG)

    assert refused(schema, PROJECT_FILE) == []
    assert refused(schema, (EXAMPLES / "ecomflow.yaml").read_text()) == []
    for right, wrong in (("plugin: smtp", "plugin: smpt"), ("port: 1025", "prot: 1025"), ("port: 1025", "port: often"), ("subject:", "about:")):
        assert refused(schema, PROJECT_FILE.replace(right, wrong, 1))
