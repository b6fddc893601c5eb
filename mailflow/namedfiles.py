"""The files that config.toml names: by which keys, and which of them are not there."""

import os
from collections.abc import Iterator
from pathlib import Path

from mailflow import tomllines
from mailflow.config import Config, Imap, Section, Smarthost, Step
from mailflow.tomlshape import Finding

FILES = ("ca_file", "password_file", "certificate", "key", "users_file", "webhook_file", "header_file")
SECRETS = (*(key for key in FILES if key != "ca_file"), "url_file")
"""Those of them that may be credentials."""
PATHS = frozenset({"filters", "templates", *FILES, *SECRETS})
"""Keys that name what is read beside config.toml."""


def missing(config: Config) -> Iterator[Finding]:
    """And programs that cannot be run."""
    servers: list[tuple[tomllines.Path, Imap | Smarthost]] = [
        *((("imap", position), imap) for position, imap in enumerate(config.imap)),
        *([(("smarthost",), config.smarthost)] if config.smarthost else []),
    ]
    secured: list[tuple[tomllines.Path, Section]] = [
        *servers,
        *((("listen", position), listen) for position, listen in enumerate(config.listen)),
        (("trust",), config.trust),
    ]
    steps: list[tuple[tomllines.Path, Step]] = [
        (("on_call", position, "step", number), step)
        for position, on_call in enumerate(config.on_call)
        for number, step in enumerate(on_call.step)
    ]
    for path, section in (*secured, *steps):
        for key in FILES:
            if (file := getattr(section, key, None)) and (why := _out_of_sight(key, file)):
                yield Finding((*path, key), f"{file} {why}")
    for path, step in steps:
        if step.command and not os.access(step.command[0], os.X_OK):
            yield Finding((*path, "command"), f"{step.command[0]} is no program that can be run from here")


def _out_of_sight(key: str, file: Path) -> str:
    """'' when it is there: for the service, to read; for others, which may not read secrets, at all."""
    serves = "CREDENTIALS_DIRECTORY" in os.environ
    if os.access(file, os.R_OK if serves else os.F_OK):
        return ""
    why = "cannot be read" if os.access(file, os.F_OK) else "is not there"
    if key not in SECRETS:
        return why
    where = "and is no credential of systemd" if serves else "(systemd's credentials are seen by the service only)"
    return f"{why} {where}; a new credential needs mailflow install-service once more"
