"""local: the records of the embedded desk, put in, listed, shown, taken away."""

import json

import pytest

from ecomflow.cli.local.kinds import KINDS

ORDER = {"id": "o1", "email": "ana@x.example", "total": 84.5, "created_at": "2026-03-01T09:00:00Z", "tags": ["vip"], "lines": [{"sku": "MUG"}]}
TICKETS = [{"id": "t1", "subject": "Broken", "status": "open"}, {"id": "t2", "subject": "Late", "status": "closed", "priority": "high"}]
WHOLE = {
    "customer": {"id": "c1", "email": "ana@x.example"},
    "order": ORDER,
    "draft_order": {"id": "d1", "name": "#D1", "status": "open"},
    "ticket": TICKETS[0],
    "return": {"id": "r1", "order_id": "o1"},
    "stock": {"variant_id": "v1", "available": 3},
    "stock_alert": {"id": "a1", "variant_id": "v1", "email": "ana@x.example"},
    "payment": {"id": "p1", "order_id": "o1", "amount": 5},
    "refund": {"id": "f1", "order_id": "o1", "amount": 5},
    "message": {"id": "m1", "to": ["returns"], "text": "Look"},
    "customer_message": {"id": "m1", "to": "+49 1", "text": "Hello"},
    "gift_card": {"code": "CARD", "amount": 20},
    "points": {"id": "p1", "customer_id": "c1", "points": 50},
    "discount": {"code": "TEN", "percent": 10},
}


@pytest.fixture
def put(ecomflow, shop):
    """Return what puts records into the project's desk."""
    return lambda kind, records, *words: ecomflow("local", "put", kind, "--data", "-", *words, stdin=json.dumps(records))


def ids(result):
    return [record["id"] for record in result.of("record")]


def test_help_names_each_kind(ecomflow):
    words = ecomflow("local", "--help").out.replace(",", " ").replace(".", " ").split()

    assert set(KINDS) <= set(words)


@pytest.mark.parametrize("kind", WHOLE)
def test_a_record_of_each_kind_is_put_listed_shown_and_removed(ecomflow, put, kind):
    # Given one record, put in
    stored = put(kind, WHOLE[kind], "--json").of("put")

    # When it is looked at
    id = WHOLE[kind].get("id") or next(iter(WHOLE[kind].values()))
    listed, whole = ecomflow("local", "list", kind, "--json"), ecomflow("local", "show", kind, id, "--json")

    # Then it is there with all that was given, and gone once it is removed
    assert stored == [{"v": 1, "kind": "put", "of": kind, "id": id}]
    assert id in ids(listed)
    assert WHOLE[kind].items() <= whole.of("record")[0]["record"].items()
    assert ecomflow("local", "list", kind).out.split()[0]
    assert ecomflow("local", "remove", kind, id, "--json").of("remove") == [{"v": 1, "kind": "remove", "of": kind, "id": id}]
    assert ecomflow("local", "show", kind, id).code == 3


def test_one_record_a_list_and_lines_are_taken(ecomflow, shop, tmp_path):
    lines = tmp_path / "customers.jsonl"
    lines.write_text('{"id": "c1", "first_name": "Ana"}\n\n{"id": "c2", "first_name": "Bo"}\n')

    assert ecomflow("local", "put", "customer", "--data", lines).out == "Stored 2 customer records.\n"
    assert ecomflow("local", "put", "customer", "--data", "-", stdin='[{"id": "c3"}]').out == "Stored 1 customer record.\n"
    assert ecomflow("local", "put", "customer", "--data", "-", stdin="[]").out == "Stored 0 customer records.\n"
    assert {"c1", "c2", "c3"} <= set(ids(ecomflow("local", "list", "customer", "--json")))


def test_what_is_listed_can_be_put_in_again(ecomflow, put):
    put("ticket", TICKETS)
    records = [each["record"] for each in ecomflow("local", "list", "ticket", "--json").of("record")]

    assert put("ticket", records).code == 0
    assert [each["record"] for each in ecomflow("local", "list", "ticket", "--json").of("record")] == records


def test_the_moment_of_the_beginning_is_now_where_it_is_left_out(ecomflow, put):
    put("stock_alert", [WHOLE["stock_alert"], {**WHOLE["stock_alert"], "id": "a2", "joined_at": "2026-03-01T09:00:00Z"}])

    joined = [each["record"]["joined_at"] for each in ecomflow("local", "list", "stock_alert", "--json").of("record")]
    assert joined[1] == "2026-03-01T09:00:00Z"
    assert joined[0] > joined[1]


