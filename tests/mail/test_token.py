"""Tokens: bound to ticket and addressee, not to be guessed, good for as long as one of our keys made them."""

import random
from string import ascii_lowercase

import pytest

from mailflow.mail.token import LENGTH, Key, Keyring, Token

OLD, NEW = Key(1, b"an old secret of enough octets"), Key(2, b"a new secret of enough octets!!")
KEYRING = Keyring((OLD,))
ANNA = "anna@kunde.example"


def test_a_token_names_its_ticket_and_its_addressee() -> None:
    token = KEYRING.verify(KEYRING.sign(42, ANNA))
    assert token is not None
    assert token.ticket == 42
    assert KEYRING.issued_to(token, ANNA)
    assert not KEYRING.issued_to(token, "bob@kunde.example")


def test_a_token_fits_into_an_address_and_survives_its_case() -> None:
    token = KEYRING.sign(1 << 31, ANNA)
    assert len(token) == LENGTH
    assert token == token.lower()
    assert KEYRING.verify(token.upper()) == KEYRING.verify(token)


def test_after_rotation_old_tokens_still_count_and_new_ones_are_signed_by_the_new_key() -> None:
    rotated = Keyring((NEW, OLD))
    assert rotated.verify(KEYRING.sign(42, ANNA))
    assert KEYRING.verify(rotated.sign(42, ANNA)) is None
    assert Keyring((NEW,)).verify(KEYRING.sign(42, ANNA)) is None


@pytest.mark.parametrize("position", range(LENGTH))
def test_a_token_with_one_letter_changed_is_none(position: int) -> None:
    token = KEYRING.sign(42, ANNA)
    changed = "a" if token[position] != "a" else "b"
    assert KEYRING.verify(token[:position] + changed + token[position + 1 :]) is None


@pytest.mark.parametrize(
    "words", ["", "a", "a" * 39, "a" * 41, "a" * 40, "1" * 40, "ä" * 40, "a" * 40 + "\n", " " * 40]
)
def test_what_is_no_token_is_none(words: str) -> None:
    assert KEYRING.verify(words) is None


def test_guessing_finds_nothing() -> None:  # T2, small
    guess = random.Random(1)
    alphabet = ascii_lowercase + "234567"
    assert not any(KEYRING.verify("".join(guess.choices(alphabet, k=LENGTH))) for _ in range(2000))


def test_a_token_of_another_ticket_is_not_a_token_of_this_one() -> None:
    tokens = {KEYRING.sign(number, ANNA) for number in range(100)}
    assert len(tokens) == 100
    assert [KEYRING.verify(KEYRING.sign(n, ANNA)).ticket for n in range(5)] == [0, 1, 2, 3, 4]  # type: ignore[union-attr]  # it is one


def test_the_same_cause_has_the_same_name() -> None:
    assert KEYRING.unique("a") == KEYRING.unique("a") != KEYRING.unique("b")
    assert Token(1, b"") is not None
