"""Mail as files, while there is no smarthost."""

import asyncio
from pathlib import Path

from mailflow.desk.writing.kind import Kind
from mailflow.desk.writing.letter import Outgoing
from mailflow.edge.outcome import Deferred, Delivered
from mailflow.edge.sent import SentFolder

LETTER = Outgoing(
    key="reply:1",
    kind=Kind.REPLY,
    automatic=False,
    ticket=1,
    mail_from="support@firma.example",
    rcpt_to="anna@kunde.example",
    subject="[#1] Hello",
    message_id="1.abc@firma.example",
    octets=b"Subject: [#1] Hello\r\n\r\nbody\r\n",
)


IN_THE_WAY = Path(__file__)  # a file where a folder should be


async def nothing() -> None:
    pass


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def test_a_mail_becomes_a_file_named_after_its_row_and_kind(tmp_path: Path) -> None:
    result = await SentFolder(tmp_path / "sent").deliver(7, LETTER, nothing)
    assert isinstance(result, Delivered)
    assert files_in(tmp_path / "sent") == {"7-reply.eml": LETTER.octets}


async def test_the_same_mail_again_is_the_same_file(tmp_path: Path) -> None:
    for _ in range(2):
        await SentFolder(tmp_path).deliver(7, LETTER, nothing)
    assert files_in(tmp_path) == {"7-reply.eml": LETTER.octets}


async def test_a_folder_that_cannot_be_written_is_temporary() -> None:
    result = await SentFolder(IN_THE_WAY / "sent").deliver(7, LETTER, nothing)
    assert isinstance(result, Deferred)


async def test_what_is_delivered_at_the_same_time_is_all_there(tmp_path: Path) -> None:
    folder = SentFolder(tmp_path)
    results = await asyncio.gather(*(folder.deliver(number, LETTER, nothing) for number in range(20)))
    assert all(isinstance(result, Delivered) for result in results)
    assert files_in(tmp_path) == {f"{number}-reply.eml": LETTER.octets for number in range(20)}


async def test_one_that_cannot_be_written_costs_its_neighbours_nothing(tmp_path: Path) -> None:
    (tmp_path / "2-reply.eml").mkdir()  # in the way
    folder = SentFolder(tmp_path)
    results = await asyncio.gather(*(folder.deliver(number, LETTER, nothing) for number in range(4)))
    assert [type(result) for result in results] == [Delivered, Delivered, Deferred, Delivered]
