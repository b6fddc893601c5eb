"""Tokens: bound to ticket and addressee, not to be guessed, good for as long as one of our keys made them."""

import random
from datetime import UTC, datetime, timedelta
from string import ascii_lowercase

import pytest

from mailflow.mail.token import (
    LENGTH,
    OF_A_CHALLENGE,
    OF_A_CONSENT,
    OF_A_CORRECTION,
    OF_A_NEWCOMER,
    OF_A_PAGE,
    OF_A_REACH_LETTER,
    OF_A_REGISTRATION,
    OF_A_TICKET,
    OF_AN_AGENT,
    PURPOSES,
    WEEKS,
    WITHOUT_DATE,
    Key,
    Keyring,
    Purpose,
    is_over,
    minute_of,
    moment_of,
    of_a_digest,
)

OLD, NEW = Key(1, b"an old secret of enough octets"), Key(2, b"a new secret of enough octets!!")
KEYRING = Keyring((OLD,))
ANNA = "anna@kunde.example"
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ALL = (*PURPOSES, of_a_digest("support"), of_a_digest("sales"))
YEAR, DAY = timedelta(days=365), timedelta(days=1)


def test_a_token_names_its_ticket_and_its_addressee() -> None:
    token = KEYRING.verify(KEYRING.sign(OF_A_TICKET, 42, ANNA, NOW), OF_A_TICKET)
    assert token is not None
    assert token.number == 42
    assert KEYRING.issued_to(token, ANNA)
    assert not KEYRING.issued_to(token, "bob@kunde.example")


def test_a_token_fits_into_an_address_and_survives_its_case() -> None:
    token = KEYRING.sign(OF_A_TICKET, 1 << 31, ANNA, NOW)
    assert len(token) == LENGTH
    assert token == token.lower()
    assert KEYRING.verify(token.upper(), OF_A_TICKET) == KEYRING.verify(token, OF_A_TICKET)


def test_after_rotation_old_tokens_still_count_and_new_ones_are_signed_by_the_new_key() -> None:
    rotated = Keyring((NEW, OLD))
    assert rotated.verify(KEYRING.sign(OF_A_TICKET, 42, ANNA, NOW), OF_A_TICKET)
    assert KEYRING.verify(rotated.sign(OF_A_TICKET, 42, ANNA, NOW), OF_A_TICKET) is None
    assert Keyring((NEW,)).verify(KEYRING.sign(OF_A_TICKET, 42, ANNA, NOW), OF_A_TICKET) is None


@pytest.mark.parametrize("position", range(LENGTH))
def test_a_token_with_one_letter_changed_is_none(position: int) -> None:
    token = KEYRING.sign(OF_A_TICKET, 42, ANNA, NOW)
    changed = "a" if token[position] != "a" else "b"
    assert KEYRING.verify(token[:position] + changed + token[position + 1 :], OF_A_TICKET) is None


@pytest.mark.parametrize(
    "words", ["", "a", "a" * 39, "a" * 41, "a" * 40, "1" * 40, "ä" * 40, "a" * 40 + "\n", " " * 40]
)
def test_what_is_no_token_is_none(words: str) -> None:
    assert KEYRING.verify(words, OF_A_TICKET) is None


def test_guessing_finds_nothing() -> None:  # T2, small
    guess = random.Random(1)
    alphabet = ascii_lowercase + "234567"
    assert not any(KEYRING.verify("".join(guess.choices(alphabet, k=LENGTH)), OF_A_TICKET) for _ in range(2000))


@pytest.mark.parametrize("purpose", ALL, ids=lambda purpose: purpose.name)
def test_a_token_is_for_one_purpose_and_one_addressee(purpose: Purpose) -> None:
    signed = KEYRING.sign(purpose, 42, ANNA, NOW)
    token = KEYRING.verify(signed, *ALL)
    assert token is not None
    assert (token.purpose, token.number, token.weeks is not None) == (purpose, 42, purpose.is_dated)
    assert KEYRING.issued_to(token, ANNA)
    assert not KEYRING.issued_to(token, "ewa@staff.example")
    assert [other for other in ALL if KEYRING.verify(signed, other)] == [purpose]


