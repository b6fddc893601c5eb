"""The parsing child: what kills it costs one message, and the next is answered."""

import asyncio
import json
import os
import select
import signal
import sys
from collections.abc import AsyncIterator

import pytest

from mailflow.edge import parser_child
from mailflow.edge.parser import Parser
from mailflow.edge.parser_child import Allowance
from mailflow.errors import ParserDied, Trouble
from mailflow.mail.bounds import USUAL, Bounds
from mailflow.mail.message import Message
from mailflow.mail.mime.body import MAX_SHOWN

PLAIN = b"From: Anna <anna@kunde.example>\r\nTo: help@firma.example\r\nSubject: %s\r\n\r\nIt does not work.\r\n"
MIB = 1 << 20


def mail(subject: str) -> bytes:
    return PLAIN % subject.encode()


@pytest.fixture
async def parser() -> AsyncIterator[Parser]:
    parser = Parser(Allowance(wall=5.0))
    yield parser
    await parser.close()


def child_of(parser: Parser) -> int:
    (child,) = parser._children
    assert child._process is not None
    return child._process.pid


def stop(parser: Parser) -> None:
    """From here on the child is stuck, as in a loop that only a kill ends."""
    os.kill(child_of(parser), signal.SIGSTOP)


async def until_asked(parser: Parser) -> None:
    while not parser._children[0]._asked:  # noqa: ASYNC110  there is no event to wait for: it is about to write
        await asyncio.sleep(0)


async def test_a_message_comes_back_whole(parser: Parser) -> None:
    message = await parser.parse(mail("Drucker"))

    assert (message.subject, message.author, message.text.strip()) == (
        "Drucker",
        "anna@kunde.example",
        "It does not work.",
    )


async def test_a_batch_is_answered_in_order_by_any_number_of_children() -> None:
    parser = Parser(children=2)
    try:
        answers = await parser.parse_many([(mail(str(number)), 1) for number in range(25)])
    finally:
        await parser.close()

    assert [answer.subject for answer in answers if isinstance(answer, Message)] == [str(n) for n in range(25)]
    assert parser.parsed == 25


async def test_nothing_to_parse_starts_nothing(parser: Parser) -> None:
    assert await parser.parse_many([]) == []
    assert parser._children[0]._process is None


@pytest.mark.parametrize("octets", [b"", b"\0" * 100, bytes(range(256)) * 40, b"\r\n", b":", b"From: ((((" * 500])
async def test_any_octets_give_a_message(parser: Parser, octets: bytes) -> None:  # S10
    assert isinstance(await parser.parse(octets), Message)


async def test_the_second_attempt_takes_no_html_library_and_the_third_no_body(parser: Parser) -> None:
    octets = b"From: a@kunde.example\r\nContent-Type: text/html\r\n\r\n<p>Hello <b>there</b></p>"

    first, second, third, later = [await parser.parse(octets, attempt) for attempt in (1, 2, 3, 7)]

    assert (first.html is not None, second.html, third.text, later.text) == (True, None, "", "")
    assert "there" in second.text


async def test_a_child_killed_while_it_reads_is_the_fault_of_that_message_only(parser: Parser) -> None:  # D9
    await parser.start()
    stop(parser)
    asked = asyncio.create_task(parser.parse_many([(mail("first"), 1), (mail("second"), 1), (mail("third"), 1)]))
    await until_asked(parser)
    os.kill(child_of(parser), signal.SIGKILL)  # as the kernel does when memory is short

    died, *others = await asked

    assert isinstance(died, ParserDied)
    assert str(died) == "killed by SIGKILL"
    assert [other.subject for other in others if isinstance(other, Message)] == ["second", "third"]


async def test_a_death_ends_the_batch_for_who_does_not_want_to_wait_for_the_next(parser: Parser) -> None:  # P6
    await parser.start()
    stop(parser)
    asked = asyncio.create_task(parser.parse_some([(mail("first"), 1), (mail("second"), 1)]))
    await until_asked(parser)
    os.kill(child_of(parser), signal.SIGKILL)

    (died,) = await asked

    assert isinstance(died, ParserDied)
    answers = await parser.parse_some([(mail("second"), 1), (mail("third"), 1)])
    assert [answer.subject for answer in answers if isinstance(answer, Message)] == ["second", "third"]


async def test_a_child_that_says_nothing_is_killed_at_the_deadline_and_the_next_message_is_read() -> None:  # D9
    parser = Parser(Allowance(wall=0.2))
    try:
        await parser.start()
        stuck = child_of(parser)
        stop(parser)
        answers = await parser.parse_many([(mail("stuck"), 1), (mail("next"), 1)])
        died, read = answers
        assert isinstance(died, ParserDied)
        assert str(died) == "no answer within 0.2 s"
        assert isinstance(read, Message)
        assert read.subject == "next"
        with pytest.raises(ProcessLookupError):
            os.kill(stuck, 0)
    finally:
        await parser.close()


