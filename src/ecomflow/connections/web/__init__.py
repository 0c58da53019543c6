"""The connection ``http``: its settings; what carries requests out is loaded when one is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from ecomflow import DurationText, ExpressionError, Mark, Permanent, connection, hookimpl, optional, parse_duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecomflow.connections.web import client
else:
    client = optional("ecomflow.connections.web.client", extra="http")

_LONGEST_SECONDS = 600.0


@connection("http")
def http(
    base_url: str = "",
    headers: Annotated[dict[str, str] | None, Mark({})] = None,
    allow_private: bool = False,
    timeout: DurationText = "30s",
) -> client.HttpClient:
    """Call a service over HTTP. Neither proxies nor passwords are taken from the environment.

    Args:
        base_url: what paths stand below, such as ``https://api.example.com/v2``.
        headers: sent with each request to that host, such as an ``Authorization``.
        allow_private: whether the service may have a private address, such as one of this machine.
        timeout: for a request with all its redirects, to the last byte; at most 10 minutes.
    """
    try:
        return client.HttpClient(base_url, headers or {}, allow_private=allow_private, timeout=_seconds(timeout))
    except Permanent as error:
        raise ValueError(str(error)) from error


def _seconds(text: str) -> float:
    try:
        duration = parse_duration(text)
    except ExpressionError as error:
        raise ValueError(f"timeout: {error}") from error
    if duration.months or duration.days or duration.seconds > _LONGEST_SECONDS:
        raise ValueError("timeout: at most 10m")
    return float(duration.seconds)


@hookimpl
def register_connections(register: Callable[[object], None]) -> None:
    """Register ``http``."""
    register(http)
