"""The action ``http.request``."""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, Literal, Protocol, TypedDict

from ecomflow import ActionCall, Permanent, RateLimited, Retryable, action, from_json, hookimpl, to_json

_RETRYABLE: Final = frozenset({408, 425, 429})
_HIDDEN: Final = frozenset({"set-cookie", "authorization", "www-authenticate", "proxy-authenticate"})
_LONGEST_WAIT: Final = 7 * 86_400.0


class Answer(TypedDict):
    """What the other side answered; the body decoded where it is JSON, else a text."""

    status: int
    headers: dict[str, str]
    body: Any


class Reply(Protocol):
    """An answer as the connection gives it."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...


class Client(Protocol):
    """What the action needs of its connection."""

    async def request(
        self, method: str, target: str, *, headers: Mapping[str, str], params: Mapping[str, Any] | None, content: bytes | None
    ) -> Reply: ...


@action("http.request", effect="writes", idempotent=True, connections=("http",))
async def request(
    call: ActionCall,
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] = "GET",
    url: str | None = None,
    path: str | None = None,
    json: Any = None,
    text: str | None = None,
    params: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
    base64: bool = False,
) -> Answer:
    """Make a request over HTTP. The idempotency key travels in the header ``Idempotency-Key``.

    2xx is success; 408, 425, 429 and 5xx are tried again, after ``Retry-After`` where it is given; other statuses are
    permanent failures. Where no answer came, nobody knows whether it took effect, and it is repeated under the same key.

    Args:
        method: GET by default.
        url: a whole URL; the connection's headers go with it to the host of its base_url only.
        path: instead of a URL, a path below the connection's base_url.
        json: the body, as JSON.
        text: the body, as a text.
        params: of the query.
        headers: beside the connection's own.
        base64: whether the body of the answer comes as base64, such as a file for a mail.
    """
    target, (content, type_) = _target(url, path), _content(json, text)
    if any(name.lower() == "idempotency-key" for name in headers or {}):
        raise Permanent("the header Idempotency-Key is set by itself", type="wrong_request")
    sent = {**({"Content-Type": type_} if type_ else {}), **(headers or {}), "Idempotency-Key": call.key}
    client: Client = call.connection
    reply = await client.request(method, target, headers=sent, params=params, content=content)
    _check(method, target, reply, call.now)
    return {"status": reply.status, "headers": _shown(reply.headers), "body": b64encode(reply.body).decode() if base64 else _decoded(reply)}


@request.plan
def plan(method: object = "GET", url: object = None, path: object = None, **_: object) -> str:
    """Say what would be requested, without the query, which may hold what others should not read."""
    return f"{method} {str(url or path or '').partition('?')[0]}"


def _target(url: str | None, path: str | None) -> str:
    if (url is None) is (path is None):
        raise Permanent("http.request needs either url or path", type="wrong_parameter")
    if url is not None:
        if url.startswith("/"):
            raise Permanent("url: begins with http:// or https://; for a path there is path", type="wrong_parameter")
        return url
    return f"/{(path or '').lstrip('/')}"


def _content(json: Any, text: str | None) -> tuple[bytes | None, str]:
    if json is not None and text is not None:
        raise Permanent("http.request has either json or text", type="wrong_parameter")
    try:
        if json is not None:
            return to_json(json).encode(), "application/json"
        return (None, "") if text is None else (text.encode(), "text/plain; charset=utf-8")
    except ValueError as error:
        raise Permanent(f"the body cannot be written: {error}", type="wrong_parameter") from error


def _check(method: str, target: str, reply: Reply, now: datetime) -> None:
    if 200 <= reply.status < 300:
        return
    said = reply.body[:200].decode("utf-8", "replace").strip()
    message = f"{method} {target.partition('?')[0]}: answered {reply.status}{f': {said}' if said else ''}"
    if reply.status not in _RETRYABLE and reply.status < 500:
        raise Permanent(message, type=f"http_{reply.status}")
    wait = retry_after(reply.headers.get("retry-after"), now)
    if wait is not None:
        raise RateLimited(message, retry_after=wait, type=f"http_{reply.status}")
    raise Retryable(message, type=f"http_{reply.status}")


def retry_after(header: str | None, now: datetime) -> float | None:
    """Return the seconds that a ``Retry-After`` (RFC 9110) names, at most a week, or None where it names none."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), _LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(0.0, float(math.ceil((moment - now).total_seconds()))), _LONGEST_WAIT)


def _shown(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in _HIDDEN}


def _decoded(reply: Reply) -> Any:
    if not reply.body:
        return None
    type_ = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if type_ == "application/json" or type_.endswith("+json"):
        try:
            return from_json(reply.body)
        except ValueError:
            return reply.body.decode("utf-8", "replace")
    return reply.body.decode("utf-8", "replace")


@hookimpl
def register_actions(register: Callable[[object], None]) -> None:
    """Register ``http.request``."""
    register(request)
