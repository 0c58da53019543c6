"""http.request against a real HTTP server."""

import asyncio
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ecomflow import InDoubt, Permanent, RateLimited, Retryable
from ecomflow.registry import Registry

REGISTRY = Registry.load()
JSON = {"Content-Type": "application/json; charset=utf-8"}


@pytest.fixture
def ask(web, make_call, tmp_path):
    """Return what makes a request and gives its result; settings of the connection by keyword."""

    def request(params, now=None, **settings):
        known = {"base_url": web.url, "allow_private": True, "timeout": "5s", **settings}

        async def go():
            connection = REGISTRY.open_connection("hook", "http", known, tmp_path)
            try:
                return await REGISTRY.action("http.request").call(make_call(connection, key="k1", now=now), params)
            finally:
                await connection.aclose()

        return asyncio.run(go())

    return request


def test_json_goes_out_and_comes_in_with_decimals(ask, web):
    web.answers["/effects"] = (201, JSON, b'{"id": 7, "total": 10.10, "rows": [1e2]}')
    result = ask({"method": "POST", "path": "/effects", "json": {"amount": Decimal("9.90"), "tags": ["ä"]}}, headers={"X-Token": "t"})
    assert result["status"] == 201
    assert result["body"] == {"id": 7, "total": Decimal("10.10"), "rows": [Decimal("1e2")]}
    assert isinstance(result["body"]["id"], int)
    (request,) = web.requests
    assert request.method == "POST"
    assert json.loads(request.body, parse_float=Decimal) == {"amount": Decimal("9.90"), "tags": ["ä"]}
    assert request.headers["idempotency-key"] == "k1"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x-token"] == "t"


def test_a_get_with_parameters(ask, web):
    ask({"path": "things", "params": {"q": "a b&c", "n": 5, "open": True}})
    assert web.requests[0].path == "/things?q=a+b%26c&n=5&open=true"


def test_a_whole_url_and_a_text(ask, web):
    ask({"method": "PUT", "url": f"{web.url}/x", "text": "hällo"})
    assert web.requests[0].body == "hällo".encode()
    assert web.requests[0].headers["content-type"] == "text/plain; charset=utf-8"


def test_a_base_with_a_path_stays_in_front(ask, web):
    ask({"path": "/orders"}, base_url=f"{web.url}/v2/")
    assert web.requests[0].path == "/v2/orders"


@pytest.mark.parametrize(
    ("headers", "body", "decoded"),
    [
        ({}, b"", None),
        ({"Content-Type": "text/plain"}, b"hi", "hi"),
        (JSON, b"{broken", "{broken"),
        (JSON, b'{"a": NaN}', '{"a": NaN}'),
        ({"Content-Type": "application/problem+json"}, b"[1.5]", [Decimal("1.5")]),
        ({"Content-Type": "image/png"}, b"\xff", "\ufffd"),
    ],
)
def test_bodies(ask, web, headers, body, decoded):
    web.answers["/x"] = (200, headers, body)
    assert ask({"path": "/x"})["body"] == decoded


def test_headers_of_the_answer_without_cookies(ask, web):
    web.answers["/x"] = (204, {"X-Rate": "5", "Set-Cookie": "session=secret"}, b"")
    result = ask({"path": "/x"})
    assert result["headers"]["x-rate"] == "5"
    assert "set-cookie" not in result["headers"]


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_may_go_away_is_tried_again(ask, web, status):
    web.answers["/x"] = (status, {}, b"busy")
    with pytest.raises(Retryable, match=f"answered {status}: busy"):
        ask({"path": "/x"})


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120.0), ("Mon, 02 Mar 2026 09:01:00 GMT", 60.0), ("Mon, 02 Mar 2026 08:00:00 GMT", 0.0), ("9" * 30, 604800.0)],
)
def test_retry_after_is_honoured(ask, web, header, seconds):
    web.answers["/x"] = (429, {"Retry-After": header}, b"")
    with pytest.raises(RateLimited) as raised:
        ask({"path": "/x"}, now=datetime(2026, 3, 2, 9, tzinfo=UTC))
    assert raised.value.retry_after == seconds


def test_a_retry_after_that_names_nothing_is_as_none(ask, web):
    web.answers["/x"] = (503, {"Retry-After": "soon"}, b"")
    with pytest.raises(Retryable):
        ask({"path": "/x"})


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
def test_what_will_not_go_away_is_permanent(ask, web, status):
    web.answers["/x"] = (status, {}, b"no")
    with pytest.raises(Permanent, match=f"answered {status}: no") as raised:
        ask({"path": "/x"})
    assert raised.value.type == f"http_{status}"


def test_a_server_that_is_not_there_may_be_there_later(ask, unused_port):
    with pytest.raises(Retryable):
        ask({"url": f"http://127.0.0.1:{unused_port}/"})


def test_no_answer_in_time_is_in_doubt(ask, web):
    web.answers["/x"] = lambda out: web.closing.wait(20)
    with pytest.raises(InDoubt, match="no answer in time"):
        ask({"method": "POST", "path": "/x", "json": {}}, timeout="1s")


def test_a_connection_closed_without_an_answer_is_in_doubt(ask, web):
    web.answers["/x"] = lambda out: None
    with pytest.raises(InDoubt):
        ask({"method": "POST", "path": "/x", "json": {}})


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, "either url or path"),
        ({"url": "http://a.example", "path": "/x"}, "either url or path"),
        ({"url": "/x"}, "begins with http"),
        ({"path": "/x", "json": 1, "text": "a"}, "either json or text"),
        ({"path": "/x", "json": Decimal("NaN")}, "no JSON number"),
        ({"path": "/x", "method": "BREW"}, "expected one of GET"),
        ({"path": "/x", "headers": {"idempotency-key": "x"}}, "set by itself"),
    ],
)
def test_what_is_wrong_is_said(ask, web, params, message):
    with pytest.raises(Permanent, match=message):
        ask(params)
    assert web.requests == []


def test_a_path_needs_a_base(ask):
    with pytest.raises(Permanent, match="base_url"):
        ask({"path": "/x"}, base_url="")


def test_the_plan_holds_no_query():
    plan = REGISTRY.action("http.request").plan
    assert plan({"method": "POST", "path": "/effects?token=secret"}) == "POST /effects"
    assert plan({"url": "https://x.example/a"}) == "GET https://x.example/a"
