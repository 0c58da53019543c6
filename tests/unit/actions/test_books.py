"""ledger.… and report.export on the embedded back office."""

from datetime import timedelta
from decimal import Decimal

import pytest

from ecomflow import Permanent


def test_a_month_sums_up_by_category(do):
    # Given entries of March, and one of April
    do("ledger.add", category="sales", amount=Decimal("40.50"), currency="EUR", reference="o1")
    do("ledger.add", key="k2", category="sales", amount=10)
    do("ledger.add", key="k3", category="fees", amount=Decimal("-1.20"))
    do("ledger.add", key="k4", category="fees", amount=-9, later=timedelta(days=30))

    # Then
    assert do("ledger.month", month="2026-03") == {
        "month": "2026-03", "closed": False, "closed_at": None, "entries": 3, "totals": {"fees": Decimal("-1.20"), "sales": Decimal("50.50")},
    }  # fmt: skip
    assert do("ledger.month", month="2026-04")["entries"] == 1
    assert do("ledger.month", month="2025-12")["totals"] == {}


def test_a_closed_month_takes_no_entries(do):
    closed = do("ledger.close", month="2026-03")
    again = do("ledger.close", key="k2", month="2026-03", later=timedelta(days=1))

    assert (closed["closed"], closed["closed_at"]) == (True, "2026-03-02T09:00:00+00:00")
    assert again == closed
    with pytest.raises(Permanent, match="the books of 2026-03 are closed"):
        do("ledger.add", key="k3", category="sales", amount=1)
    assert do("ledger.add", key="k4", category="sales", amount=1, later=timedelta(days=40))["amount"] == 1


@pytest.mark.parametrize("month", ["March", "2026-13", "2026-3", ""])
@pytest.mark.parametrize("name", ["ledger.month", "ledger.close", "report.export"])
def test_a_month_is_written_with_its_year(do, name, month):
    with pytest.raises(Permanent, match="is no month such as 2026-02"):
        do(name, month=month, **({"report": "sales"} if name == "report.export" else {}))


def test_the_sales_of_a_month_are_written_out(do, desk):
    # Given orders of December, of the first moment of January, and one that was cancelled
    for id, moment, cancelled in (
        ("o1", "2025-12-31T23:59:59Z", None),
        ("o2", "2026-01-01T00:00:00Z", None),
        ("o3", "2025-12-05T10:00:00+01:00", "2025-12-06"),
    ):
        desk.put(
            "order",
            {
                "id": id,
                "created_at": moment,
                "total": Decimal("12.50"),
                "email": 'a,"b"@x.example',
                "cancelled_at": cancelled,
            },
        )

    # When
    written = do("report.export", report="sales", month="2025-12")

    # Then
    assert (written["rows"], written["total"]) == (1, Decimal("12.50"))
    table = desk.get("report", "sales-2025-12")["table"].splitlines()
    assert table == [
        "id,number,created_at,email,currency,total,tax",
        'o1,,2025-12-31T23:59:59Z,"a,""b""@x.example",,12.50,',
    ]


def test_a_moment_without_a_zone_is_one_of_utc(do, desk):
    desk.put("order", {"id": "o1", "created_at": "2026-03-31T23:59:59", "total": 3}, {"id": "o2", "created_at": "2026-04-01", "total": 5})

    assert do("report.export", report="sales", month="2026-03")["total"] == 3


def test_shipping_and_payouts_are_lists_of_their_own(do, desk):
    desk.put(
        "shipment",
        {"id": "s1", "order_id": "o1", "created_at": "2026-03-01T09:00:00Z", "cost": 5},
        {"id": "s2", "order_id": "o2", "created_at": "2026-03-01T09:00:00Z"},
    )
    do("ledger.add", category="payouts", amount=900)
    do("ledger.add", key="k2", category="sales", amount=1000)

    shipping, payouts = (
        do("report.export", key=each, report=each, month="2026-03") for each in ("shipping", "payouts")
    )

    assert (shipping["rows"], shipping["total"]) == (2, 5)
    assert (payouts["rows"], payouts["total"]) == (1, 900)


def test_a_list_is_written_anew_in_place_of_the_first(do, desk):
    do("report.export", report="sales", month="2026-03")
    desk.put("order", {"id": "o1", "created_at": "2026-03-01T09:00:00Z", "total": 3})

    assert do("report.export", key="k2", report="sales", month="2026-03")["rows"] == 1
    assert [each["rows"] for each in desk.find("report")] == [1]


def test_plans(plan):
    assert plan("ledger.add", category="fees", amount=-3, currency="EUR") == "write down -3 EUR as fees"
    assert plan("ledger.month", month="2026-02") == "sum up 2026-02"
    assert plan("ledger.close", month="2026-02") == "close the books of 2026-02"
    assert plan("report.export", report="sales", month="2026-02") == "export sales of 2026-02"
