"""`mailflow check`: every mistake in config.toml, filters/ and templates/ as `file:line: key: why`, and exit 78."""

import sys

from mailflow import configfile
from mailflow.cli.options import DEFAULT_CONFIG, ConfigFile
from mailflow.standing import read_policy


def check(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Say what is wrong in config.toml, filters/ and templates/."""
    read = configfile.read(config)
    read_policy(read.config, config.absolute().parent)
    warnings = [*read.warnings, *read.missing]
    for warning in warnings:
        print(f"{warning.file}:{warning.line}: {warning.key}: warning: {warning.why}", file=sys.stderr)
    print(f"{config}: no mistakes, {len(warnings)} warning{'' if len(warnings) == 1 else 's'}")
