"""What `mailflow contact erase` says in the end: what was done and looked through, without saying to whom."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mailflow import __version__
from mailflow.cli.output import cell, moment, print_json, say
from mailflow.logline import escape

BEYOND = (
    "backups and exports made before: erase again after a restore, or let them expire",
    "the log: what journald or a log file holds of addresses goes when it is rotated",
    "mail that was sent, and the mailboxes it was fetched from",
    "what is compressed in attachments of others: archives, office documents, images",
    "blocks of the disk that were freed, and what PostgreSQL keeps in pg_wal, replicas and archives",
)


@dataclass
class Certificate:
    """A hash answers whether it was a certain address."""

    at: str
    by: str
    addresses: tuple[str, ...]  # sha256 of each, canonical
    looked_at: int = 0
    found: Counter[str] = field(default_factory=Counter)  # rows that told of them before, as --dry-run counts
    erased: Counter[str] = field(default_factory=Counter)
    rewritten: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    named_in: tuple[str, ...] = ()  # files of an admin, with the line

    def as_json(self) -> dict[str, Any]:
        counts = {name: positive(getattr(self, name)) for name in ("found", "erased", "rewritten", "left")}
        return {
            "certificate": "contact erase", "mailflow": __version__, "at": self.at, "by": self.by,
            "sha256": self.addresses, "looked_at": self.looked_at, **counts, "named_in": self.named_in,
            "beyond": BEYOND,
        }  # fmt: skip


def tell(certificate: Certificate, *, as_json: bool) -> None:
    if as_json:
        print_json(certificate.as_json())
        return
    say(f"Certificate of erasure, mailflow {__version__}, {moment(certificate.at)}, by {cell(certificate.by)}")
    for hashed in certificate.addresses:
        say(f"address, as SHA-256   {hashed}")
    say_counts("told of them", certificate.found)
    say_counts("erased", certificate.erased)
    say_counts("written anew", certificate.rewritten)
    say(f"looked through again  {certificate.looked_at:,} rows; the database is written anew")
    say_counts("left", certificate.left)
    say_places("yours to change", certificate.named_in)
    say_places("beyond our reach", BEYOND)


def say_counts(title: str, counts: Mapping[str, int]) -> None:
    say(f"{title:<21} " + (", ".join(f"{name} {count:,}" for name, count in positive(counts).items()) or "nothing"))


def say_places(title: str, lines: Sequence[str]) -> None:
    for number, line in enumerate(lines):
        say(f"{title if number == 0 else '':<21} {escape(line)}")


def positive(counts: Mapping[str, int]) -> dict[str, int]:
    """In the order of the alphabet, without what is none."""
    return {name: counts[name] for name in sorted(counts) if counts[name]}
