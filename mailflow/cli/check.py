"""`mailflow check`: every mistake in config.toml and in what it names as `file:line: key: why`, and exit 78."""

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path

from mailflow import configfile, rulefiles, typefiles
from mailflow.cli.options import DEFAULT_CONFIG, ConfigFile
from mailflow.config import Config
from mailflow.desk.policy import Policy
from mailflow.desk.rules.doubts import doubts, unled
from mailflow.edge.security import Credentials, read_credentials, read_users
from mailflow.errors import ConfigurationError, Problem, or_else
from mailflow.standing import blocked_file, mistakes_in, read_policy
from mailflow.textfile import files_of
from mailflow.typefiles import FOLDER

READ = (".toml", ".txt")
"""Endings of what is read in filters/: rules and lists."""


def check(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Say what is wrong in config.toml, filters/ and templates/."""
    with configfile.told_where_named(config):
        read, policy, credentials = _read(config)
    at = datetime.now(UTC)
    warnings = [
        *read.warnings,
        *read.missing,
        *_expired(read.config, at),
        *doubts(policy.rules, at),
        *typefiles.doubts(policy.kinds.kinds),
        *_unled(config, policy),
        *_unknown_users(config, read.config),
        *_unbelievable(config, read.config, credentials, at),
        *_unread(read.config),
        *rulefiles.missing(read.config.filters),
    ]
    for warning in warnings:
        print(replace(warning, why=f"warning: {warning.why}"), file=sys.stderr)
    print(f"{config}: no mistakes, {_counted(len(warnings), 'warning')}")
    for line in _what_was_read(policy):
        print(line)


def _what_was_read(policy: Policy) -> Iterator[str]:
    """A file that is not among them is in another folder, or has another ending."""
    filters, rules, templates = policy.config.filters, policy.rules.rules, policy.templates
    files = files_of([filters], [rulefiles.RULES], [])
    lists = [rulefiles.list_in(file) for file in files_of([filters], [rulefiles.LISTS], [])]
    yield ", ".join(
        (
            f"{filters}: {_counted(len(rules), 'rule')} in {_counted(len(files), 'file')}",
            f"{_counted(sum(len(rule.examples) for rule in rules), 'example')} tried",
            f"{_counted(len(lists), 'list')} with {_counted(sum(map(len, lists)), 'entry', 'entries')}",
        )
    )
    if policy.kinds.kinds:
        tried = _counted(policy.kinds.examples, "example")
        yield f"{filters / FOLDER}: {_counted(len(policy.kinds.kinds), 'kind')} of request, {tried} tried"
    kinds, languages = ({place[which] for place in templates.letters} for which in (0, 1))
    folders = ", ".join(map(str, policy.config.templates))
    yield f"{folders}: {_counted(len(kinds), 'kind')} of mail in {_counted(len(languages), 'language')}"


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def _expired(config: Config, at: datetime) -> Iterator[Problem]:
    listed = rulefiles.list_in(blocked_file(config))
    if count := listed.expired(at):
        what = "1 entry has" if count == 1 else f"{count:,} entries have"
        yield Problem(listed.file, 0, "expires", f"{what} expired, without effect: mailflow block list --expired")


def _unled(file: Path, policy: Policy) -> Iterator[Problem]:
    departments = [department.name for department in policy.config.department]
    shapes = [kind.shape for kind in policy.kinds.kinds.values()]
    named = frozenset(mailbox.department for mailbox in policy.config.mailbox)
    named |= {name for shape in shapes for name in (shape.department, *(gate.department for gate in shape.gate))}
    named |= {shape.reach.department for shape in shapes if shape.reach}
    for position in unled(policy.rules, departments, named):
        line = configfile.line_of(file, ("department", position, "name"))
        why = f"no [[mailbox]], rule or kind of request leads to '{departments[position]}'"
        yield Problem(str(file), line, "department.name", why)


def _unread(config: Config) -> Iterator[Problem]:
    """Files of filters/ that are named almost like rules or lists. Others may be notes, or switched off so."""
    for file in files_of([config.filters], ["*"], []):
        backup = file.name.endswith("~")
        if file.suffix not in READ and not backup and (near := get_close_matches(file.suffix.lower(), READ, n=1)):
            yield Problem(str(file), 0, "filters", f"is not read; did you mean '{file.stem}{near[0]}'?")


def _unknown_users(file: Path, config: Config) -> Iterator[Problem]:
    """Channels of systems that cannot log in: the users_file has a life of its own."""
    users = config.trust.users_file
    known = read_users(users).by_name if users and _readable(users) else None
    for position, channel in enumerate(config.channel):
        family, _, name = channel.source.partition(":")
        if known is not None and family == "submission" and name and name not in known:
            line = configfile.line_of(file, ("channel", position, "source"))
            yield Problem(str(file), line, "channel.source", f"there is no '{name}' in {users}")


def _unbelievable(file: Path, config: Config, credentials: Credentials, at: datetime) -> Iterator[Problem]:
    """Certificates that clients do not believe, or will not soon. Not an error: most mail servers do not look."""
    faults = {each.listen: each.fault(config.hostname, at) for each in credentials.said}
    for position, place in enumerate(config.listen):
        if fault := faults.get(place.address):
            line = configfile.line_of(file, ("listen", position, "certificate"))
            yield Problem(str(file), line, "listen.certificate", f"{place.certificate} {fault}")


def _read(file: Path) -> tuple[configfile.Read, Policy, Credentials]:
    """The configuration and what stands, or ConfigurationError with every mistake in it and in the files it names."""
    try:
        read = configfile.read(file)
    except ConfigurationError as error:
        raise ConfigurationError(error.problems + mistakes_in(configfile.remains(file))) from None
    problems: list[Problem] = []
    folder = file.absolute().parent
    policy = or_else(None, problems, lambda: read_policy(read.config, folder, with_examples=True))
    credentials = or_else(Credentials(), problems, lambda: _read_credentials(read.config))
    if problems or policy is None:
        raise ConfigurationError(problems)
    return read, policy, credentials


def _read_credentials(config: Config) -> Credentials:
    """What we may read of them: systemd's are seen by the service only."""
    here = [place for place in config.listen if all(_readable(file) for file in (place.certificate, place.key) if file)]
    users = config.trust.users_file
    return read_credentials(here, users if users and _readable(users) else None)


def _readable(file: Path) -> bool:
    return os.access(file, os.R_OK)
