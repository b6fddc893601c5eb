"""`mailflow inject`: message files as if they had been received. The daemon, running or started later, files them.

Many messages are one commit, so an interrupted run has kept whole groups; run again, what was kept ends as `duplicate`.
The operator vouches for the senders: the envelope is trusted.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from mailflow.cli.mailfiles import MailFile, files, mails_in
from mailflow.cli.opening import now, office
from mailflow.cli.options import DEFAULT_CONFIG, ConfigFile
from mailflow.cli.progress import Advance, progress
from mailflow.desk.policy import Policy
from mailflow.desk.route import mailbox_of
from mailflow.edge.imap_intake import return_path
from mailflow.errors import Refused
from mailflow.logline import escape
from mailflow.mail.address import addresses_of, author_of
from mailflow.mail.envelope import NULL_SENDER, Arrival, Envelope, read_path
from mailflow.mail.mime.header import Header
from mailflow.store import journal
from mailflow.store.database import Database

GROUP = 64
GROUP_OCTETS = 8 << 20
MANY = 20
"""Files from which on a progress bar is worth the lines."""
RECIPIENTS = (("to", "cc"), ("delivered-to", "x-original-to"))


def inject(
    paths: Annotated[
        list[Path],
        typer.Argument(help="Message files, mboxes, Maildirs, or directories.", exists=True, metavar="PATH..."),
    ],
    mail_from: Annotated[
        str | None, typer.Option("--mail-from", metavar="A", help="Else Return-Path, else the author; '' is <>.")
    ] = None,
    rcpt_to: Annotated[
        list[str] | None,
        typer.Option("--rcpt-to", metavar="B", help="May be repeated; else ours of To and Cc, or the first mailbox."),
    ] = None,
    backlog: Annotated[bool, typer.Option("--backlog", help="Old mail: file it, answer nothing.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Take also what has no header field and may be no mail.")
    ] = False,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Take message files as if they had been received."""
    with office(config) as here:
        post = Post(here.policy, mail_from, tuple(rcpt_to or ()), backlog, force)
        found = list(files(paths))
        if not found:
            raise Refused(f"there is no mail in {', '.join(map(str, paths))}")
        numbers: list[int] = []
        try:
            with _progress(found) as advance:
                for group in _groups(post.arrivals(_read(found, post, advance))):
                    numbers += _keep(here.database, group)
        finally:
            _say(numbers, post.left)
    raise typer.Exit(1 if post.left else 0)


@dataclass
class Post:
    """How the files come in, and why some do not."""

    policy: Policy
    mail_from: str | None
    rcpt_tos: tuple[str, ...]
    backlog: bool
    force: bool = False
    left: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.mail_from and read_path(f"<{self.mail_from}>") != (self.mail_from, ""):
            raise typer.BadParameter(f"{self.mail_from!r} is no address", param_hint="--mail-from")
        for address in self.rcpt_tos:
            if mailbox_of(address, self.policy) is None:
                raise typer.BadParameter(f"{address} is no [[mailbox]] of config.toml", param_hint="--rcpt-to")

    def arrivals(self, mails: Iterable[MailFile]) -> Iterator[Arrival]:
        for mail in mails:
            if why := self._why_not(mail.octets):
                where = f"{mail.path}, message {mail.index + 1}" if mail.index else str(mail.path)
                self.left.append(f"{where}: {why}")
            else:
                yield Arrival(envelope=self.envelope(mail.octets), octets=mail.octets, backlog=self.backlog)

    def _why_not(self, octets: bytes) -> str:
        largest = self.policy.config.limits.message_size
        if len(octets) > largest:
            return f"{len(octets)} octets are more than limits.message_size, {largest}"
        if self.force or len(Header.of_message(octets)[0]):
            return ""
        what = "has no header field, so it is probably no mail" if octets.strip() else "is empty"
        return f"{what}; --force takes it all the same"

    def envelope(self, octets: bytes) -> Envelope:
        header = Header.of_message(octets)[0]
        return Envelope(
            source="inject",
            mail_from=self.sender(header, octets) if self.mail_from is None else self.mail_from,
            rcpt_tos=self.rcpt_tos or self.recipients(header),
            trusted=True,
            relayed=True,
        )

    def sender(self, header: Header, octets: bytes) -> str:
        if header.has("return-path"):
            return return_path(octets)
        return author_of(header.literal("from"))[0] or NULL_SENDER

    def recipients(self, header: Header) -> tuple[str, ...]:
        """Ours of To and Cc, with their tokens; a mail that came by Bcc may say for whom it was delivered."""
        for names in RECIPIENTS:
            named = [each.address for name in names for value in header.raw(name) for each in addresses_of(value)]
            if ours := tuple(dict.fromkeys(address for address in named if mailbox_of(address, self.policy))):
                return ours
        return (self.policy.config.mailbox[0].address,)


def _read(found: Iterable[Path], post: Post, advance: Advance) -> Iterator[MailFile]:
    """A file that cannot be read does not keep the others out."""
    for path in found:
        try:
            for mail in mails_in(path):
                yield mail
                advance(len(mail.octets))
        except OSError as error:
            post.left.append(f"{path}: {error.strerror}")


def _groups(arrivals: Iterable[Arrival]) -> Iterator[list[Arrival]]:
    group: list[Arrival] = []
    octets = 0
    for arrival in arrivals:
        group.append(arrival)
        octets += len(arrival.octets)
        if len(group) == GROUP or octets > GROUP_OCTETS:
            yield group
            group, octets = [], 0
    if group:
        yield group


def _keep(database: Database, group: Sequence[Arrival]) -> list[int]:
    with database.begin() as connection:
        return journal.receive(connection, group, now())


def _say(numbers: Sequence[int], left: Sequence[str]) -> None:
    for line in left:
        print(escape(line), file=sys.stderr)
    if numbers:
        entries = f"entry {numbers[0]}" if len(numbers) == 1 else f"entries {numbers[0]} to {numbers[-1]}"
        print(f"{len(numbers)} kept: {entries} of the journal" + (f"; {len(left)} left out" if left else ""))
    else:
        print("0 kept")


def _progress(found: Sequence[Path]) -> AbstractContextManager[Advance]:
    """In octets: one mbox may be all there is."""
    octets = sum(path.stat().st_size for path in found if path.exists())
    return progress("injecting", octets, is_long=len(found) >= MANY or octets >= GROUP_OCTETS)
