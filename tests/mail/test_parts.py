"""The MIME tree: bounded, lazy, never raising (M1, M6, M7, X18)."""

import base64
import tracemalloc
from base64 import b64encode

import pytest

from mailflow.mail.bounds import USUAL
from mailflow.mail.mime.part import Part
from mailflow.mail.mime.parts import part_at, parts_of
from mailflow.mail.mime.transfer import name_of, size, undo


def mail(content_type: str, *lines: str) -> bytes:
    return "\r\n".join((f"Content-Type: {content_type}", "", *lines)).encode()


def shape(part: Part) -> list[tuple[str, str]]:
    return [(each.path, each.content_type) for each in part.walk()]


def test_the_tree_has_paths() -> None:
    root = parts_of(
        mail(
            "multipart/mixed; boundary=m",
            *("preamble", "--m", "Content-Type: multipart/alternative; boundary=a", ""),
            *("--a", "", "plain", "--a", "Content-Type: text/html", "", "<p>", "--a--"),
            *("--m", "Content-Type: image/png", "", "x", "--m--", "epilogue"),
        )
    )
    assert shape(root) == [
        ("", "multipart/mixed"),
        ("1", "multipart/alternative"),
        ("1.1", "text/plain"),
        ("1.2", "text/html"),
        ("2", "image/png"),
    ]
    assert [part.octets() for part in root.walk() if not part.children] == [b"plain", b"<p>", b"x"]
    assert part_at(root, "1.2") is root.children[0].children[1]
    assert part_at(root, "3") is None
    assert root.defects == ("words stand before the first part", "words stand behind the last part")  # M7


def test_a_message_of_one_part_is_its_own_part_1() -> None:
    root = parts_of(b"Subject: x\n\nbody")
    assert part_at(root, "1") is root


def test_an_embedded_message_is_a_leaf() -> None:  # X18
    root = parts_of(mail("message/rfc822", "Content-Type: multipart/mixed; boundary=x", "", "--x", "", "a", "--x--"))
    assert shape(root) == [("", "message/rfc822")]


def test_parts_of_a_digest_are_messages() -> None:
    root = parts_of(mail("multipart/digest; boundary=d", "--d", "", "Subject: one", "", "x", "--d--"))
    assert shape(root)[1] == ("1", "message/rfc822")


def test_a_longer_boundary_that_begins_the_same_is_another() -> None:
    root = parts_of(
        mail(
            "multipart/mixed; boundary=b",
            *(
                "--b",
                "Content-Type: multipart/mixed; boundary=bb",
                "",
                "--bb",
                "",
                "inner",
                "--bb--",
                "--b",
                "",
                "outer",
            ),
        )
    )
    assert [part.octets() for part in root.walk() if not part.children] == [b"inner", b"outer"]
    assert root.defects == ("a multipart is not closed",)


@pytest.mark.parametrize(
    ("octets", "defect"),
    [
        (mail("multipart/mixed", "words"), "a multipart has no boundary"),
        (mail("multipart/mixed; boundary=x", "words"), "a multipart has no parts"),
        (
            mail(f"multipart/mixed; boundary={'x' * 300}", "words"),
            "a boundary is longer than 256 octets (limits.parser.boundary)",
        ),
    ],
)
def test_a_multipart_that_cannot_be_split_is_one_text(octets: bytes, defect: str) -> None:
    root = parts_of(octets)
    assert root.children == ()
    assert root.text() == "words"
    assert defect in root.defects


def test_a_missing_boundary_is_found_in_the_body() -> None:
    root = parts_of(mail("multipart/mixed", "--found", "", "one", "--found", "", "two", "--found--"))
    assert [part.octets() for part in root.children] == [b"one", b"two"]


def test_what_two_programs_could_read_differently_is_flagged() -> None:  # M7
    twice = b"Content-Type: text/plain\nContent-Type: text/html\nContent-Transfer-Encoding: base64\n"
    root = parts_of(twice + b"Content-Transfer-Encoding: 7bit\n\nYQ==")
    assert root.defects == (
        "content-type occurs twice; the first one is used",
        "content-transfer-encoding occurs twice; the first one is used",
    )
    assert parts_of(mail("multipart/mixed; boundary=a; boundary=b", "--a", "", "x", "--a--")).defects == (
        "there are two boundaries; the first one is used",
    )


def test_nesting_and_number_of_parts_are_limited() -> None:  # M1
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (depth, depth) for depth in range(1_000)
    )
    root = parts_of(deep + b"\nend")
    assert max(part.path.count(".") for part in root.walk()) < USUAL.mime_depth
    assert any("nested deeper" in defect for part in root.walk() for defect in part.defects)
    root = parts_of(b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 10_000)
    assert len(list(root.walk())) == USUAL.mime_parts
    assert any("more than 500 parts" in defect for defect in root.defects)


