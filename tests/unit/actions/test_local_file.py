"""The file of the embedded desk: who may read it, files of earlier releases, and what is found without reading all."""

import sqlite3
import stat
from decimal import Decimal

import pytest

from ecomflow import Permanent


@pytest.fixture
def file(tmp_path):
    return tmp_path / "var" / "local.db"


def mode(file):
    return stat.S_IMODE(file.stat().st_mode)


@pytest.fixture
def old(file):
    """Return a file as the first release made it: two tables, readable for everybody."""
    file.parent.mkdir()
    store = sqlite3.connect(file)
    store.execute("create table record (kind text not null, id text not null, body text not null, primary key (kind, id)) without rowid")
    store.execute("create table effect (key text not null primary key, result text not null) without rowid")
    store.execute("""insert into record values ('customer', 'c1', '{"id": "c1", "email": "Ana@x.example", "spent": 10.10}')""")
    store.execute("""insert into effect values ('k1', '{"code": "OLD", "percent": 5, "amount": null, "expires_at": null}')""")
    store.commit()
    store.close()
    file.chmod(0o644)
    return file


def test_the_file_is_its_owners_alone(desk, file):
    desk.put("customer", {"id": "c1"})

    assert mode(file) == 0o600


def test_looking_makes_no_file(desk, do, file):
    assert desk.find("customer") == []
    assert desk.get("order", "o1") is None
    assert do("stock_alert.list", variant="v1") == []
    assert not file.parent.exists()


def test_a_file_of_an_earlier_release_is_read_and_goes_on(old, desk, do):
    assert desk.get("customer", "c1") == {"id": "c1", "email": "Ana@x.example", "spent": Decimal("10.10")}
    assert do("customer.get", email="ana@x.example")["id"] == "c1"
    assert do("discount.create", percent=5)["code"] == "OLD"
    assert do("customer.tag", key="k2", customer="c1", tags=["vip"])["tags"] == ["vip"]
    assert mode(old) == 0o600


def test_a_file_that_is_none_is_said(desk, file):
    file.parent.mkdir()
    file.write_text("this is no database " * 100)

    with pytest.raises(Permanent, match=r"local\.db: file is not a database"):
        desk.get("customer", "c1")


def test_of_several_records_with_a_fault_none_is_stored(desk):
    with pytest.raises(Permanent, match="needs an id"):
        desk.put("customer", {"id": "c1"}, {"email": "x"})
    assert desk.find("customer") == []


@pytest.fixture
def asked(monkeypatch):
    """Return the statements that the desk gives to SQLite, with their values."""
    statements = []

    class Told(sqlite3.Connection):
        def __init__(self, *words, **more):
            super().__init__(*words, **more)
            self.set_trace_callback(statements.append)

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *words, **more: connect(*words, **more, factory=Told))
    return statements


@pytest.mark.parametrize(
    ("name", "params", "index"),
    [
        ("customer.get", {"id": "c1"}, "PRIMARY KEY"),
        ("customer.get", {"email": "ana@x.example"}, "record email"),
        ("order.get", {"id": "o1"}, "PRIMARY KEY"),
        ("order.search", {"email": "ana@x.example", "tag": "vip"}, "record email"),
        ("order.search", {"customer": "c1"}, "record customer.id"),
        ("stock.get", {"variant": "v1"}, "record variant_id"),
        ("stock_alert.list", {"variant": "v1"}, "record variant_id"),
        ("refund.create", {"order": "o1", "amount": 1}, "record order_id"),
    ],
)
def test_what_is_looked_for_is_found_by_an_index(asked, do, stocked, file, name, params, index):
    # When an action looks something up
    asked.clear()
    do(name, **params)

    # Then no statement reads all records of a kind
    looks = [text for text in asked if text.startswith("select body")]
    with sqlite3.connect(file) as store:
        plans = [" ".join(row[3] for row in store.execute(f"explain query plan {text}")) for text in looks]
    store.close()
    assert plans
    assert any(index in plan for plan in plans)
    assert all(index in plan or "PRIMARY KEY (kind=? AND id=?)" in plan for plan in plans)


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"email": "ANA@x.example"}, ["1"]),
        ({"tags": "VIP"}, ["1", "2"]),
        ({"tags": ["vip", "eu"]}, ["2"]),
        ({"spent": Decimal("10.10")}, ["1"]),
        ({"number": 1001}, ["1", "2"]),
        ({"active": True}, ["1"]),
        ({"active": False}, ["2"]),
        ({"active": None}, ["3"]),
        ({"address.city": "bonn"}, ["2"]),
        ({"kind": "x"}, []),
        ({"id": "3"}, ["3"]),
    ],
)
def test_fields_are_compared(desk, fields, found):
    desk.put(
        "customer",
        {"id": "1", "email": "ana@x.example", "tags": ["vip"], "spent": Decimal("10.10"), "number": 1001, "active": True},
        {"id": "2", "tags": ["eu", "vip"], "number": "1001", "active": False, "address": {"city": "Bonn"}},
        {"id": "3", "active": None},
    )
    assert [each["id"] for each in desk.find("customer", **fields)] == found


@pytest.mark.parametrize("name", ["a b", "a'", "$", "", "a..b", 'x")'])
def test_a_name_that_is_none_is_refused(desk, name):
    desk.put("customer", {"id": "1"})
    with pytest.raises(Permanent, match="is no name of a field"):
        desk.find("customer", **{name: "x"})
