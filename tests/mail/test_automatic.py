"""Machines and people, by what their mail says (L1)."""

import pytest

from mailflow.mail.automatic import automatic_of, never_reads
from mailflow.mail.header import Header
from mailflow.mail.message import Automatic, AutomaticKind, Report, ReportRecipient

ANNA = "anna@kunde.example"


def judged(
    *fields: str, subject: str = "Drucker", author: str | None = ANNA, report: Report | None = None, text: str = ""
) -> Automatic:
    header = Header.of("\r\n".join([*fields, f"Subject: {subject}", "", ""]).encode())
    return automatic_of(header, subject, author, report, text)


def report(*actions: str) -> Report:
    return Report(
        recipients=tuple(
            ReportRecipient(address=f"{n}@weg.example", action=action, status="", diagnostic="")
            for n, action in enumerate(actions)
        ),
        original_message_id="",
    )


FIELDS = [
    (("Auto-Submitted: auto-replied",), AutomaticKind.AUTO_REPLY),
    (("Auto-Submitted: auto-replied (vacation)",), AutomaticKind.AUTO_REPLY),
    (("auto-submitted: Auto-Generated; owner=cron",), AutomaticKind.AUTO_GENERATED),
    (("Auto-Submitted: auto-notified",), AutomaticKind.AUTO_GENERATED),
    (("X-Autoreply: yes",), AutomaticKind.AUTO_REPLY),
    (("X-Autorespond: Drucker",), AutomaticKind.AUTO_REPLY),
    (("Precedence: auto_reply",), AutomaticKind.AUTO_REPLY),
    (("Precedence: bulk", "X-Autoreply: yes"), AutomaticKind.AUTO_REPLY),
    (("Precedence: bulk",), AutomaticKind.LIST),
    (("Precedence: junk",), AutomaticKind.LIST),
    (("List-Id: <users.firma.example>",), AutomaticKind.LIST),
    (("List-Unsubscribe: <mailto:off@firma.example>",), AutomaticKind.LIST),
    (("X-Auto-Response-Suppress: All",), AutomaticKind.AUTO_GENERATED),
    (("X-Auto-Response-Suppress: DR, OOF, AutoReply",), AutomaticKind.AUTO_GENERATED),
    (("X-Loop: help@firma.example",), AutomaticKind.AUTO_GENERATED),
    (("Return-Path: <>",), AutomaticKind.AUTO_GENERATED),
    (("Content-Type: multipart/report; report-type=disposition-notification",), AutomaticKind.DISPOSITION),
    (('Content-Type: multipart/report; report-type="feedback-report"',), AutomaticKind.FEEDBACK),
    (("Content-Type: multipart/report; report-type=tlsrpt",), AutomaticKind.AUTO_GENERATED),
]


@pytest.mark.parametrize(("fields", "kind"), FIELDS)
def test_a_header_field_tells_a_machine(fields: tuple[str, ...], kind: AutomaticKind) -> None:
    automatic = judged(*fields)

    assert automatic.kind is kind
    assert automatic.why


PEOPLE = [
    (),
    ("Auto-Submitted: no",),
    ("Auto-Submitted: auto-forwarded",),
    ("X-Autoreply: no",),
    ("X-Auto-Response-Suppress: DR, NDR, RN",),
    ("Precedence: first-class",),
    ("Return-Path: <anna@kunde.example>",),
    ("Importance: high",),
    ("Content-Type: multipart/mixed; boundary=report-type",),
]


@pytest.mark.parametrize("fields", PEOPLE)
def test_a_person_is_left_alone(fields: tuple[str, ...]) -> None:
    assert judged(*fields) == Automatic(kind=AutomaticKind.NONE, why="")


AWAY = [
    "Automatic reply: Drucker",
    "Out of Office: Drucker",
    "AutoReply: Drucker",
    "Réponse automatique : Drucker",
    "Respuesta automática: Drucker",
    "Automatyczna odpowiedź: Drucker",
    "[Automatyczna odpowiedź] Drucker",
    "Automatische Antwort: Drucker",
    "Abwesenheitsnotiz: Drucker",
    "Risposta automatica: Drucker",
    "Resposta automática: Drucker",
    "Automatisch antwoord: Drucker",
    "Autosvar: Drucker",
    "Автоматический ответ: Drucker",
    "【自動返信】Drucker",
    "[users] Anna Nowak is out of the office.",
]


