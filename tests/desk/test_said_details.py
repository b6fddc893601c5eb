"""What a reply says of details, as people write it; and what it does not say."""

import pytest

from mailflow.desk.contacts.details import Detail, OnFile
from mailflow.desk.contacts.said_details import said_details, value_of
from mailflow.mail.replies.consent import Consent, consent_in, consent_of

ANNA = OnFile(
    contact=1, account=1, name="Anna Weber", phone="+49 221 5550110", addresses=("anna@a.example", "w@a.example"),
    language="de", region="west",
)  # fmt: skip


@pytest.mark.parametrize(
    "reply",
    [
        "I confirm", "Confirmed.", "Hello,\n\nyes, that is correct.\n\nKind regards\nAnna Weber", "Ich bestätige.",
        "Guten Tag,\n\nalles stimmt, vielen Dank!\n\nMit freundlichen Grüßen\nAnna Weber\nTel. 0221 999999\na.example",
        "Je confirme", "Bonjour,\ntout est exact.\nCordialement", "Confirmo.", "Potwierdzam, dane są aktualne.",
        "Name: Anna Weber", "Telefon: +49 221 5550110\nE-Mail: anna@a.example, w@a.example",
    ],
)  # fmt: skip
def test_it_is_right(reply: str) -> None:
    said = said_details(reply, ANNA)
    assert (said.is_right, said.wanted, said.more) == (True, {}, False)


@pytest.mark.parametrize(
    ("reply", "wanted"),
    [
        ("Phone: +48 22 555 01 23", {"phone": "+48 22 555 01 23"}),
        ("Telefonnummer: 030/123456", {"phone": "030/123456"}),
        ("Téléphone : 01 23 45 67 89", {"phone": "01 23 45 67 89"}),
        ("Teléfono: –", {"phone": ""}),
        ("Imię i nazwisko: Anna Weber-Nowak", {"name": "Anna Weber-Nowak"}),
        ("E-mail: new@b.example", {"addresses": "new@b.example"}),
        ("E-mail: New@B.example; anna@a.example", {"addresses": "new@b.example, anna@a.example"}),
        ("E-Mail: new@b.example<mailto:new@b.example>", {"addresses": "new@b.example"}),
        ("Language: français", {"language": "fr"}),
        ("Język: en", {"language": "en"}),
        ("Sprache: Französisch", {"language": "fr"}),
        ("Language: Spanish", {"language": "es"}),
        ("Langue : polonais", {"language": "pl"}),
        ("Hi,\n\nPhone: 030 123456\nName: Ann Weber\n\nBest regards\nAnna\nPhone: 0221 55\nE-mail: x@y.example",
         {"phone": "030 123456", "name": "Ann Weber"}),
    ],
)  # fmt: skip
def test_it_should_be_otherwise(reply: str, wanted: dict[str, str]) -> None:
    said = said_details(reply, ANNA)
    assert (dict(said.wanted), said.is_right, said.unfit, said.more) == (wanted, False, (), False)


@pytest.mark.parametrize(
    "reply",
    [
        "Phone: call me", "Phone: 12", "Phone: 1234567890123456", "Name: <script>", "Name: see http://bad.example",
        "Name: www.bad.example", "Name: x@y.example", "E-mail: nobody", "E-mail: a@b", "E-mail: a@b.example, c",
        "E-mail: " + ", ".join(f"a{n}@b.example" for n in range(6)), "Language: Klingon", "Region: east",
        "E-mail: a@b.example\x00c@d.example", "E-mail: \"a b\"@c.example", "Name: " + "a" * 81, "Name: 1",
    ],
)  # fmt: skip
def test_what_cannot_be_is_an_agents_to_read(reply: str) -> None:
    said = said_details(reply, ANNA)
    assert (dict(said.wanted), said.is_right, len(said.unfit)) == ({}, False, 1)


@pytest.mark.parametrize(
    "reply",
    [
        "It burns.", "Please call me.", "Is that correct?", "Roles: primary", "Password: secret", "Contract: gold",
        "", "My name: nobody knows", "Thank you!",
    ],
)  # fmt: skip
def test_words_about_something_else_say_nothing_of_details(reply: str) -> None:
    assert not said_details(reply, ANNA).says_anything


@pytest.mark.parametrize(
    "reply",
    [
        "I confirm.\n\nAnd the printer still burns.",
        "Phone: 030 123456\n\nWhen will you come?",
        "I confirm\nPhone: 030 123456",
        "I confirm.\n\nKind regards\nAnna\n\nP.S. When will you come?",
    ],
)
def test_what_it_says_besides_is_read_by_somebody(reply: str) -> None:
    said = said_details(reply, ANNA)
    assert said.says_anything
    assert said.more


def test_a_value_is_one_line_without_anything_unseen() -> None:
    assert value_of(Detail.NAME, "Anna\u202e Weber") is None
    assert value_of(Detail.NAME, "Anna\r\nBcc: x@y.example") is None
    assert value_of(Detail.PHONE, "030\u2028123456") == "030 123456"
    assert value_of(Detail.ADDRESSES, "a@b.example\r\nBcc: c@d.example") is None


@pytest.mark.parametrize(
    ("line", "consent"),
    [
        ("stop", Consent.NO), ("Stopp, das war ich nicht!", Consent.NO), ("No, I object.", Consent.NO),
        ("Please cancel", Consent.NO), ("¡Alto!", Consent.NO), ("Sprzeciwiam się", Consent.NO), ("non", Consent.NO),
        ("yes", Consent.YES), ("Tak, potwierdzam", Consent.YES), ("yes and no", Consent.MORE),
        ("Is it right?", Consent.MORE), ("Kind regards", Consent.NOTHING), ("it burns", Consent.MORE),
    ],
)  # fmt: skip
def test_one_line_of_an_answer(line: str, consent: Consent) -> None:
    assert consent_in(line) is consent


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Yes.\n\nThanks\nAnna", Consent.YES),
        ("Yes.\nBut when?", Consent.MORE),
        ("Yes.\nNo.", Consent.NO),
        ("No.\nWho is that?", Consent.NO),
        ("Thanks", Consent.NOTHING),
        ("", Consent.NOTHING),
    ],
)
def test_all_lines_say_one_thing_together(text: str, said: Consent) -> None:
    assert consent_of(text, "Anna Nowak") is said