async def test_a_message_that_needs_more_memory_than_there_is_dies_alone() -> None:  # D9
    parser = Parser(Allowance(memory=96 * MIB))
    huge = mail("huge") + b"All work and no play. " * (96 * MIB // 22)
    try:
        before, died, after = await parser.parse_many([(mail("before"), 1), (huge, 1), (mail("after"), 1)])
    finally:
        await parser.close()

    assert isinstance(died, ParserDied)
    assert str(died) == "out of memory"
    assert [read.subject for read in (before, after) if isinstance(read, Message)] == ["before", "after"]


async def test_a_message_that_takes_too_much_processor_time_dies_alone() -> None:  # M1
    parser = Parser(Allowance(cpu=0.05))
    busy = mail("busy") + b">\n" * (2 * MIB)
    try:
        died, after = await parser.parse_many([(busy, 1), (mail("after"), 1)])
    finally:
        await parser.close()

    assert isinstance(died, ParserDied)
    assert str(died) == "took more than 0.05 s of processor time (limits.parse_cpu)"
    assert isinstance(after, Message)


async def test_the_limits_of_the_parser_reach_the_child() -> None:
    parser = Parser(Allowance(bounds=Bounds(headers=2)))
    try:
        message = await parser.parse(mail("cut"))
    finally:
        await parser.close()

    assert (message.author, message.subject) == ("anna@kunde.example", "")
    assert message.defects == ("the header is cut: it has more than 2 fields (limits.parser.headers)",)


async def test_a_cancelled_request_does_not_answer_the_next_one(parser: Parser) -> None:
    await parser.start()
    stop(parser)
    asked = asyncio.create_task(parser.parse(mail("given up")))
    await until_asked(parser)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked

    assert (await parser.parse(mail("asked after"))).subject == "asked after"


async def test_a_child_that_died_idle_is_replaced_and_blames_nobody(parser: Parser) -> None:
    await parser.parse(mail("first"))
    process = parser._children[0]._process
    assert process is not None
    process.kill()
    await process.wait()

    assert (await parser.parse(mail("second"))).subject == "second"


async def test_a_worn_out_child_is_replaced_between_batches() -> None:
    parser = Parser(lifetime=2)
    try:
        children = set()
        for _ in range(5):
            await parser.parse(mail("again"))
            children.add(child_of(parser))
    finally:
        await parser.close()

    assert len(children) == 3


async def test_what_tells_the_daemon_to_stop_does_not_kill_a_message_halfway(parser: Parser) -> None:
    await parser.start()
    for number in (signal.SIGINT, signal.SIGTERM):  # systemd and a terminal tell the whole group
        os.kill(child_of(parser), number)

    assert (await parser.parse(mail("still read"))).subject == "still read"


async def test_a_child_that_cannot_start_is_our_trouble_and_no_fault_of_a_message() -> None:
    parser = Parser(Allowance(memory=1 * MIB))
    try:
        with pytest.raises(Trouble, match="does not start"):
            await parser.parse(mail("innocent"))
    finally:
        await parser.close()


async def test_the_child_finds_the_package_from_anywhere_and_nothing_else_from_there(
    parser: Parser, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(str(tmp_path))
    with open("json.py", "w") as trap:  # noqa: ASYNC230  what a working directory must not be able to do
        trap.write("raise SystemExit('imported from the working directory')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    assert (await parser.parse(mail("isolated"))).subject == "isolated"


async def test_the_child_imports_no_database(parser: Parser) -> None:
    await parser.start()
    with open(f"/proc/{child_of(parser)}/maps") as maps:  # noqa: ASYNC230
        loaded = maps.read()

    assert "pydantic_core" not in loaded  # every settings or table module needs it
    assert "_sqlite3" not in loaded


async def test_an_orphan_goes_when_its_parent_was_killed() -> None:
    code = (
        "import asyncio\nfrom mailflow.edge.parser import Parser\n"
        "async def main():\n    parser = Parser()\n    await parser.start()\n"
        "    print(parser._children[0]._process.pid, flush=True)\n    await asyncio.Event().wait()\n"
        "asyncio.run(main())"
    )
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    orphan = os.pidfd_open(int(await parent.stdout.readline()))
    parent.kill()
    await parent.communicate()

    try:
        gone, _, _ = select.select([orphan], [], [], 10)  # ready when the process has ended
    finally:
        os.close(orphan)

    assert gone


async def test_sixteen_megabytes_of_emoji_are_read_at_once_and_whole(parser: Parser) -> None:
    head = mail("Party").replace(b"\r\n\r\n", b"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n", 1)
    message = await parser.parse(head + "\U0001f389".encode() * (4 * MIB - 100))
    assert message.text.endswith("\U0001f389" * (4 * MIB - 100))
    assert message.defects == ()


def test_what_is_too_long_to_be_told_is_told_with_less_effort(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parser_child, "LONGEST_ANSWER", 100)
    assert parser_child._answer(lambda _, attempt: {"text": "y" * (300 // attempt)}, b"", 1).count(b"y") == 0
    assert parser_child._answer(lambda _, attempt: {"text": "y" * (150 // attempt)}, b"", 1).count(b"y") == 75


def test_half_a_character_comes_through_the_pipe() -> None:
    said = parser_child._answer(lambda *_: {"text": "a\udcffb"}, b"", 1)
    assert json.loads(said) == {"answer": {"text": "a\udcffb"}}


def test_the_longest_texts_have_room_on_the_pipe() -> None:
    assert (3 * USUAL.text + MAX_SHOWN) * len("\U0001f389".encode()) + MIB < parser_child.LONGEST_ANSWER
