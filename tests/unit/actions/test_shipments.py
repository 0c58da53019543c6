"""shipment.… on the embedded back office."""

from datetime import timedelta

import pytest

from ecomflow import Permanent


def test_what_is_planned_for_an_order_is_told_piece_by_piece(do, desk):
    # Given an order of which nothing was said yet
    first = do("shipment.prepare", order="o7", service="Priority", weight=1814, ship_from={"city": "Berlin"})

    # When more is said, Then it is the same parcel
    second = do("shipment.prepare", key="k2", order="o7", package="box", dimensions="12x8x10 in", service="Ground")
    assert (second["id"], second["status"], second["service"], second["weight"]) == (
        first["id"],
        "planned",
        "Ground",
        1814,
    )
    assert do("shipment.list", order="o7") == [second]


def test_an_order_whose_parcel_has_left_gets_another(do, stocked):
    stocked.put("shipment", {"id": "s1", "order_id": "o1", "status": "shipped", "created_at": "2026-03-01T09:00:00Z"})

    made = do("shipment.prepare", order="o1", carrier="dhl")

    assert [each["id"] for each in do("shipment.list", order="o1")] == ["s1", made["id"]]


def test_a_parcel_can_be_followed(do, stocked):
    followed = do("shipment.track", shipment="s1", number="1Z9", url="https://x.example/1Z9")

    assert (followed["tracking_number"], followed["tracking_url"], followed["carrier"]) == (
        "1Z9",
        "https://x.example/1Z9",
        "ups",
    )
    assert do("shipment.track", key="k2", shipment="s1", carrier="dhl", notify=True)["tracking_number"] == "1Z9"


def test_a_parcel_can_be_fetched(do, stocked):
    assert do("shipment.ready", shipment="s1", location="Shop 3")["location"] == "Shop 3"
    ready = do("shipment.ready", key="k2", shipment="s1")
    assert (ready["status"], ready["location"]) == ("ready_for_pickup", "Shop 3")


def test_the_first_reason_for_calling_a_parcel_off_stays(do, stocked):
    first = do("shipment.cancel", shipment="s1", reason="address changed")
    again = do("shipment.cancel", key="k2", shipment="s1", reason="another", later=timedelta(days=1))

    assert (first["status"], first["cancel_reason"]) == ("cancelled", "address changed")
    assert again == first


@pytest.mark.parametrize("name", ["shipment.track", "shipment.ready", "shipment.cancel"])
def test_a_shipment_that_is_not_there_is_named(do, name):
    with pytest.raises(Permanent, match="there is no shipment 's9'"):
        do(name, shipment="s9", **({"reason": "x"} if name == "shipment.cancel" else {}))


def test_a_result_has_the_fields_that_events_have(registry):
    event = registry.catalog.event_types["shipment.created"].schema["properties"]["shipment"]["properties"]

    assert set(event) == set(registry.catalog.actions["shipment.track"].result["properties"])


def test_plans(plan):
    assert plan("shipment.list", order="o1") == "list shipments of order o1"
    assert (
        plan("shipment.prepare", order="o1", service="Ground", weight=400)
        == "prepare shipment of order o1: service Ground, weight 400"
    )
    assert plan("shipment.track", shipment="s1", number="1Z9", carrier="ups") == "track shipment s1: ups 1Z9"
    assert plan("shipment.ready", shipment="s1", location="Shop 3") == "shipment s1 is ready for pickup at Shop 3"
    assert plan("shipment.cancel", shipment="s1", reason="changed") == "cancel shipment s1: changed"