def test_a_token_of_a_digest_names_a_minute() -> None:
    assert moment_of(minute_of(NOW + timedelta(seconds=59))) == NOW


def test_a_token_of_another_ticket_is_not_a_token_of_this_one() -> None:
    tokens = [KEYRING.sign(OF_A_TICKET, number, ANNA, NOW) for number in range(100)]
    assert len(set(tokens)) == 100
    assert [KEYRING.verify(each, OF_A_TICKET).number for each in tokens] == list(range(100))  # type: ignore[union-attr]  # it is one


def test_the_same_cause_has_the_same_name() -> None:
    assert KEYRING.unique("a") == KEYRING.unique("a") != KEYRING.unique("b")


@pytest.mark.parametrize(
    ("ago", "over"),
    [
        (-WEEKS, False),  # another clock is ahead of ours
        (timedelta(0), False),
        (YEAR, False),
        (YEAR + WEEKS, True),
        (15 * YEAR, True),
    ],
)
def test_a_token_is_over_a_year_and_at_most_four_weeks_after_it_was_issued(ago: timedelta, over: bool) -> None:
    for days in range(WEEKS.days):  # wherever in its weeks it was made
        issued = NOW + days * DAY
        token = KEYRING.verify(KEYRING.sign(OF_A_TICKET, 42, ANNA, issued), OF_A_TICKET)
        assert token is not None
        assert is_over(token.weeks, YEAR, issued + ago) == over


def test_within_its_weeks_a_token_is_the_same() -> None:
    first, next_day, later = (KEYRING.sign(OF_A_TICKET, 42, ANNA, NOW + each) for each in (0 * DAY, DAY, WEEKS))
    assert first == next_day != later


FIXED = Keyring((Key(7, b"a fixed secret of enough octets"),))
SENT = {
    OF_A_TICKET: "a4aaaabkbj2x37iomeqr5qbcyjbjbyxr6wn5fndd",
    OF_AN_AGENT: "a4aaaabkbj2x37i64xw5kl2amklqcslqyith7mtc",
    OF_A_CHALLENGE: "a4aaaabkov6725xyhio3k7nagmqwotwrcuecyh25",
    OF_A_PAGE: "a4aaaabkov6725tfsgflfzcmajp7zrykajyzq44v",
    OF_A_CORRECTION: "a4aaaabkov6725qsfu7p625t2tn2u4uyxceol7cw",
    OF_A_CONSENT: "a4aaaabkov6725wwpwecxom63per2cxhjjp54r5f",
    OF_A_REACH_LETTER: "a4aaaabkov6725tmfbavtmqsiur4wqigrdm3dkuo",
    OF_A_REGISTRATION: "a4aaaabkbj2x37oqr2xgtukyfaq32gol4u4ju5cz",
    OF_A_NEWCOMER: "a4aaaabkov6725roicp73sbivlabgjxf3fw6ubyb",
    WITHOUT_DATE: "a4aaaabkov6725u72puoeom4h4qra5ovodu64p5x",
}
"""For 42 and Anna: mail with such tokens is out, and is answered for years."""


@pytest.mark.parametrize("purpose", PURPOSES, ids=lambda purpose: purpose.name)
def test_tokens_are_made_as_those_that_were_sent(purpose: Purpose) -> None:
    assert FIXED.sign(purpose, 42, ANNA, NOW) == SENT[purpose]


def test_tokens_of_digests_are_made_as_those_that_were_sent() -> None:
    signed = FIXED.sign(of_a_digest("support"), minute_of(NOW), ANNA, NOW)
    assert signed == "a4a4qi34ov6725w5jqyu463pj5gseyxrfii6y23v"


def test_a_token_of_before_which_has_no_date_ends_with_its_key() -> None:
    token = KEYRING.verify("aeaaaabk637rhirxdfu3alwxgjprxofangp2m2lk", OF_A_TICKET, WITHOUT_DATE)
    assert token is not None
    assert (token.number, token.weeks) == (42, None)
    assert KEYRING.issued_to(token, ANNA)
    assert not KEYRING.issued_to(token, "bob@kunde.example")
    assert not is_over(token.weeks, YEAR, NOW + 10 * YEAR)
