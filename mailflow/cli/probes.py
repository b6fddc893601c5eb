"""What `mailflow doctor` tries: each probe does what the daemon would do, once, and says what to do when it fails.

Uses the standard library's clients on purpose: a second opinion beside the ones that the daemon works with.
"""

import imaplib
import os
import smtplib
import socket
import ssl
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mailflow.config import Config, Imap, Listen, Smarthost
from mailflow.errors import Trouble
from mailflow.standing import password_in, secret_of

PATIENCE = 10  # seconds for each network step
NOT_RUNNING = "is the daemon running? start it: systemctl start mailflow; by hand: mailflow run, in a clone make run"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one probe found. `advice` is empty when all is well."""

    about: str
    found: str
    advice: str = ""

    @property
    def is_well(self) -> bool:
        return not self.advice


def network(config: Config) -> Iterator[Finding]:
    for listen in config.listen:
        yield listener(listen)
    if config.smarthost:
        yield smarthost(config.smarthost, config.hostname)
    else:
        yield Finding("smarthost", f"none: mail of ours is written to {config.state / 'sent'}")
    for settings in config.imap:
        yield imap(settings)


def listener(listen: Listen) -> Finding:
    about = f"{listen.protocol} {listen.address}"
    try:
        greeting = _greeting(listen)
    except OSError as error:
        return Finding(about, f"does not answer: {error}", NOT_RUNNING)
    if not greeting.startswith("220"):
        return Finding(about, f"says {greeting!r}", "another program listens there: change [[listen]] or stop it")
    return Finding(about, "answers")


def _greeting(listen: Listen) -> str:
    address = listen.address
    if address.startswith("unix:"):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PATIENCE)
            connection.connect(address.removeprefix("unix:"))
            return _said(connection, listen)
    host, _, port = address.rpartition(":")
    with socket.create_connection((host.strip("[]"), int(port)), PATIENCE) as connection:
        return _said(connection, listen)


def _said(connection: socket.socket, listen: Listen) -> str:
    """Whether others believe the certificate is not asked: that depends on the name they came by."""
    if listen.tls != "implicit":
        return connection.recv(512).decode("ascii", "replace")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with context.wrap_socket(connection) as encrypted:
        return encrypted.recv(512).decode("ascii", "replace")


def smarthost(settings: Smarthost, hostname: str) -> Finding:
    about = f"smarthost {settings.host}:{settings.port}"
    try:
        with _smtp(settings, hostname) as client:
            if settings.tls == "starttls":
                client.starttls(context=_context(settings.ca_file))
            client.ehlo_or_helo_if_needed()
            if settings.user and settings.password_file:
                _authenticate(client, settings.user, password_in(settings.password_file))
    except smtplib.SMTPAuthenticationError as error:
        return Finding(about, f"does not let us in: {error.smtp_code} {_text(error.smtp_error)}", _CREDENTIALS)
    except Trouble as error:
        return Finding(about, str(error), _UNREADABLE)
    except (OSError, smtplib.SMTPException) as error:
        return Finding(about, str(error) or type(error).__name__, _advice(error, "smarthost"))
    return Finding(about, "lets us in")


def _authenticate(client: smtplib.SMTP, user: str, password: str) -> None:
    if (user + password).isascii():
        client.login(user, password)
        return
    code, said = client.docmd("AUTH", "PLAIN " + b64encode(_plain(user, password)).decode())  # smtplib is ASCII
    if code != 235:
        raise smtplib.SMTPAuthenticationError(code, said)


def _plain(user: str, password: str) -> bytes:
    """RFC 4616."""
    return f"\0{user}\0{password}".encode()


def _smtp(settings: Smarthost, hostname: str) -> smtplib.SMTP:
    if settings.tls == "implicit":
        context = _context(settings.ca_file)
        return smtplib.SMTP_SSL(settings.host, settings.port, hostname, timeout=PATIENCE, context=context)
    return smtplib.SMTP(settings.host, settings.port, hostname, timeout=PATIENCE)


def imap(settings: Imap) -> Finding:
    about = f"imap {settings.name} ({settings.user} at {settings.host})"
    try:
        with _imap(settings) as client:
            if settings.tls == "starttls":
                client.starttls(_context(settings.ca_file))
            _login(client, settings)
            folder = '"' + settings.folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
            answer, count = client.select(folder, readonly=True)
    except imaplib.IMAP4.error as error:
        return Finding(about, f"does not let us in: {error}", _CREDENTIALS)
    except Trouble as error:
        return Finding(about, str(error), _UNREADABLE)
    except OSError as error:
        return Finding(about, str(error) or type(error).__name__, _advice(error, "imap"))
    if answer != "OK":
        return Finding(about, f"has no folder {settings.folder!r}", "correct folder in this [[imap]]")
    return Finding(about, f"lets us in, {_text(count[0] or b'0')} messages in {settings.folder}")


def _imap(settings: Imap) -> imaplib.IMAP4:
    port = settings.port or (993 if settings.tls == "implicit" else 143)
    if settings.tls == "implicit":
        return imaplib.IMAP4_SSL(settings.host, port, ssl_context=_context(settings.ca_file), timeout=PATIENCE)
    return imaplib.IMAP4(settings.host, port, timeout=PATIENCE)


def _login(client: imaplib.IMAP4, settings: Imap) -> None:
    """As edge.imap does it, with the secret that the daemon would take."""
    user, secret = settings.user, secret_of(settings)()
    if settings.token_command:
        words = f"user={user}\1auth=Bearer {secret}\1\1".encode()
        client.authenticate("XOAUTH2", lambda challenge: b"" if challenge else words)
    elif (user + secret).isascii():
        client.login('"' + user.replace("\\", "\\\\").replace('"', '\\"') + '"', secret)
    else:
        client.authenticate("PLAIN", lambda _: _plain(user, secret))


def room(config: Config) -> Finding:
    """Of the disk that mail is kept on."""
    folder = config.state if config.state.exists() else config.state.parent
    try:
        status = os.statvfs(folder)
    except OSError as error:
        return Finding("disk", str(error), f"create {config.state}, owned by the user that runs mailflow")
    free = status.f_bavail * status.f_frsize
    advice = "" if free > 10 * config.limits.message_size else "make room: mail is answered 452 when the disk is full"
    return Finding("disk", f"{free / (1 << 30):.1f} GiB free at {folder}", advice)


_CREDENTIALS = "check user and password_file (or token_command); does the provider want an app password?"

_UNREADABLE = "run doctor as the user of the service; systemd credentials are seen by the service only"


def _advice(error: Exception, section: str) -> str:
    match error:
        case socket.gaierror():
            return f"the name is not in the DNS: check host in [{section}] and /etc/resolv.conf"
        case ssl.SSLCertVerificationError():
            return f"the certificate is not trusted: set ca_file in [{section}], or correct host"
        case FileNotFoundError() | PermissionError():
            return _UNREADABLE
        case TimeoutError():
            return "nothing answers: is the port right, does a firewall drop it?"
        case _:
            return f"check host, port and tls in [{section}]"


def _context(ca_file: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


def _text(octets: object) -> str:
    return octets.decode("utf-8", "replace") if isinstance(octets, bytes) else str(octets)
