"""The project file, test files, and how diagnostics look."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest

from ecomflow import language
from ecomflow.language import (
    CODES,
    ConnectionConfig,
    Retention,
    Secret,
    parse_contract,
    parse_tests,
    project_schema,
    render_diagnostic,
    workflow_schema,
)
from ecomflow.model import Diagnostic, Duration

ON_ORDER = "name: w\ntrigger: {event: order.created}\n"


def test_every_key_of_the_project_file_is_read(shop):
    # Given a project file with everything
    shop.write("flows/w.yaml", ON_ORDER + "actions: []\n")
    project = shop.load(
        project="""shop: acme
timezone: Europe/Berlin
locale: de
store: sqlite:///var/x.db
workflows: flows/
templates: mails/
deploy: manual
max_starts: 5
dedupe_for: 30d
lookback: 5m
retention: {runs: 90d}
consent: none
people: {finance: [ana@acme.example], boss: bo@acme.example}
connections:
  mail: {plugin: smtp, host: localhost, port: 1025, password: {secret: MAIL_PASSWORD}}
event_types:
  thing.happened: {subject: thing.id, description: A thing, schema: {type: object, properties: {thing: {type: object}}}}
calendars:
  business_hours: {days: mon-fri, from: "09:00", to: "18:00", holidays: [2026-12-25]}
