"""Whose mail another passes on: as mail programs write it, and never by a name or a guess."""

import time

import pytest

from mailflow.mail.message import PassedOn
from mailflow.mail.parse import parse
from mailflow.mail.replies.forward import forward_in
from mailflow.mail.wire import as_wire, from_wire

ANNA = ("anna@firma.example", "Anna Nowak")
BELOW = "Date: Mon, 2 Nov 2026 at 10:00\nSubject: Printer\nTo: Ewa <ewa@staff.example>\n\nIt burns.\n\nAnna"
FORWARDS: dict[str, tuple[str, tuple[str, str], str, str, str]] = {
    "Gmail": (
        f"Please help her.\n\n---------- Forwarded message ---------\nFrom: Anna Nowak <anna@firma.example>\n{BELOW}",
        ANNA,
        "Printer",
        "It burns.\n\nAnna",
        "Please help her.",
    ),
    "Outlook, in German, below a signature": (
        "Bitte.\n\n-- \nEwa\n\n________________________________\nVon: Anna Nowak <anna@firma.example>\n"
        "Gesendet: Montag, 2. November 2026 10:00\nAn: Ewa\nBetreff: Drucker\n\nEr brennt.",
        ANNA,
        "Drucker",
        "Er brennt.",
        "Bitte.",
    ),
    "Outlook of old": (
        "-----Original Message-----\nFrom: Anna Nowak [mailto:anna@firma.example]\nSent: Monday\nTo: Ewa\n"
        "Subject: Printer\n\nIt burns.",
        ANNA,
        "Printer",
        "It burns.",
        "",
    ),
    "Apple Mail, marked as a quotation": (
        "Begin forwarded message:\n\n> From: Anna Nowak <anna@firma.example>\n> Subject: Printer\n"
        "> Date: 2 November 2026 at 10:00:00 CET\n> To: ewa@staff.example\n> \n> It burns.\n> \n> Anna",
        ANNA,
        "Printer",
        "It burns.\n\nAnna",
        "",
    ),
    "a bold name, an address alone": (
        f"---------- Forwarded message ---------\n*From:* anna@firma.example\n{BELOW}",
        ("anna@firma.example", ""),
        "Printer",
        "It burns.\n\nAnna",
        "",
    ),
    "of a forward the outer": (
        f"---------- Forwarded message ---------\nFrom: Anna Nowak <anna@firma.example>\n{BELOW}\n\n"
        f"---------- Forwarded message ---------\nFrom: Bob <bob@fremd.example>\n{BELOW}",
        ANNA,
        "Printer",
        "It burns.\n\nAnna\n\n---------- Forwarded message ---------\nFrom: Bob <bob@fremd.example>\n" + BELOW,
        "",
    ),
    "in French": (
        "---------- Message transféré ---------\nDe : Anna Nowak <anna@firma.example>\nDate: lun. 2 nov. 2026 à 10:00\n"
        "Objet : Imprimante\nÀ : Ewa\n\nElle brûle.",
        ANNA,
        "Imprimante",
        "Elle brûle.",
        "",
    ),
}


@pytest.mark.parametrize("program", FORWARDS)
def test_the_original_and_whose_it_was(program: str) -> None:
    text, who, subject, said, above = FORWARDS[program]
    found = forward_in(text)
    assert found is not None
    assert ((found.author, found.name), found.subject, found.text, found.above) == (who, subject, said, above)


NOBODYS = {
    "two addresses": f'---------- Forwarded message ---------\nFrom: "ceo@firma.example" <evil@x.example>\n{BELOW}',
    "a name": f"---------- Forwarded message ---------\nFrom: Anna Nowak\n{BELOW}",
    "no address that can be written to": f"---------- Forwarded message ---------\nFrom: <a\x00b@x.example>\n{BELOW}",
    "nothing below": "---------- Forwarded message ---------",
    "no copied header": "Please look at this.\nFrom: here\n\nanna@firma.example",
    "far below": "\n" * 600 + f"---------- Forwarded message ---------\nFrom: Anna <anna@firma.example>\n{BELOW}",
    "": "",
}


@pytest.mark.parametrize("case", NOBODYS)
def test_where_it_is_not_clear_it_is_nobodys(case: str) -> None:
    assert forward_in(NOBODYS[case]) is None


HEAD = "From: ewa@staff.example\nTo: support@firma.example\nDate: Mon, 2 Nov 2026 10:00:00 +0100\nMIME-Version: 1.0\n"
ATTACHED = (
    'Content-Type: multipart/mixed; boundary="b"\n\n--b\n\nPlease.\n\n-- \nEwa\n'
    "--b\nContent-Type: message/rfc822\n\n{}\n--b--\n"
)
ORIGINAL = (
    "From: Anna <anna@firma.example>\nSubject: Printer\nMessage-ID: <1@firma.example>\n\nIt burns, please help me."
)


def test_an_attached_message_is_read_as_one() -> None:
    message = parse(f"Subject: Fwd: Printer\n{HEAD}{ATTACHED.format(ORIGINAL)}".encode())
    assert message.passed_on == PassedOn(
        author="anna@firma.example",
        name="Anna",
        subject="Printer",
        text="It burns, please help me.",
        above="Please.",
        message_id="1@firma.example",
        language="en",
    )
    assert from_wire(as_wire(message)) == message


@pytest.mark.parametrize(
    ("subject", "fields", "inner"),
    [
        ("Re: Printer", "", ORIGINAL),
        ("Fwd: Printer", "", "From: a@x.example\nFrom: b@x.example\n\nTwo."),
        ("Fwd: Printer", "", f"{ORIGINAL}\n--b\nContent-Type: message/rfc822\n\n{ORIGINAL}"),
    ],
    ids=["an answer", "nobody's", "two"],
)
def test_what_is_attached_otherwise_is_a_file(subject: str, fields: str, inner: str) -> None:
    assert parse(f"Subject: {subject}\n{HEAD}{fields}{ATTACHED.format(inner)}".encode()).passed_on is None


def test_only_a_forward_passes_on_what_its_text_shows() -> None:
    text = FORWARDS["Gmail"][0]
    found = [parse(f"Subject: {subject}\n{HEAD}\n{text}".encode()).passed_on for subject in ("Fwd: x", "Re: x", "x")]
    assert [each and each.author for each in found] == ["anna@firma.example", None, None]


def test_messages_within_messages_are_read_once() -> None:
    mail = f"Subject: Fwd: x\n{HEAD}{ATTACHED.format(ORIGINAL)}"
    for depth in range(20):
        around = ATTACHED.replace('"b"', f'"b{depth}"').replace("--b", f"--b{depth}")
        mail = f"Subject: Fwd: {depth}\n{HEAD}{around.format(mail)}"
    started = time.process_time()
    message = parse(mail.encode())
    assert message.passed_on is not None
    assert message.passed_on.subject == "Fwd: 18"
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "piece", ["From: a@b.example\n", "---- Forwarded message ----\n", "> ", "From:" + "@a" * 90 + "\n"], ids=repr
)
def test_it_is_read_in_linear_time(piece: str) -> None:
    started = time.process_time()
    forward_in(piece * (200_000 // len(piece)))
    assert time.process_time() - started < 2
