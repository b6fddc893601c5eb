"""`mailflow reload`: every daemon on this database reads its files again, and what came of it is said here."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

from mailflow.cli.opening import daemon_room
from mailflow.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile
from mailflow.cli.output import print_json, say
from mailflow.cli.status import NOT_RUNNING
from mailflow.errors import ConfigurationError, Problem, Refused, Trouble
from mailflow.logline import escape
from mailflow.store.database import Database
from mailflow.store.health import reloads
from mailflow.store.health.sole_use import running_nodes
from mailflow.store.shown import overview

PATIENCE = 120.0
"""Seconds. A list of a million lines is read in two."""
PAUSE = 0.1


def reload(config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Have the running daemon read its files again: all of them are taken over, or none."""
    with daemon_room(config) as (database, _):
        nodes = running_nodes(database)
        if not nodes:
            raise Refused(NOT_RUNNING)
        with database.begin() as connection:
            questions = reloads.ask(connection, nodes)
        daemons = _answers(database, questions)
    if as_json:
        for daemon in daemons:
            print_json(
                {
                    name: daemon[name]
                    for name in ("node", "outdated", "problems", "changed", "missing", "restart_needed")
                }
            )
    else:
        for line in _told(daemons):
            say(escape(line))
    if problems := [Problem(**each) for daemon in daemons for each in daemon["problems"]]:
        raise ConfigurationError(list(dict.fromkeys(problems)))


def _answers(database: Database, questions: Mapping[str, int]) -> list[Mapping[str, Any]]:
    """What each of them says of itself once it has read its files."""
    give_up = time.monotonic() + PATIENCE
    while True:
        with database.connect() as connection:
            daemons = {each["node"]: each for each in overview.daemons(connection)}
        silent = [node for node, number in questions.items() if daemons[node]["answered"] < number]
        if not silent:
            return [daemons[node] for node in questions]
        if gone := set(silent) - set(running_nodes(database)):
            raise Trouble(f"{', '.join(sorted(gone))} has stopped before it answered; at a start all files are read")
        if time.monotonic() > give_up:
            raise Trouble(f"{', '.join(silent)} does not answer for {PATIENCE:.0f} seconds; its log says more")
        time.sleep(PAUSE)


def _told(daemons: list[Mapping[str, Any]]) -> Iterator[str]:
    for daemon in daemons:
        if daemon["outdated"]:
            yield f"{daemon['node']}: nothing is taken over, the files of before stay in use"
            continue
        yield f"{daemon['node']}: taken over{'' if daemon['changed'] else ', nothing has changed'}"
        yield from (f"  {each}" for each in daemon["changed"])
        if later := daemon["restart_needed"]:
            yield f"{daemon['node']}: a restart is needed for {', '.join(later)}"
        yield from (f"{daemon['node']}: warning: {Problem(**each)}" for each in daemon["missing"])
