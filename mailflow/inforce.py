"""What is in force: policy and credentials, read together from the files an admin edits, and replaced as one.

A mistake never replaces it (DESIGN rule 9): the old set stays, and `outdated` says since when and why. Files are read
in a thread, for a long list takes seconds; what was read is taken over as one value, so that no judgement sees half of
two sets.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from threading import Lock

from mailflow import configfile, listfile, logline, maillog
from mailflow.desk.actions import Block
from mailflow.desk.lists.entrylist import EntryList
from mailflow.desk.policy import Policy
from mailflow.edge.security import Credentials, read_credentials
from mailflow.errors import ConfigurationError, Problem, Refused
from mailflow.footprint import Footprint
from mailflow.notify import notify, reloading
from mailflow.rulefiles import list_in
from mailflow.standing import blocked_file, mistakes_in, needs_restart, read_policy


@dataclass(frozen=True, slots=True)
class Outdated:
    """The files have changed and what is in force has not: since when, and the mistakes that keep it so."""

    since: datetime
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Set:
    """All that one reading brings."""

    policy: Policy
    credentials: Credentials
    footprint: Footprint
    missing: Sequence[Problem]  # files that config.toml names and that are not there
    stamp: listfile.Stamp | None  # of the list of who is blocked, from before it was read; None: more is in it since


class InForce:
    """Belongs to the event loop, but for `block`, which may be called from any thread."""

    def __init__(self, file: Path, now: Callable[[], datetime]) -> None:
        """ConfigurationError with every mistake: there is no old set that could stay."""
        self.restart_needed: Sequence[str] = ()
        self.changed: Sequence[str] = ()  # by the last reload
        self._file = file
        self._now = now
        read = configfile.read(file)
        self._started_with = read.config
        self._replacing = Lock()
        self._outdated: Outdated | None = None
        self._outdated_list: Outdated | None = None
        with configfile.told_where_named(file):
            self._set = self._read(read)
        self._stamp = self._set.stamp
        logline.configure(self._started_with.log_level)
        maillog.missing(problems=self.missing)

    def policy(self) -> Policy:
        return self._set.policy

    def credentials(self) -> Credentials:
        return self._set.credentials

    @property
    def missing(self) -> Sequence[Problem]:
        """Of files that config.toml names: what needs them waits."""
        return self._set.missing

    @property
    def outdated(self) -> Outdated | None:
        return self._outdated or self._outdated_list

    async def reload(self) -> None:
        """Read all files again, and take them over or keep all that there is."""
        reloading()
        try:
            read = await asyncio.to_thread(self._read_again)
        except Exception as error:  # noqa: BLE001  # whatever it is, what is in force stays so
            self._outdated = self._kept(error, self._outdated)
        else:
            self.changed = read.footprint.changes(self._set.footprint)
            self._take_over(read)
            self.restart_needed = needs_restart(self._started_with, read.policy.config)
            maillog.reloaded(files=[str(self._file)], changed=self.changed, restart_needed=self.restart_needed)
            maillog.missing(problems=self.missing)
        notify(READY=1)

    async def take_up_lists(self) -> bool:
        """What changed in the list of who is blocked, without waiting for a reload; all of it or nothing. A list that
        is gone stays in use until a reload: an editor may be about to write it. Whether it was looked into."""
        file = blocked_file(self.policy().config)
        stamp = listfile.stamp(file)
        if stamp is None or stamp == self._stamp:
            return False
        self._stamp = stamp
        try:
            blocked = await asyncio.to_thread(list_in, file)
        except ConfigurationError as error:
            self._outdated_list = self._kept(error, self._outdated_list)
        else:
            self._block(lambda _: blocked, stamp)
            self._outdated_list = None
            maillog.reloaded(files=[str(file)], restart_needed=[])
        return True

    def block(self, wanted: Sequence[Block], now: datetime) -> dict[int, str]:
        """Take no more mail of those whom an agent blocked, from this moment on; why not, by entry, of those that could
        not be listed. The list is read again by `take_up_lists`, which sees that it has changed."""
        now_in_force = self._set
        listed = now_in_force.policy.blocked
        missing = [each for each in wanted if not listed.find(each.value, now)]
        wishes = [listfile.Wish(each.value, why=each.why, note=f"{each.by}, entry {each.entry}") for each in missing]
        try:
            file, known = blocked_file(now_in_force.policy.config), (now_in_force.stamp, listed)
            outcomes = listfile.add_all(file, wishes, now, known=known, patience=listfile.A_MOMENT) if wishes else []
        except (Refused, ConfigurationError) as error:
            maillog.trouble(error, "block", entry=missing[0].entry)
            return {each.entry: str(error) for each in missing}
        if entries := [each.entry for each in outcomes if not isinstance(each, Refused)]:
            self._block(lambda listed: listed.plus(*entries), None)
        both = zip(missing, outcomes, strict=True)
        return {each.entry: str(outcome) for each, outcome in both if isinstance(outcome, Refused)}

    def _read_again(self) -> _Set:
        """ConfigurationError with every mistake, also in what a config.toml with mistakes names."""
        with configfile.told_where_named(self._file):
            try:
                read = configfile.read(self._file)
            except ConfigurationError as error:
                raise ConfigurationError(error.problems + mistakes_in(configfile.remains(self._file))) from None
            filters = read.config.filters
            if self._set.footprint.has_some_of(filters):  # as if it were named: it was there
                read = replace(read, config=read.config.model_copy(update={"filters": filters}))
            return self._read(read, with_examples=True)

    def _read(self, read: configfile.Read, *, with_examples: bool = False) -> _Set:
        """All or nothing. The listeners stay those of the start, so it is their certificates that are read. Examples
        are for who edits the rules, and keep no daemon from starting at night."""
        config = read.config
        stamp, footprint = listfile.stamp(blocked_file(config)), Footprint.of(self._file, config)
        policy = read_policy(config, self._file.absolute().parent, make_key=True, with_examples=with_examples)
        credentials = read_credentials(self._started_with.listen, config.trust.users_file)
        return _Set(policy, credentials, footprint, read.missing, stamp)

    def _take_over(self, read: _Set) -> None:
        with self._replacing:
            self._set = read
        self._stamp = read.stamp
        self._outdated = self._outdated_list = None
        logline.configure(read.policy.config.log_level)

    def _block(self, change: Callable[[EntryList], EntryList], stamp: listfile.Stamp | None) -> None:
        with self._replacing:
            policy = self._set.policy
            self._set = replace(self._set, policy=replace(policy, blocked=change(policy.blocked)), stamp=stamp)

    def _kept(self, error: Exception, before: Outdated | None) -> Outdated:
        if isinstance(error, ConfigurationError):
            problems = error.problems
        else:  # no mistake in a file, but it keeps the files from being read
            maillog.trouble(error, "reload")
            problems = [Problem(str(self._file), 0, "reload", f"{type(error).__name__}: {error}")]
        maillog.reload_failed(problems=problems)
        return Outdated(before.since if before else self._now(), tuple(problems))
