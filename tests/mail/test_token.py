"""Tokens: bound to ticket and addressee, not to be guessed, good for as long as one of our keys made them."""

import random
from datetime import UTC, datetime, timedelta
from string import ascii_lowercase

import pytest

from mailflow.mail.token import LENGTH, WEEKS, Key, Keyring, Token, is_over

OLD, NEW = Key(1, b"an old secret of enough octets"), Key(2, b"a new secret of enough octets!!")
KEYRING = Keyring((OLD,))
ANNA = "anna@kunde.example"
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
YEAR, DAY = timedelta(days=365), timedelta(days=1)


def test_a_token_names_its_ticket_and_its_addressee() -> None:
    token = KEYRING.verify(KEYRING.sign(42, ANNA, NOW))
    assert token is not None
    assert token.ticket == 42
    assert KEYRING.issued_to(token, ANNA)
    assert not KEYRING.issued_to(token, "bob@kunde.example")


def test_a_token_fits_into_an_address_and_survives_its_case() -> None:
    token = KEYRING.sign(1 << 31, ANNA, NOW)
    assert len(token) == LENGTH
    assert token == token.lower()
    assert KEYRING.verify(token.upper()) == KEYRING.verify(token)


def test_after_rotation_old_tokens_still_count_and_new_ones_are_signed_by_the_new_key() -> None:
    rotated = Keyring((NEW, OLD))
    assert rotated.verify(KEYRING.sign(42, ANNA, NOW))
    assert KEYRING.verify(rotated.sign(42, ANNA, NOW)) is None
    assert Keyring((NEW,)).verify(KEYRING.sign(42, ANNA, NOW)) is None


@pytest.mark.parametrize("position", range(LENGTH))
def test_a_token_with_one_letter_changed_is_none(position: int) -> None:
    token = KEYRING.sign(42, ANNA, NOW)
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


def test_an_agents_token_is_no_customers_and_the_other_way_round() -> None:
    mine = KEYRING.verify_agent(KEYRING.agent(42, "ewa@staff.example", NOW))
    assert mine is not None
    assert mine.ticket == 42
    assert KEYRING.issued_to(mine, "ewa@staff.example")
    assert not KEYRING.issued_to(mine, ANNA)
    others = [KEYRING.sign(42, ANNA, NOW), KEYRING.challenge(42, ANNA), KEYRING.digest(NOW, ANNA, "support")]
    assert [KEYRING.verify_agent(token) for token in others] == [None, None, None]
    token = KEYRING.agent(42, ANNA, NOW)
    assert [KEYRING.verify(token), KEYRING.verify_challenge(token), KEYRING.verify_digest(token, ["support"])] == [
        None
    ] * 3


def test_a_token_of_a_page_is_of_no_other_kind_and_the_other_way_round() -> None:
    page = KEYRING.verify_page(KEYRING.page(42, "ewa@staff.example"))
    assert page is not None
    assert page.page == 42
    assert KEYRING.issued_to(page, "ewa@staff.example")
    assert not KEYRING.issued_to(page, ANNA)
    others = [KEYRING.sign(42, ANNA, NOW), KEYRING.agent(42, ANNA, NOW), KEYRING.challenge(42, ANNA)]
    assert [KEYRING.verify_page(token) for token in (*others, KEYRING.digest(NOW, ANNA, "support"))] == [None] * 4
    token = KEYRING.page(42, ANNA)
    taken_for = [KEYRING.verify(token), KEYRING.verify_agent(token), KEYRING.verify_challenge(token)]
    assert [*taken_for, KEYRING.verify_digest(token, ["support"])] == [None] * 4


def test_a_token_of_another_ticket_is_not_a_token_of_this_one() -> None:
    tokens = {KEYRING.sign(number, ANNA, NOW) for number in range(100)}
    assert len(tokens) == 100
    assert [KEYRING.verify(KEYRING.sign(n, ANNA, NOW)).ticket for n in range(5)] == [0, 1, 2, 3, 4]  # type: ignore[union-attr]  # it is one


def test_the_same_cause_has_the_same_name() -> None:
    assert KEYRING.unique("a") == KEYRING.unique("a") != KEYRING.unique("b")
    assert Token(1, b"") is not None


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
        token = KEYRING.verify(KEYRING.sign(42, ANNA, issued))
        assert token is not None
        assert is_over(token.weeks, YEAR, issued + ago) == over


def test_within_its_weeks_a_token_is_the_same() -> None:
    assert KEYRING.sign(42, ANNA, NOW) == KEYRING.sign(42, ANNA, NOW + DAY) != KEYRING.sign(42, ANNA, NOW + WEEKS)


FIXED = Keyring((Key(7, b"a fixed secret of enough octets"),))
SENT = {
    "sign": "a4aaaabkbj2x37iomeqr5qbcyjbjbyxr6wn5fndd",
    "agent": "a4aaaabkbj2x37i64xw5kl2amklqcslqyith7mtc",
    "challenge": "a4aaaabkov6725xyhio3k7nagmqwotwrcuecyh25",
    "page": "a4aaaabkov6725tfsgflfzcmajp7zrykajyzq44v",
    "correction": "a4aaaabkov6725qsfu7p625t2tn2u4uyxceol7cw",
    "consent": "a4aaaabkov6725wwpwecxom63per2cxhjjp54r5f",
    "reach": "a4aaaabkov6725tmfbavtmqsiur4wqigrdm3dkuo",
    "registration": "a4aaaabkbj2x37oqr2xgtukyfaq32gol4u4ju5cz",
}
"""For 42 and Anna; the first mailflow that signed for this made them so, and they are out in mail."""
DIGEST_SENT = "a4a4qi34ov6725w5jqyu463pj5gseyxrfii6y23v"


@pytest.mark.parametrize("kind", SENT)
def test_tokens_are_made_as_those_that_were_sent(kind: str) -> None:
    dated = kind in ("sign", "agent", "registration")
    assert getattr(FIXED, kind)(42, ANNA, *[NOW] * dated) == SENT[kind]


def test_tokens_of_digests_are_made_as_those_that_were_sent() -> None:
    assert FIXED.digest(NOW, ANNA, "support") == DIGEST_SENT


def test_a_token_of_before_which_has_no_date_ends_with_its_key() -> None:
    token = KEYRING.verify("aeaaaabk637rhirxdfu3alwxgjprxofangp2m2lk")
    assert token is not None
    assert (token.ticket, token.weeks) == (42, None)
    assert KEYRING.issued_to(token, ANNA)
    assert not KEYRING.issued_to(token, "bob@kunde.example")
    assert not is_over(token.weeks, YEAR, NOW + 10 * YEAR)
