"""20,000 mails with accidents (F1): each gives a message, soon. `make fuzz` makes a million."""

import pytest

from mailflow.edge.parser import Parser
from mailflow.mail.message import Message
from tests.mail.fuzz import faults
from tests.mail.mutants import ACCIDENTS, mutant

SEED = 1
MUTANTS = 20_000
CHUNK = 1_000  # one test, so that the workers share them


@pytest.mark.parametrize("start", range(0, MUTANTS, CHUNK))
def test_a_mail_with_accidents_gives_a_message(start: int) -> None:
    assert faults(SEED, range(start, start + CHUNK)) == []


async def test_the_child_answers_to_each() -> None:
    parser = Parser()
    try:
        answers = await parser.parse_many([(mutant(SEED, number), 1) for number in range(MUTANTS, MUTANTS + 500)])
    finally:
        await parser.close()
    assert [answer for answer in answers if not isinstance(answer, Message)] == []


def test_a_mutant_can_be_made_again() -> None:
    assert mutant(SEED, 7) == mutant(SEED, 7) != mutant(SEED + 1, 7)
    assert len({mutant(SEED, number) for number in range(100)}) > 90
    assert len(set(ACCIDENTS)) == 10
