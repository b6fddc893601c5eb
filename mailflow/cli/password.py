"""`mailflow password`: a line of the users_file, for a system that hands in mail with a login. Writes no file."""

import sys
from getpass import getpass
from typing import Annotated

import typer

from mailflow import configfile
from mailflow.cli.options import DEFAULT_CONFIG, ConfigFile
from mailflow.edge.security import read_users
from mailflow.edge.users import LONGEST, Hash, Users
from mailflow.errors import ConfigurationError, Refused


def password(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it logs in as.")],
    senders: Annotated[list[str], typer.Argument(metavar="SENDER…", help="Addresses and domains it may write as.")],
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Make a line of [trust] users_file; the password is asked for, or read from standard input."""
    if name in read_users(configfile.load(config).trust.users_file).by_name:
        raise Refused(f"'{name}' is in the users_file; take that line out first")
    secret = getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    if not 12 <= len(secret) <= LONGEST:
        raise Refused(f"a password has 12 to {LONGEST} letters; one is made by: openssl rand -base64 24")
    line = f"{name} {Hash.of(secret)} {' '.join(senders)}"
    try:
        Users.of(line, "")
    except ConfigurationError as error:
        raise Refused(error.problems[0].why) from None
    print(line)
