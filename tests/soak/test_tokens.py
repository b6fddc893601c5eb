"""T2: a million guesses at a token of a ticket and of a challenge find nothing."""

import os
import random
from base64 import b32encode
from datetime import UTC, datetime

import pytest

from mailflow.mail.token import LENGTH, OF_A_CHALLENGE, OF_A_TICKET, Key, Keyring

pytestmark = [pytest.mark.soak, pytest.mark.timeout(600)]

GUESSES = 1_000_000
SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1 << 30)


def test_t2_a_million_guesses_find_nothing() -> None:
    """Half of them are random; half know all but the MAC: the number of the key, a ticket and its addressee."""
    guess = random.Random(SEED)
    keyring = Keyring((Key(2, guess.randbytes(32)), Key(1, guess.randbytes(32))))
    issued = keyring.sign(OF_A_TICKET, 42, "anna@kunde.example", datetime(2026, 11, 2, tzinfo=UTC))
    known = issued[:14]  # 70 bits, of the 72 before the MAC
    found = []
    for number in range(GUESSES):
        letters = b32encode(guess.randbytes(25)).decode().lower()
        token = letters if number % 2 else known + letters[len(known) :]
        if keyring.verify(token, OF_A_TICKET) or keyring.verify(token, OF_A_CHALLENGE):
            found.append(token)
    print(f"\ntokens: {GUESSES} tried, {len(found)} accepted (SEED={SEED})")
    assert found == []
    assert keyring.verify(issued, OF_A_TICKET)
    assert len(issued) == LENGTH
