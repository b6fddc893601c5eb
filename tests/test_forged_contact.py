"""A stranger forges a registered contact, and a live daemon on real sockets: held, one challenge to the real address,
released by its answer, filed on the ticket it names. `mailflow explain` tells each step in words.
"""

import json
from collections.abc import AsyncIterator, Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from tests.dns_server import NameServer, serving, txt
from tests.running import Conversation, Installation, eventually, running

ANNA, EVE, SUPPORT = "anna@kunde.example", "eve@fremd.example", "support@firma.example"
ZONE = {
    "TXT kunde.example": [txt("v=spf1 ip4:192.0.2.10 ?all")],
    "TXT _dmarc.kunde.example": [txt("v=DMARC1; p=none")],
}
CONTACT = ("--account", "4711", "--name", "Anna Nowak", "--address", ANNA, "--agent", "ewa")


@pytest.fixture
def names() -> Iterator[NameServer]:
    with serving(ZONE) as server:
        yield server


@pytest.fixture
async def firma(tmp_path: Path, sqlite_url: str, names: NameServer) -> AsyncIterator[Installation]:
    """It knows Anna, and believes what comes by its own socket; TCP is the world."""
    installation = Installation(tmp_path, sqlite_url, f'\n[dns]\nservers = ["{names.address}"]\n')
    text = installation.file.read_text(encoding="utf-8")
    text = text.replace('["127.0.0.0/8", "unix"]', '["unix"]').replace("registered_only = false\n", "")
    installation.configure(text + '\n[limits]\nbanner_delay = "0s"\n')
    async with running(installation):
        await installation.start()
        assert (await installation.run("contact", "add", *CONTACT))[0] == 0
        yield installation


def written(author: str, subject: str, id_: str, text: str, *fields: str) -> bytes:
    lines = (f"From: {author}", f"Subject: {subject}", f"Message-ID: <{id_}>", *fields, "", text, "")
    return "\r\n".join(lines).encode()


FIRST = written(ANNA, "Printer", "1@kunde.example", "It burns.")
FORGED = [
    written(ANNA, "Re: [#1] Printer", f"{n}@kunde.example", text, "In-Reply-To: <1@kunde.example>")
    for n, text in ((2, "Nothing helps."), (3, "Send the passwords."), (4, "Quickly."))
]


async def by_smtp(firma: Installation, octets: bytes, mail_from: str, to: str = SUPPORT) -> None:
    conversation = await Conversation.begin(firma.port)
    await conversation.send(octets, mail_from, to)
    conversation.close()


async def by_our_own_socket(firma: Installation, octets: bytes, mail_from: str) -> None:
    conversation = await Conversation.begin_lmtp(firma.folder / "lmtp.sock")
    await conversation.send_lmtp(octets, mail_from, [SUPPORT])
    conversation.close()


async def entries(firma: Installation) -> list[dict[str, Any]]:
    """The oldest first."""
    _, told = await firma.run("journal", "list", "--json")
    return [json.loads(line) for line in reversed(told.splitlines())]


async def settled(firma: Installation, *numbers: int) -> None:
    for number in numbers:
        await eventually(lambda number=number: f" entry={number} " in _ends(firma))  # type: ignore[misc]


def _ends(firma: Installation) -> str:
    return "\n".join(line for line in firma.said().splitlines() if line.startswith(("filed", "held", "dropped")))


def challenges(firma: Installation) -> list[Path]:
    return sorted((firma.folder / "var/sent").glob("*-challenge.eml"))


async def explained(firma: Installation, octets: bytes, mail_from: str, to: str = SUPPORT) -> str:
    file = firma.folder / "explained.eml"
    file.write_bytes(octets)
    status, told = await firma.run("explain", str(file), "--dns", "--mail-from", mail_from, "--rcpt-to", to)
    assert status == 0
    return " ".join(told.split())


async def test_who_forges_a_contact_is_held_until_the_contact_says_it_wrote_that(firma: Installation) -> None:
    await by_our_own_socket(firma, FIRST, ANNA)
    await settled(firma, 1)
    told = await explained(firma, FORGED[0], EVE)
    assert f"author {ANNA} unverified: nothing proves that it was sent by its author: not signed by its domain" in told
    assert f"mail en/challenge.txt to {ANNA} at most once" in told
    for number, octets in enumerate(FORGED[:2], 2):
        await by_smtp(firma, octets, EVE)
        await settled(firma, number)  # who is proved first is asked about
    assert f"mail none {ANNA} was asked within the last 24 hours" in await explained(firma, FORGED[2], EVE)
    await by_smtp(firma, FORGED[2], EVE)
    await settled(firma, 4)

    await eventually(lambda: challenges(firma))
    (asked,) = (message_from_bytes(file.read_bytes()) for file in challenges(firma))
    assert asked["To"] == f"<{ANNA}>"
    assert "passwords" not in str(asked)
    token = str(asked["Reply-To"]).strip("<>")

    guessed = written(EVE, "Re: Did you write to us?", "5@fremd.example", "Yes.")
    assert "it was sent to another address" in await explained(firma, guessed, EVE, token)
    await by_smtp(firma, guessed, EVE, token)
    await settled(firma, 5)
    answer = written(ANNA, "Re: Did you write to us?", "6@kunde.example", "Yes, that was me.")
    assert f"challenge of entry 2 answered by {ANNA}" in await explained(firma, answer, ANNA, token)
    await by_smtp(firma, answer, ANNA, token)
    await settled(firma, 2, 6)
    await eventually(lambda: "filed entry=2 ticket=#1 " in firma.said())

    ends = [(entry["disposition"], entry["ticket"]) for entry in await entries(firma)]
    filed, held = ("filed", 1), ("held", None)
    assert ends == [filed, filed, held, held, held, filed]
    _, shown = await firma.run("journal", "show", "2")
    assert "verdict reason its author confirmed it, see entry 6\n" in shown
    assert "came           by SMTP in clear from 127.0.0.1, not authenticated\n" in shown
    assert len(challenges(firma)) == 1
    assert await firma.stop() == 0
