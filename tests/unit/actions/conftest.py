"""A desk in a file of the test's own, and what carries an action out on it."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from ecomflow.registry import Registry

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(scope="session")
def registry():
    return Registry.load()


@pytest.fixture
def desk(registry, tmp_path):
    return registry.open_connection("desk", "local", {"return_address": "Acme, Dock 3"}, tmp_path)


@pytest.fixture
def do(registry, desk, make_call):
    """Return what carries an action out, `later` than Monday at nine."""

    def call(name, key="k1", later=timedelta(), **params):
        return asyncio.run(registry.action(name).call(make_call(desk, key=key, now=MONDAY + later), params))

    return call


@pytest.fixture
def plan(registry):
    """Return what says in plain words what an action would do."""
    return lambda name, **params: registry.action(name).plan(params)


@pytest.fixture
def stocked(desk):
    """Return a desk with one record of each kind."""
    line = {"id": "l1", "sku": "TEE-S", "title": "Tee", "variant_id": "v1", "quantity": 2, "price": 20}
    order = {"id": "o1", "email": "ana@x.example", "total": 50, "currency": "EUR", "lines": [line], "created_at": "2026-03-01T09:00:00Z"}
    desk.put("customer", {"id": "c1", "email": "ana@x.example", "tags": ["new"]})
    desk.put("order", order)
    desk.put("draft_order", {"id": "d1", "name": "#D1", "status": "open", "total": 30, "currency": "EUR", "tags": ["desk"]})
    desk.put("ticket", {"id": "t1", "subject": "Broken", "status": "open", "priority": "normal", "tags": ["web"], "messages": []})
    desk.put("return", {"id": "r1", "order_id": "o1", "status": "requested"})
    desk.put("stock", {"id": "v1", "variant_id": "v1", "available": 3})
    desk.put("discount", {"id": "TEN", "code": "TEN", "percent": 10, "usage_limit": 1})
    desk.put("product", {"id": "p1", "type": "Shirts", "status": "active", "tags": ["linen"], "variants": [{"id": "v1", "sku": "TEE-S"}]})
    desk.put("shipment", {"id": "s1", "order_id": "o1", "status": "planned", "carrier": "ups", "created_at": "2026-03-01T09:00:00Z"})
    desk.put("import", {"id": "i1", "channel": "market", "status": "failed", "created_at": "2026-03-01T09:00:00Z"})
    desk.put("stock_alert", {"id": "a1", "variant_id": "v1", "email": "ana@x.example", "joined_at": "2026-03-01T09:00:00Z"})
    return desk
