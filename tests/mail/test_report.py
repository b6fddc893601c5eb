"""Delivery reports with a machine-readable part (RFC 3464)."""

import time

import pytest

from mailflow.mail.message import Report, ReportRecipient
from mailflow.mail.mime.parts import parts_of
from mailflow.mail.reports.report import report_of

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


FAILED_TO = "Final-Recipient: {}\nAction: failed\nStatus: 5.0.0\n"
WRITTEN = [
    (FAILED_TO.format("utf-8; 李四@例え.example"), "李四@例え.example"),
    (FAILED_TO.format("utf-8; \\x{674E}\\x{56DB}@weg.example"), "李四@weg.example"),  # RFC 6533 3
    (FAILED_TO.format("rfc822; jan+2Bwaw@weg.example"), "jan+waw@weg.example"),  # RFC 3461 4
    (FAILED_TO.format("rfc822; o'hara@weg.example"), "o'hara@weg.example"),
    (FAILED_TO.format("x400; /S=jan/") + "X-Actual-Recipient: rfc822; jan@weg.example\n", "jan@weg.example"),
    (FAILED_TO.format("LOCAL; jan") + "Diagnostic-Code: smtp; 550 <jan@weg.example>: unknown\n", "jan@weg.example"),
    (FAILED_TO.format("rfc822; jan@weg.example") + "Original-Recipient: rfc822; unknown\n", "jan@weg.example"),
]


@pytest.mark.parametrize(("group", "address"), WRITTEN)
def test_an_address_however_it_is_written(group: str, address: str) -> None:
    assert [one.address for one in recipients(status(group))] == [address]


STATUSES = [
    ("Action: FAILED (gave up)\nStatus: 5.0.0 (permanent failure)\n", "failed", "5.0.0"),
    ("Status: 5.2.2\n", "failed", "5.2.2"),
    ("Status: 4.4.7\n", "delayed", "4.4.7"),
    ("Action: delivered\n", "delivered", ""),
    ("Action: failed\nDiagnostic-Code: smtp; 550 User unknown\n", "failed", "5.1.1"),
    ("Action: failed\nDiagnostic-Code: X-Notes; skrzynka odbiorcy jest pełna\n", "failed", "5.2.2"),
]


@pytest.mark.parametrize(("fields", "action", "code"), STATUSES)
def test_action_and_status_however_they_are_written(fields: str, action: str, code: str) -> None:
    (one,) = recipients(status(f"Final-Recipient: rfc822; jan@weg.example\n{fields}"))

    assert (one.action, one.status) == (action, code)


def test_several_status_parts_are_all_read() -> None:
    assert [one.address for one in recipients(status(FAILED), status(DELAYED))] == [
        "jan@alt.example",
        "ewa@weg.example",
    ]


def test_a_status_part_of_another_type_is_believed_from_a_mail_system_only() -> None:
    part = status(FAILED, content_type="text/plain")
    person = HEADER.replace("Mail Delivery System <mailer-daemon@mx.example>", "Anna <anna@kunde.example>")

    assert [one.address for one in recipients(TEXT, part)] == ["jan@alt.example"]
    assert report_of(parts_of(f"{person}{TEXT}{part}{END}".encode()), "Why?") is None


@pytest.mark.parametrize(("texts", "read"), [(2, ["jan@alt.example"]), (200, [])])
def test_texts_are_searched_for_a_status_up_to_a_limit(texts: int, read: list[str]) -> None:
    report = report_of(
        parts_of(
            "".join([HEADER, (TEXT + "x" * 9_000) * texts, status(FAILED, content_type="text/plain"), END]).encode()
        ),
        "It could not be delivered.",
    )

    assert report is not None
    assert [one.address for one in report.recipients] == read


def test_a_report_that_a_gateway_put_into_one_of_its_own() -> None:
    inner = "".join([HEADER, TEXT, status(FAILED), RETURNED, END])
    outer = (
        "From: postmaster@gateway.example\nSubject: Undeliverable\nContent-Type: multipart/mixed; boundary=out\n\n"
        f"--out\nContent-Type: message/rfc822\n\n{inner}\n--out--\n"
    )
    report = report_of(parts_of(outer.encode()), "This mail is confidential.")

    assert report is not None
    assert [one.address for one in report.recipients] == ["jan@alt.example"]
    assert report.original_message_id == "t42.abc@firma.example"


NAMED_FILE = (
    "\n--cut\nContent-Type: application/octet-stream; name=mail.eml\n\nFrom: a@b.example\nMessage-ID: <o@b.example>\n"
)
BODY_WITH_ANOTHER_ID = "\n--cut\nContent-Type: message/rfc822\n\nSubject: x\n\nMessage-ID: <inner@else.example>\n"
CAME_BACK = [
    (NAMED_FILE, "o@b.example"),
    (RETURNED.replace("<t42.abc@firma.example>", "t42.abc@firma.example"), "t42.abc@firma.example"),
    (BODY_WITH_ANOTHER_ID, ""),
]


@pytest.mark.parametrize(("part", "message_id"), CAME_BACK)
def test_what_came_back_is_named_by_its_own_header(part: str, message_id: str) -> None:
    report = read(TEXT, status(FAILED), part)

    assert report is not None
    assert report.original_message_id == message_id


@pytest.mark.parametrize("piece", ["a" * 64 + "@", "\\x{41}", "Final-Recipient: rfc822; a@b.example\n", "x:", "\n \n"])
def test_a_long_status_part_takes_time_in_proportion(piece: str) -> None:  # M1
    part = status("Final-Recipient: rfc822; " + piece * (1_000_000 // len(piece)))
    began = time.process_time()

    read(TEXT, part)

    assert time.process_time() - began < 2.0


def other(kind: str, *pieces: str) -> Report | None:
    header = HEADER.replace("delivery-status", kind)
    header = header.replace("Mail Delivery System <mailer-daemon@mx.example>", "Jan <jan@weg.example>")
    return report_of(parts_of("".join([header, TEXT, *pieces, END]).encode()), "It was displayed.")


READ = (
    "\n--cut\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; jan@weg.example\n"
    "Original-Message-ID: <t42.abc@firma.example>\nDisposition: manual-action/MDN-sent-manually; displayed\n"
)
COMPLAINT = "\n--cut\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n"
OTHERS = [
    ("disposition-notification", (READ,), "t42.abc@firma.example"),  # RFC 8098 3.2.5
    ("disposition-notification", (READ, HEADERS_ONLY), "folded@firma.example"),
    ("feedback-report", (COMPLAINT, RETURNED), "t42.abc@firma.example"),  # RFC 5965
    ("feedback-report", (COMPLAINT,), ""),
]


@pytest.mark.parametrize(("kind", "pieces", "message_id"), OTHERS)
def test_a_receipt_or_a_complaint_says_which_mail_it_is_about_and_names_nobody(
    kind: str, pieces: tuple[str, ...], message_id: str
) -> None:
    assert other(kind, *pieces) == Report(recipients=(), original_message_id=message_id)


def test_a_mail_that_was_rejected_in_the_form_of_a_receipt_did_not_arrive() -> None:
    header = HEADER.replace("delivery-status", "disposition-notification")
    text = "Your message to <jan@weg.example> was automatically rejected:\nQuota exceeded"
    report = report_of(parts_of(f"{header}{TEXT}{READ}{END}".encode()), text)

    assert report is not None
    assert [(one.address, one.status) for one in report.recipients] == [("jan@weg.example", "5.2.2")]
