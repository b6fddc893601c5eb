"""What tells of a person, in text and in mail of others."""

import time
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from mailflow.mail.parse import parse
from mailflow.mail.redaction import redacted, tells
from mailflow.mail.traces import Traces, telling

WORDS = "The printer on the second floor burns since yesterday and nobody helps.\nIt smells.\n"
ANNA = Traces(
    addresses=frozenset({"anna@kunde.example"}),
    names=frozenset({"Anna Nowak"}),
    ids=frozenset({"1@kunde.example"}),
    words=(WORDS,),
    subjects=frozenset({"Hot printer"}),
)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("write to Anna@Kunde.Example now", "write to [erased] now"),
        ('"A. N." <anna@kunde.example>, Bob <bob@kunde.example>', "[erased], Bob <bob@kunde.example>"),
        ("bounces+anna=kunde.example@list.example", "bounces+[erased]@list.example"),
        ("joanna=kunde.example@list.example", "joanna=kunde.example@list.example"),
        ("anna=kunde.example@list.example", "[erased]@list.example"),
        ("https://x.example/?u=anna%40kunde.example", "https://x.example/?u=[erased]"),
        ("anna+news@kunde.example", "[erased]"),
        ("joanna@kunde.example anna@kunde.example.org", "joanna@kunde.example anna@kunde.example.org"),
        ("Dear Nowak, ANNA!", "Dear [erased]!"),
        ("Anna Nowakowska, Hanna Nowak and Anna", "Anna Nowakowska, Hanna Nowak and Anna"),
        ("In-Reply-To: <1@kunde.example> <2@kunde.example>", "In-Reply-To: [erased] <2@kunde.example>"),
        ("He said: the printer on the\n> second floor burns since. Yes.", "He said: [erased]. Yes."),
        ("The printer on the desk", "The printer on the desk"),
        ("It smells.", "It smells."),
    ],
)
def test_what_tells_of_her_is_taken_out(text: str, left: str) -> None:
    assert ANNA.redacted(text) == left
    assert ANNA.found_in(text) == (text != left)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("the second floor burns", "[erased]"),
        ("> It smells.\nIt smells of roses.", "> [erased]\nIt smells of roses."),
        ("Re: Hot printer", "Re: [erased]"),
    ],
)
def test_who_talked_with_her_quotes_her_in_fewer_words(text: str, left: str) -> None:
    assert ANNA.redacted(text) == text
    assert ANNA.redacted(text, tied=True) == left


def test_one_word_is_no_name() -> None:
    assert telling("Anna Nowak")
    assert not telling("Anna")
    assert not telling("anna@kunde.example")


def test_names_are_found_however_letters_are_composed() -> None:
    traces = Traces(frozenset({"j@x.example"}), frozenset({"Jörg Überall"}))
    assert traces.redacted("Jo\u0308rg U\u0308berall; JÖRG ÜBERALL") == "[erased]; [erased]"


def others() -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = "Bob <bob@firma.example>"
    mail["To"] = "support@firma.example"
    mail["Cc"] = "Anna Nowak <anna@kunde.example>, Carl <carl@firma.example>"
    mail["Subject"] = "Re: Hot printer"
    mail["Message-ID"] = "<bob@firma.example>"
    mail.set_content("My own words stay: żółw.\n> the second floor burns\n", cte="base64")
    mail.add_alternative(
        "<p>as <b>Anna</b> Nowak wrote: it&nbsp;smells</p><p>Mine.</p>", subtype="html", cte="quoted-printable"
    )
    mail.add_attachment(b"\x89PNG\x00picture", "image", "png", filename="mine.png")
    mail.add_attachment(b"\x89PNG\x00of anna@kunde.example", "image", "png", filename="Anna Nowak.png")
    return mail


def test_a_mail_of_somebody_else_keeps_what_is_not_hers() -> None:
    octets = others().as_bytes()
    anew = redacted(octets, ANNA)
    assert anew is not None
    assert not tells(anew, ANNA, tied=True)
    message = parse(anew, contents=True)
    assert message.author == "bob@firma.example"
    assert message.subject == "Re: [erased]"
    assert "My own words stay: żółw." in message.text
    assert "floor" not in message.text
    assert "Mine." in (message.html or "")
    assert "Anna" not in (message.html or "")
    assert [each.filename for each in message.attachments] == ["mine.png", "[erased].png"]
    mine, hers = (part.get_payload(decode=True) for part in message_from_bytes(anew).walk() if part.get_filename())
    assert mine == b"\x89PNG\x00picture"
    assert hers == b"[erased]"


def test_what_does_not_tell_of_her_is_not_touched() -> None:
    assert redacted(b"From: bob@firma.example\r\n\r\nThe printer burns.\r\n", ANNA) is None


def test_a_mail_of_hers_that_somebody_attaches_is_gone() -> None:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = "bob@firma.example"
    mail.set_content("See below.\n")
    inner = EmailMessage(policy=SMTP)
    inner["From"], inner["Subject"] = "anna@kunde.example", "Secret"
    inner.set_content("Never seen elsewhere.\n")
    mail.add_attachment(inner)
    anew = redacted(mail.as_bytes(), ANNA) or b""
    assert b"See below." in anew
    assert b"Never seen" not in anew
    assert b"Secret" not in anew


def test_messages_within_messages_take_no_time_without_end() -> None:
    octets = (
        b"From: bob@firma.example\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 20_000 + b"anna@kunde.example\r\n"
    )
    begun = time.process_time()
    anew = redacted(octets, ANNA)
    assert anew is not None
    assert not tells(anew, ANNA)
    assert time.process_time() - begun < 5
