"""Which addresses a request may go to: an own list, since what Python calls global holds ways back into the house."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address

_PRIVATE_4: Final = tuple(
    map(
        ip_network,
        # RFC 6890 and its registry: this host, private, shared, loopback, link-local, protocol, documentation,
        # 6to4 relays, benchmarks, multicast, reserved and broadcast
        ["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"],
    )
)
_GLOBAL_6: Final = ip_network("2000::/3")
# Protocol assignments with Teredo, documentation twice, and the way to private IPv4 networks (SRv6 too)
_PRIVATE_6: Final = tuple(map(ip_network, ["2001::/23", "2001:db8::/32", "3fff::/20"]))
_METADATA: Final = tuple(map(ip_network, ["169.254.0.0/16", "100.100.100.200/32", "fe80::/10", "fd00:ec2::254/128"]))
_NAT64: Final = ip_network("64:ff9b::/96")
_COMPATIBLE: Final = ip_network("::/96")


def is_public(address: Address) -> bool:
    """Return whether an address lies in the public internet, through every tunnel that it names."""
    inner = unwrapped(address)
    if inner is not address:
        return is_public(inner)
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _PRIVATE_4)
    return address in _GLOBAL_6 and not any(address in network for network in _PRIVATE_6)


def is_metadata(address: Address) -> bool:
    """Return whether an address is link-local or one that clouds keep their machines' credentials at."""
    inner = unwrapped(address)
    return any(inner.version == network.version and inner in network for network in _METADATA)


def unwrapped(address: Address) -> Address:
    """Return the IPv4 address inside an IPv6 one (mapped, compatible, NAT64, 6to4, Teredo), or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address.sixtofour:
        return address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def parse(text: str) -> Address:
    """Return the address that a resolver gave, without its zone."""
    return ip_address(text.partition("%")[0])
