"""Where mail comes in, and whose word counts there."""

from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, StrictBool, model_validator

from mailflow.config.values import LAST_PORT, Address, Door, Duration, Nameserver, Network, Section, ServerName
from mailflow.internet import address_of


class Listen(Section):
    """[[listen]] One address on which mail is accepted."""

    protocol: Literal["smtp", "lmtp"]
    address: Door
    """host:port, [ipv6]:port or unix:PATH (relative to config.toml)."""
    tls: Literal["none", "starttls", "required", "implicit"] = "none"
    """Offered by STARTTLS; the same, and no mail without it; or from the first octet on (port 465). TLS ≥ 1.2."""
    certificate: Path | None = None
    """With its chain, PEM. Read again on SIGHUP."""
    key: Path | None = None
    """PEM, without a passphrase; not set: it is in the file of the certificate. Certificate, key and users_file are
    looked up in systemd's credentials first, then beside config.toml."""
    login: Literal["never", "offered", "required"] = "never"
    """AUTH PLAIN and LOGIN for [trust] users_file; only over TLS. Required: no mail without it (port 587, RFC 6409)."""

    @model_validator(mode="after")
    def _secured(self) -> Self:
        if (self.tls == "none") == bool(self.certificate or self.key):
            raise ValueError("tls and certificate go together: set both or neither")
        if self.key and not self.certificate:
            raise ValueError("a key goes with a certificate")
        if self.login != "never" and (self.tls == "none" or self.protocol == "lmtp"):
            raise ValueError("a login needs protocol smtp and tls: a password does not travel in clear text")
        return self


class Trust(Section):
    """[trust] Whose word counts before a message is looked at."""

    networks: tuple[Network, ...] = ()
    """Peers whose senders are who they say: our own hosts. Mail from elsewhere is unverified."""
    relays: tuple[Network, ...] = ()
    """Mail servers that hand us other people's mail by SMTP: a refusal would make them bounce to a forged sender, so
    unwanted mail is dropped and recorded instead. LMTP peers always count as relays."""
    users_file: Path | None = None
    """Systems that hand in mail with a login, one a line: name, hash of the password, addresses and domains it may
    write as. `mailflow password` makes the lines. Read again on SIGHUP."""

    authserv_ids: tuple[ServerName, ...] = ()
    """Names under which our relays write Authentication-Results (RFC 8601): what they found of DMARC, DKIM and SPF is
    believed. Each must remove what pretends to be its own."""
    arc_forwarders: tuple[ServerName, ...] = ()
    """Domains (d=) whose ARC seals are believed: mailing lists and forwarders that break the signatures they check."""

    def trusts(self, peer: str) -> bool:
        return _within(peer, self.networks)

    def relays_for_others(self, peer: str) -> bool:
        return _within(peer, self.relays)


class Dns(Section):
    """[dns] Who is asked about strangers: their SPF, DKIM keys and DMARC policies. Nothing is asked about [trust]."""

    timeout: Duration = timedelta(seconds=5)
    """For one question. All those about one message take at most 20 seconds."""
    servers: tuple[Nameserver, ...] = ()
    """Address, or address:port; not set: those of /etc/resolv.conf. A resolver of your own is best: it caches."""


class Imap(Section):
    """[[imap]] A mailbox that is fetched."""

    name: str = Field(pattern=r"^[A-Za-z0-9_.-]+$")
    host: str
    port: int | None = Field(default=None, ge=1, le=LAST_PORT)
    """993 with implicit TLS, else 143."""
    tls: Literal["implicit", "starttls", "none"] = "implicit"
    ca_file: Path | None = None
    """Certificates to trust besides the system's."""
    user: str
    password_file: Path | None = None
    """Looked up in systemd's credentials first, then beside config.toml."""
    token_command: tuple[str, ...] = ()
    """A command that prints an OAuth2 access token; used with XOAUTH2 instead of a password."""
    folder: str = "INBOX"
    mailbox: Address
    """The [[mailbox]] this mail is for."""
    when_done: Literal["flag", "move"] = "flag"
    """After a message is kept: mark it read, or move it to `done_folder`."""
    done_folder: str = "mailflow-done"
    trusted: StrictBool = False
    """True: the provider of this mailbox refuses forged senders, take its From at its word."""
    authserv_id: ServerName | None = None
    """The name under which this provider writes Authentication-Results: "mx.google.com"; then those are believed."""
    poll: Duration = timedelta(seconds=60)
    """The longest time a new message stays unseen, even if the server's IDLE says nothing."""

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        if bool(self.password_file) == bool(self.token_command):
            raise ValueError("set either password_file or token_command")
        return self


@lru_cache(1024)
def _within(peer: str, networks: tuple[Network, ...]) -> bool:
    """`peer` is an IP address, 'unix' for a local socket, or '' when there is none."""
    if not peer or peer == "unix":
        return bool(peer) and peer in networks
    address = address_of(peer)
    return any(network != "unix" and address in network for network in networks)