@pytest.mark.parametrize("subject", AWAY)
def test_the_subject_of_an_absence_note_needs_no_header(subject: str) -> None:
    assert judged(subject=subject).kind is AutomaticKind.AUTO_REPLY


def test_an_absence_note_that_went_through_a_list_is_no_list_mail() -> None:
    assert judged("List-Id: <users.firma.example>", subject="Out of office").kind is AutomaticKind.AUTO_REPLY


QUESTIONS_OF_PEOPLE = [
    "Re: Automatic reply: Drucker",
    "How do I set up an automatic reply?",
    "Your vacation module is broken",
    "Re: Anna is out of the office",
    "Automatik am Drucker",
]


@pytest.mark.parametrize("subject", QUESTIONS_OF_PEOPLE)
def test_a_question_about_absence_notes_is_none(subject: str) -> None:
    assert judged(subject=subject).kind is AutomaticKind.NONE


SAID = ["I am out of the office until Monday.", "Przebywam na urlopie do 3 maja.", "Je suis absent jusqu'au 3 mai."]


@pytest.mark.parametrize("text", SAID)
def test_words_of_an_absence_note_count_only_in_an_answer(text: str) -> None:
    assert judged("In-Reply-To: <1@firma.example>", subject="Re: Drucker", text=text).kind is AutomaticKind.AUTO_REPLY
    assert judged(subject="Drucker", text=text).kind is AutomaticKind.NONE


REPORTS = [
    (("failed",), AutomaticKind.BOUNCE),
    (("delayed",), AutomaticKind.DELAY),
    (("delayed", "failed"), AutomaticKind.BOUNCE),
    (("delivered",), AutomaticKind.AUTO_GENERATED),
    (("relayed", "expanded"), AutomaticKind.AUTO_GENERATED),
    (("delivered", "delayed"), AutomaticKind.DELAY),
    ((), AutomaticKind.BOUNCE),
]


@pytest.mark.parametrize(("actions", "kind"), REPORTS)
def test_a_delivery_report_is_what_it_says_of_its_recipients(actions: tuple[str, ...], kind: AutomaticKind) -> None:
    assert judged("List-Id: <users.firma.example>", report=report(*actions)).kind is kind


@pytest.mark.parametrize("address", ["MAILER-DAEMON@mx.example", "postmaster@mx.example", "bounces+12@mx.example"])
def test_a_program_writes_from_its_name(address: str) -> None:
    assert judged(author=address).kind is AutomaticKind.AUTO_GENERATED
    assert never_reads(address)


@pytest.mark.parametrize("address", ["noreply@shop.example", "No-Reply@shop.example", "no-reply.orders@shop.example"])
def test_a_form_on_a_web_page_may_carry_words_of_a_person_but_nobody_reads_the_answer(address: str) -> None:
    assert judged(author=address).kind is AutomaticKind.NONE
    assert never_reads(address)


@pytest.mark.parametrize("address", ["", ANNA, "noreplying@shop.example", "info@noreply.example"])
def test_others_read_their_mail(address: str) -> None:
    assert not never_reads(address)


def test_the_reason_names_the_field() -> None:
    assert judged("Auto-Submitted: auto-replied").why == "it says Auto-Submitted: auto-replied (RFC 3834)"
    assert judged("List-Id: <users.firma.example>").why == "it went to many: it carries the field List-Id"


@pytest.mark.parametrize("kind", ["disposition-notification", "feedback-report"])
def test_a_receipt_or_a_complaint_that_names_our_mail_is_no_bounce(kind: str) -> None:
    about = Report(recipients=(), original_message_id="t42@firma.example")
    automatic = judged(f"Content-Type: multipart/report; report-type={kind}", report=about)

    assert automatic.kind in (AutomaticKind.DISPOSITION, AutomaticKind.FEEDBACK)
