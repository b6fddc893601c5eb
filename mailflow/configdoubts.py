"""What in config.toml is probably not meant, though it can be used.

Works on the plain table, as `mailflow.crosschecks`.
"""

from collections.abc import Iterator

from mailflow.tomlentries import Table, entries, word_in
from mailflow.tomllines import Path
from mailflow.tomlshape import Finding

EVERYBODY = ("0.0.0.0/0", "::/0")
_LOCAL = ("localhost", "127.", "::1", "[::1]")


def doubts(table: Table) -> list[Finding]:
    return [*_identity(table), *_doors(table), *_readers(table)]


def _identity(table: Table) -> Iterator[Finding]:
    """Settings under which nobody, or everybody, is believed."""
    closed = {
        word_in(mailbox, "address").lower()
        for _, mailbox in entries(table, "mailbox")
        if mailbox.get("registered_only", True) is True
    }
    for path, imap in entries(table, "imap"):
        believed = imap.get("trusted", False) is not False or word_in(imap, "authserv_id")
        if word_in(imap, "mailbox").lower() in closed and not believed:
            yield Finding(
                (*path, "trusted"),
                "this mailbox is registered_only, and of its mail only what is signed by its author's domain is "
                "believed, the rest will be held; set authserv_id to the name under which the provider writes "
                'Authentication-Results ("mx.google.com"), trusted = true if it refuses forged senders, '
                "or registered_only = false",
            )
    trust = table.get("trust")
    networks = trust.get("networks") if isinstance(trust, dict) else None
    for position, network in enumerate(networks if isinstance(networks, list) else []):
        if network in EVERYBODY:
            yield Finding(("trust", "networks", position), "believes every From line of everybody")


def _doors(table: Table) -> Iterator[Finding]:
    """No way in, or a password in clear."""
    if not table.get("listen") and not table.get("imap"):
        yield Finding((), "there is neither a [[listen]] nor an [[imap]]: no mail can come in")
    servers: list[tuple[Path, Table]] = entries(table, "imap")
    if isinstance(smarthost := table.get("smarthost"), dict):
        servers.append((("smarthost",), smarthost))
    for path, server in servers:
        away = not word_in(server, "host").startswith(_LOCAL)
        if away and server.get("tls") == "none" and server.get("user"):
            yield Finding((*path, "tls"), "sends the password in clear text over the network")
    if smarthost and table.get("hostname", "localhost") == "localhost":
        yield Finding(("smarthost",), "our mail says it comes from 'localhost': set hostname at the top of the file")


def _readers(table: Table) -> Iterator[Finding]:
    """Levels of escalation in the place of `escalate_to`, which others rely on."""
    for path, department in entries(table, "department"):
        if department.get("escalation") and not department.get("escalate_to") and "digest_to" not in department:
            why = "nobody is told in the morning what is due and held for it: set digest_to, or [] if that is meant"
            yield Finding((*path, "escalation"), why)