caps: {marketing: {limit: 2, per: 7d, key: customer.id}}
"""
    )
    # When it is loaded, Then all of it is there
    assert project.diagnostics == ()
    assert (project.shop, project.timezone, project.locale, project.store, project.deploy, project.max_starts) == ("acme", "Europe/Berlin", "de", "sqlite:///var/x.db", "manual", 5)
    assert (project.dedupe_for, project.lookback, project.templates) == (Duration(days=30), 300.0, shop.root / "mails/")
    assert project.retention == Retention(Duration(days=90), None)
    assert project.consent == "none"
    assert project.people == {"finance": ("ana@acme.example",), "boss": ("bo@acme.example",)}
    assert project.connections == {"mail": ConnectionConfig("mail", "smtp", {"host": "localhost", "port": 1025, "password": Secret("MAIL_PASSWORD")})}
    assert project.event_types["thing.happened"].subject == "thing.id"
    assert "order.created" in project.event_types
    assert list(project.workflows) == ["w"]


@pytest.mark.parametrize(
    ("text", "code", "message", "help_"),
    [
        ("shop: [\n", "EF101", "not YAML", ""),
        ("- a\n", "EF110", "is a mapping", ""),
        ("timezon: UTC\n", "EF113", "unknown key `timezon`", "did you mean `timezone`?"),
        ("deploy: sometimes\n", "EF110", "`sometimes`", ""),
        ("shop: a/b\n", "EF110", "not written as it must be", ""),
        ("workflows: nowhere\n", "EF103", "no folder nowhere", ""),
        ("connections: {mail: {host: x}}\n", "EF114", "needs `plugin`", "smtp"),
        ("connections: {mail: {plugin: smpt, host: x}}\n", "EF117", "`smpt`", "did you mean `smtp`?"),
        ("connections: {mail: {plugin: smtp, host: x, prot: 1}}\n", "EF113", "unknown key `prot`", "did you mean `port`?"),
        ("connections: {mail: {plugin: smtp}}\n", "EF114", "needs `host`", ""),
        ("connections: {mail: {plugin: smtp, host: x, port: many}}\n", "EF116", "expected a whole number", ""),
        ("calendars: {o: {days: mon-fry}}\n", "EF123", "calendar `o`", "mon-fri"),
        ("caps: {c: {limit: 2}}\n", "EF114", "needs `key`", ""),
        ("caps: {c: {per: soon, key: x}}\n", "EF123", "is no duration", ""),
        ("dedupe_for: soon\n", "EF123", "is no duration", ""),
        ("retention: {runs: soon}\n", "EF123", "is no duration", "forever"),
        ("retention: {events: 5h}\n", "EF123", "at least 1d", "forever"),
        ("retention: {event: 30d}\n", "EF113", "unknown key `event`", "did you mean `events`?"),
        ("retention: 30d\n", "EF110", "`retention`", ""),
        ("connections: {desk: {plugin: postmark}}\nconsent: dsek\n", "EF117", "no connection `dsek` knows customers", "did you mean `desk`?"),
        ("connections: {mail: {plugin: smtp, host: x}}\nconsent: mail\n", "EF117", "no connection `mail` knows customers", "customer.get"),
        ("inputs: {x: {a: 1}}\n", "EF125", "no workflow `x`", ""),
        ("inputs: {w: {delya: 1}}\n", "EF125", "no input `delya`", "did you mean `delay`?"),
    ],
)
def test_faults_of_the_project_file_are_told_and_stop_no_workflow(shop, text, code, message, help_):
    # Given a project file with a fault beside a good workflow, When it is loaded
    project = shop.load(ON_ORDER + "inputs: {delay: 1h}\nactions: []\n", text)
    # Then the fault has its place in that file
    (fault,) = project.diagnostics
    assert (fault.code, fault.file) == (code, "ecomflow.yaml")
    assert message in fault.message
    assert help_ in fault.help
    assert list(project.workflows) == ([] if code == "EF103" else ["w"])


def test_a_zone_that_is_none_stops_the_workflows_that_would_go_by_it(shop):
    # Given a project file that names no zone, When it is loaded, Then no workflow goes by another one instead.
    project = shop.load(ON_ORDER + "actions: []\n", "timezone: Mars\n")

    assert [(fault.code, fault.file) for fault in project.diagnostics] == [("EF123", "ecomflow.yaml"), ("EF123", "workflows/w.yaml")]
    assert all("no time zone is called `Mars`" in fault.message for fault in project.diagnostics)
    assert (list(project.workflows), list(project.faulty)) == ([], ["w"])


def test_inputs_of_a_file_that_cannot_be_read_are_not_called_unknown(shop):
    # Given inputs for a workflow whose file is broken, When it is loaded, Then only that is told
    assert [fault.code for fault in shop.load("name: [", "inputs: {w: {a: 1}}\n").diagnostics] == ["EF101"]


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ("{action: email.send, with: {to: x}}", "EF117"),
        ("{action: email.send, with: {to: x}, connection: a}", None),
        ("{action: email.send, with: {to: x}, connection: c}", None),
        ("{action: email.send, with: {to: x}, connection: d}", "EF117"),
        ("{action: log.write, with: {message: x}}", None),
        ("{action: log.write, with: {message: x}, connection: a}", "EF117"),
    ],
)
def test_a_step_names_its_connection_where_several_fit(shop, step, code):
    # Given three connections that fit, When a step is loaded, Then it must name one of them
    project = "connections: {a: {plugin: smtp, host: x}, b: {plugin: smtp, host: y}, c: {plugin: postmark}}\n"
    found = [fault.code for fault in shop.load(f"{ON_ORDER}actions: [{step}]", project).diagnostics]
    assert found == ([code] if code else [])


@pytest.mark.parametrize(
    ("step", "notes"),
    [
        ("{action: email.send, with: {to: x}}", ["`email.send` needs a connection of kind `smtp` or `postmark`, and the project has none"]),
        ("{action: log.write, with: {message: x}}", []),
        ("{action: ticket.get, with: {ticket: t1}}", []),
    ],
)
def test_a_connection_that_the_project_lacks_is_noted_and_stops_nothing(shop, step, notes):
    # Given a project without connections, When a step needs one, Then that is said, but for what the project itself keeps
    project = shop.load(f"{ON_ORDER}actions: [{step}]", "shop: acme\n")
    assert [(fault.severity, fault.message) for fault in project.diagnostics] == [("note", note) for note in notes]
    assert list(project.workflows) == ["w"]


def test_a_workflow_chooses_a_connection_for_a_kind(shop):
    # Given a choice at the top, When a step names none, Then it is that one
    project = "connections: {a: {plugin: smtp, host: x}, b: {plugin: smtp, host: y}}\n"
    found = shop.workflow(f"{ON_ORDER}connections: {{smtp: b}}\nactions: [{{action: email.send, with: {{to: x}}}}]", project)
    assert found.actions[0].connection == "b"


def test_a_cap_that_does_not_fit_the_workflow_is_told_where_it_is_named(shop):
    # Given a cap whose key the event has not, When it is named, Then the fault stands there
    fault = shop.fault(f"{ON_ORDER}caps: [c]\nactions: []\n", "caps: {c: {key: custmer.id}}\n")
    assert (fault.code, fault.file, fault.line) == ("EF111", "workflows/w.yaml", 3)
    assert "the cap `c` does not fit" in fault.message


# --- diagnostics


def test_a_diagnostic_has_place_excerpt_caret_and_fix():
    # Given a fault
    fault = Diagnostic("EF112", "unknown field `order.customer.emial`", "workflows/welcome.yaml", 14, 30, 5, help="did you mean `email`?", excerpt='      to: "{{ order.customer.emial }}"', label="not in event `order.created`")
    # When it is rendered, Then it reads so
    assert render_diagnostic(fault) == (
        "error[EF112]: unknown field `order.customer.emial`\n"
        "  --> workflows/welcome.yaml:14:30\n"
        "   |\n"
        '14 |       to: "{{ order.customer.emial }}"\n'
        "   |                              ^^^^^ not in event `order.created`\n"
        "   = help: did you mean `email`?"
    )


def test_colours_are_added_and_nothing_else_changes():
    # Given a fault, When it is rendered with colours, Then without them it is the same
    fault = Diagnostic("EF110", "x", "f", 1, 1, 1, excerpt="abc", help="y")
    assert re.sub(r"\x1b\[\d+m", "", render_diagnostic(fault, color=True)) == render_diagnostic(fault)


def test_what_is_quoted_cannot_steer_the_terminal():
    # Given a line with escapes, tabs and a word that runs the other way, When it is rendered
    shown = render_diagnostic(Diagnostic("EF110", "\x1b[2J", "f\x07", 1, 3, 1, excerpt="\ta\x1b[31m\u202ex", help="\x9b"))
    # Then none of it is there
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", shown)


def test_a_caret_stands_under_wide_characters_and_in_long_lines():
    # Given two wide characters before the fault, and a fault far to the right
    wide = render_diagnostic(Diagnostic("EF110", "x", "f", 1, 3, 1, excerpt="\u65e5\u672cx")).splitlines()[-1]
    long = render_diagnostic(Diagnostic("EF110", "x", "f", 1, 301, 3, excerpt="a" * 300 + "bcd")).splitlines()
    # When they are rendered, Then the caret is under the fault
    assert wide == "  |     ^"
    assert long[-2][long[-1].index("^") :][:3] == "bcd"


def test_every_code_that_is_used_is_explained():
    # Given the codes in the program
    source = Path(language.__file__).parent.parent
    used = {code for room in ("language", "expressions") for path in (source / room).glob("*.py") for code in re.findall(r'"(EF\d{3})"', path.read_text("utf-8"))}
    # When they are held against the table, Then both are the same
    assert used == set(CODES)
    assert all(info.title and info.text[-1] in ".)" for info in CODES.values())


# --- files of cases


def test_a_test_file_is_read_with_its_places(tmp_path):
    # Given a file of cases
    path = tmp_path / "w.test.yaml"
    path.write_text("workflow: w\ncases:\n  - name: one\n    given: [{event: x, data: {n: 1.50}}]\n    expect: [{not: {action: a}}]\n")
    found = parse_tests(path)
    # When it is read, Then values are plain and have places
    assert found.diagnostics == ()
    assert found.document["workflow"] == "w"
    assert found.cases[0]["given"][0]["data"] == {"n": Decimal("1.50")}
    assert found.positions.of(("cases", 0, "name")) == (3, 11)


def test_a_test_file_with_faults_says_so(tmp_path):
    # Given an unknown key and a case without expectations, When it is read, Then both are told
    path = tmp_path / "w.test.yaml"
    path.write_text("workflw: w\ncases:\n  - {name: one, givn: []}\n")
    assert [(d.code, d.line, d.help) for d in parse_tests(path).diagnostics] == [("EF113", 1, "did you mean `workflow`?"), ("EF114", 3, ""), ("EF113", 3, "did you mean `given`?")]


def test_a_broken_test_file_gives_no_cases(tmp_path):
    # Given no YAML, and a list, When they are read, Then there are no cases
    path = tmp_path / "w.test.yaml"
    for text in ("a: [", "- a", "cases: 5"):
        path.write_text(text)
        assert (parse_tests(path).cases, bool(parse_tests(path).diagnostics)) == ((), True)


def test_every_file_of_the_contract_is_read():
    # Given the contract, When its files are read by our own reader, Then none has a fault
    files = sorted((Path(__file__).parents[2] / "contract" / "cases").glob("*.yaml"))
    read = [parse_contract(path) for path in files]
    assert [diagnostic for each in read for diagnostic in each.diagnostics] == []
    assert sum(len(each.cases) for each in read) > 300


# --- editors


def test_the_schema_for_editors_fits_what_loads(shop):
    # Given the schemas of this installation
    catalog = shop.load.__globals__["CATALOG"]
    workflow, project = workflow_schema(catalog), project_schema(catalog)
    text = language.read_yaml(ON_ORDER + "conditions: [{any: [order.total > 1]}]\nactions: [{if: order.total > 1, then: [{action: email.send, with: {to: '{{ order.email }}', copies: '{{ order.total }}'}}]}]", "w").value
    # When they are used as JSON Schema, Then they are sound, and name what is installed
    jsonschema.Draft202012Validator.check_schema(workflow)
    jsonschema.Draft202012Validator.check_schema(project)
    assert list(jsonschema.Draft202012Validator(workflow).iter_errors(text)) == []
    assert list(jsonschema.Draft202012Validator(workflow).iter_errors({**text, "actions": [{"action": "email.sned"}]})) != []
    assert "email.send" in json.dumps(workflow)
