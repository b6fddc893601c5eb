"""What hostile mail costs (M1): the real child reads each within its limits, at the first attempt, and none is lost.

In `make test` every third of them, in `make endure` all.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from time import process_time

import pytest
import pytest_asyncio

from mailflow.config import Limits
from mailflow.edge.parser import Parser
from mailflow.edge.parser_child import Allowance
from mailflow.mail.effort import LEFT_OUT
from mailflow.mail.parse import parse
from tests.edge.bombs import BOMBS, Bomb
from tests.running import figure

MOST_RESIDENT = Limits().parse_memory  # octets: the 300M of the configuration
ODD_MAILS = sorted(Path(__file__).parent.parent.glob("messages/*.eml"))
STRIDE = figure("STRIDE", 3, 1)
ROUNDS = 24
"""Of all odd mails of tests/messages: what a bomb may cost at most, on whatever machine. It is 2 s on the one that
limits.parse_cpu was measured on."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def parser() -> AsyncIterator[Parser]:
    """One child for all of them, as it lives in the daemon. More processor time would kill it; the clock on the wall
    tells how busy this machine is."""
    usual = Allowance(wall=60.0)
    parser = Parser(replace(usual, cpu=max(usual.cpu, ROUNDS * min(_round() for _ in range(3)))))
    yield parser
    await parser.close()


def _round() -> float:
    """Seconds of processor time in which this machine reads all odd mails."""
    octets = [file.read_bytes() for file in ODD_MAILS]
    start = process_time()
    for each in octets:
        parse(each)
    return process_time() - start


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.endure
@pytest.mark.parametrize("bomb", list(BOMBS.values())[::STRIDE], ids=list(BOMBS)[::STRIDE])
async def test_a_bomb_is_read_at_the_first_attempt(parser: Parser, bomb: Bomb) -> None:
    await parser.start()
    forget_the_peak(parser)

    message = await parser.parse(bomb())

    assert not set(LEFT_OUT.values()).intersection(message.defects)
    assert peak(parser) < MOST_RESIDENT


def peak(parser: Parser) -> int:
    """Octets of resident memory that the child had at most."""
    lines = (of_child(parser) / "status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def forget_the_peak(parser: Parser) -> None:
    (of_child(parser) / "clear_refs").write_text("5")


def of_child(parser: Parser) -> Path:
    (child,) = parser._children
    assert child._process is not None
    return Path(f"/proc/{child._process.pid}")
