"""What `mailflow doctor` tries: each probe does what the daemon would do, once, and says what to do when it fails.

Uses the standard library's clients on purpose: a second opinion beside the ones that the daemon works with.
"""

import imaplib
import smtplib
import socket
import ssl
from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path

from mailflow.cli import barred
from mailflow.cli.finding import NOT_RUNNING, PATIENCE, RENEW, Finding
from mailflow.cli.opening import now
from mailflow.config import Config, Imap, Listen, Smarthost
from mailflow.edge.certificate import Certificate
from mailflow.edge.sockets import ADVICE
from mailflow.errors import Trouble
from mailflow.ownership import user
from mailflow.standing import password_in, secret_of


def network(config: Config, send_to: str = "") -> Iterator[Finding]:
    """`send_to`: who gets a mail by way of the smarthost; '': nothing is sent."""
    for listen in config.listen:
        yield listener(listen)
        if listen.certificate:
            yield certificate(listen.address, listen.certificate, config.hostname, now())
    if config.smarthost:
        mail = _mail(config, send_to) if send_to else None
        yield smarthost(config.smarthost, config.hostname, mail)
    else:
        yield Finding("smarthost", f"none: mail of ours is written to {config.state / 'sent'}")
    for settings in config.imap:
        yield imap(settings)


def listener(listen: Listen) -> Finding:
    about = f"{listen.protocol} {listen.address}"
    try:
        greeting = _greeting(listen)
    except OSError as error:
        return Finding(about, f"does not answer: {error}", _may_be_taken(listen.address) or NOT_RUNNING)
    if not greeting.startswith("220"):
        return Finding(about, f"says {greeting!r}", "another program listens there: change [[listen]] or stop it")
    return Finding(about, "answers")


def certificate(address: str, file: Path, hostname: str, at: datetime) -> Finding:
    """Of the file, which the daemon has read at its start or at its last reload."""
    about = f"certificate {address}"
    try:
        found = Certificate.of(address, file)
    except (PermissionError, FileNotFoundError):
        return barred.secret(about, file)
    except (OSError, ValueError) as error:
        why = error.args[0] if error.args else type(error).__name__
        return Finding(about, f"{file} cannot be used: {why}", "put a certificate there, as PEM, its chain below it")
    fault = found.fault(hostname, at)
    return Finding(about, f"{file} {fault or f'is good until {found.ends:%Y-%m-%d}'}", fault and RENEW)


def _may_be_taken(address: str) -> str:
    """'' if we could listen there; else what to do first."""
    host, _, port = address.rpartition(":")
    if address.startswith("unix:"):
        return ""
    try:
        socket.create_server((host.strip("[]"), int(port))).close()
    except OSError as error:
        return ADVICE.get(error.errno or 0, "")
    return ""


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


def _mail(config: Config, to: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"] = config.mailbox[0].address, to
    mail["Subject"] = f"mailflow doctor of {config.hostname}"
    mail["Date"], mail["Message-ID"] = formatdate(), make_msgid(domain=config.hostname)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(
        "This mail was asked for by: mailflow doctor --send-to.\n\n"
        "Look at its header: Authentication-Results says whether spf, dkim and dmarc pass.\n"
    )
    return mail


def smarthost(settings: Smarthost, hostname: str, mail: EmailMessage | None = None) -> Finding:
    about = f"smarthost {settings.host}:{settings.port}"
    try:
        with _smtp(settings, hostname) as client:
            if settings.tls == "starttls":
                client.starttls(context=_context(settings.ca_file))
            client.ehlo_or_helo_if_needed()
            if settings.user and settings.password_file:
                _authenticate(client, settings.user, password_in(settings.password_file))
            if mail:
                client.send_message(mail)
    except smtplib.SMTPAuthenticationError as error:
        return Finding(about, f"does not let us in: {error.smtp_code} {_text(error.smtp_error)}", _CREDENTIALS)
    except Trouble as error:
        return _without_secret(about, settings, error)
    except smtplib.SMTPRecipientsRefused as error:
        ((code, said),) = error.recipients.values()
        return Finding(about, f"does not take the mail: {code} {_text(said)}", "may this user send as our mailbox?")
    except smtplib.SMTPResponseException as error:
        return Finding(about, f"says {error.smtp_code} {_text(error.smtp_error)}", _advice(error, "smarthost"))
    except (OSError, smtplib.SMTPException) as error:
        return Finding(about, str(error) or type(error).__name__, _advice(error, "smarthost"))
    sent = f" and took a mail to {mail['To']}: look at its Authentication-Results" if mail else ""
    return Finding(about, f"lets us in{sent}")


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
            able = _able(client, settings) if answer == "OK" else None
    except imaplib.IMAP4.error as error:
        return Finding(about, f"does not let us in: {error}", _CREDENTIALS)
    except Trouble as error:
        return _without_secret(about, settings, error)
    except OSError as error:
        return Finding(about, str(error) or type(error).__name__, _advice(error, "imap"))
    if answer != "OK":
        return Finding(about, f"has no folder {settings.folder!r}", "correct folder in this [[imap]]")
    messages = f"{_text(count[0] or b'0')} messages in {settings.folder}"
    return Finding(about, f"lets us in, {messages}, {able.found}", able.advice) if able else Finding(about, messages)


def _able(client: imaplib.IMAP4, settings: Imap) -> Finding:
    """What it can do of what we would like; after the login, for some say less before."""
    client.capability()
    able = {str(each).upper() for each in client.capabilities}
    _, said = client.capability()
    able |= {each.upper() for each in _text(said[0] or b"").split()}
    idles = "IDLE" in able and _idles(client)
    found = "IDLE works" if idles else f"no IDLE: looked at every {settings.poll.total_seconds():.0f} s"
    if settings.when_done == "move" and not able & {"MOVE", "UIDPLUS"}:
        return Finding("", f"{found}, neither MOVE nor UIDPLUS", 'set when_done = "flag": nothing can be moved safely')
    return Finding("", found + (", MOVE" if "MOVE" in able else ""))


def _idles(client: imaplib.IMAP4) -> bool:
    """RFC 2177: begun and ended; what else is said meanwhile is news of the folder."""
    client.send(b"doctor IDLE\r\n")
    while (line := client.readline()).startswith(b"* "):
        pass
    if not line.startswith(b"+"):
        return False
    client.send(b"DONE\r\n")
    while (line := client.readline()).startswith(b"* "):
        pass
    return line.startswith(b"doctor OK")


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


def _without_secret(about: str, settings: Smarthost | Imap, error: Trouble) -> Finding:
    """It answered, and the login was not tried."""
    if settings.password_file:
        return barred.secret(about, settings.password_file)
    return Finding(about, str(error), f"run it by hand as the user of the service; this was {user()}")


_CREDENTIALS = "check user and password_file (or token_command); does the provider want an app password?"


def _advice(error: Exception, section: str) -> str:
    match error:
        case socket.gaierror():
            return f"the name is not in the DNS: check host in [{section}] and /etc/resolv.conf"
        case ssl.SSLCertVerificationError():
            return f"the certificate is not trusted: set ca_file in [{section}], or correct host"
        case FileNotFoundError() | PermissionError():
            return f"ca_file in [{section}] cannot be read: is it there, and for {user()}?"
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
