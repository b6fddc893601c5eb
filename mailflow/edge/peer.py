"""Who is at the other end of a connection, as far as the network tells."""

import asyncio
from ipaddress import IPv4Address, ip_address, ip_network
from socket import AF_UNIX

from mailflow.internet import address_of

UNIX = "unix"
_PREFIX = 64  # of IPv6: what one customer is given


def peer_of(transport: asyncio.BaseTransport) -> str:
    """IP address, 'unix', or '' when it was gone before we looked."""
    connection, peername = transport.get_extra_info("socket"), transport.get_extra_info("peername")
    if connection is not None and connection.family == AF_UNIX:
        return UNIX
    if not isinstance(peername, tuple):
        return ""
    return str(address_of(peername[0].partition("%")[0]))


def counted_as(peer: str) -> str:
    """An IPv4 address is one peer, and so is the /64 of an IPv6 address."""
    if peer in ("", UNIX):
        return peer
    address = ip_address(peer)
    return peer if isinstance(address, IPv4Address) else str(ip_network((address, _PREFIX), strict=False))
