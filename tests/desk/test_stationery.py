"""What stands around the words of our mail, and that nobody's answer is read as having written it."""

from dataclasses import replace
from email import message_from_bytes
from functools import cache
from typing import Any, cast

import pytest

from mailflow.config import Mail
from mailflow.desk.explain import letter_html, letter_text
from mailflow.desk.policy import Policy
from mailflow.desk.writing.kind import TO_AGENTS, Kind
from mailflow.desk.writing.letter import write
from mailflow.desk.writing.preview import OF_THE_TICKET
from mailflow.desk.writing.stationery import PLAIN
from mailflow.mail.compose import one_line
from mailflow.mail.enclosure import enclosure
from mailflow.mail.markup.html import text_of
from mailflow.mail.parse import parse
from mailflow.mail.template import Templates
from mailflow.mail.values import FOOTER, FOOTERS, VALUES
from tests.desk.test_letter import send
from tests.mail.test_template import FILES, LANGUAGES

LEGAL = "{{ organisation }} Ltd, 1 Main Street\nRegistered in Warsaw: 0000000042"
MARKERS = {language: f"##- {FILES[f'{language}/marker.txt'].strip()} -##" for language in LANGUAGES}
WORDS = "It works now, thank you.\n\nAnna Nowak"
HEADER = {
    "de": "Von: {}\nGesendet: Montag, 2. November 2026 10:00\nAn: anna@kunde.example\nBetreff: Re: Drucker",
    "en": "From: {}\nSent: Monday, 2 November 2026 10:00\nTo: anna@kunde.example\nSubject: Re: Printer",
    "es": "De: {}\nEnviado: lunes, 2 de noviembre de 2026 10:00\nPara: anna@kunde.example\nAsunto: Re: Impresora",
    "fr": "De : {}\nEnvoyé : lundi 2 novembre 2026 10:00\nÀ : anna@kunde.example\nObjet : Re: Imprimante",
    "pl": "Od: {}\nWysłano: poniedziałek, 2 listopada 2026 10:00\nDo: anna@kunde.example\nTemat: Re: Drukarka",
}
OURS = "Firma Support <support@firma.example>"


def dressed(desk: Any, **files: str) -> Policy:
    """With a marker, HTML in a frame, and a footer for all and for billing."""
    added = {
        f"en/{FOOTER}.txt": LEGAL,
        f"en/{FOOTERS}billing.txt": "Billing only\n",
        f"pl/{FOOTER}.txt": "Firma, Polska",
    }
    added["frame.html"] = "<h1>{{ organisation }}</h1>{{ body }}"
    config = desk.policy.config.model_copy(update={"mail": Mail(marker=True, html=True)})
    return replace(desk.policy, config=config, templates=templates(**{**added, **files}))


@cache
def templates(**files: str) -> Templates:
    return Templates.of({**FILES, **files})


def said(kind: Kind) -> dict[str, str]:
    """What the ticket does not say."""
    own = {name: value for name, value in VALUES[kind].items() if name not in OF_THE_TICKET}
    return {**own, "text": "Proszę użyć wody."}


def text(octets: bytes) -> str:
    return parse(octets).text


def answered(desk: Any, language: str, **said: Any) -> str:
    return text(write(send(language=language, **said), desk.ticket(), dressed(desk), desk.now).octets)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("language", LANGUAGES)
def test_mail_to_customers_has_the_marker_above_and_the_footer_below(kind: Kind, language: str, desk: Any) -> None:
    shown = answered(desk, language, kind=kind, values=said(kind))
    footer = "Firma, Polska" if language == "pl" else "Firma Ltd, 1 Main Street\nRegistered in Warsaw: 0000000042"
    assert shown.startswith(f"{MARKERS[language]}\n\n") is (kind not in PLAIN)
    assert shown.rstrip().endswith(f"\n{footer}") is (kind not in PLAIN | TO_AGENTS)
    assert shown.count("\n-- \n") + shown.count("\n--\n") == (kind not in PLAIN | TO_AGENTS)


def test_a_page_that_goes_along_is_no_page_of_ours(desk: Any) -> None:
    page = enclosure("page.html", "text/html", b"<p>evil</p>")
    outgoing = write(send(enclosures=(page,)), desk.ticket(), desk.policy, desk.now)
    assert letter_html(outgoing) == ""
    assert "evil" not in letter_text(outgoing)


def test_a_department_has_a_footer_of_its_own(desk: Any) -> None:
    billing = desk.ticket(department="billing")
    outgoing = write(send(), billing, dressed(desk), desk.now)
    assert text(outgoing.octets).rstrip().endswith("\nBilling only")


def test_without_either_a_mail_is_its_template(desk: Any) -> None:
    shown = text(write(send(language="en"), desk.ticket(), desk.policy, desk.now).octets)
    assert shown.startswith("Proszę użyć wody.\n\n--")


def test_a_footer_that_says_nothing_is_none(desk: Any) -> None:
    files = {f"en/{FOOTER}.txt": "{% if department == 'Sales' %}\nSales only\n{% endif %}\n", f"pl/{FOOTER}.txt": "\n"}
    outgoing = write(send(Kind.RESOLVED), desk.ticket(), dressed(desk, **files), desk.now)
    assert "\n--" not in text(outgoing.octets)


def test_of_each_kind_it_was_decided_who_reads_it() -> None:
    customers = (
        "acknowledgement registration challenge reopened resolved reminder closing closed standing requests merged "
        "split incident incident_update incident_over missing step complete consent party reply recap "
        "reach reach_state reach_answered details_pending details_changed details_kept expired "
        "registered not_registered newcomer recovery"
    )
    assert set(Kind) - PLAIN - TO_AGENTS == set(customers.split())