CONTENT = bytes(range(256)) * 300


@pytest.mark.parametrize(
    "encoded",
    [
        base64.encodebytes(CONTENT),
        base64.encodebytes(CONTENT).replace(b"\n", b"\r\n"),
        b64encode(CONTENT),
        b64encode(CONTENT + b"x"),
        b64encode(CONTENT + b"xy").rstrip(b"="),  # padding forgotten
        b" \r\n" + base64.encodebytes(CONTENT) + b"\r\n--\r\n",
        base64.encodebytes(CONTENT[:100]) + base64.encodebytes(CONTENT),  # two in a row, padded each
        base64.encodebytes(CONTENT[:100]) + b"\r\n____\r\nA list wrote this below\r\n",
        base64.encodebytes(CONTENT) + b"\r\n____\r\nA list wrote this below\r\n",
        b64encode(CONTENT[:99]) + b"\n-- \nYWJj",
        b"YW!Jj\n\tYWJj",
        b"A",
        b"=",
        b"",
        b"\xff\x00!",
    ],
)
def test_the_size_of_base64_is_counted_without_decoding(encoded: bytes) -> None:
    assert size(encoded, 0, len(encoded), "base64") == len(undo(encoded, "base64"))


def test_base64_is_undone_tolerantly() -> None:
    assert undo(base64.encodebytes(CONTENT), "base64") == CONTENT
    assert undo(b64encode(CONTENT + b"xy").rstrip(b"="), "base64") == CONTENT + b"xy"
    assert undo(b"YQ==\r\nYg==\r\n", "base64") == b"ab"
    assert undo(b"YQ==\r\n-- \r\nA footer!\r\n", "base64") == b"a"


@pytest.mark.parametrize(
    "words",
    [
        b"Hello Anna please help",
        b"Hi,\n\nthe printer is broken again, please help!\nJan\n",
        b"\r\nDzie\xc5\x84 dobry,\r\nnie dzia\xc5\x82a drukarka.\r\n",
    ],
)
def test_words_that_are_said_to_be_encoded_and_are_not_are_kept(words: bytes) -> None:
    for encoding in ("base64", "x-uuencode"):
        assert undo(words, encoding) == words
        assert size(words, 0, len(words), encoding) == len(words)


def test_lines_of_one_letter_take_no_more_memory_than_others() -> None:  # M1
    octets = b"!\n" * 100_000
    tracemalloc.start()
    undo(octets, "base64")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 4 * len(octets)


def test_words_below_base64_are_not_decoded() -> None:
    footer = b"\r\n______\r\nusers mailing list\r\nhttps://lists.example/\r\n"
    assert undo(base64.encodebytes(CONTENT[:99]) + footer, "base64") == CONTENT[:99]
    assert undo(b"YWJj" + footer, "base64") == b"abc"
    noise = base64.encodebytes(CONTENT[:190]).replace(b"\n", b"\nsome words, here\n", 1)
    assert undo(noise, "base64") == CONTENT[:190]


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("BASE64", "base64"),
        ("base-64 (as ever)", "base64"),
        ("base64;", "base64"),
        ('"quoted/printable"', "quoted-printable"),
        ("Quoted_Printable", "quoted-printable"),
        ("uuencode", "x-uuencode"),
        ("8-bit", "8-bit"),
        ("x-unknown", "x-unknown"),
        ("", ""),
    ],
)
def test_the_name_of_an_encoding_is_read_as_it_is_meant(field: str, name: str) -> None:
    assert name_of(field) == name


def test_other_encodings_are_undone() -> None:
    assert undo(b"gr=FC=DF=\r\ne =zz", "quoted-printable") == b"gr\xfc\xdfe =zz"
    assert undo(b"begin 644 x.txt\n%:&5L;&\\\n`\nend\n", "x-uuencode") == b"hello"
    assert undo(b"soft= \t\n break=\n", "quoted-printable") == b"soft break"
    assert undo(b"a=b", "8bit") == b"a=b"
    assert undo(b"a=b", "nonsense") == b"a=b"
    assert size(b"xx=41xx", 2, 5, "quoted-printable") == 1
    assert size(b"xxxx", 1, 4, "") == 3


def test_html_may_name_its_charset_itself() -> None:
    page = '<html><head><meta charset="iso-8859-2"></head>zażółć'.encode("iso8859_2")
    assert parts_of(b"Content-Type: text/html\n\n" + page).text().endswith("zażółć")
