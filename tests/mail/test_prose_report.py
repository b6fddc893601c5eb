"""Delivery reports in prose, and people who write about deliveries."""

import time

import pytest

from mailflow.mail.header import Header
from mailflow.mail.prose_report import original_id, read

DAEMON = "From: Mail Delivery System <mailer-daemon@mx.example>\nTo: help@firma.example\n"
RETURNED = "Received: from mx.firma.example\nMessage-ID: <t42.abc@firma.example>\nTo: jan@weg.example\n\nHello\n"


def header(*fields: str, sender: str = DAEMON, subject: str = "failure notice") -> Header:
    return Header.of("".join([sender, f"Subject: {subject}\n", *(f"{field}\n" for field in fields), "\n"]).encode())


def found(text: str, **how: str) -> list[tuple[str, str, str]] | None:
    said = read(header(**how), text, "")
    return said and [(one.address, one.action, one.status) for one in said]


PROSE = {
    "qmail": "Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver your message.\n\n"
    "<jan@weg.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy.\n\n",
    "exim": "A message that you sent could not be delivered to all of its recipients. The following address(es) failed:"
    "\n\n  jan@weg.example\n    host mx.weg.example [192.0.2.7]: 550 5.1.1 user unknown\n\n"
    "------ This is a copy of the message, including all the headers. ------\n\n",
    "postfix": "I'm sorry to have to inform you that your message could not be delivered.\n"
    "For further assistance, please send mail to <postmaster@mx.example>\n\n"
    "<jan@weg.example>: host mx.weg.example said: 550 5.1.1\n    User unknown\n\n",
    "sendmail": "   ----- The following addresses had permanent fatal errors -----\n<jan@weg.example>\n\n"
    "   ----- Transcript of session follows -----\n550 5.1.1 <jan@weg.example>... User unknown\n\n",
    "exchange": "Your message\n\n  To: Jan\n\ndid not reach the following recipient(s):\n\n"
    "jan@weg.example on Tue, 3 May 2026 10:15:00 +0200\n    5.1.1 The recipient name is not recognized\n\n",
    "gmail": "Delivery to the following recipient failed permanently:\n\n     jan@weg.example\n\n"
    "The error that the other server returned was:\n550 5.1.1 No such user\n\n----- Original message -----\n\n",
    "labelled": "Your message was not delivered.\nUndeliverable Address: jan@weg.example\nReason: 5.1.1 unknown\n\n",
    "in a sentence": "Your message to jan@weg.example could not be delivered: 5.1.1 unknown user.\n\n",
    "quoted": "It was not delivered; these addresses did NOT receive a copy:\n\n> jan@weg.example\n\n5.1.1 gone\n\n",
}


@pytest.mark.parametrize("text", PROSE.values(), ids=PROSE)
def test_a_mail_system_names_whom_it_could_not_reach(text: str) -> None:
    assert found(text + RETURNED) == [("jan@weg.example", "failed", "5.1.1")]


def test_several_recipients_each_with_its_own_status() -> None:
    text = (
        "I wasn't able to deliver your message.\n\n<jan@weg.example>:\n550 5.1.1 unknown\n\n"
        "<ewa@weg.example>:\n452 4.2.2 mailbox full\n\n"
    )

    assert found(text) == [("jan@weg.example", "failed", "5.1.1"), ("ewa@weg.example", "failed", "4.2.2")]


LATE = [
    ("Delivery Status Notification (Delay)", "Delivery to the following has been delayed:\n\n jan@weg.example\n"),
    ("Warning: could not send message for past 4 hours", "Not delivered yet.\n<jan@weg.example>\n"),
    ("Delivery failure notification", "Not delivered to:\n\njan@weg.example\n\nDelivery attempts will continue.\n"),
]  # fmt: skip


@pytest.mark.parametrize(("subject", "text"), LATE)
def test_a_mail_that_is_still_being_tried_is_late_not_lost(subject: str, text: str) -> None:
    assert found(text, subject=subject) == [("jan@weg.example", "delayed", "4.0.0")]


