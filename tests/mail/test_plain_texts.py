"""Plain text that is not simply read: flowed lines, OpenPGP's armour, text/enriched, calendars."""

import pytest

from mailflow.mail.mime import armour, enriched, flowed, invitation


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("one \ntwo\nthree", "one two\nthree"),
        ("one \n\ntwo", "one \n\ntwo"),
        ("> one \n> two\n>> three", "> one two\n>> three"),
        ("> one \nmine", "> one\nmine"),
        (" >no quote", ">no quote"),
        (" From me", "From me"),
        ("words \n-- \nAnna", "words \n-- \nAnna"),
        ("> -- \n> Anna", "> --\n> Anna"),
        ("last ", "last "),
        (">\n> a", ">\n> a"),
    ],
)
def test_flowed_lines_are_joined(written: str, text: str) -> None:  # RFC 3676 4
    assert flowed.unwrapped(written, delsp=False) == text


def test_the_blank_of_a_flowed_line_may_be_no_blank() -> None:
    assert flowed.unwrapped("请求 \n书", delsp=True) == "请求书"


def test_so_many_flowed_lines_stay_as_they_were_written() -> None:  # M1
    written = "a \n" * flowed.MAX_LINES
    assert flowed.unwrapped(written + "b \nc", delsp=True) == "a" * flowed.MAX_LINES + "\nb \nc"


BEGIN = "-----BEGIN PGP SIGNED MESSAGE-----\n"
END = "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n"


@pytest.mark.parametrize(
    ("armoured", "text"),
    [
        (f"{BEGIN}Hash: SHA512\n\nwords\n{END}", "words"),
        (f"{BEGIN}\nwords\n{END}", "words"),
        (f"{BEGIN}\n- -- \nAnna\n{END}", "-- \nAnna"),
        (f"above\n{BEGIN}\none\n{END}between\n{BEGIN}\ntwo\n{END}below", "above\none\nbetween\ntwo\nbelow"),
        (f"{BEGIN}Hash: SHA512\n\nnever ends", "never ends"),
        ("> " + BEGIN + "words", "> " + BEGIN + "words"),
        ("words", "words"),
    ],
)
def test_a_text_loses_its_armour(armoured: str, text: str) -> None:
    assert armour.unarmoured(armoured) == text


@pytest.mark.parametrize(
    ("content_type", "written", "text"),
    [
        ("text/enriched", "a\nb\n\nc\n\n\nd", "a b\nc\n\nd"),
        ("text/enriched", "<bold>a</bold> << b <nofill>c", "a < b c"),
        ("text/enriched", "<fontfamily><param>Times</param>a</fontfamily>", "a"),
        ("text/enriched", "<<<b>a <<b>", "<a <b>"),
        ("text/enriched", "a" + "\n" * 4 + "b" + "\n" * 5 + "c\n\nd\ne", "a\n\n\nb\n\n\n\nc\nd e"),
        ("text/richtext", "a\nb<nl>c<lt>d", "a b\nc<d"),
        ("text/richtext", "<Bold>a</Bold><NP>b</Paragraph><lt>nl>", "a\n\nb\n\n<nl>"),
    ],
)
def test_enriched_text_is_plain(content_type: str, written: str, text: str) -> None:
    assert enriched.plain(written, content_type) == text


def event(*lines: str, method: str = "REQUEST") -> str:
    return "\n".join(["BEGIN:VCALENDAR", f"METHOD:{method}", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR"])


@pytest.mark.parametrize(
    ("calendar", "text"),
    [
        (event("SUMMARY:x"), "Invitation: x"),
        (event("SUMMARY:x", method="PUBLISH"), "Event: x"),
        (event("SUMMARY:x", "STATUS:CANCELLED"), "Cancelled: x"),
        (
            event("SUMMARY:x", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@b.example", method="REPLY"),
            "Accepted by a@b.example: x",
        ),
        (event("SUMMARY;LANGUAGE=pl:za\n żółć"), "Invitation: zażółć"),
        (event("DTSTART:20260504T100000"), "When: 2026-05-04 10:00"),
        (
            event('DTSTART;TZID="Europe/Kyiv":20260504T235900', "DTEND:20260505T010000"),
            "When: 2026-05-04 23:59 – 2026-05-05 01:00 Europe/Kyiv",
        ),
        (event("DTSTART:soon"), "When: soon"),
        (event("BEGIN:VALARM", "DESCRIPTION:alarm", "END:VALARM", "LOCATION:here"), "Where: here"),
        (event('ORGANIZER;CN="N, A":MAILTO:a@b.example'), "Organizer: N, A <a@b.example>"),
        (
            "BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:x\nDUE:20260504\nEND:VTODO\nEND:VCALENDAR",
            "Event: x\nWhen: 2026-05-04",
        ),
        ("BEGIN:VCALENDAR\nSUMMARY:x\nEND:VCALENDAR", ""),
        ("END:VEVENT\nnothing", ""),
    ],
)
def test_a_calendar_is_words(calendar: str, text: str) -> None:
    assert invitation.text_of(calendar) == text


BOMB = 300_000


@pytest.mark.timeout(5)
def test_bombs_are_read_at_once() -> None:  # M1
    armour.unarmoured(BEGIN * (BOMB // 10))
    armour.unarmoured(BEGIN + "A: b\n" * BOMB)
    enriched.plain("<param>" * BOMB + "<<" * BOMB, "text/enriched")
    flowed.unwrapped("> a \n" * BOMB + ">" * BOMB, delsp=False)
    invitation.text_of("BEGIN:VEVENT\n" * BOMB + "A;B=c" * BOMB)
    invitation.text_of("SUMMARY" + ';X="' * BOMB)
