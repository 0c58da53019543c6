"""The network below ``http``: names are resolved once, every address is checked, and the checked one is connected to."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import httpcore2
import httpx2

from ecomflow import Permanent
from ecomflow.connections.web.addresses import is_metadata, is_public, parse

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_CONNECTIONS = 20
_KEPT_SECONDS = 30.0


class GuardedNetwork(httpcore2.AsyncNetworkBackend):
    """Connects only to addresses that it has checked itself, so that a name cannot change its answer in between.

    Args:
        allow_private: whether private addresses are allowed; link-local and metadata addresses never are.
    """

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to an address that the rules allow, whatever name it was found by."""
        addresses = await resolve(host, port)
        for address in addresses:
            self._check(host, address)
        error: Exception = httpcore2.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as failed:
                error = failed
        raise error

    async def sleep(self, seconds: float) -> None:
        """Wait between two attempts to connect."""
        await self._network.sleep(seconds)

    def _check(self, host: str, text: str) -> None:
        address = parse(text)
        if is_metadata(address) or not (self._allow_private or is_public(address)):
            raise Permanent(
                f"{host} leads to {address}, which is no public address; `allow_private: true` at the connection allows private ones",
                type="forbidden_address",
            )


async def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a name, without doubles; a name is asked for once a connection."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore2.ConnectError(f"{host} cannot be resolved: {error}") from error
    return list(dict.fromkeys(str(each[4][0]) for each in found))


class GuardedTransport(httpx2.AsyncHTTPTransport):
    """A transport over :class:`GuardedNetwork`, without proxies and other settings from the environment."""

    def __init__(self, *, allow_private: bool) -> None:
        encryption = httpx2.create_ssl_context(trust_env=False)
        super().__init__(verify=encryption, trust_env=False)
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=encryption,
            max_connections=_MOST_CONNECTIONS,
            keepalive_expiry=_KEPT_SECONDS,
            network_backend=GuardedNetwork(allow_private=allow_private),
        )
