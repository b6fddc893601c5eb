"""Certificates and users of the listeners: read together, so that a reload takes over all of them or none.

Keys may be systemd credentials (`configfile` has found them). A session asks for what stands at each handshake and each
login, so that nobody is disconnected by a reload.
"""

import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mailflow import maillog
from mailflow.config import Listen
from mailflow.edge.certificate import Certificate
from mailflow.edge.users import Users
from mailflow.errors import ConfigurationError, Problem
from mailflow.ownership import unreadable


@dataclass(frozen=True, slots=True)
class Credentials:
    """What proves who we are, and who others are."""

    certificates: Mapping[str, ssl.SSLContext] = field(default_factory=dict)  # by address of the listener
    users: Users = field(default_factory=Users)
    said: tuple[Certificate, ...] = ()  # what the certificates say of themselves


@dataclass(frozen=True, slots=True)
class Security:
    """How one listener is protected."""

    place: Listen
    _credentials: Callable[[], Credentials] = Credentials

    @property
    def tls(self) -> bool:
        """It can be had."""
        return self.place.tls != "none"

    @property
    def implicit(self) -> bool:
        return self.place.tls == "implicit"

    @property
    def tls_required(self) -> bool:
        return self.place.tls in ("required", "implicit")

    @property
    def login(self) -> bool:
        """It can be had, once there is TLS."""
        return self.place.login != "never" and self.tls

    @property
    def login_required(self) -> bool:
        return self.place.login == "required"

    def certificate(self) -> ssl.SSLContext:
        return self._credentials().certificates[self.place.address]

    def users(self) -> Users:
        return self._credentials().users


def read_credentials(places: Sequence[Listen], users_file: Path | None) -> Credentials:
    """What the files hold now, or ConfigurationError with every mistake. An expired certificate is used, and said: most
    who send mail do not look at it."""
    problems: list[Problem] = []
    certificates, said = {}, []
    for place in places:
        if place.tls != "none":
            try:
                certificates[place.address], certificate = _certificate(place)
                said.append(certificate)
            except ConfigurationError as error:
                problems.extend(error.problems)
    users = Users()
    try:
        users = read_users(users_file)
    except ConfigurationError as error:
        problems.extend(error.problems)
    if problems:
        raise ConfigurationError(problems)
    return Credentials(certificates, users, tuple(said))


def read_users(file: Path | None) -> Users:
    """Nobody without a file."""
    if file is None:
        return Users()
    try:
        return Users.of(file.read_text(encoding="utf-8-sig"), str(file))
    except OSError as error:
        raise ConfigurationError([Problem(str(file), 0, "users_file", unreadable(file, error))]) from None
    except UnicodeDecodeError:
        raise ConfigurationError([Problem(str(file), 0, "users_file", "cannot be read: it is not UTF-8")]) from None


def _certificate(place: Listen) -> tuple[ssl.SSLContext, Certificate]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # RFC 8996
    context.options |= ssl.OP_NO_RENEGOTIATION
    file = place.certificate or Path()  # config.Listen sees to it
    key = place.key or file
    try:
        context.load_cert_chain(file, key, password=lambda: "")  # or the terminal is asked for it
        said = Certificate.of(place.address, file)
    except (OSError, ValueError) as error:  # SSLError is an OSError
        where = f"{file}" if file == key else f"{file} and {key}"
        raise ConfigurationError([Problem(where, 0, "certificate", f"cannot be used: {_reason(error)}")]) from None
    maillog.certificate(address=place.address, file=str(file), ends=said.ends)
    return context, said


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, ssl.SSLError):
        return (error.reason or "it is no certificate with its key").replace("_", " ").lower()
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
