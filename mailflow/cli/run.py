"""`mailflow run`: the daemon, in the foreground. SIGTERM ends it in order, SIGHUP reads the configuration again."""

import asyncio

from mailflow.cli.options import DEFAULT_CONFIG, ConfigFile


def run(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Receive, file, answer and remind until told to stop."""
    from mailflow.daemon import serve  # everything: only here

    asyncio.run(serve(config))
