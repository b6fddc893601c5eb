"""Who wrote a report: a mail system, by how it signs, or somebody with a name."""

import re

from mailflow.mail.languages.wording import says
from mailflow.mail.mime.header import Header
from mailflow.mail.reports.named import addresses_in

DAEMON_NAMES = (
    "mailer-daemon", "mail-daemon", "maildaemon", "mailerdaemon", "mail delivery", "mail system", "microsoftexchange",
    "mailer daemon", "mail daemon",
)  # fmt: skip
SERVER_NAMES = (*DAEMON_NAMES, "postmaster")
SYSTEM_NAMES = (*SERVER_NAMES, "mail administrator", "system administrator", "mdaemon")
"""How mail systems sign, somewhere in the name or the local part of From; only the first as no person does."""

_PROGRAM = re.compile(r"(?:smtp|antivirus)[\w.+-]{0,60}@", re.IGNORECASE)
"""The local part of a mail system whose name people have in theirs: they belong to an SMTP team."""
_DOMAIN = re.compile(r"@[\w.-]{1,255}")


def is_daemon(header: Header) -> bool:
    """Whether it signs as no person does."""
    return _signs(header, DAEMON_NAMES)


def is_server(header: Header) -> bool:
    """Whether it signs as what answers for a domain's mail, a postmaster among them."""
    return _signs(header, SERVER_NAMES)


def is_named_system(header: Header) -> bool:
    return _signs(header, SYSTEM_NAMES)


def is_system(header: Header) -> bool:
    """Whether it signs as a mail system, or not at all: without From, or with the null address."""
    if is_named_system(header) or _PROGRAM.search(header.text("From")) or not header.has("From"):
        return True
    return header.has_null_path() and "auto-replied" not in header.text("Auto-Submitted").casefold()


def domain_of(header: Header) -> str:
    """The domain of From, for which a server answers; '' without one."""
    addresses = addresses_in(header.text("From")[:1_000])
    return addresses[0].partition("@")[2] if addresses else ""


def _signs(header: Header, names: tuple[str, ...]) -> bool:
    return says(_DOMAIN.sub("", header.text("From").casefold()), names)
