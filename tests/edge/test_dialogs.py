"""tests/dialogs/*.smtp: one story per file, as the two sides say it.

The first line names the protocol and who calls (`protocol smtp from a stranger`, `… from a relay`, `protocol lmtp`).
`C:` lines are sent, those in a row in one go; `S:` lines must come back, `*` stands for anything, and `250-*` for all
lines of a reply. `kept <sender> for <recipient> …` lists what is in the journal in the end; nothing else may be there.
"""

from fnmatch import fnmatchcase
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

DIALOGS = sorted((Path(__file__).parent.parent / "dialogs").glob("*.smtp"))


def test_there_are_dialogs() -> None:
    assert len(DIALOGS) >= 10


@pytest.mark.parametrize("dialog", [file.read_text("utf-8") for file in DIALOGS], ids=[file.stem for file in DIALOGS])
async def test_a_dialog_goes_as_written(edge: Any, dialog: str) -> None:
    header, *lines = dialog.splitlines()
    _, protocol, *caller = header.split(maxsplit=3)
    edge.door.relaying = caller[-1:] == ["a relay"]
    listeners = await edge.listen(f"{protocol} 127.0.0.1:0")
    client = await edge.connect(listeners.addresses[0])
    said = [line for line in lines if line[:2] in ("C:", "S:")]
    for side, turn in groupby(said, key=lambda line: line[:2]):
        words = [line[2:].removeprefix(" ") for line in turn]
        if side == "C:":
            client.write(*words)
        else:
            await expect(client, words)
    await client.say("NOOP") if not said[-1].startswith("S: 221") else await client.rest()
    assert [line for line in lines if line.startswith("kept ")] == [kept(arrival) for arrival in edge.door.kept]


async def expect(client: Any, patterns: list[str]) -> None:
    waiting = [*patterns]
    while waiting:
        for line in (await client.reply()).split("\n"):
            if waiting[0] == "250-*" and line.startswith("250-"):
                continue
            pattern = waiting.pop(0)
            assert fnmatchcase(line, pattern) or (pattern == "250-*" and line.startswith("250 "))


def kept(arrival: Any) -> str:
    envelope = arrival.envelope
    return f"kept <{envelope.mail_from}> for " + " ".join(f"<{address}>" for address in envelope.rcpt_tos)
