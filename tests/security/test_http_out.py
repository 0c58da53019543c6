"""Attacks 29 to 39: requests that try to get into the house, to take secrets along, or never to end."""

import asyncio
import gzip
import socket
import threading
import tracemalloc
import zlib
from ipaddress import ip_address

import pytest

from ecomflow import InDoubt, Permanent, Retryable
from ecomflow.connections.web import addresses
from ecomflow.connections.web.decoding import read_body
from ecomflow.registry import Registry

REGISTRY = Registry.load()


@pytest.fixture
def ask(make_call, tmp_path):
    def request(params, **settings):
        async def go():
            connection = REGISTRY.open_connection("hook", "http", {"timeout": "5s", **settings}, tmp_path)
            try:
                return await REGISTRY.action("http.request").call(make_call(connection), params)
            finally:
                await connection.aclose()

        return asyncio.run(go())

    return request


@pytest.fixture
def names(monkeypatch):
    """Return a table of names; a list of lists gives another answer each time."""
    table = {}
    real = socket.getaddrinfo

    def resolve(host, port, *args, **kwargs):
        name = host.decode() if isinstance(host, bytes) else host
        if name not in table:
            return real(host, port, *args, **kwargs)
        answer = table[name].pop(0) if len(table[name]) > 1 else table[name][0]
        return [(socket.AF_INET6 if ":" in a else socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in answer]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return table


def refused(ask, url, **settings):
    with pytest.raises(Permanent) as raised:
        ask({"url": url}, **settings)
    return raised.value


@pytest.mark.attack(29)
@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "0", "2130706433", "0x7f.1", "017700000001", "[::ffff:127.0.0.1]", "[::1]", "[::]", "localhost"],
)
def test_attack_29_spellings_of_this_machine(ask, web, host):
    assert refused(ask, f"http://{host}:{web.port}/").type == "forbidden_address"
    assert web.requests == []


@pytest.mark.attack(29)
@pytest.mark.parametrize("host", ["127。0。0。1", "①②⑦.⓪.⓪.①", "ⅼocalhost"])
def test_attack_29_unicode_spellings_of_this_machine(ask, web, host):
    with pytest.raises((Permanent, Retryable)):
        ask({"url": f"http://{host}:{web.port}/"})
    assert web.requests == []


@pytest.mark.attack(30)
@pytest.mark.parametrize("host", ["169.254.169.254", "100.100.100.200", "[fd00::1]", "[fd00:ec2::254]", "[fe80::1]", "10.0.0.1", "192.168.1.1"])
def test_attack_30_metadata_and_private_addresses(ask, host):
    assert refused(ask, f"http://{host}/latest/meta-data").type == "forbidden_address"


