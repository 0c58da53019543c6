"""What Shopify's webhooks become."""

import copy
import json
from decimal import Decimal

import pytest
from deliveries import BODIES, CHECKOUT, LINE, ORDER, TOPICS
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ecomflow import from_json
from ecomflow.commerce.event_types import EVENT_TYPES
from ecomflow.commerce.mapping import Row, apply, money, text, words
from ecomflow.registry import Registry

REGISTRY = Registry.load()
SHOPIFY = REGISTRY.sources["shopify"]
def event(topic, body, event_id=None):
    (made,) = SHOPIFY(topic, body, event_id)
    return made


def test_an_order_becomes_order_created():
    made = event("orders/create", ORDER, "w-1")
    assert {key: made[key] for key in ("type", "id", "source", "subject", "time")} == {
        "type": "order.created", "id": "w-1", "source": "shopify", "subject": "820982911946154508", "time": "2026-01-01T10:00:00+01:00",
    }  # fmt: skip
    order = made["data"]["order"]
    assert (order["id"], order["number"], order["checkout_id"]) == ("820982911946154508", "1234", "tok1")
    assert (order["total"], order["subtotal"], order["tax"]) == (Decimal("421.88"), Decimal("398.00"), Decimal("23.88"))
    assert order["tags"] == ["tag1", "tag2"]
    assert order["payment_method"] == "visa, gift"
    assert order["discount_codes"] == ["TEN"]
    assert order["shipping_address"] == {
        "name": "Ana M", "address1": "Weg 1", "postal_code": "10115", "city": "Berlin", "country_code": "DE", "province": None,
    }  # fmt: skip
    assert order["weight"] == 500
    assert order["lines"] == [
        {"id": "1", "sku": "S-1", "title": "Shirt", "variant": "red", "product_id": "2", "variant_id": "3", "quantity": 2,
         "price": Decimal("19.90"), "vendor": "Acme", "gift_card": False, "requires_shipping": True, "weight": 250}
    ]  # fmt: skip


def test_a_checkout_becomes_checkout_updated():
    made = event("checkouts/update", CHECKOUT)
    assert (made["type"], made["subject"], made["time"]) == ("checkout.updated", "tok1", "2026-01-01T11:00:00+01:00")
    checkout = made["data"]["checkout"]
    assert (checkout["id"], checkout["cart_id"], checkout["recovery_url"]) == ("tok1", "cart1", "https://shop.example/r")


def test_an_order_pairs_with_the_checkout_that_it_came_from():
    order, checkout = event("orders/create", ORDER), event("checkouts/create", CHECKOUT)
    assert order["data"]["order"]["checkout_id"] == checkout["data"]["checkout"]["id"] == checkout["subject"]


def test_the_customer_stands_beside_and_inside():
    data = event("orders/create", ORDER)["data"]
    assert data["customer"] == data["order"]["customer"] == {
        "id": "603851970716743426", "email": "ana@example.com", "first_name": "Ana", "last_name": None, "tags": ["vip", "b2b"],
        "orders_count": 3, "total_spent": Decimal("99.50"), "accepts_marketing": True, "locale": "de",
    }  # fmt: skip


def test_null_stays_null_and_absent_stays_absent():
    order = event("orders/create", {"id": 1, "email": None})["data"]["order"]
    assert order == {"id": "1", "email": None}


def test_the_vendors_own_body_is_there():
    assert event("orders/create", ORDER)["data"]["raw"] == ORDER


def test_without_an_id_of_the_delivery_the_body_makes_one():
    first, again = event("orders/create", ORDER), event("orders/create", copy.deepcopy(ORDER))
    assert first["id"] == again["id"]
    assert len({first["id"], event("orders/create", {**ORDER, "note": "y"})["id"]}) == 2
    assert event("checkouts/create", CHECKOUT)["id"] != event("checkouts/update", CHECKOUT)["id"]


@pytest.mark.parametrize("body", [None, [], "x", 5])
def test_a_body_that_is_no_mapping_gives_nothing(body):
    assert SHOPIFY("orders/create", body) == []


def test_a_topic_that_is_not_known_gives_nothing():
    assert SHOPIFY("orders/edited", ORDER) == []


