"""Mail that two programs read as two different mails (M7): where the standard library reads other parts or other words
than we do, our message has a defect. A scanner and a reader must not disagree in silence.
"""

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from mailflow.mail.mime.parts import parts_of
from mailflow.mail.parse import parse

HEAD = "From: Anna <anna@kunde.example>\nDate: Mon, 2 Mar 2026 10:00:00 +0100\nMIME-Version: 1.0\n"
ONE = "\n--a\n\none\n--a--\n"
TWO = "\n--b\n\ntwo\n--b--\n"
MIXED = "Content-Type: multipart/mixed; boundary=a\n"
HIDDEN = "Content-Type: text/html\n\n<script>x</script>\n"

MAILS = {
    "two boundaries": "Content-Type: multipart/mixed; boundary=a; boundary=b\n" + ONE + TWO,
    "two boundaries, one quoted": 'Content-Type: multipart/mixed; boundary="a"; boundary=b\n' + ONE + TWO,
    "two boundaries, one extended": "Content-Type: multipart/mixed; boundary=a; boundary*=us-ascii''b\n" + ONE + TWO,
    "two boundaries, one in sections": "Content-Type: multipart/mixed; boundary=a; boundary*0=b\n" + ONE + TWO,
    "two boundaries in two cases": "Content-Type: multipart/mixed; boundary=a; BOUNDARY=b\n" + ONE + TWO,
    "a boundary within a parameter": 'Content-Type: multipart/mixed; x="; boundary=b"; boundary=a\n' + ONE + TWO,
    "a boundary in a comment": "Content-Type: multipart/mixed; (boundary=b) boundary=a\n" + ONE + TWO,
    "a comment after the boundary": "Content-Type: multipart/mixed; boundary=a (b)\n" + ONE + TWO,
    "a comment before the type": "Content-Type: (x) multipart/mixed; boundary=a\n" + ONE,
    "a comment in the type": "Content-Type: multipart(x)/mixed; boundary=a\n" + ONE,
    "a boundary that is not quoted to its end": 'Content-Type: multipart/mixed; boundary="a\n' + ONE,
    "blanks in the boundary": 'Content-Type: multipart/mixed; boundary="a "\n' + ONE,
    "blanks around the equal sign": "Content-Type: multipart/mixed; boundary = a\n" + ONE,
    "a boundary without a semicolon": "Content-Type: multipart/mixed boundary=a\n" + ONE,
    "a backslash in the boundary": 'Content-Type: multipart/mixed; boundary="\\a"\n' + ONE,
    "a boundary in an encoded-word": "Content-Type: multipart/mixed; boundary==?utf-8?q?a?=\n" + ONE,
    "an empty boundary": 'Content-Type: multipart/mixed; boundary=""\n' + ONE,
    "no boundary": "Content-Type: multipart/mixed\n" + ONE,
    "a boundary that never occurs": "Content-Type: multipart/mixed; boundary=b\n" + ONE,
    "two types": "Content-Type: text/plain\nContent-Type: text/html\n\n<p>one</p>\n",
    "two types, the second a multipart": "Content-Type: text/plain\n" + MIXED + ONE,
    "two types, the first a multipart": MIXED + "Content-Type: text/plain\n" + ONE,
    "two encodings": "Content-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: base64\n\nb25l\n",
    "two encodings, the first of them base64": ""
    "Content-Transfer-Encoding: base64\nContent-Transfer-Encoding: 7bit\n\nb25l\n",
    "two dispositions": "Content-Disposition: inline\nContent-Disposition: attachment; filename=x.exe\n\none\n",
    "an encoding in a comment": "Content-Transfer-Encoding: (x) base64\n\nb25l\n",
    "an encoding that nobody knows": "Content-Transfer-Encoding: base65\n\nb25l\n",
    "an encoding with a semicolon": "Content-Transfer-Encoding: base64;\n\nb25l\n",
    "a multipart that is encoded": MIXED + "Content-Transfer-Encoding: base64\n\nLS1hCgpvbmUKLS1hLS0K\n",
    "text before the first part": MIXED + "\nhidden words\n" + ONE,
    "text after the last part": MIXED + ONE + "\nhidden words\n",
    "a part after the last": MIXED + ONE + "\n--a\n" + HIDDEN + "--a--\n",
    "a part before the first": MIXED + "\n--A\n" + HIDDEN + ONE,
    "not closed": MIXED + "\n--a\n\none\n",
    "closed within a line": MIXED + "\n--a\n\none\n --a--\n",
    "a delimiter with blanks in front": MIXED + "\n--a\n\none\n --a\n" + HIDDEN + "--a--\n",
    "a delimiter with a tail": MIXED + "\n--a\n\none\n--a x\n" + HIDDEN + "--a--\n",
    "a delimiter with blanks behind": MIXED + "\n--a \t\n\none\n--a-- \n",
    "a bare carriage return before a delimiter": MIXED + "\n--a\n\none\r--a\r" + HIDDEN + "--a--\n",
    "nested, one boundary for both": MIXED + "\n--a\n" + MIXED + ONE + "\n--a\n\ntwo\n--a--\n",
    "nested, one boundary begins as the other": MIXED
    + "\n--a\nContent-Type: multipart/mixed; boundary=aa\n\n--aa\n\none\n--aa--\n--a--\n",
    "a line in the header that is no field": MIXED + "no field\nX: y\n" + ONE,
    "a header without a blank line": "Subject: x\none\n",
    "a blank before the colon": "Content-Type : text/html\n\n<p>one</p>\n",
    "a type that is none": "Content-Type: html\n\n<p>one</p>\n",
    "an unknown charset": "Content-Type: text/plain; charset=x-none\n\none\n",
    "two charsets": "Content-Type: text/plain; charset=utf-7; charset=utf-8\n\n+AGE-\n",
    "two names": "Content-Type: application/pdf; name=a.pdf\nContent-Disposition: attachment; filename=a.exe\n\none\n",
    "two names in one field": "Content-Disposition: attachment; filename=a.pdf; filename=a.exe\n\none\n",
}  # fmt: skip
PLAIN = {
    "plain": "Content-Type: text/plain; charset=utf-8\n\none\n",
    "two parts": MIXED + "\n--a\n\none\n--a\nContent-Type: application/pdf; name=a.pdf\n\ntwo\n--a--\n",
    "a preamble that says what this is": MIXED + "\nThis is a multi-part message in MIME format.\n" + ONE,
}


