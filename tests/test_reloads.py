"""Two hundred reloads while mail comes in, forty of them of files with a mistake: no mail is lost, each is judged by
one set of files as a whole, and what was in force before is forgotten (O4, P9).

RELOADS and SEED come from the environment for longer runs.
"""

import asyncio
import os
import random
import re
import shutil
import signal
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from mailflow.store.database import Database
from mailflow.store.health import reloads
from tests.running import ROOT, Conversation, Installation, eventually, running

RELOADS = int(os.environ.get("RELOADS", "200"))
SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1 << 30)
BROKEN = RELOADS // 5
SETTLED = RELOADS // 4  # reloads, after which memory is as large as it gets
GROWTH = 24 << 20
"""Octets. The list of one set takes about one million; a hundred and twenty that were kept would be far more."""
SENDERS = 3
LISTED = "".join(f"customer-{number}.example\n" for number in range(8_000))

TEMPLATE = "Subject: set {number} of {{{{ organisation }}}}\n\nThank you. #{{{{ number }}}}\n"
RULE = '[[rule]]\nname = "all"\nif.not.from.in_list = "customers"\nthen.tag = "set {number}"\n'
MISTAKES: Mapping[str, Callable[[str], str]] = {
    "config.toml": lambda text: text.replace("organisation", "organization"),
    "filters/10-all.toml": lambda text: text.replace("then.tag", "then.tagg"),
    "filters/customers.txt": lambda text: text + "no domain at all\n",
    "templates/en/acknowledgement.txt": lambda text: text.replace("{{ number", "{{ numbr"),
    "templates/en/reply.txt": lambda text: "Subject: {{\n\n",
}
MORE = """
[limits]
automatic_per_minute = 100000
"""

pytestmark = pytest.mark.timeout(300)


class Sets:
    """The files of set after set, told apart by a number that stands in config.toml, in a rule and in a template."""

    def __init__(self, installation: Installation) -> None:
        self.folder = installation.folder
        for name in ("filters", "templates"):
            (self.folder / name).mkdir()
        shutil.copytree(ROOT / "templates" / "en", self.folder / "templates" / "en")
        text = installation.file.read_text(encoding="utf-8") + MORE
        self._config = re.sub(f'"{ROOT}/', '"', text)
        self._others = {"filters/customers.txt": LISTED}
        self._others["templates/en/reply.txt"] = (self.folder / "templates/en/reply.txt").read_text()

    def write(self, number: int, wrong: str = "") -> None:
        """`wrong`: the file that has a mistake; all others are good, and those of `number`, too."""
        files = {
            "config.toml": self._config.replace('organisation = "Firma"', f'organisation = "set {number}"'),
            "filters/10-all.toml": RULE.format(number=number),
            "templates/en/acknowledgement.txt": TEMPLATE.format(number=number),
            **self._others,
        }
        for name, text in files.items():
            (self.folder / name).write_text(MISTAKES[name](text) if name == wrong else text, encoding="utf-8")


async def keep_sending(installation: Installation, sender: int, pace: "asyncio.Queue[bool]") -> int:
    """A mail for each True that `pace` gives; how many were answered with 250."""
    conversation, number = await Conversation.begin(installation.port), 0
    try:
        while await pace.get():
            number += 1
            author = f"anna{sender}-{number}@kunde.example"
            header = f"From: {author}\r\nTo: support@firma.example\r\nSubject: Hello\r\nMessage-ID: <{author}>\r\n"
            await conversation.send(f"{header}\r\nHello.\r\n".encode(), author)
    finally:
        conversation.close()
    return number


def resident(installation: Installation) -> int:
    assert installation.daemon
    status = Path(f"/proc/{installation.daemon.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) << 10


async def reload(installation: Installation, database: Database, *, asked: bool) -> None:
    """By the question of the command, or by SIGHUP; returns when the log has what came of it."""
    begin = installation.log.stat().st_size
    if asked:
        with database.begin() as connection:
            reloads.ask(connection, ["main"])
    else:
        assert installation.daemon
        installation.daemon.send_signal(signal.SIGHUP)

    def came() -> bool:
        with installation.log.open("rb") as log:
            log.seek(begin)
            return re.search(rb"^reload(ed|_failed) .*\n", log.read(), re.MULTILINE) is not None

    await eventually(came)


async def test_o4_two_hundred_reloads_under_load(tmp_path: Path, sqlite_url: str) -> None:
    print(f"SEED={SEED} RELOADS={RELOADS}")
    chance = random.Random(SEED)
    installation, pace = Installation(tmp_path, sqlite_url), asyncio.Queue[bool]()
    sets, database = Sets(installation), Database(sqlite_url)
    sets.write(0)
    broken = set(chance.sample(range(1, RELOADS), BROKEN))
    in_force, settled = {0}, 0
    async with running(installation):
        await installation.start()
        senders = [asyncio.create_task(keep_sending(installation, sender, pace)) for sender in range(SENDERS)]
        for number in range(1, RELOADS + 1):
            sets.write(number, chance.choice(list(MISTAKES)) if number in broken else "")
            for _ in senders:
                pace.put_nowait(True)
            await reload(installation, database, asked=number % 40 == 0)
            in_force |= set() if number in broken else {number}
            settled = resident(installation) if number == SETTLED else settled
        grown = resident(installation) - settled
        for _ in senders:
            pace.put_nowait(False)
        taken = sum(await asyncio.gather(*senders))
        assert await installation.stop() == 0
        assert (await installation.run("audit"))[0] == 0
    said = installation.said()
    assert "Traceback" not in said
    assert len(re.findall(r"^reloaded ", said, re.MULTILINE)) == RELOADS - BROKEN
    assert len(re.findall(r"^reload_failed ", said, re.MULTILINE)) >= BROKEN
    judged = judged_by(database)
    assert taken == len(judged) == RELOADS * SENDERS
    for tag, subject, count in judged:
        assert (subject.partition("] ")[2], count) == (f"{tag} of {tag}", 1)
    assert {int(tag.removeprefix("set ")) for tag, _, _ in judged} <= in_force
    assert grown < GROWTH, f"{grown:,} octets more"
    database.close()


def judged_by(database: Database) -> list[tuple[str, str, int]]:
    """Of each ticket: the tag of the rule, the subject of its acknowledgement, and how many there are of both."""
    assert database.file
    with closing(sqlite3.connect(database.file)) as connection:
        return connection.execute(
            "SELECT max(tag), max(outbox.subject), count(*) FROM ticket"
            " LEFT JOIN ticket_tag ON ticket_tag.ticket = ticket.id LEFT JOIN outbox ON outbox.ticket = ticket.id"
            " GROUP BY ticket.id"
        ).fetchall()
