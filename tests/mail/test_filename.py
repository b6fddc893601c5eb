"""Names of attachments are words, not paths (M6), in whatever way they are written (RFC 2047, 2183, 2231)."""

import base64
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailflow.mail.mime.filename import MAX_OCTETS, clean_filename
from mailflow.mail.parse import parse

NAMES = {
    "letter.pdf": "letter.pdf",
    "two words.pdf": "two words.pdf",
    "zażalenie.pdf": "zażalenie.pdf",
    "zaz\u0307alenie.pdf": "zażalenie.pdf",  # as a Mac composes it
    "請求書／見積書.pdf": "請求書_見積書.pdf",  # a slash that is a letter
    "חשבונית.pdf": "חשבונית.pdf",
    "📎 notes.txt": "📎 notes.txt",
    "a+b&c=d%20e.txt": "a+b&c=d%20e.txt",
    "it's (1).txt": "it's (1).txt",
    "archive.tar.gz": "archive.tar.gz",
    "no extension": "no extension",
    # directories
    "../../etc/passwd": "passwd",
    "..\\..\\windows\\system32\\cmd.exe": "cmd.exe",
    "C:\\Users\\anna\\letter.pdf": "letter.pdf",
    "C:letter.pdf": "C_letter.pdf",
    "\\\\server\\share\\x.pdf": "x.pdf",
    "/etc/cron.d/x": "x",
    "~/.ssh/authorized_keys": "authorized_keys",
    "file:///etc/passwd": "passwd",
    "letter.pdf/": "letter.pdf",
    "letter.pdf/..": "letter.pdf",
    "./././x": "x",
    "..": "",
    ".": "",
    "/": "",
    "\\": "",
    "....//....//x": "x",
    "..%2f..%2fx": "%2f..%2fx",  # a disk does not decode it
    "a\u2215b\u2044c\uff0fd\uff3ce": "a_b_c_d_e",
    # Windows
    "CON": "_CON",
    "con.txt": "_con.txt",
    "NUL .pdf": "_NUL .pdf",
    "com1.log": "_com1.log",
    "LPT9": "_LPT9",
    "COM¹": "_COM¹",
    "console.txt": "console.txt",
    "a.txt:evil.exe": "a.txt_evil.exe",
    "a.txt::$DATA": "a.txt__$DATA",
    "what?*<>|.txt": "what_____.txt",
    "setup.exe. . .": "setup.exe",
    "setup.exe ": "setup.exe",
    "invoice.pdf                                                  .exe": "invoice.pdf .exe",
    "invoice.pdf\xa0\u2003\u3000.exe": "invoice.pdf .exe",
    # what is not seen, or turns the rest around
    "invoice\u202efdp.exe": "invoicefdp.exe",
    "\u2067invoice\u2069.pdf": "invoice.pdf",
    "in\u200bvo\u200ci\u200dce\ufeff.pdf": "invoice.pdf",
    "in\u00advoi\u2060ce.pdf": "invoice.pdf",
    "a\u3164\u115f\u2800.pdf": "a.pdf",
    "a\u061cb\u200eb\u200f.pdf": "abb.pdf",
    "\U000e0041tag.pdf": "tag.pdf",
    "\ue000private.pdf": "private.pdf",
    # dots and blanks
    ".htaccess": "htaccess",
    " .pdf": "pdf",
    "   ": "",
    "...": "",
    "\u202e": "",
    "\u3164": "",
    '"quoted.pdf"': "quoted.pdf",
    "'single.pdf'": "single.pdf",
    # length
    "x" * 300 + ".pdf": "x" * 251 + ".pdf",
    "ł" * 300 + ".pdf": "ł" * 125 + ".pdf",
    "x" * 10_000: "x" * 255,
    "x." + "y" * 300: ("x." + "y" * 300)[:255],
    "🙂" * 100 + ".txt": "🙂" * 62 + ".txt",
}
CONTROLS = {
    "a\0b.txt": "a b.txt",
    "a\r\nContent-Type: x\r\n.txt": "a Content-Type_ x .txt",
    "a\tb\x1b[31m.txt": "a b [31m.txt",
    "a\x7f\x85\u2028b.txt": "a b.txt",
    "a\ud800\ufdd0\uffff.txt": "a\ufffd\ufffd\ufffd.txt",
    "a\x00/../b\x00.txt": "b .txt",
}
SECTION = 30


def _quoted(name: str) -> str:
    return 'filename="' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _encoded_word(name: str) -> str:
    words = (name[at : at + SECTION].encode() for at in range(0, len(name), SECTION))
    return 'filename="' + "\n ".join(f"=?utf-8?b?{base64.b64encode(word).decode()}?=" for word in words) + '"'


def _extended(name: str) -> str:
    return f"filename*=utf-8''{quote(name, safe='')}"


def _continued(name: str) -> str:
    """The last section first, each in a line of its own."""
    octets = f"utf-8''{quote(name, safe='')}"
    cut = [octets[at : at + SECTION * 3] for at in range(0, len(octets), SECTION * 3)]
    sections = [f"filename*{number}*={piece}" for number, piece in enumerate(cut)]
    return ";\n ".join(reversed(sections))


def _name_of_the_type(name: str) -> str:
    return f"x=1\nContent-Type: application/pdf; name*=utf-8''{quote(name, safe='')}"