def read_by_us(octets: bytes) -> list[tuple[str, str, bytes]]:
    """Type, file name and content of each leaf."""
    leaves = (part for part in parts_of(octets).walk() if not part.children)
    return [(leaf.content_type, leaf.filename, leaf.octets().strip()) for leaf in leaves]


def read_by_another(octets: bytes) -> list[tuple[str, str, bytes]]:
    message = message_from_bytes(octets, policy=policy.default)
    assert isinstance(message, EmailMessage)
    leaves = (part for part in message.walk() if not part.is_multipart())
    contents = ((leaf, leaf.get_payload(decode=True)) for leaf in leaves)
    return [
        (leaf.get_content_type(), leaf.get_filename() or "", bytes(content or b"").strip())
        for leaf, content in contents
    ]


@pytest.mark.parametrize("written", MAILS.values(), ids=MAILS)
def test_where_two_readers_disagree_there_is_a_defect(written: str) -> None:
    octets = (HEAD + written).encode()
    assert read_by_us(octets) == read_by_another(octets) or parse(octets).defects


@pytest.mark.parametrize("written", PLAIN.values(), ids=PLAIN)
def test_what_everybody_reads_alike_has_none(written: str) -> None:
    octets = (HEAD + written).encode()
    assert read_by_us(octets) == read_by_another(octets)
    assert parse(octets).defects == ()