@pytest.mark.attack(30)
@pytest.mark.parametrize("host", ["169.254.169.254", "100.100.100.200", "[fd00:ec2::254]", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]"])
def test_attack_30_metadata_is_refused_even_where_private_addresses_are_allowed(ask, host):
    assert refused(ask, f"http://{host}/", allow_private=True).type == "forbidden_address"


@pytest.mark.attack(31)
@pytest.mark.parametrize(
    "address",
    [
        "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1", "192.0.0.8", "::7f00:1",
        "2001:0:7f00:1:0:0:80ff:fffe", "2001::1", "2001:db8::1", "3fff::1", "192.88.99.1", "198.18.0.1", "203.0.113.9", "224.0.0.1",
        "255.255.255.255", "0.0.0.0", "100.64.0.1", "ff02::1", "fc00::1", "::", "::1", "::ffff:10.0.0.1", "100::1", "4000::1",
    ],
)  # fmt: skip
def test_attack_31_ways_back_into_the_house(address):
    assert not addresses.is_public(ip_address(address))


@pytest.mark.attack(31)
@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::1", "::ffff:8.8.8.8"])
def test_attack_31_public_addresses_stay_public(address):
    assert addresses.is_public(ip_address(address))


@pytest.mark.attack(31)
@pytest.mark.parametrize("host", ["[64:ff9b::7f00:1]", "[2002:7f00:1::]", "192.0.0.8"])
def test_attack_31_they_are_refused_before_anything_is_connected(ask, host):
    assert refused(ask, f"http://{host}/").type == "forbidden_address"


@pytest.mark.attack(32)
@pytest.mark.parametrize(
    "location",
    ["http://169.254.169.254/", "http://[64:ff9b::a9fe:a9fe]/", "http://100.100.100.200/x", "file:///etc/passwd", "gopher://x/", "ftp://x/", "//user@host/"],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_attack_32_redirects_are_checked_again(ask, web, location, status):
    web.answers["/go"] = (status, {"Location": location}, b"")
    refused(ask, f"{web.url}/go", allow_private=True)
    assert len(web.requests) == 1


@pytest.mark.attack(32)
def test_attack_32_a_redirect_to_a_private_address(ask, web, names, monkeypatch):
    # The first name counts as public here, so that the second hop is what is refused.
    real = addresses.is_public
    seen = []

    def public_once(address):
        seen.append(str(address))
        return len(seen) == 1 or real(address)

    monkeypatch.setattr("ecomflow.connections.web.transport.is_public", public_once)
    names["shop.example"] = [["127.0.0.1"]]
    web.answers["/go"] = (302, {"Location": f"http://127.0.0.1:{web.port}/secret"}, b"")
    refused(ask, f"http://shop.example:{web.port}/go")
    assert [request.path for request in web.requests] == ["/go"]


@pytest.mark.attack(32)
def test_attack_32_redirects_end(ask, web):
    web.answers["/go"] = (302, {"Location": "/go"}, b"")
    with pytest.raises(Permanent, match="more than 5 redirects"):
        ask({"url": f"{web.url}/go"}, allow_private=True)
    assert len(web.requests) == 6


@pytest.mark.attack(33)
def test_attack_33_a_name_is_asked_once_and_what_it_said_is_connected_to(ask, web, names):
    names["rebind.example"] = [["127.0.0.1"], ["10.255.255.1"]]
    ask({"url": f"http://rebind.example:{web.port}/"}, allow_private=True)
    assert names["rebind.example"] == [["10.255.255.1"]]
    assert web.requests[0].headers["host"] == f"rebind.example:{web.port}"


@pytest.mark.attack(33)
def test_attack_33_the_second_answer_is_checked_like_the_first(ask, web, names):
    names["rebind.example"] = [["127.0.0.1"]]
    assert refused(ask, f"http://rebind.example:{web.port}/").type == "forbidden_address"
    assert web.requests == []


@pytest.mark.attack(34)
@pytest.mark.parametrize("answer", [["8.8.8.8", "127.0.0.1"], ["127.0.0.1", "8.8.8.8"], ["8.8.8.8", "::1"]])
def test_attack_34_one_private_address_among_public_ones_is_enough(ask, names, answer):
    names["mixed.example"] = [answer]
    assert refused(ask, "http://mixed.example/").type == "forbidden_address"


@pytest.mark.attack(35)
def test_attack_35_neither_proxies_nor_passwords_from_the_environment(ask, web, monkeypatch, tmp_path, unused_port):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login root password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{unused_port}")
    ask({"url": f"{web.url}/x"}, allow_private=True)
    assert "authorization" not in web.requests[0].headers


@pytest.mark.attack(35)
@pytest.mark.parametrize("url", ["file:///etc/passwd", "gopher://x/1", "ftp://x/", "unix:/var/run/docker.sock", "http+unix://%2Ftmp%2Fs/", "http:///x", "x"])
def test_attack_35_only_http(ask, url):
    assert "begins with http" in refused(ask, url).message


@pytest.mark.attack(36)
@pytest.mark.parametrize(
    "url", ["http://user@host.example/", "http://a:b@host.example/", "http://good.example@evil.example/", "http://good.example\\@evil.example/"]
)
def test_attack_36_no_user_in_a_url(ask, url):
    assert refused(ask, url).type == "wrong_request"


@pytest.mark.parametrize("path", ["/x\r\nHost: evil", "/x y", "/\\evil.example", "/x\x00"], ids=repr)
@pytest.mark.attack(36)
def test_attack_36_no_line_breaks_in_a_path(ask, web, path):
    with pytest.raises(Permanent):
        ask({"path": path}, base_url=web.url, allow_private=True)
    assert web.requests == []


@pytest.mark.attack(36)
@pytest.mark.parametrize("path", ["//evil.example/x", "/@evil.example", "@evil.example", ":80@evil.example/", "#@evil.example", ".evil.example"])
def test_attack_36_a_path_stays_below_its_base(ask, web, path):
    ask({"path": path}, base_url=web.url, allow_private=True)
    assert web.requests[0].headers["host"] == f"127.0.0.1:{web.port}"


@pytest.mark.parametrize("headers", [{"X-A": "v\r\nX-B: w"}, {"X-A\r\nX-B": "v"}, {"X A": "v"}, {"Host": "evil"}, {"Content-Length": "0"}, {"X": "ü"}], ids=repr)
@pytest.mark.attack(36)
@pytest.mark.parametrize("place", ["step", "connection"])
def test_attack_36_no_line_breaks_in_headers(ask, web, headers, place):
    with pytest.raises(Exception, match="header"):
        ask(
            {"url": f"{web.url}/x", **({"headers": headers} if place == "step" else {})},
            allow_private=True,
            **({"headers": headers} if place == "connection" else {}),
        )
    assert web.requests == []


@pytest.fixture
def second_host(web, names):
    names["other.example"] = [["127.0.0.1"]]
    return f"http://other.example:{web.port}"


@pytest.mark.attack(37)
def test_attack_37_credentials_stay_with_their_host(ask, web, second_host):
    web.answers["/go"] = (307, {"Location": f"{second_host}/there"}, b"")
    ask(
        {"method": "POST", "path": "/go", "json": {"a": 1}, "headers": {"X-Api-Key": "k", "Cookie": "c=1"}},
        base_url=web.url, allow_private=True, headers={"Authorization": "Bearer s"},
    )  # fmt: skip
    first, second = web.requests
    assert first.headers["authorization"] == "Bearer s"
    assert first.headers["x-api-key"] == "k"
    assert not {"authorization", "x-api-key", "cookie"} & set(second.headers)
    assert (second.method, second.body, second.headers["content-type"]) == ("POST", b'{"a": 1}', "application/json")
    assert second.headers["idempotency-key"] == first.headers["idempotency-key"]


@pytest.mark.attack(37)
def test_attack_37_they_stay_on_a_redirect_within_the_host(ask, web):
    web.answers["/go"] = (303, {"Location": "/there"}, b"")
    ask({"method": "POST", "path": "/go", "json": 1}, base_url=web.url, allow_private=True, headers={"Authorization": "Bearer s"})
    second = web.requests[1]
    assert (second.method, second.body, second.headers["authorization"]) == ("GET", b"", "Bearer s")


@pytest.mark.attack(37)
def test_attack_37_they_do_not_go_with_a_url_of_another_host(ask, web, second_host):
    ask({"url": f"{second_host}/x"}, base_url=web.url, allow_private=True, headers={"Authorization": "Bearer s"})
    assert "authorization" not in web.requests[0].headers


@pytest.mark.attack(38)
@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_attack_38_a_small_answer_that_unpacks_to_much(ask, web, encoding):
    zeros = bytes(200 * 1024 * 1024)
    bomb = gzip.compress(zeros, 9) if encoding == "gzip" else zlib.compress(zeros, 9)
    web.answers["/bomb"] = (200, {"Content-Encoding": encoding}, bomb)
    with pytest.raises(Permanent, match="larger than 1048576 bytes"):
        ask({"url": f"{web.url}/bomb"}, allow_private=True)


@pytest.mark.attack(38)
def test_attack_38_no_more_is_unpacked_than_may_be_kept():
    bomb = gzip.compress(bytes(64 * 1024 * 1024), 9)

    async def one_chunk():
        yield bomb

    tracemalloc.start()
    with pytest.raises(Permanent, match="larger than"):
        asyncio.run(read_body(one_chunk(), "gzip", 1024 * 1024))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 1024 * 1024


@pytest.mark.attack(38)
def test_attack_38_what_fits_is_decoded(ask, web):
    web.answers["/zip"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(b"x" * 200 * 1024))
    assert len(ask({"url": f"{web.url}/zip"}, allow_private=True)["body"]) == 200 * 1024
    assert web.requests[0].headers["accept-encoding"] == "gzip, deflate"


@pytest.mark.attack(38)
@pytest.mark.parametrize(("encoding", "body"), [("br", b"x"), ("gzip", b"no zip"), ("gzip, gzip", b"x")])
def test_attack_38_what_cannot_be_decoded_is_said(ask, web, encoding, body):
    web.answers["/x"] = (200, {"Content-Encoding": encoding}, body)
    with pytest.raises(Permanent, match=r"cannot be decoded|not asked for"):
        ask({"url": f"{web.url}/x"}, allow_private=True)


def drip(web, head, piece):
    def answer(out):
        out.write(head)
        while not web.closing.wait(0.05):
            out.write(piece)
            out.flush()

    return answer


@pytest.mark.attack(39)
@pytest.mark.parametrize(
    ("head", "piece"),
    [(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"), (b"HTTP/1.1 200 OK\r\n\r\n", b"x"), (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x")],
    ids=["headers", "body", "length"],
)
def test_attack_39_an_answer_that_drips_ends_with_the_deadline(ask, web, head, piece):
    web.answers["/slow"] = drip(web, head, piece)
    with pytest.raises(InDoubt, match="no answer in time"):
        ask({"url": f"{web.url}/slow"}, allow_private=True, timeout="1s")


@pytest.mark.attack(39)
def test_attack_39_an_endless_body_ends_with_the_cap(ask, web):
    def endless(out):
        out.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not web.closing.is_set():
            out.write(b"x" * 65536)

    web.answers["/endless"] = endless
    with pytest.raises(Permanent, match="larger than"):
        ask({"url": f"{web.url}/endless"}, allow_private=True)


@pytest.mark.attack(39)
def test_attack_39_endless_redirects_end_with_the_deadline_of_all(ask, web):
    def late(out):
        if not web.closing.wait(0.4):
            out.write(b"HTTP/1.1 302 X\r\nLocation: /late\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    web.answers["/late"] = late
    with pytest.raises(InDoubt, match="no answer in time"):
        ask({"url": f"{web.url}/late"}, allow_private=True, timeout="1s")
    assert threading.active_count() < 50
