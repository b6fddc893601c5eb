"""Addresses and networks of the Internet as they are compared: those of IPv4 that are written as IPv6 (RFC 4291 section
2.5.5.2) as what they are.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_MAPPED = 96
"""Bits before the IPv4 address in an IPv6 address that is one."""


def address_of(written: str) -> Address:
    """Raises ValueError when it is none."""
    address = ip_address(written)
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def network_of(written: str, *, strict: bool = True) -> Network:
    """An address is a network of one. Raises ValueError when it is none, or `strict` and an address within one."""
    network = ip_network(written, strict=strict)
    first = network.network_address
    if isinstance(first, IPv6Address) and first.ipv4_mapped and network.prefixlen >= _MAPPED:
        return IPv4Network((first.ipv4_mapped, network.prefixlen - _MAPPED))
    return network