def test_records_begin_in_the_order_of_their_file(ecomflow, put):
    put("stock_alert", [{**WHOLE["stock_alert"], "id": id} for id in ("b", "c", "a")])

    joined = {each["id"]: each["record"]["joined_at"] for each in ecomflow("local", "list", "stock_alert", "--json").of("record")}
    assert sorted(joined, key=joined.get) == ["b", "c", "a"]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (["status=open"], ["t1"]),
        (["status=OPEN", "subject=broken"], ["t1"]),
        (["tags=vip"], ["t1", "t2"]),
        (["tags=vip", "tags=eu"], ["t2"]),
        (["status=open", "tags=eu"], []),
        (["closed_at=null"], ["t1", "t2"]),
        (["order_id=1001"], ["t2"]),
        (["subject=a=b"], []),
    ],
)
def test_records_are_narrowed(ecomflow, put, where, found):
    put("ticket", [{**TICKETS[0], "tags": ["vip"]}, {**TICKETS[1], "tags": ["eu", "vip"], "order_id": "1001"}])

    options = [word for each in where for word in ("--where", each)]
    assert ids(ecomflow("local", "list", "ticket", *options, "--json")) == found


def test_people_get_a_table_and_all_fields(ecomflow, put):
    put("ticket", TICKETS)
    put("order", ORDER)

    lines = ecomflow("local", "list", "ticket").out.splitlines()
    assert [line.split() for line in lines] == [["t1", "open", "-", "-", "Broken"], ["t2", "closed", "high", "-", "Late"]]
    fields = dict(line.split(maxsplit=1) for line in ecomflow("local", "show", "order", "o1").out.splitlines())
    assert (fields["total"], fields["tags"], fields["lines"]) == ("84.5", "[vip]", "[{sku: MUG}]")


def test_nothing_is_said(ecomflow, shop):
    result = ecomflow("local", "list", "refund")

    assert (result.code, result.out, result.err) == (0, "", "No records.\n")


def test_every_fault_is_told_and_nothing_is_stored(ecomflow, put):
    result = put(
        "ticket",
        [{"id": "t1", "subject": "x", "priorty": "high"}, {"id": 5, "status": "asleep", "created_at": "yesterday"}, TICKETS[1], 7],
    )

    assert result.code == 1
    assert result.err.splitlines() == [
        "error: record 1: priorty: unknown field; did you mean `priority`?",
        "error: record 2: subject: is missing",
        "error: record 2: created_at: `yesterday` is no moment such as 2026-03-02T09:00:00Z",
        "error: record 2: id: expected a text, got a number",
        "error: record 2: status: `asleep` is none of new, open, pending, solved, closed",
        "error: record 4: the record: expected a mapping, got a number",
        "Nothing was stored.",
    ]
    assert ids(ecomflow("local", "list", "ticket", "--json")) == []


@pytest.mark.parametrize(
    ("kind", "record", "message"),
    [
        ("order", {"id": "o1", "lines": [{"price": "dear"}]}, "lines.0.price: expected a number or nothing, got a text"),
        ("order", {"id": ""}, "id: the text is empty"),
        ("stock", {"variant_id": "v1"}, "available: is missing"),
        ("stock", {"variant_id": "v1", "available": 1.5}, "available: expected a whole number, got a number"),
        ("customer", {"id": "c1", "zzz": 1}, "zzz: unknown field; known are id, email"),
        ("order", {"id": "o1", "created_at": "2026-02-30T09:00:00Z"}, "created_at: `2026-02-30T09:00:00Z` is no moment"),
        ("order", {"id": "o1", "created_at": "2026-02-20"}, "is no moment"),
    ],
)
def test_a_fault_has_its_place(put, kind, record, message):
    result = put(kind, record)

    assert result.code == 1
    assert f"error: {message}" in result.err or message in result.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "stdin is no JSON"),
        ('{"id": "c1"}\n{"id": }\n', "line 2 of stdin is no JSON"),
        ("id: c1\n", "stdin is no JSON"),
        ("", "stdin is no JSON"),
    ],
)
def test_what_is_no_json_is_2(ecomflow, shop, text, message):
    result = ecomflow("local", "put", "customer", "--data", "-", stdin=text)

    assert result.code == 2
    assert message in result.err


def test_what_is_not_utf_8_is_2(ecomflow, shop, tmp_path):
    file = tmp_path / "latin.json"
    file.write_bytes('{"id": "c1", "first_name": "Zoë"}'.encode("latin-1"))

    result = ecomflow("local", "put", "customer", "--data", file)
    assert result.code == 2
    assert "is not UTF-8" in result.err


