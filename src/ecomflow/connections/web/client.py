"""The connection ``http`` once it is opened: requests that stay outside, keep their secrets and end in time."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpcore2
import httpx2

from ecomflow import InDoubt, Permanent, Retryable
from ecomflow.connections.web.decoding import ENCODINGS, read_body
from ecomflow.connections.web.transport import GuardedTransport

if TYPE_CHECKING:
    from collections.abc import Mapping

BODY_LIMIT: Final = 1024 * 1024
_MOST_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_SEE_OTHER: Final = frozenset({301, 302, 303})
_UNSENT: Final = (httpcore2.ConnectError, httpcore2.ConnectTimeout, httpcore2.PoolTimeout, httpx2.ConnectError, httpx2.ConnectTimeout)
_FAULTY: Final = (httpx2.InvalidURL, httpx2.LocalProtocolError, httpx2.UnsupportedProtocol, UnicodeError)
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_UNFIT_IN_URL: Final = re.compile(r"[\x00-\x20\x7f\\]")
_TRANSPORT_HEADERS: Final = frozenset(["host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade", "accept-encoding"])
# What a redirect may take to another host: nothing that could be a credential.
_HARMLESS: Final = frozenset({"accept", "content-type", "idempotency-key", "user-agent"})


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, whatever its status; the names of headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class _Progress:
    """Whether anything of a request may have reached the other side."""

    sent: bool = False

    async def note(self, event: str, _info: Mapping[str, Any]) -> None:
        if event.endswith("send_request_headers.started"):
            self.sent = True


class HttpClient:
    """Access to one service over HTTP. Its headers are in no text that is made of it.

    Args:
        base_url: what paths stand below, or an empty text; the headers go to its host only.
        headers: sent with each request to that host.
        allow_private: whether private addresses are allowed.
        timeout: seconds for a request with all its redirects, to the last byte.
    """

    def __init__(self, base_url: str, headers: Mapping[str, str], *, allow_private: bool, timeout: float) -> None:
        self._base = _parsed(base_url) if base_url else None
        self._headers, self._timeout = checked_headers(headers), timeout
        transport = GuardedTransport(allow_private=allow_private)
        self._client = httpx2.AsyncClient(transport=transport, trust_env=False, follow_redirects=False, timeout=None)

    def __repr__(self) -> str:
        return f"<http {self._base or ''}>"

    async def aclose(self) -> None:
        """Close what is kept open."""
        await self._client.aclose()

    async def request(
        self, method: str, target: str, *, headers: Mapping[str, str], params: Mapping[str, Any] | None = None, content: bytes | None = None
    ) -> Reply:
        """Make a request, follow its redirects, and return the answer, whatever its status.

        Args:
            method: in capitals.
            target: a path below the base, or a whole URL.
            headers: beside the connection's own, before which they go.
            params: of the query.
            content: the body.

        Raises:
            Retryable: nothing was sent.
            InDoubt: it was sent, and no answer came.
            Permanent: it may not be sent so, or its answer is too large.
        """
        progress = _Progress()
        request = self._request(method, self._url(target, params), checked_headers(headers), content, progress)
        try:
            async with asyncio.timeout(self._timeout):
                return await self._followed(request, progress)
        except _FAULTY as error:
            raise Permanent(f"{method} {_host(request)}: {error}", type="wrong_request") from error
        except (TimeoutError, OSError, httpx2.HTTPError, httpcore2.TimeoutException, httpcore2.NetworkError) as error:
            raise _failed(request, error, progress) from error

    def _url(self, target: str, params: Mapping[str, Any] | None) -> httpx2.URL:
        if _UNFIT_IN_URL.search(target):
            raise Permanent("a URL holds no spaces, control characters or backslashes", type="wrong_request")
        if target.startswith("/"):
            if self._base is None:
                raise Permanent("a path needs a connection with a base_url", type="wrong_request")
            # Joined as text, then parsed: `//other.host` stays a path.
            target = f"{str(self._base).rstrip('/')}/{target.lstrip('/')}"
        url = _parsed(target)
        return url.copy_merge_params({name: _plain(value) for name, value in params.items()}) if params else url

    def _request(
        self, method: str, url: httpx2.URL, headers: Mapping[str, str], content: bytes | None, progress: _Progress
    ) -> httpx2.Request:
        own = self._headers if self._base is not None and same_origin(url, self._base) else {}
        merged = httpx2.Headers({"User-Agent": "ecomflow", "Accept": "*/*"})
        merged.update(own)
        merged.update(headers)
        merged["Accept-Encoding"] = ENCODINGS
        return httpx2.Request(method, url, headers=merged, content=content, extensions={"trace": progress.note})

    async def _followed(self, request: httpx2.Request, progress: _Progress) -> Reply:
        for _ in range(_MOST_REDIRECTS + 1):
            reply = await self._sent(request)
            location = reply.headers.get("location")
            if reply.status not in _REDIRECTS or not location:
                return reply
            request = _redirected(request, reply.status, location, progress)
        raise Permanent(f"more than {_MOST_REDIRECTS} redirects", type="wrong_answer")

    async def _sent(self, request: httpx2.Request) -> Reply:
        response = await self._client.send(request, stream=True)
        try:
            headers = {name.lower(): value for name, value in response.headers.items()}
            body = await read_body(response.aiter_raw(), headers.get("content-encoding", ""), BODY_LIMIT)
            return Reply(response.status_code, headers, body)
        finally:
            await response.aclose()


def _redirected(request: httpx2.Request, status: int, location: str, progress: _Progress) -> httpx2.Request:
    try:
        url = request.url.join(location)
    except httpx2.InvalidURL as error:
        raise Permanent(f"redirected to what is no URL: {error}", type="wrong_answer") from error
    url = _parsed(str(url))
    if request.url.scheme == "https" and url.scheme != "https":
        raise Permanent(f"redirected from https to {url.scheme}", type="wrong_answer")
    seen = status in _SEE_OTHER and request.method not in {"GET", "HEAD"}
    dropped = {"content-length", "transfer-encoding", "host"} | ({"content-type"} if seen else set())
    kept = {name: value for name, value in request.headers.items() if name.lower() not in dropped}
    if not same_origin(url, request.url):
        kept = {name: value for name, value in kept.items() if name.lower() in _HARMLESS}
    kept["Accept-Encoding"] = ENCODINGS
    content = None if seen else request.content
    return httpx2.Request("GET" if seen else request.method, url, headers=kept, content=content, extensions={"trace": progress.note})


def _parsed(text: str) -> httpx2.URL:
    try:
        url = httpx2.URL(text)
    except (httpx2.InvalidURL, ValueError, TypeError) as error:
        raise Permanent(f"no URL: {error}", type="wrong_request") from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise Permanent(f"a URL begins with http:// or https:// and a host, not {url.scheme[:20]!r}", type="wrong_request")
    if url.userinfo:
        raise Permanent("a URL holds no user or password; put them into the connection's headers", type="wrong_request")
    return url


def same_origin(left: httpx2.URL, right: httpx2.URL) -> bool:
    """Return whether two URLs have the same scheme, host and port."""
    return (left.scheme, left.raw_host, _port(left)) == (right.scheme, right.raw_host, _port(right))


def _port(url: httpx2.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers that are what they seem.

    Raises:
        Permanent: a name or value holds what would begin another header, or the transport sets it itself.
    """
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name) or name.lower() in _TRANSPORT_HEADERS:
            raise Permanent(f"{name[:60]!r} cannot be set as a header", type="wrong_request")
        if _CONTROL.search(value) or not value.isascii():
            raise Permanent(f"the header {name} holds control or other characters that headers do not have", type="wrong_request")
    return dict(headers)


def _plain(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _host(request: httpx2.Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc.decode('ascii')}"


def _failed(request: httpx2.Request, error: Exception, progress: _Progress) -> Exception:
    reason = "no answer in time" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
    text = f"{request.method} {_host(request)}: {reason}"
    if isinstance(error, _UNSENT) or not progress.sent:
        return Retryable(text, type="unreachable")
    return InDoubt(text, type="timeout" if isinstance(error, TimeoutError) else "connection_lost")
