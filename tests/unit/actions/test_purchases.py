"""purchase.… on the embedded back office."""

import pytest

from ecomflow import Permanent

LINE = {"variant_id": "v1", "sku": "TEE-S", "quantity": 40}


def test_an_order_to_a_supplier_is_drafted(do):
    made = do("purchase.create", supplier="Acme Mills", lines=[LINE], note="as always")

    assert made == {
        "id": made["id"], "supplier": "Acme Mills", "status": "draft", "lines": [LINE], "note": "as always",
        "created_at": "2026-03-02T09:00:00+00:00",
    }  # fmt: skip
    assert do("purchase.search") == [made]


def test_orders_are_found_by_supplier_status_and_variant(do, desk):
    for id, supplier, status, variant in (
        ("a", "Acme Mills", "draft", "v1"),
        ("b", "Acme Mills", "received", "v1"),
        ("c", "Bolt Co", "draft", "v2"),
    ):
        lines = [{"variant_id": variant, "quantity": 1}]
        desk.put(
            "purchase",
            {
                "id": id,
                "supplier": supplier,
                "status": status,
                "lines": lines,
                "created_at": f"2026-03-0{ord(id) - 96}T09:00:00Z",
            },
        )

    def found(**wanted):
        return [each["id"] for each in do("purchase.search", **wanted)]

    assert found(supplier="acme mills") == ["b", "a"]
    assert found(status="draft") == ["c", "a"]
    assert found(variant="v1", status="draft") == ["a"]
    assert found(variant="v3") == []
    assert found(variant="") == []
    assert found(supplier="") == []


@pytest.mark.parametrize("lines", [[], [{"sku": "TEE-S"}], [LINE, {"sku": "TEE-M", "quantity": 0}]])
def test_an_order_of_nothing_is_refused(do, lines):
    with pytest.raises(Permanent, match="each must have a quantity"):
        do("purchase.create", supplier="Acme Mills", lines=lines)


def test_plans(plan):
    assert plan("purchase.create", supplier="Acme Mills", lines=[LINE]) == "order from Acme Mills: 40 of TEE-S"
    assert (
        plan("purchase.search", supplier="Acme Mills", status="draft")
        == "look for orders to suppliers: supplier Acme Mills, status draft"
    )
    assert plan("purchase.search") == "look for orders to suppliers: all"
