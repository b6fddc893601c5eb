"""The kinds of values that config.toml has, and what is said of one that is none: durations, sizes, addresses."""

import re
from dataclasses import dataclass
from datetime import UTC, time, timedelta, tzinfo
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from mailflow.internet import network_of

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
LAST_PORT = 65_535
SIZES = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
Role = Literal["primary", "technical", "operations", "billing"]
Unverified = Literal["hold", "challenge", "open", "append", "reopen"]
Priority = Literal["low", "normal", "high", "urgent"]
_TIME_OF_DAY = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
Folders = Annotated[
    tuple[Path, ...],
    BeforeValidator(lambda value: [value] if isinstance(value, str | Path) else value),
    Field(min_length=1),
]


def duration(value: object) -> timedelta:
    if isinstance(value, str) and value[:-1].isdigit() and value[-1:] in UNITS:
        return timedelta(seconds=int(value[:-1]) * UNITS[value[-1]])
    raise ValueError(f"{value!r} is no duration; write a number and one of s, m, h, d, w: '30m', '4h', '2d'")


def _or_never(value: object) -> object:
    return None if value in (None, "never") else duration(value)


@dataclass(frozen=True, slots=True)
class Lapse:
    """How long something takes by a calendar, as it is written: '2d' are working days, '48h' is working time."""

    count: int
    unit: str

    @property
    def full(self) -> timedelta:
        """Around the clock."""
        return timedelta(seconds=self.count * UNITS[self.unit])

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"


def _lapse(value: object) -> object:
    if isinstance(value, Lapse):
        return value
    duration(value)
    return Lapse(int(str(value)[:-1]), str(value)[-1])


def _lapse_or_never(value: object) -> object:
    return None if value in (None, "never") else _lapse(value)


def _size(value: object) -> object:
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value[:-1].isdigit() and value[-1:] in SIZES:
        return int(value[:-1]) * SIZES[value[-1]]
    raise ValueError(f"{value!r} is no size; write octets or a number and one of K, M, G: '25M'")


def _network(value: object) -> object:
    if value == "unix":
        return value
    try:
        return network_of(str(value))
    except ValueError as error:
        raise ValueError(f"{error}; write an address, a network such as '10.0.0.0/8', or 'unix'") from None


def _nameserver(value: object) -> object:
    written = str(value)
    address, _, port = written.rpartition(":") if written.count(":") == 1 or "]:" in written else (written, "", "53")
    try:
        ip_address(address.strip("[]"))
        if 0 < int(port) <= LAST_PORT:
            return written
    except ValueError:
        pass
    raise ValueError(f"{value!r} is no name server; write '192.0.2.53', '192.0.2.53:5353' or '[2001:db8::53]:5353'")


def address(value: object) -> object:
    text = str(value).strip()
    local, at, domain = text.rpartition("@")
    if not (at and local and domain) or any(c.isspace() or c in '<>,;:"()[]\\' for c in text) or "@" in local:
        raise ValueError(f"{value!r} is no e-mail address; write 'someone@example.org'")
    return f"{local}@{domain.lower()}"


def _door(value: str) -> str:
    port = "" if value.startswith("unix:") else value.rpartition(":")[2].lstrip("0")
    if len(port) > 5 or int(port or 0) > LAST_PORT:
        raise ValueError(f"{value!r} has no such port; the last is {LAST_PORT}")
    return value


def _time_of_day(value: object) -> object:
    if value == "never" or value is None:
        return None
    if isinstance(value, time) and value.tzinfo is None:
        return value.replace(second=0, microsecond=0)
    if _TIME_OF_DAY.fullmatch(str(value)):
        return time.fromisoformat(str(value))
    raise ValueError(f"{value!r} is no time of day; write '08:00', or 'never'")


def zone_named(name: str) -> tzinfo:
    """UTC is there on machines without a table of time zones, too."""
    return UTC if name == "UTC" else ZoneInfo(name)


def _zone(value: str) -> str:
    try:
        zone_named(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{value!r} is no time zone of this machine; write 'UTC', 'Europe/Warsaw' …") from None
    return value


Duration = Annotated[timedelta, BeforeValidator(duration)]
DurationOrNever = Annotated[timedelta | None, BeforeValidator(_or_never)]
WorkingTime = Annotated[Lapse, BeforeValidator(_lapse)]
WorkingTimeOrNever = Annotated[Lapse | None, BeforeValidator(_lapse_or_never)]
TimeOfDay = Annotated[time | None, BeforeValidator(_time_of_day)]
TimeZone = Annotated[str, AfterValidator(_zone)]
Size = Annotated[int, BeforeValidator(_size)]
Nameserver = Annotated[str, BeforeValidator(_nameserver)]
ServerName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,255}$"), AfterValidator(str.lower)]
Network = Annotated[IPv4Network | IPv6Network | Literal["unix"], BeforeValidator(_network)]
Address = Annotated[str, BeforeValidator(address)]
Door = Annotated[str, Field(pattern=r"^(unix:.+|\[.+\]:[0-9]+|[^:\[\]]+:[0-9]+)$"), AfterValidator(_door)]


class Section(BaseModel):
    """A table of config.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
