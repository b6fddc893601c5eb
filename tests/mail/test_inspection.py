"""The shape of `inspect --json`, which others rely on (DESIGN section 5)."""

from mailflow.mail.inspection import as_json, unread
from mailflow.mail.parse import parse

KEYS = (
    "message_id from reply_to to cc subject date in_reply_to references language automatic report text reply quoted "
    "html attachments signed encrypted defects error"
).split()

MAIL = b"""From: Anna Nowak <anna@kunde.example>
To: Help <help@firma.example>, jan@firma.example
Reply-To: office@kunde.example
Subject: =?utf-8?q?Drukarka_nie_dzia=C5=82a?=
Date: Tue, 3 May 2026 10:15:00 +0200
Message-ID: <1@kunde.example>
In-Reply-To: <0@firma.example>
References: <00@firma.example> <0@firma.example>
Content-Type: multipart/mixed; boundary=cut

--cut
Content-Type: text/plain

It does not print.

> Does it print?
--cut
Content-Type: image/png; name=page.png
Content-Disposition: attachment; filename=page.png
Content-Transfer-Encoding: base64

aGVsbG8=
--cut--
"""


def test_the_keys_are_those_of_the_design_in_that_order() -> None:
    assert list(as_json(parse(MAIL))) == KEYS


def test_a_message_in_full() -> None:
    seen = as_json(parse(MAIL, contents=True))

    assert seen["from"] == {"name": "Anna Nowak", "address": "anna@kunde.example"}
    assert [one["address"] for one in seen["to"]] == ["help@firma.example", "jan@firma.example"]
    assert seen["reply_to"] == [{"name": "", "address": "office@kunde.example"}]
    assert (seen["message_id"], seen["in_reply_to"]) == ("1@kunde.example", ["0@firma.example"])
    assert seen["references"] == ["00@firma.example", "0@firma.example"]
    assert (seen["subject"], seen["date"]) == ("Drukarka nie działa", "2026-05-03T10:15:00+02:00")
    assert seen["automatic"] == {"is": False, "kind": "none", "why": "", "until": None}
    assert (seen["reply"], seen["quoted"]) == ("It does not print.", "> Does it print?")
    assert seen["attachments"] == [
        {
            "filename": "page.png",
            "content_type": "image/png",
            "size": 5,
            "inline": False,
            "content_id": "",
            "sha256": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
        }
    ]
    assert (seen["report"], seen["html"], seen["error"]) == (None, None, None)


def test_a_report_shows_its_recipients() -> None:
    seen = as_json(
        parse(
            b"From: mailer-daemon@mx.example\nSubject: failure notice\n"
            b"Content-Type: multipart/report; report-type=delivery-status; boundary=cut\n\n"
            b"--cut\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
            b"Final-Recipient: rfc822; jan@weg.example\nAction: failed\nStatus: 5.1.1\n"
            b"--cut\nContent-Type: message/rfc822\n\nMessage-ID: <t42@firma.example>\n\n--cut--\n"
        )
    )

    assert seen["report"] == {
        "recipients": [{"address": "jan@weg.example", "action": "failed", "status": "5.1.1", "diagnostic": ""}],
        "original_message_id": "t42@firma.example",
    }
    assert (seen["automatic"]["is"], seen["automatic"]["kind"]) == (True, "bounce")


def test_what_cannot_be_read_has_the_same_keys_and_types() -> None:
    empty = as_json(parse(b""))
    lost = unread("not readable: killed by SIGKILL")

    assert lost.keys() == empty.keys()
    assert lost["error"] == "not readable: killed by SIGKILL"
    assert {key: value for key, value in lost.items() if key != "error"} == {
        key: [] if key == "defects" else value for key, value in empty.items() if key != "error"
    }
