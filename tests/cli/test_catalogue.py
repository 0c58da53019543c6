"""actions, triggers, event-types, schema: what is installed, and text to paste that passes the check."""

import json

import jsonschema
import pytest

from ecomflow.language import load_project, read_yaml, trigger_kinds
from ecomflow.registry import Registry

REGISTRY = Registry.load()
OWN_TYPE = "event_types: {parcel.lost: {subject: parcel.id, description: A parcel was lost., schema: {type: object, properties: {parcel: {type: object}}}}}\n"


def pasted(result, title):
    """Return the block below a title."""
    return "\n".join(line.removeprefix("  ") for line in result.out.partition(f"{title}\n\n")[2].split("\n\n")[0].splitlines())


def faults_of(shop, text):
    (shop / "workflows" / "pasted.yaml").write_text(text)
    found = load_project(shop, REGISTRY.catalog).diagnostics
    return [fault for fault in found if fault.severity == "error"]


@pytest.mark.parametrize("name", REGISTRY.catalog.actions)
def test_the_snippet_of_every_action_passes_the_check(ecomflow, shop, name):
    result = ecomflow("actions", name, "--project", str(shop))

    assert result.code == 0
    step = pasted(result, "To paste into a list of steps")
    text = "name: pasted\ntrigger: {event: order.created}\nactions:\n" + "".join(f"  {line}\n" for line in step.splitlines())
    assert faults_of(shop, text) == []
    assert read_yaml(text, "pasted").value["actions"][0]["action"] == name


@pytest.mark.parametrize("kind", trigger_kinds(REGISTRY.catalog))
def test_the_snippet_of_every_trigger_passes_the_check(ecomflow, shop, kind):
    result = ecomflow("triggers", kind)

    assert result.code == 0
    trigger = pasted(result, "To paste into a workflow")
    assert faults_of(shop, f"name: pasted\n{trigger}\nactions: [{{action: log.write, with: {{message: hello}}}}]\n") == []


@pytest.mark.parametrize("name", REGISTRY.catalog.event_types)
def test_the_snippets_of_every_event_type_pass(ecomflow, shop, name):
    result = ecomflow("event-types", name)

    trigger = pasted(result, "To paste into a workflow")
    sample = json.loads(pasted(result, f"Sample data, for `ecomflow emit {name} --data FILE`"))
    assert faults_of(shop, f"name: pasted\n{trigger}\nactions: [{{action: log.write, with: {{message: hello}}}}]\n") == []
    assert list(jsonschema.Draft202012Validator(REGISTRY.catalog.event_types[name].schema).iter_errors(sample)) == []


def test_an_action_is_told_with_its_arguments(ecomflow, shop):
    told = " ".join(ecomflow("actions", "email.send").out.split())

    for part in ("email.send sends", "a connection of kind smtp", "from ecomflow", "needed one address or a list.", "transactional or marketing transactional", "message_id"):
        assert part in told


def test_a_search_is_told_with_its_pages_and_the_fields_of_an_item(ecomflow, shop):
    pages, plain = ecomflow("actions", "customer.search").out, ecomflow("actions", "purchase.search").out

    assert "Result, by the step's `id`\n\nA list, page by page: " in pages
    assert "  orders_count       whole number\n" in pages
    assert "Result, by the step's `id`\n\nA list. Each item has:\n\n" in plain


def test_lists_name_all_that_is_installed(ecomflow, shop):
    lists = {"actions": REGISTRY.catalog.actions, "triggers": trigger_kinds(REGISTRY.catalog), "event-types": REGISTRY.catalog.event_types}

    for command, known in lists.items():
        assert all(f"\n{name} " in f"\n{ecomflow(command).out}" for name in known)


def test_as_json(ecomflow, shop):
    action = next(record for record in ecomflow("actions", "--json").of("action") if record["name"] == "email.send")
    trigger = ecomflow("triggers", "event", "--json").of("trigger")[0]
    type_ = ecomflow("event-types", "order.created", "--json").of("event_type")[0]

    assert (action["effect"], action["idempotent"], action["connections"], action["distribution"]) == ("sends", False, ["smtp"], "ecomflow")
    assert action["params"]["required"] == ["to"]
    assert action["snippet"].startswith("- action: email.send\n")
    assert trigger["keys"] == ["event"]
    assert type_["subject"] == "order.id"


def test_event_types_of_the_project_are_listed(ecomflow, shop):
    file = shop / "ecomflow.yaml"
    file.write_text(file.read_text() + OWN_TYPE)

    assert "parcel.lost" in ecomflow("event-types").out
    assert "the project file" in ecomflow("event-types", "parcel.lost").out


@pytest.mark.parametrize("words", [["actions", "emial.send"], ["triggers", "evnet"], ["event-types", "order.craeted"]])
def test_an_unknown_name_is_told_with_the_nearest(ecomflow, shop, words):
    result = ecomflow(*words)

    assert result.code == 3
    assert "did you mean" in result.err


def test_the_schema_that_init_writes_is_the_one_of_the_command(ecomflow, shop):
    for of, file in (("workflow", "schemas/workflow.json"), ("project", "schemas/project.json")):
        assert ecomflow("schema", "--of", of).out == (shop / file).read_text()


def test_files_that_init_writes_name_a_schema_that_they_fit(ecomflow, shop):
    for file in (shop / "workflows" / "abandoned-cart.yaml", shop / "ecomflow.yaml"):
        first, text = file.read_text().split("\n", 1)
        schema = json.loads((file.parent / first.removeprefix("# yaml-language-server: $schema=")).read_text())
        value = json.loads(json.dumps(read_yaml(text, "w").value, default=float))
        assert list(jsonschema.Draft7Validator(schema).iter_errors(value)) == []


def test_the_schema_follows_the_project(ecomflow, shop):
    file = shop / "ecomflow.yaml"
    file.write_text(file.read_text() + OWN_TYPE)

    result = ecomflow("schema", "--output", shop / "new" / "schema.json")

    assert result.code == 0
    assert "parcel.lost" in (shop / "new" / "schema.json").read_text()




def test_the_schema_is_one_json_object_where_that_is_asked_for(ecomflow, shop):
    [record] = ecomflow("schema", "--json").of("schema")

    assert record["schema"] == json.loads((shop / "schemas/workflow.json").read_text())