@pytest.mark.parametrize(
    ("field", "value", "ours"),
    [
        ("total_price", "12,50", "total"), ("total_price", "NaN", "total"), ("total_price", True, "total"), ("total_price", "1e999", "total"),
        ("total_price", {}, "total"), ("tags", 5, "tags"), ("tags", [1], "tags"), ("email", 5, "email"), ("created_at", "yesterday", "created_at"),
        ("created_at", "2026-01-01T10:00:00", "created_at"), ("line_items", {}, "lines"), ("customer", [], "customer"), ("test", "yes", "test"),
        ("discount_codes", ["x"], "discount_codes"), ("payment_gateway_names", [1], "payment_method"), ("checkout_token", 1.5, "checkout_id"),
        ("id", 1 << 200, "id"), ("id", "", "id"),
    ],
    ids=str,
)  # fmt: skip
def test_what_does_not_convert_is_left_out(field, value, ours):
    order = event("orders/create", {**ORDER, field: value})["data"]["order"]
    assert ours not in order
    assert order["currency"] == "EUR"


def test_lines_that_are_none_are_left_out_of_the_list():
    order = event("orders/create", {**ORDER, "line_items": [LINE, None, 5, {"quantity": "two", "sku": "S"}]})["data"]["order"]
    assert [line["sku"] for line in order["lines"]] == ["S-1", "S"]
    assert "quantity" not in order["lines"][1]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"a": "x", "b": "y"}, {"n": "x"}), ({"b": "y"}, {"n": "y"}), ({"a": 5, "b": "y"}, {"n": "y"}), ({"a": None, "b": "y"}, {"n": "y"}),
        ({"a": None}, {"n": None}), ({}, {}),
    ],
)  # fmt: skip
def test_the_first_row_that_converts_counts(body, expected):
    assert apply((Row("a", "n", text), Row("b", "n", text)), body) == expected


@pytest.mark.parametrize(("value", "amount"), [("10.10", "10.10"), (0.1, "0.1"), (5, "5"), (Decimal("1.50"), "1.50")])
def test_amounts_are_decimals(value, amount):
    assert str(money(value)) == amount


def test_words_are_cut_at_commas():
    assert words(" a, b c ,,") == ["a", "b c"]
    assert words(["a ", "b"]) == ["a", "b"]
    assert words("") == []


# --- the schemas ---------------------------------------------------------------------------------------------------


def jsonable(value):
    return json.loads(json.dumps(value, default=float))


@pytest.mark.parametrize("topic", TOPICS)
def test_what_is_made_fits_its_schema_and_has_no_field_that_the_schema_lacks(topic):
    made = event(topic, BODIES[topic])
    schema = REGISTRY.catalog.event_types[made["type"]].schema
    Draft202012Validator(schema).validate(jsonable(made["data"]))
    assert list(unknown_fields(made["data"], schema, "data")) == []


def unknown_fields(value, schema, path):
    if isinstance(value, dict) and "properties" in schema:
        for key, item in value.items():
            if key not in schema["properties"]:
                yield f"{path}.{key}"
            else:
                yield from unknown_fields(item, schema["properties"][key], f"{path}.{key}")
    if isinstance(value, list):
        for item in value:
            yield from unknown_fields(item, schema["items"], f"{path}[]")


@pytest.mark.parametrize("each", EVENT_TYPES, ids=lambda each: each.name)
def test_nothing_but_the_id_is_required(each):
    noun = each.name.partition(".")[0]
    check = Draft202012Validator(each.schema)
    assert each.subject == f"{noun}.id"
    assert check.is_valid({noun: {"id": "1"}})
    fields = [name for name in each.schema["properties"][noun]["properties"] if name != "id"]
    assert check.is_valid({"customer": None, "raw": None, "other": 2, noun: {"id": "1", **dict.fromkeys(fields)}})
    assert not check.is_valid({noun: {}})
    assert not check.is_valid({})
    for name in [name for name in fields if "type" in each.schema["properties"][noun]["properties"][name]]:
        wrong = "a text" if "object" in each.schema["properties"][noun]["properties"][name]["type"] else {}
        assert not check.is_valid({noun: {"id": "1", name: wrong}}), name


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("checkout.updated", "id total subtotal currency email phone customer_locale created_at updated_at completed_at recovery_url lines customer"),
        ("order.created", "financial_status fulfillment_status shipping_address billing_address"),
        (
            "order.created",
            "id number total subtotal tax currency email phone checkout_id created_at tags note payment_method lines discount_codes",
        ),
    ],
)
def test_the_vocabulary(name, fields):
    schema = REGISTRY.catalog.event_types[name].schema
    assert set(fields.split()) <= set(schema["properties"][name.partition(".")[0]]["properties"])
    customer = "id email first_name last_name tags accepts_marketing orders_count total_spent locale"
    assert set(customer.split()) <= set(schema["properties"]["customer"]["properties"])
    line = schema["properties"][name.partition(".")[0]]["properties"]["lines"]["items"]["properties"]
    assert {"id", "sku", "title", "variant", "product_id", "variant_id", "quantity", "price", "vendor", "type"} <= set(line)


