"""`mailflow check`: every mistake in config.toml and in what it names as `file:line: key: why`, and exit 78."""

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from mailflow import configfile
from mailflow.cli.options import DEFAULT_CONFIG, ConfigFile
from mailflow.config import Config
from mailflow.edge.security import read_credentials
from mailflow.errors import ConfigurationError, Problem
from mailflow.standing import block_list, blocked_file, mistakes_in, or_else, read_policy


def check(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Say what is wrong in config.toml, filters/ and templates/."""
    read = _read(config)
    warnings = [*read.warnings, *read.missing, *_expired(read.config)]
    for warning in warnings:
        print(replace(warning, why=f"warning: {warning.why}"), file=sys.stderr)
    print(f"{config}: no mistakes, {len(warnings)} warning{'' if len(warnings) == 1 else 's'}")


def _expired(config: Config) -> Iterator[Problem]:
    listed = block_list(blocked_file(config))
    if count := listed.expired(datetime.now(UTC)):
        what = "1 entry has" if count == 1 else f"{count:,} entries have"
        yield Problem(listed.file, 0, "expires", f"{what} expired, without effect: mailflow block list --expired")


def _read(file: Path) -> configfile.Read:
    """The configuration, or ConfigurationError with every mistake in it and in the files it names."""
    try:
        read = configfile.read(file)
    except ConfigurationError as error:
        raise ConfigurationError(error.problems + mistakes_in(**configfile.folders(file))) from None
    problems: list[Problem] = []
    folder = file.absolute().parent
    or_else(None, problems, lambda: read_policy(read.config, folder, with_examples=True))
    or_else(None, problems, lambda: _read_credentials(read.config))
    if problems:
        raise ConfigurationError(problems)
    return read


def _read_credentials(config: Config) -> None:
    """What we may read of them: systemd's are seen by the service only."""
    here = [place for place in config.listen if all(_readable(file) for file in (place.certificate, place.key) if file)]
    users = config.trust.users_file
    read_credentials(here, users if users and _readable(users) else None)


def _readable(file: Path) -> bool:
    return os.access(file, os.R_OK)