def test_a_final_failure_without_a_code_is_a_permanent_one() -> None:
    assert found("Your mail was not delivered.\n\n<jan@weg.example>:\nno such person\n") == [
        ("jan@weg.example", "failed", "5.0.0")
    ]


def test_a_field_names_the_recipients_best() -> None:
    said = read(header("X-Failed-Recipients: jan@weg.example,\n ewa@weg.example"), "It failed for <x@mx.example>:", "")

    assert said is not None
    assert [one.address for one in said] == ["jan@weg.example", "ewa@weg.example"]


def test_when_the_prose_names_nobody_the_returned_mail_does() -> None:
    said = read(header(), "Your message was not delivered.", "To: Jan <jan@weg.example>\nSubject: x")

    assert said is not None
    assert [one.address for one in said] == ["jan@weg.example"]


def test_the_returned_message_is_not_searched_for_recipients() -> None:
    text = "Your message was not delivered.\n\n<jan@weg.example>:\nunknown\n\n--- Below is a copy of the message.\n"

    assert found(f"{text}<someone@else.example>:\n") == [("jan@weg.example", "failed", "5.0.0")]


ANNA = "From: Anna <anna@kunde.example>\nTo: help@firma.example\n"
PEOPLE = [
    ("Delivery problem", "My parcel was not delivered. Please write to anna@kunde.example."),
    ("Parcel undelivered", "It could not be delivered, says the driver.\n\nanna@kunde.example\n"),
    ("Paczka niedostarczona", "Paczka nie została dostarczona, proszę o pomoc."),
    ("Login: user unknown", "The page says no such user.\n\n-----Original Message-----\nFrom: help\n"),
    (
        "Delivery failed",
        "The parcel was not delivered.\n\n-----Original Message-----\nFrom: Shop\nSubject: Your parcel",
    ),
    ("Re: failure notice", f"Why do I get this? It was not delivered.\n\n{RETURNED}"),
    ("Fwd: Undelivered Mail Returned to Sender", f"See below, not delivered.\n\n{RETURNED}"),
]


@pytest.mark.parametrize(("subject", "text"), PEOPLE)
def test_a_customer_who_writes_about_a_delivery_is_no_mail_system(subject: str, text: str) -> None:
    if subject.startswith("Login"):
        assert read(header("In-Reply-To: <1@firma.example>", sender=ANNA, subject=subject), text, "") is None
    else:
        assert found(text, sender=ANNA, subject=subject) is None


def test_a_postmaster_may_be_a_person_in_a_conversation() -> None:
    answer = header(
        "In-Reply-To: <1@firma.example>", sender="From: postmaster@kunde.example\n", subject="Delivery problem"
    )

    assert read(answer, "We found it: the mail was not delivered because of our filter.", "") is None


def test_who_is_no_mail_system_but_returns_a_mail_is_believed() -> None:
    text = (
        f"--- Non-Delivery Report ---\nIt could not be delivered to:\n\n<jan@weg.example>\n\nOld message:\n{RETURNED}"
    )

    assert found(text, sender=ANNA, subject="Non-Delivery: Drucker") == [("jan@weg.example", "failed", "5.0.0")]


def test_the_id_of_what_came_back_or_of_what_it_answers() -> None:
    assert original_id(header(), f"Not delivered.\n\n{RETURNED}") == "t42.abc@firma.example"
    assert original_id(header("In-Reply-To: <t7@firma.example>"), "Not delivered.") == "t7@firma.example"
    assert original_id(header(), "Not delivered.") == ""


@pytest.mark.parametrize(
    "piece", ["a@", "<a@b.example>: ", "x " * 200 + "\n", "a.b.c.", "to: ", "550 ", "\n\n", "-" * 99]
)
def test_long_reports_take_time_in_proportion(piece: str) -> None:  # M1
    text = "Your message was not delivered.\n" + piece * (300_000 // len(piece))
    began = time.process_time()

    read(header(), text, text)

    assert time.process_time() - began < 2.0