# --- bodies that were sent, and bodies that nobody expects -----------------------------------------------------------


def published(realdata, topic):
    return from_json((realdata / "webhooks/shopify/2026-04" / f"{topic.replace('/', '__')}.json").read_bytes())


@pytest.mark.parametrize("topic", TOPICS)
def test_a_published_body_becomes_its_event(realdata, topic):
    body = published(realdata, topic)
    made = event(topic, body)
    noun = made["type"].partition(".")[0]
    schema = REGISTRY.catalog.event_types[made["type"]].schema
    Draft202012Validator(schema).validate(jsonable({**made["data"], "raw": {}}))
    assert list(unknown_fields({**made["data"], "raw": {}}, schema, "data")) == []
    assert made["type"] == TOPICS[topic]
    assert made["subject"] == made["data"][noun]["id"] == str(body["token" if noun == "checkout" else "id"])


@pytest.mark.parametrize("topic", [topic for topic in TOPICS if topic.startswith(("checkouts", "orders"))])
def test_a_published_sale_converts_whole(realdata, topic):
    body = published(realdata, topic)
    data = event(topic, body)["data"]
    thing = data[TOPICS[topic].partition(".")[0]]
    assert str(thing["total"]) == body["total_price"]
    assert [line["sku"] for line in thing["lines"]] == [line["sku"] for line in body["line_items"]]
    assert data["customer"]["first_name"] == body["customer"]["first_name"]


def test_a_published_return_has_its_order_and_neither_lines_nor_prices(realdata):
    found = event("returns/request", published(realdata, "returns/request"))["data"]["return"]
    assert found == {
        "id": "123134564567890", "name": None, "status": "requested", "order_id": "4783296544821", "line_count": 2, "lines": [],
        "fee": Decimal(0), "exchange_count": 0,
    }  # fmt: skip


def test_a_published_refund_has_what_was_paid_back_and_not_the_worth_of_its_lines(realdata):
    found = event("refunds/create", published(realdata, "refunds/create"))["data"]["refund"]
    assert (found["amount"], found["currency"]) == (Decimal("85.00"), "USD")
    assert [line["amount"] for line in found["lines"]] == [Decimal(text) for text in ("89.99", "19.99", "24.99", "159.99", "119.99")]


@pytest.mark.parametrize("topic", ["variants/in_stock", "variants/out_of_stock"])
def test_a_published_variant_says_how_many_there_are(realdata, topic):
    found = event(topic, published(realdata, topic))["data"]["variant"]
    assert (found["available"], found["price"], found["title"]) == (75 if topic == "variants/in_stock" else 0, Decimal("19.99"), "Small")


def test_a_published_product_has_tags_and_variants(realdata):
    found = event("products/update", published(realdata, "products/update"))["data"]["product"]
    assert (found["tags"], [each["title"] for each in found["variants"]]) == (["example", "mens", "t-shirt"], ["Small", "Medium"])


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.text(max_size=8) | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def places(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def changed(body, path, junk, remove):
    """Return the body with one place removed or replaced."""
    if not path:
        return junk
    body = copy.deepcopy(body)
    parent = body
    for key in path[:-1]:
        parent = parent[key]
    if remove:
        del parent[path[-1]]
    else:
        parent[path[-1]] = junk
    return body


@settings(max_examples=300, deadline=None)
@given(topic=st.sampled_from(sorted(TOPICS)), data=st.data())
def test_no_body_makes_it_raise(topic, data):
    body = BODIES[topic]
    path = data.draw(st.sampled_from(list(places(body))))
    broken = changed(body, path, data.draw(JUNK), data.draw(st.booleans()))
    for made in SHOPIFY(topic, broken):
        noun = made["type"].partition(".")[0]
        assert noun in made["data"]
        fields = {**made["data"], "raw": None}
        if fields[noun].get("id") is not None:
            Draft202012Validator(REGISTRY.catalog.event_types[made["type"]].schema).validate(jsonable(fields))


@pytest.mark.parametrize("topic", TOPICS)
def test_no_field_of_a_published_body_is_needed(realdata, topic):
    body = published(realdata, topic)
    for path in list(places(body))[1:]:
        for junk in (None, [], {}, "x", -1, True, 1e400):
            assert len(SHOPIFY(topic, changed(body, path, junk, remove=False))) == 1
        assert len(SHOPIFY(topic, changed(body, path, None, remove=True))) == 1


def test_a_body_nested_too_deeply_to_be_hashed_still_converts():
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    made = event("orders/create", {"id": 1, "note_attributes": deep})
    assert made["subject"] == "1"
    assert len(made["id"]) == 64
    while deep:  # taken apart by hand: Python would recurse
        deep = deep[0]
