"""What should not be blocked by a slip of the hand: ourselves, a whole public suffix, half of the customers."""

from collections.abc import Iterator
from ipaddress import ip_network

from mailflow.config import Config
from mailflow.desk.digests.digest import readers
from mailflow.desk.lists.listed import key_of
from mailflow.mail.address import canonical
from mailflow.mail.identity.alignment import is_public_suffix

FREEMAIL = frozenset(
    "126.com 163.com aol.com bk.ru centrum.cz free.fr gmail.com googlemail.com icloud.com inbox.ru interia.pl"
    " laposte.net libero.it list.ru mac.com mail.ru me.com msn.com naver.com o2.pl onet.pl op.pl orange.fr proton.me "
    "protonmail.com rambler.ru rocketmail.com seznam.cz t-online.de ukr.net wanadoo.fr web.de wp.pl"
    " yandex.com yandex.ru".split()
)
"""Domains in which everybody may have an address, and many customers do."""
FREEMAIL_BRANDS = frozenset({"gmx", "hotmail", "live", "outlook", "yahoo", "ymail"})
"""The same below many suffixes: yahoo.co.uk, hotmail.fr."""
WIDE = {4: 8, 6: 19}
"""By IP version: a network with a shorter prefix is more than any one network operator has."""


def ours(config: Config) -> Iterator[str]:
    """The addresses of our mailboxes and of those who work here, as far as it is known."""
    for mailbox in config.mailbox:
        yield mailbox.address
    for department in config.department:
        yield from (*readers(department), *department.escalate_to)


def danger_of(value: str, config: Config) -> str:
    """What else an entry would keep away, in words; '' when it is as narrow as one expects. `value` is an entry."""
    key, _ = key_of(value)
    for address in ours(config):
        if key in _that_list(canonical(address)):
            return f"{value} would block our own address {address}"
    if "@" in key:
        return ""
    if "/" in key:
        network = ip_network(key)
        return f"{value} is {network.num_addresses:,} addresses" if network.prefixlen < WIDE[network.version] else ""
    if is_public_suffix(key):
        return f"{value} is a public suffix: all who have a domain below it would be blocked"
    if key in FREEMAIL or _is_brand(key):
        return f"{value} is a mail provider of many: all who have their address there would be blocked"
    return ""


def _that_list(address: str) -> list[str]:
    """The keys under which an address is listed."""
    labels = address.rpartition("@")[2].split(".")
    return [address, *(".".join(labels[start:]) for start in range(len(labels)))]


def _is_brand(domain: str) -> bool:
    brand, _, suffix = domain.partition(".")
    return brand in FREEMAIL_BRANDS and is_public_suffix(suffix)
