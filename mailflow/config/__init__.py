"""config.toml as values: one typed place for every setting, its default and its meaning.

Unknown keys are refused, everything is frozen. Reading the file and naming the line of a mistake is
`mailflow.configfile`; these are only the shapes, so that the pure core can use them too.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field

from mailflow.config.calendar import Calendar
from mailflow.config.contacts import Verification
from mailflow.config.desk import (
    Agent,
    Articles,
    Channel,
    Contract,
    Department,
    Due,
    Held,
    Mailbox,
    Region,
    Reminders,
    Resolved,
)
from mailflow.config.escalation import Level
from mailflow.config.limits import Limits, Parser
from mailflow.config.monitor import Monitor
from mailflow.config.paging import OnCall, Step
from mailflow.config.receiving import Dns, Imap, Listen, Trust
from mailflow.config.retention import Retention
from mailflow.config.values import (
    LAST_PORT,
    SIZES,
    UNITS,
    Folders,
    Lapse,
    Section,
    TimeZone,
    Unverified,
    duration,
    zone_named,
)
from mailflow.config.writing import Mail

__all__ = [
    "SIZES",
    "UNITS",
    "Agent",
    "Articles",
    "Calendar",
    "Channel",
    "Config",
    "Contract",
    "Department",
    "Dns",
    "Due",
    "Held",
    "Imap",
    "Lapse",
    "Level",
    "Limits",
    "Listen",
    "Mail",
    "Mailbox",
    "Monitor",
    "OnCall",
    "Parser",
    "Region",
    "Reminders",
    "Resolved",
    "Retention",
    "Section",
    "Smarthost",
    "Step",
    "Store",
    "Trust",
    "Unverified",
    "Verification",
    "duration",
    "zone_named",
]


class Store(Section):
    """[database] Where everything is kept."""

    url: str = "sqlite:///var/mailflow.db"
    """sqlite:///FILE (relative to config.toml) or postgresql://user@host/name."""
    url_file: Path | None = None
    """Read the URL from this file instead, when it holds a password."""


class Smarthost(Section):
    """[smarthost] The server that takes our mail. Without this section mail is written to var/sent/."""

    host: str
    port: int = Field(default=587, ge=1, le=LAST_PORT)
    tls: Literal["implicit", "starttls", "none"] = "starttls"
    ca_file: Path | None = None
    user: str = ""
    password_file: Path | None = None
    connections: int = Field(default=4, ge=1, le=50)
    """Messages on their way at the same time."""


class Config(Section):
    """config.toml."""

    hostname: str = "localhost"
    """Our name in EHLO and on the right of our Message-IDs. Must not change while tickets are open."""
    organisation: str = "Support"
    """Signs our mail."""
    state: Path = Path("var")
    """Database, token key, mail that has no smarthost. Relative to config.toml."""
    time_zone: TimeZone = "UTC"
    """Of the hours of the day in this file and in rules: "Europe/Warsaw"."""
    node: str = "main"
    """Name of this daemon among several on one PostgreSQL; each has its own, a second of the same name is refused."""
    filters: Path = Path("filters")
    """Rules, lists and kinds of request. A folder that is named here must be there; so must one that is not, once the
    daemon has read files in it."""
    templates: Folders = (Path("templates"),)
    """Several in a list: what an earlier one does not have is taken from the next, so that yours holds what differs
    from the shipped one: ["templates", "/opt/mailflow/share/mailflow/templates"]."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    database: Store = Store()
    listen: tuple[Listen, ...] = ()
    trust: Trust = Trust()
    dns: Dns = Dns()
    mailbox: tuple[Mailbox, ...] = Field(min_length=1)
    department: tuple[Department, ...] = Field(min_length=1)
    agent: tuple[Agent, ...] = ()
    mail: Mail = Mail()
    calendar: tuple[Calendar, ...] = ()
    imap: tuple[Imap, ...] = ()
    channel: tuple[Channel, ...] = ()
    contract: tuple[Contract, ...] = ()
    due: tuple[Due, ...] = ()
    region: tuple[Region, ...] = ()
    on_call: tuple[OnCall, ...] = ()
    smarthost: Smarthost | None = None
    reminders: Reminders = Reminders()
    resolved: Resolved = Resolved()
    held: Held = Held()
    articles: Articles = Articles()
    verification: Verification = Verification()
    retention: Retention = Retention()
    monitor: Monitor = Monitor()
    limits: Limits = Limits()
