"""Searches on the embedded desk, page by page (R:P5)."""

import asyncio

import pytest

from ecomflow import Permanent


@pytest.fixture
def search(registry, desk, make_call):
    """Return what asks for one page of a search."""

    def ask(name, mark=None, **params):
        call = make_call(desk, now=None)._replace(page=mark)
        return asyncio.run(registry.action(name).call(call, params))

    return ask


@pytest.fixture
def walk(search):
    """Return what asks for all pages of a search and gives ids by page; `between` is called after each page."""

    def go(name, between=lambda: None, **params):
        page = search(name, **params)
        pages = [page]
        while page.next is not None and len(pages) < 50:
            between()
            page = search(name, page.next, **params)
            pages.append(page)
        return [[each["id"] for each in page] for page in pages]

    return go


def orders(count, **more):
    """Orders of which several have the same moment, some have none, and one has a text that is none."""
    moments = [None, "lately", "now", *(f"2026-03-02T09:00:{n // 3:02}{zone}" for n, zone in zip(range(count), ["Z", "+00:00", "+01:00"] * count, strict=False))]
    return [{"id": f"o{n:04}", "created_at": moments[n], **more} for n in range(count)]


def test_all_pages_hold_what_is_there_once_and_in_order(desk, walk):
    desk.put("order", *orders(173))

    pages = walk("order.search")

    found = [id for page in pages for id in page]
    assert [len(page) for page in pages] == [50, 50, 50, 23]
    assert sorted(found) == [f"o{n:04}" for n in range(173)]
    assert found[-3:] == ["o0002", "o0001", "o0000"]


@pytest.mark.parametrize(("wanted", "sizes"), [({"tag": "vip"}, [50, 50, 3]), ({"email": "ANA@x.example"}, [50, 50, 3]), ({"since": "2026-03-02"}, [50, 50])])
def test_what_is_named_counts_on_all_pages(desk, walk, wanted, sizes):
    desk.put("order", *orders(103, tags=["vip"], email="ana@x.example"), {"id": "x", "email": "bo@x.example"})

    assert [len(page) for page in walk("order.search", **wanted)] == sizes


def test_what_comes_and_goes_meanwhile_moves_nothing_to_another_page(desk, walk):
    desk.put("order", *orders(110))
    before = [id for page in walk("order.search") for id in page]
    news = iter(range(9))

    def between():
        desk.put("order", {"id": f"new{next(news)}", "created_at": "2026-06-01T00:00:00Z"})
        desk.remove("order", before[0])

    assert [id for page in walk("order.search", between) for id in page] == before


def test_what_has_no_moment_fills_pages_as_well(desk, walk):
    desk.put("order", *({"id": f"o{n:03}", "created_at": "now" if n % 2 else None} for n in range(120)))

    pages = walk("order.search")

    assert sorted(id for page in pages for id in page) == [f"o{n:03}" for n in range(120)]


def test_a_limit_is_a_limit_of_all_that_is_found(desk, search):
    desk.put("order", *orders(20))

    found = search("order.search", limit=5)

    assert (len(found), found.next) == (5, None)


@pytest.mark.parametrize("mark", ["x", "[]", '["2026-03-02T09:00:00Z", "o1"]', '[1.5, "o1", null]', "{}"])
def test_a_mark_that_no_page_has_given_is_refused(desk, search, mark):
    desk.put("order", *orders(3))

    with pytest.raises(Permanent, match="no mark of a page"):
        search("order.search", mark)


@pytest.mark.parametrize(
    ("name", "kind", "record", "params"),
    [
        ("customer.search", "customer", {"tags": ["vip"]}, {"tag": "vip"}),
        ("draft_order.search", "draft_order", {"status": "open"}, {"status": "open"}),
        ("import.list", "import", {"created_at": "2026-03-01T09:00:00Z"}, {}),
        ("stock_alert.list", "stock_alert", {"variant_id": "v1"}, {"variant": "v1"}),
    ],
)
def test_every_list_that_may_be_long_has_pages(desk, walk, name, kind, record, params):
    desk.put(kind, *({"id": f"r{n:03}", **record} for n in range(260)))

    pages = walk(name, **params)

    assert len(pages) > 1
    assert sorted(id for page in pages for id in page) == [f"r{n:03}" for n in range(260)]


def test_customers_without_any_condition_are_walked_in_order_of_id(desk, walk):
    desk.put("customer", *({"id": f"k{n:03}"} for n in range(251)))

    assert [page[0] for page in walk("customer.search")] == ["k000", "k250"]
