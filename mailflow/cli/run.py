"""`mailflow run`: the daemon, in the foreground. SIGTERM ends it in order, SIGHUP reads the configuration again."""

import asyncio
from pathlib import Path

from mailflow import configfile
from mailflow.cli.options import DEFAULT_CONFIG, ConfigFile
from mailflow.daemon import serve
from mailflow.errors import CannotListen, Trouble


def run(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Receive, file, answer and remind until told to stop."""
    try:
        asyncio.run(serve(config))
    except CannotListen as error:
        raise Trouble("\n".join(f"{_where(config, address)}: {why}" for address, why in error.places)) from None


def _where(config: Path, address: str) -> str:
    """The line of config.toml that wants this address."""
    read = configfile.load(config)
    if address == read.monitor.address:
        return f"{config}:{configfile.line_of(config, ('monitor', 'address'))}: monitor: {address}"
    written = [each.address for each in read.listen]
    if address not in written:
        return address
    return f"{config}:{configfile.line_of(config, ('listen', written.index(address), 'address'))}: listen: {address}"
