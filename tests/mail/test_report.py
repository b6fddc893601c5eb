"""Delivery reports with a machine-readable part (RFC 3464)."""

from mailflow.mail.message import Report, ReportRecipient
from mailflow.mail.parts import parts_of
from mailflow.mail.report import report_of

HEADER = """From: Mail Delivery System <mailer-daemon@mx.example>
To: help@firma.example
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary=cut
"""
TEXT = """
--cut
Content-Type: text/plain

I'm sorry to have to inform you.
"""
RETURNED = """
--cut
Content-Type: message/rfc822

From: help@firma.example
Message-ID: <t42.abc@firma.example>
Subject: [#42] Drucker

Please try again.
"""
HEADERS_ONLY = """
--cut
Content-Type: text/rfc822-headers

Message-ID:
 <folded@firma.example>
Subject: x
"""
END = "\n--cut--\n"


def status(*groups: str, content_type: str = "message/delivery-status") -> str:
    return f"\n--cut\nContent-Type: {content_type}\n\nReporting-MTA: dns; mx.example\n\n" + "\n".join(groups)


def read(*pieces: str) -> Report | None:
    root = parts_of("".join([HEADER, *pieces, END]).encode())
    return report_of(root, "I'm sorry to have to inform you.")


def recipients(*pieces: str) -> tuple[ReportRecipient, ...]:
    report = read(*pieces)
    assert report is not None
    return report.recipients


FAILED = """Final-Recipient: rfc822; jan@weg.example
Original-Recipient: rfc822;jan@alt.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <jan@weg.example>:
 Recipient address rejected
"""
DELAYED = "Final-Recipient: RFC822; <ewa@weg.example>\nAction: Delayed\nStatus: 4.4.1\n"


def test_every_recipient_with_action_status_and_diagnostic() -> None:
    assert recipients(TEXT, status(FAILED, DELAYED)) == (
        ReportRecipient(
            address="jan@alt.example",  # the one we wrote to
            action="failed",
            status="5.1.1",
            diagnostic="550 5.1.1 <jan@weg.example>: Recipient address rejected",
        ),
        ReportRecipient(address="ewa@weg.example", action="delayed", status="4.4.1", diagnostic=""),
    )


def test_the_original_message_is_named_by_what_came_back() -> None:
    whole, headers = read(status(FAILED), RETURNED), read(status(FAILED), HEADERS_ONLY)

    assert whole is not None
    assert headers is not None
    assert (whole.original_message_id, headers.original_message_id) == ("t42.abc@firma.example", "folded@firma.example")


def test_nothing_came_back() -> None:
    report = read(TEXT, status(FAILED))

    assert report is not None
    assert report.original_message_id == ""


def test_a_writer_that_forgets_the_blank_line_between_recipients() -> None:
    assert [one.address for one in recipients(status(FAILED + DELAYED))] == ["jan@alt.example", "ewa@weg.example"]


def test_a_writer_that_forgets_action_and_status() -> None:
    bare = "Final-Recipient: rfc822; jan@weg.example\nDiagnostic-Code: smtp; 452 4.2.2 mailbox full\n"

    assert recipients(status(bare))[0].action == "delayed"
    assert recipients(status(bare))[0].status == "4.2.2"


def test_a_line_that_is_no_field_takes_its_continuation_with_it() -> None:
    broken = f"no colon in here\n  and it goes on\n{FAILED}"

    assert [one.address for one in recipients(status(broken))] == ["jan@alt.example"]


def test_an_internationalised_report_is_read_too() -> None:  # RFC 6533
    assert recipients(status(FAILED, content_type="message/global-delivery-status"))[0].address == "jan@alt.example"


def test_a_local_user_is_no_address() -> None:
    group = "Final-Recipient: X-LOCAL; jan\nAction: failed\nStatus: 5.1.1\n"

    assert [one.address for one in recipients(status(group, FAILED))] == ["jan@alt.example"]


def test_a_report_that_a_person_forwards_is_no_report() -> None:
    forwarded = "".join([HEADER, TEXT, status(FAILED), END])
    root = parts_of(
        (
            "From: anna@kunde.example\nSubject: Fwd: Undelivered\nContent-Type: multipart/mixed; boundary=out\n\n"
            "--out\nContent-Type: text/plain\n\nWhat is this?\n--out\nContent-Type: message/rfc822\n\n"
            f"{forwarded}\n--out--\n"
        ).encode()
    )

    assert report_of(root, "What is this?") is None


def test_ten_thousand_recipients_are_read_up_to_a_limit() -> None:
    assert len(recipients(status(*[DELAYED] * 10_000))) == 100


def test_ordinary_mail_is_no_report() -> None:
    assert report_of(parts_of(b"From: anna@kunde.example\nSubject: Drucker\n\nHelp!\n"), "Help!") is None
