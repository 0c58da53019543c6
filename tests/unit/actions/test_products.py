"""product.… and variant.… on the embedded back office."""

import pytest

from ecomflow import Permanent


def test_a_product_is_looked_up(do, stocked):
    found = do("product.get", id="p1")

    assert (found["type"], found["variants"], found["title"]) == ("Shirts", [{"id": "v1", "sku": "TEE-S"}], None)
    assert do("product.get", id="p9") is None


def test_tags_are_added_and_taken_away(do, stocked):
    assert do("product.tag", product="p1", tags=["summer", "linen"], remove=["new"])["tags"] == ["linen", "summer"]
    assert do("product.tag", key="k2", product="p1", tags=[], remove=["linen"])["tags"] == ["summer"]


def test_a_variant_keeps_what_is_not_named(do, stocked):
    changed = do("variant.update", product="p1", variant="v1", barcode="4006381333931")

    assert (changed["id"], changed["sku"], changed["barcode"]) == ("v1", "TEE-S", "4006381333931")
    assert do("product.get", id="p1")["variants"] == [{"id": "v1", "sku": "TEE-S", "barcode": "4006381333931"}]


@pytest.mark.parametrize(
    ("name", "params", "fault"),
    [
        ("product.tag", {"product": "p9", "tags": []}, "there is no product 'p9'"),
        ("variant.update", {"product": "p9", "variant": "v1", "sku": "x"}, "there is no product 'p9'"),
        ("variant.update", {"product": "p1", "variant": "v9", "sku": "x"}, "product 'p1' has no variant 'v9'"),
        ("variant.update", {"product": "p1", "variant": "v1"}, "needs a sku or a barcode"),
    ],
)
def test_what_is_not_there_is_named(do, stocked, name, params, fault):
    with pytest.raises(Permanent, match=fault):
        do(name, **params)


def test_a_result_has_the_fields_that_events_have(registry):
    # Given the fields of a product and of its variants in an event
    event = registry.catalog.event_types["product.updated"].schema["properties"]["product"]["properties"]
    result = registry.catalog.actions["product.get"].result["properties"]

    # Then the action gives each of them
    assert set(event) <= set(result)
    assert set(event["variants"]["items"]["properties"]) <= set(result["variants"]["items"]["properties"])


def test_plans(plan):
    assert plan("product.get", id="p1") == "look up product p1"
    assert plan("product.tag", product="p1", tags=["a"], remove=["b"]) == "tag product p1: +a -b"
    assert (
        plan("variant.update", product="p1", variant="v1", sku="S", barcode="B")
        == "change variant v1: sku S, barcode B"
    )
