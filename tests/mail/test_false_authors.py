"""From lines that want to be taken for a contact's: none is (M8), and no letter that looks like another (M9)."""

import pytest

from mailflow.mail.address import author_of

ANNA, EVE = "anna@kunde.example", "eve@evil.example"
FORMS = (
    "{anna} <{eve}>", "<{anna}> <{eve}>", "<{eve}> <{anna}>", "{anna}, {eve}", "{eve}, {anna}", '"{anna}" <{eve}>',
    "{eve} ({anna})", "({anna}) {eve}", "{anna}\0 <{eve}>", "<{anna}\0>", "<{anna}@evil.example>",
    "<{eve}@kunde.example>",
    "group: {anna};", "group: {anna}, {eve};", "undisclosed: ;", "<{anna}", "{anna}>",
    "<<{anna}>>", "<{anna}>.evil.example",
    "<{anna}.evil.example>", "<{anna} .evil.example>", "<x{anna}>", "<.{anna}>", '<"{anna}"@evil.example>',
    "<@evil.example:{anna}>", "=?utf-8?q?{anna}?=", "=?utf-8?q?{anna}?= <{eve}>",
    "<=?utf-8?q?{anna}?=>", "mailto:{anna}",
    "<mailto:{anna}>", "<{anna}\x1b>", "<{anna}\r>", "\x0b<{anna}>\x0b<{eve}>", "<{anna}:{eve}>", "<{anna};{eve}>",
    "<{anna},{eve}>", "{anna} {eve}", "{anna}\t{eve}", "<{anna}!{eve}>", "<{anna}%{eve}>", "<{anna}(comment)>",
    "<{anna}>; <{eve}>", "<{anna}> , <{eve}>", "''{anna}''", "<'{anna}'>", "<{anna}/{eve}>",
    "Anna <{eve}> <{anna}>", "",
    "Anna", "<>",
)  # fmt: skip
CLAIMS = (ANNA, ANNA.upper(), "Anna@Kunde.Example")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("claim", CLAIMS)
def test_m8_a_form_that_may_be_read_in_two_ways_is_not_the_contact(form: str, claim: str) -> None:
    assert author_of([form.format(anna=claim, eve=EVE)])[0] != ANNA


def test_m8_has_its_hundred_and_fifty() -> None:
    assert len(FORMS) * len(CLAIMS) >= 150


LOOKALIKES = {
    "a": "аɑａᵃ",
    "n": "ոｎⁿ",
    "k": "кｋ\u212a",
    "u": "υսｕ",
    "d": "ԁｄⅾ",
    "e": "еｅℯ",
    "x": "хｘⅹ",
    "m": "ｍⅿ",
    "p": "рｐ",
    "l": "ӏｌⅼ",
}
UNSEEN = "\u200b\u200d\u2060\ufeff\u00ad\u202e\u2066\u0301"
DOTS = "\u3002\uff0e\uff61\u2024"
DISGUISED = [
    *(ANNA[:at] + other + ANNA[at + 1 :] for at, letter in enumerate(ANNA) for other in LOOKALIKES.get(letter, "")),
    *(ANNA[:at] + mark + ANNA[at:] for at in (1, 3, 4, 5, 8, len(ANNA)) for mark in UNSEEN),
    *(ANNA.replace(".", dot) for dot in DOTS),
    *(ANNA.replace("@", at) for at in "＠﹫"),
]  # fmt: skip


@pytest.mark.parametrize("address", DISGUISED, ids=ascii)
def test_m9_an_address_that_only_looks_like_it_is_not_the_contact(address: str) -> None:
    assert author_of([f"Anna <{address}>"])[0] != ANNA


def test_m9_has_its_hundred() -> None:
    assert len(DISGUISED) >= 100