def quoted(shown: str) -> str:
    return "\n".join(f"> {line}" for line in shown.split("\n"))


def broken(shown: str) -> str:
    """By a mail program that wraps what it quotes at 60 columns, and marks the first line of each only."""
    return "\n".join(f"> {line[:58]}\n{line[58:]}" if len(line) > 70 else f"> {line}" for line in shown.split("\n"))


WAYS = {
    "quoted": lambda ours, language: f"On 2 Nov 2026 at 10:00, {OURS} wrote:\n\n{quoted(ours)}",
    "quoted and broken": lambda ours, language: f"On 2 Nov 2026 at 10:00, {OURS} wrote:\n\n{broken(ours)}",
    "quoted below nothing": lambda ours, language: quoted(ours),
    "below a header": lambda ours, language: f"{HEADER[language].format(OURS)}\n\n{ours}",
    "below a header of no table": lambda ours, language: f"Auctor: {OURS}\nDies: II.XI.MMXXVI\nRes: Typum\n\n{ours}",
    "below a sentence of no table": lambda ours, language: f"{OURS} die 2.11.2026 10:00 scripsit:\n\n{ours}",
    "below nothing": lambda ours, language: ours,
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", [Kind.REPLY, Kind.ACKNOWLEDGEMENT, Kind.REMINDER])
def test_an_answer_is_what_stands_above_the_marker(kind: Kind, way: str, language: str, desk: Any) -> None:
    ours = answered(desk, language, kind=kind, values=said(kind))
    body = f"{WORDS}\n\n{WAYS[way](ours, language)}"
    header = (
        "From: anna@kunde.example\nSubject: Re: [#42] x\nIn-Reply-To: <1@x>\nContent-Type: text/plain; charset=utf-8\n"
    )
    read = parse(f"{header}\n{body}".replace("\n", "\r\n").encode())
    assert read.reply == WORDS


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_below_what_is_quoted_are_the_answer_and_the_footer_is_not(language: str, desk: Any) -> None:
    ours = quoted(answered(desk, language))
    header = "From: anna@kunde.example\nSubject: Re: x\nIn-Reply-To: <1@x>\nContent-Type: text/plain; charset=utf-8\n"
    read = parse(f"{header}\n{ours}\n\n{WORDS}\n".replace("\n", "\r\n").encode())
    assert read.reply == WORDS


@pytest.mark.parametrize("kind", list(Kind))
def test_mail_to_customers_has_html_and_that_to_agents_is_plain(kind: Kind, desk: Any) -> None:
    outgoing = write(send(kind=kind, values=said(kind)), desk.ticket(), dressed(desk), desk.now)
    wanted = "text/plain" if kind in PLAIN | TO_AGENTS else "multipart/alternative"
    assert message_from_bytes(outgoing.octets).get_content_type() == wanted
    assert bool(letter_html(outgoing)) is (kind not in PLAIN | TO_AGENTS)
    assert letter_text(outgoing).startswith(f"    To: anna@kunde.example\n    Subject: {outgoing.subject}\n")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "around",
    [
        "<div>{words}</div><div class='gmail_quote'><div>On 2 Nov 2026, Firma &lt;support@firma.example&gt; wrote:<br>"
        "</div><blockquote class='gmail_quote'>{ours}</blockquote></div>",
        "<div>{words}</div><blockquote type='cite'>{ours}</blockquote>",
        "<p>{words}</p><div style='border:none;border-top:solid #E1E1E1 1.0pt'><p><b>Von:</b> Firma "
        "&lt;support@firma.example&gt;<br><b>Gesendet:</b> Montag, 2. November 2026 10:00<br>"
        "<b>Betreff:</b> Re: x</p></div>{ours}",
        "<p>{words}</p><hr>{ours}",
        "<p>{words}</p>{ours}",
    ],
)
def test_an_answer_in_html_is_what_stands_above_our_html(around: str, language: str, desk: Any) -> None:
    ours = letter_html(write(send(language=language), desk.ticket(), dressed(desk), desk.now))
    body = around.format(
        words=WORDS.replace("\n\n", "<br><br>"), ours=ours.partition("<body>")[2].partition("</body>")[0]
    )
    header = "From: anna@kunde.example\nSubject: Re: x\nIn-Reply-To: <1@x>\nContent-Type: text/html; charset=utf-8\n"
    assert parse(f"{header}\n{body}".replace("\n", "\r\n").encode()).reply == WORDS


def test_the_reader_of_a_mail_finds_the_signature(desk: Any) -> None:
    octets = write(send(Kind.RESOLVED, language="en"), desk.ticket(), dressed(desk), desk.now).octets
    body = next(part for part in message_from_bytes(octets).walk() if part.get_content_type() == "text/plain")
    assert b"\r\n-- \r\nFirma Ltd, 1 Main Street\r\n" in cast(bytes, body.get_payload(decode=True))


@pytest.mark.parametrize(
    "subject",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=y>',
        "javascript:x",
        "&lt;b&gt;",
        "\u202egpj.exe",
        "</pre></body>",
    ],
)
def test_a_customers_subject_is_shown_and_nothing_else(subject: str, desk: Any) -> None:
    outgoing = write(send(Kind.RESOLVED, language="en"), desk.ticket(subject=subject), dressed(desk), desk.now)
    page = letter_html(outgoing)
    assert "<script" not in page
    assert "<img" not in page
    assert page.count("</body>") == page.count("</pre>") == 1
    assert f"    Subject:  {one_line(subject)}\n" in text_of(page)