@pytest.mark.parametrize(
    "words",
    [["list", "custmer"], ["list", "customer", "--where", "x"], ["list", "customer", "--where", "=x"], ["show", "customer"], ["put", "customer"], ["lst"]],
)
def test_misuse_is_2(ecomflow, shop, words):
    assert ecomflow("local", *words).code == 2


def test_a_field_that_is_none_is_told(ecomflow, shop):
    result = ecomflow("local", "list", "customer", "--where", "a b=1")

    assert result.code == 1
    assert "'a b' is no name of a field" in result.err


@pytest.mark.parametrize("words", [["show", "customer", "c9"], ["remove", "customer", "c9"], ["list", "customer", "--connection", "mail"]])
def test_what_is_not_there_is_3(ecomflow, shop, words):
    assert ecomflow("local", *words).code == 3


@pytest.fixture
def two(shop):
    """Give the project two desks."""
    file = shop / "ecomflow.yaml"
    text = file.read_text()
    assert "  desk: {plugin: local}\n" in text
    file.write_text(text.replace("  desk: {plugin: local}\n", "  desk: {plugin: local}\n  archive: {plugin: local, path: var/archive.db}\n"))


def test_of_several_desks_one_is_named(ecomflow, two, put):
    put("refund", WHOLE["refund"], "--connection", "archive")

    assert "name one with --connection: desk, archive" in ecomflow("local", "list", "refund").err
    assert ecomflow("local", "list", "refund").code == 2
    assert ids(ecomflow("local", "list", "refund", "--json", "--connection", "archive")) == ["f1"]
    assert ids(ecomflow("local", "list", "refund", "--json", "--connection", "desk")) == []


def test_a_project_without_a_desk_has_the_one_with_its_defaults(ecomflow, tmp_path, monkeypatch):
    # Given a folder with one workflow and no project file
    (tmp_path / "w.yaml").write_text("name: w\ntrigger: {event: order.created}\nactions: []\n")
    monkeypatch.chdir(tmp_path)

    # When records are looked for, Then no file is made; one is put in, Then there is
    assert ecomflow("local", "list", "customer").code == 0
    assert not (tmp_path / "var").exists()
    ecomflow("local", "put", "customer", "--data", "-", stdin='{"id": "c1"}')
    assert (tmp_path / "var" / "local.db").exists()


WORKFLOW = """\
name: answer-returns
trigger: {event: return.asked}
actions:
  - id: found
    action: order.get
    with: {id: "{{ ask.order }}"}
  - id: earlier
    action: order.search
    with: {email: "{{ found.email }}", since: "{{ now - '365d' }}"}
  - id: asked
    action: return.create
    with: {order: "{{ ask.order }}", lines: "{{ ask.lines }}"}
  - if: found.created_at <= now and asked.value <= 100
    then:
      - id: approved
        action: return.approve
        with: {id: "{{ asked.id }}"}
      - action: refund.create
        with: {order: "{{ ask.order }}", amount: "{{ asked.value }}"}
      - action: ticket.create
        with: {subject: "{{ approved.label.code }} comes back", customer: "{{ earlier | length }}", tags: ["{{ asked.value }}"]}
"""


def test_a_workflow_works_on_what_people_put_in(ecomflow, put, shop):
    # Given an order and a workflow that answers returns
    (shop / "workflows" / "returns.yaml").write_text(WORKFLOW)
    put("order", {"id": "o1", "email": "ana@x.example", "total": 84.5, "currency": "EUR", "lines": [{"sku": "MUG", "price": 9.9, "quantity": 2}]})

    # When a return is asked for
    event = json.dumps({"ask": {"order": "o1", "lines": [{"sku": "MUG", "quantity": 1}]}})
    assert ecomflow("run", "answer-returns", "--event", "-", stdin=event).code == 0

    # Then people find what was done
    (returned,) = (each["record"] for each in ecomflow("local", "list", "return", "--json").of("record"))
    (refund,) = (each["record"] for each in ecomflow("local", "list", "refund", "--json").of("record"))
    (ticket,) = (each["record"] for each in ecomflow("local", "list", "ticket", "--json").of("record"))
    assert (returned["status"], returned["value"], returned["email"]) == ("approved", 9.9, "ana@x.example")
    assert (refund["amount"], refund["currency"]) == (9.9, "EUR")
    assert ticket["subject"] == f"{returned['label']['code']} comes back"
    assert (ticket["customer_id"], ticket["tags"]) == ("1", ["9.9"])