def attached(disposition: str) -> str:
    octets = f"From: a@b.example\nContent-Disposition: attachment; {disposition}\n\nx".encode(errors="surrogatepass")
    (attachment,) = parse(octets).attachments
    return attachment.filename


@pytest.mark.parametrize(("name", "clean"), (NAMES | CONTROLS).items())
def test_the_name_of_a_file_is_words_not_a_path(name: str, clean: str) -> None:
    assert clean_filename(name) == clean
    assert clean_filename(clean) == clean


@pytest.mark.parametrize("written", [_quoted, _encoded_word, _extended, _continued, _name_of_the_type])
@pytest.mark.parametrize(("name", "clean"), [(name, clean) for name, clean in NAMES.items() if len(name) < 400])
def test_it_is_the_same_in_whatever_way_it_is_written(name: str, clean: str, written: Callable[[str], str]) -> None:
    generated = "part-1.pdf" if written is _name_of_the_type else "part-1.txt"
    assert attached(written(name)) in (clean or generated, clean.strip("'"))


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("filename=two words.pdf", "two words.pdf"),
        ("filename==?utf-8?q?za=C5=BC.pdf?=", "zaż.pdf"),
        ("filename*=iso-8859-2'pl'za%BF.pdf", "zaż.pdf"),
        ("filename*=''za%C5%BC.pdf", "zaż.pdf"),
        ("filename*=za%C5%BC.pdf", "zaż.pdf"),
        ("filename*=\"utf-8''za%C5%BC.pdf\"", "zaż.pdf"),
        ("filename*=nonsense''za%C5%BC.pdf", "zaż.pdf"),
        ("filename*=utf-8''100%.pdf", "100%.pdf"),
        ("filename*=utf-8''za%C5.pdf", "zaÅ.pdf"),  # not UTF-8
        ("filename=plain.pdf; filename*=utf-8''better.pdf", "better.pdf"),
        ("filename*=utf-8''better.pdf; filename=plain.pdf", "better.pdf"),
        ("filename*0*=utf-8''a%20; filename*1=b; filename*2*=%2Epdf", "a b.pdf"),
        ("filename*0*=utf-8''za%C5; filename*1*=%BC.pdf", "zaż.pdf"),  # cut inside a letter
        ("filename*0*=utf-8''za%C; filename*1*=5%BC.pdf", "zaż.pdf"),  # cut inside an octet
        ("filename*0=a; filename*2=.pdf", "a.pdf"),  # a section is missing
        ("filename*1=b.pdf", "b.pdf"),
        ("filename*1*=utf-8''b%2Epdf", "b.pdf"),
        ("filename*0=a.pdf; filename*0=b.pdf", "a.pdf"),
        ("filename*00=a; filename*01=.pdf", "a.pdf"),
        ('filename*0="=?utf-8?q?a"; filename*1="b.pdf?="', "ab.pdf"),  # an encoded-word in sections
        ("filename*0*=utf-8''..%2F; filename*1*=..%2Fx", "x"),
        ("filename=a.pdf; filename=b.pdf", "a.pdf"),
        ("filename=; name=x", "part-1.txt"),
        ('filename="";', "part-1.txt"),
        ('filename="open.pdf', "open.pdf"),
        ('filename = "blanks.pdf" ; size=1', "blanks.pdf"),
        ("FileName=case.pdf", "case.pdf"),
        ("x y filename=no-semicolon.pdf", "no-semicolon.pdf"),
        ("size= ; filename=after.pdf", "after.pdf"),
    ],
)
def test_half_of_rfc_2231_is_common(disposition: str, name: str) -> None:
    assert attached(disposition) == name


def test_raw_letters_in_a_name_are_in_the_charset_of_the_mail() -> None:
    octets = b"Subject: =?koi8-r?q?x?=\nContent-Disposition: attachment; filename=\xf0\xf2\xe9\xf7\xe5\xf4.pdf\n\nx"
    assert parse(octets).attachments[0].filename == "ПРИВЕТ.pdf"


def test_two_files_of_one_name_are_two_parts() -> None:
    part = "--b\nContent-Type: a/b; name=x.pdf\n\n1\n"
    message = parse(f"From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n{part}{part}--b--\n".encode())
    assert [(each.filename, each.part) for each in message.attachments] == [("x.pdf", "1"), ("x.pdf", "2")]


@given(st.text(alphabet="ab./\\:~ \0\r\n\u202e\u200b=?%'\"x\ud800\uffff", max_size=60))
@settings(max_examples=300, deadline=None)
def test_no_name_is_a_path(name: str) -> None:
    clean = clean_filename(name)
    assert not set(clean) & set('/\\:\0\r\n"\u202e\u200b\ud800\uffff')
    assert clean == clean.strip(" .")
    assert len(clean.encode()) <= MAX_OCTETS


@pytest.mark.timeout(5)
@pytest.mark.parametrize("piece", [";", " ", "; a", "; a=", '; a="', "/", "; a*0=b", "= ", "\\", "%41", " ;"])
def test_parameters_are_read_in_one_pass(piece: str) -> None:  # M1, CVE-2019-18180
    parse(f"From: a@b.example\nContent-Disposition: attachment{piece * (60_000 // len(piece))}x\n\nx".encode())
