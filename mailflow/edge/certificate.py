"""What the certificate of a listener says of itself: from when until when it is good, and for which names."""

import ssl
from _ssl import _test_decode_cert  # type: ignore[attr-defined]  # nothing public reads a certificate of our own
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

SOON = timedelta(days=7)
"""Before its end it should have been renewed; a short one in the last quarter of its life."""


@dataclass(frozen=True, slots=True)
class Certificate:
    listen: str  # the address
    file: str
    begins: datetime
    ends: datetime
    names: tuple[str, ...]  # subjectAltName, of the DNS: clients look at nothing else (RFC 9525)

    @classmethod
    def of(cls, listen: str, file: Path) -> Self:
        """The first one in `file`. Raises OSError, of which ssl.SSLError is one, and ValueError."""
        file.open("rb").close()  # or all that is said is that it cannot be opened
        said = _test_decode_cert(str(file))
        names = tuple(name.lower() for kind, name in said.get("subjectAltName", ()) if kind == "DNS")
        return cls(listen, str(file), _moment(said["notBefore"]), _moment(said["notAfter"]), names)

    def fault(self, hostname: str, at: datetime) -> str:
        """Why clients that come for `hostname` will not believe it, or will not soon; '' when all is well."""
        left = self.ends - at
        if left <= timedelta(0):
            return f"has expired at {_day(self.ends)}"
        if at < self.begins:
            return f"is good from {_day(self.begins)} on only"
        if not any(_fits(name, hostname.lower()) for name in self.names):
            return f"is for {', '.join(self.names) or 'no host'}, and hostname is {hostname}"
        if left < min(SOON, (self.ends - self.begins) / 4):
            return f"expires at {_day(self.ends)}"
        return ""


def _fits(name: str, hostname: str) -> bool:
    """RFC 9525 section 6.3: `*` stands for one whole label, the first."""
    first, _, rest = hostname.partition(".")
    return name == hostname or bool(first and rest and name == f"*.{rest}")


def _moment(written: str) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(written), UTC)


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
