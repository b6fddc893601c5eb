"""Mail made to cost more than it is worth (M1): each a function that makes it, because together they are large.

Named for what is too much of. What is tried: every bound of mail.bounds gone far beyond, every encoding, every regular
expression of mail/ with the text on which a careless one would be quadratic, and the largest mail that is let in.
"""

from base64 import b64encode
from binascii import b2a_uu
from collections.abc import Callable
from struct import pack

MIB = 1 << 20
LARGEST = 25 * MIB  # limits.message_size
HEAD = b"From: Anna <anna@kunde.example>\nSubject: bomb\nDate: Mon, 2 Mar 2026 10:00:00 +0100\n"
PIECES = bytes.fromhex("02010131003080060101a0802480")  # of CMS: what follows is the content that was signed
KANA = b"\x1b$B\xfe\xfe\x1b(I1"  # which is Microsoft's, not ISO-2022-JP
Bomb = Callable[[], bytes]


def filled(unit: bytes, size: int = MIB) -> bytes:
    """`unit` again and again, about `size` octets."""
    return unit * (size // len(unit))


def field(name: bytes, value: bytes) -> Bomb:
    return lambda: b"".join((HEAD, name, b": ", value, b"\n\nwords\n"))


def plain(unit: bytes, size: int = LARGEST) -> Bomb:
    return lambda: HEAD + b"\n" + filled(unit, size)


def lines(unit: str, count: int = 100_000) -> Bomb:
    return lambda: HEAD + b"Content-Type: text/plain; charset=utf-8\n\n" + (unit + "\n").encode() * count


def encoded(encoding: bytes, body: Callable[[], bytes], content_type: bytes = b"text/plain; charset=utf-8") -> Bomb:
    head = HEAD + b"Content-Type: " + content_type + b"\nContent-Transfer-Encoding: " + encoding + b"\n\n"
    return lambda: head + body()


def mixed(body: Callable[[], bytes], boundary: bytes = b"b") -> Bomb:
    return lambda: HEAD + b"Content-Type: multipart/mixed; boundary=" + boundary + b"\n\n" + body()


def parts(header: bytes, body: bytes, count: int = 490) -> Bomb:
    """As many as one message may have, each within every bound of its own."""
    return mixed(lambda: (b"--b\n" + header + b"\n\n" + body + b"\n") * count)


def typed(content_type: bytes, unit: bytes) -> Bomb:
    return encoded(b"8bit", lambda: filled(unit, LARGEST), content_type)


def attribute(name: int, content: bytes = b"") -> bytes:
    """Of TNEF, without a checksum."""
    return pack("<BHHI", 2, name, 1, len(content)) + content + b"\0\0"


def tnef(unit: bytes) -> Bomb:
    """A stream with one attachment, and `unit` again and again."""
    start = b"\x78\x9f\x3e\x22\0\0" + attribute(0x9002)
    return encoded(b"binary", lambda: start + filled(unit, LARGEST), b"application/ms-tnef")


def signed(elements: bytes) -> bytes:
    """A SignedData up to `elements`, its lengths indefinite."""
    return bytes.fromhex("308006092a864886f70d010702a0803080") + elements


def html(page: Callable[[], bytes] | bytes) -> Bomb:
    head = HEAD + b"Content-Type: text/html; charset=utf-8\n\n"
    return lambda: head + (page if isinstance(page, bytes) else page())


def report(body: str) -> Bomb:
    """A mail system's own words, which are read as prose."""
    head = b"From: MAILER-DAEMON@mx.example\nSubject: Undelivered Mail Returned to Sender\n\nwas not delivered\n"
    return lambda: head + body.encode()


def nested(kind: bytes, levels: int) -> Bomb:
    return lambda: (
        HEAD
        + b"".join(
            b"Content-Type: multipart/%s; boundary=b%d\n\n--b%d\n" % (kind, level, level) for level in range(levels)
        )
    )


def numbered(template: bytes, count: int) -> bytes:
    return b"".join(template % number for number in range(count))


HEADERS: dict[str, Bomb] = {
    "fields": lambda: HEAD + numbered(b"X-%d: y\n", 500_000) + b"\nwords\n",
    "fields without a value": lambda: HEAD + b"a:\n" * 1_000_000 + b"\nwords\n",
    "one field of 25 MB": lambda: HEAD + b"X: " + b"x" * LARGEST + b"\n\nwords\n",
    "one subject of 64 KiB": field(b"Subject", b"re: " * 15_000),
    "one subject of brackets": field(b"Subject", b"[#" * 30_000),
    "one subject of tags": field(b"Subject", b"[#1] " * 12_000),
    "one subject of blanks": field(b"Subject", b"a" + b" " * 64_000 + b"(fwd"),
    "folds": field(b"Subject", b"a\n " * 20_000),
    "stray lines": lambda: HEAD + b"no field\nX: y\n" * 100_000 + b"\nwords\n",
    "a header without an end": lambda: HEAD + filled(b"X: y\n", LARGEST),
    "a name without a colon": lambda: b"x" * LARGEST,
    "blank lines first": lambda: b"\n" * LARGEST + b"From: a@b.example\n\n",
    "colons": lambda: b":" * LARGEST,
    "carriage returns": lambda: b"X: y\r" * (LARGEST // 5),
    "Received": lambda: filled(b"Received: from a by b; x\n") + HEAD + b"\nwords\n",
    "From lines": lambda: filled(b"From: a@b.example\n", 18_000) + b"\nwords\n",
    "encoded-words": field(b"Subject", b"=?utf-8?q?a?= " * 4_600),
    "encoded-words in every field": lambda: numbered(b"X-%d: " + b"=?utf-8?q?a?= " * 15 + b"\n", 990) + HEAD + b"\nx\n",
    "an encoded-word without an end": field(b"Subject", b"=?utf-8?q?" * 499 + b"a" * 60_000),
    "question marks": field(b"Subject", b"=?" * 30_000),
    "a charset without an end": field(b"Subject", b"=?" + b"u" * 60_000),
    "addresses": field(b"To", b"a@b.example, " * 5_000),
    "angle brackets": field(b"To", b"<" * 60_000),
    "closing brackets": field(b"From", b">" * 60_000),
    "comments": field(b"From", b"(" * 30_000 + b")" * 30_000),
    "open comments": field(b"To", b"(" * 500 + b"(,a@b.example" * 4_000),
    "escaped comments": field(b"From", b"(\\" * 30_000),
    "quotation marks": field(b"From", b'"' * 60_000),
    "backslashes": field(b"From", b'"' + b"\\" * 60_000),
    "groups": field(b"To", b"a:;" * 20_000),
    "words without an address": field(b"To", b"Nowak, " * 9_000 + b"Anna <a@b.example>"),
    "dots in a domain": field(b"From", b"a@" + b"a." * 30_000),
    "labels of a domain": field(b"From", b"a@" + b"a-" * 30_000 + b"!"),
    "international labels": field(b"From", b"a@" + "ж.".encode() * 20_000),
    "references": field(b"References", numbered(b"<%d@a.example> ", 3_500)),
    "open references": field(b"References", b"<" * 60_000),
    "one bare id": field(b"Message-ID", b"a@" * 30_000),
    "an id of brackets": field(b"Message-ID", b"<" + b"[" * 60_000),
    "parameters": field(b"Content-Type", b"text/plain" + b"; a=b" * 12_000),
    "sections of a parameter": field(b"Content-Type", b"text/plain" + numbered(b"; a*%d*=%%41", 900)),
    "a quoted parameter": field(b"Content-Type", b'text/plain; a="' + b'\\"' * 30_000),
    "blanks in a parameter": field(b"Content-Type", b"text/plain;" + b" a" * 30_000),
    "semicolons": field(b"Content-Type", b"text/plain" + b";" * 60_000),
    "a file name": field(b"Content-Disposition", b'attachment; filename="' + b"a/" * 30_000 + b'"'),
    "a file name of marks": field(b"Content-Type", b'a/b; name="' + "e\u0301".encode() * 20_000 + b'"'),
    "combining marks": field(b"Content-Type", b'a/b; name="a' + "\u0315\u0300".encode() * 16_000 + b'"'),
    "dates": field(b"Date", b"Mon, " * 12_000),
    "digits of a date": field(b"Date", b"Mon, 2 Mar 2026 10:00:00 +" + b"9" * 60_000),
}  # fmt: skip

PARTS: dict[str, Bomb] = {
    "nested multiparts": nested(b"mixed", 20_000),
    "nested alternatives": nested(b"alternative", 20_000),
    "nested and related": nested(b"related", 20_000),
    "prefixes, nested": lambda: HEAD + b"".join(
        b"Content-Type: multipart/mixed; boundary=%s\n\n--%s\n" % (b"-" * 60 + b"%d" % level, b"-" * 60 + b"%d" % level)
        for level in range(50)
    ) + b"-" * LARGEST,
    "parts with long parameters": mixed(lambda: (b"--b\nContent-Type: a/b" + b"; a=b" * 10_000 + b"\n\nx\n") * 490),
    "parts with semicolons": mixed(lambda: (b"--b\nContent-Type: a/b" + b"; " * 25_000 + b"\n\nx\n") * 490),
    "parts with names of words": mixed(
        lambda: (b'--b\nContent-Disposition: attachment; filename="' + b"=?utf-8?q?" * 5_000 + b'"\n\nx\n') * 490
    ),
    "parts with names of marks": mixed(
        lambda: (b'--b\nContent-Type: a/b; name="a' + "\u0315\u0300".encode() * 12_000 + b'"\n\nx\n') * 490
    ),
    "parts with names of octets": mixed(
        lambda: (b"--b\nContent-Type: a/b; name*=utf-8''" + b"%cc%95" * 8_000 + b"\n\nx\n") * 490
    ),
    "parts of short lines": mixed(
        lambda: (b"--b\nContent-Type: a/b\nContent-Transfer-Encoding: uuencode\n\n" + b"M\xff\n" * 16_000) * 490
    ),
    "parts of padding": mixed(
        lambda: (b"--b\nContent-Type: a/b\nContent-Transfer-Encoding: base64\n\n" + b"QQ==" * 12_000 + b"\n") * 490
    ),
    "parts of reports": mixed(
        lambda: (b"--b\nContent-Type: message/delivery-status\n\n" + b"Status: 5.1.1\n" * 3_500 + b"\n") * 490
    ),
    "nested within the depth, one boundary": mixed(
        lambda: b"--b\nContent-Type: multipart/mixed; boundary=b\n\n" * 45 + filled(b"--b\n\nx\n", LARGEST)
    ),
    "nested mails": lambda: HEAD + b"Content-Type: message/rfc822\n\n" * 200_000,
    "a digest": lambda: HEAD + b"Content-Type: multipart/digest; boundary=b\n\n" + filled(b"--b\n\nTo: x\n\n", LARGEST),
    "parts": mixed(lambda: filled(b"--b\n\nx\n", LARGEST)),
    "parts with headers": mixed(lambda: filled(b"--b\n" + b"X: y\n" * 900 + b"\nx\n", LARGEST)),
    "parts within parts": lambda: HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n"
    + b"--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nx\n" * 100_000,
    "HTML parts": mixed(lambda: (b"--b\nContent-Type: text/html\n\n" + b"<p>x</p>" * 5_000 + b"\n") * 490),
    "text parts": mixed(lambda: (b"--b\nContent-Type: text/plain\n\n" + b"x" * 50_000 + b"\n") * 490),
    "boundaries without a line": mixed(lambda: filled(b"--b", LARGEST)),
    "boundaries inside of lines": mixed(lambda: filled(b"x--b\n", LARGEST)),
    "boundaries with a tail": mixed(lambda: filled(b"--bx\n", LARGEST)),
    "boundaries with blanks": mixed(lambda: filled(b"--b" + b" " * 2_000 + b"x\n", LARGEST)),
    "prefixes of a boundary": mixed(lambda: filled(b"--" + b"a" * 69 + b"\n", LARGEST), b"a" * 70),
    "a boundary of hyphens": mixed(lambda: b"-" * LARGEST, b"-" * 70),
    "half a boundary": mixed(lambda: filled(b"a" * 69 + b"c", LARGEST), b"a" * 70),
    "prefix boundaries, nested": lambda: HEAD + b"".join(
        b"Content-Type: multipart/mixed; boundary=%s\n\n--%s\n" % (b"b" * level, b"b" * level) for level in range(1, 70)
    ) + filled(b"--" + b"b" * 70 + b"\n", LARGEST),
    "no boundary": lambda: HEAD + b"Content-Type: multipart/mixed\n\n" + filled(b"--%s\n" % (b"x" * 60), LARGEST),
    "no boundary, others each time": lambda: HEAD
    + b"Content-Type: multipart/mixed\n\n"
    + numbered(b"--%d\n", 2_000_000),
    "a long boundary": mixed(lambda: filled(b"--" + b"b" * 60_000 + b"\n\nx\n", LARGEST), b"b" * 60_000),
    "parts of short lines in two charsets": parts(b"Content-Type: text/plain", b"\xc4\n" * 1_999),
    "parts of odd letters": parts(b"Content-Type: text/plain", b"\xc4\xff\xe9 " * 12_000),
    "parts of ISO-2022-JP and ASCII by turns": parts(
        b"Content-Type: text/plain; charset=iso-2022-jp", b"\x1b$B-!\x1b(B" * 6_000
    ),
    "parts of ISO-2022-KR": parts(
        b"Content-Type: text/plain; charset=iso-2022-kr", b"\x1b$)C" + b"\x0ea\x0f" * 16_000
    ),
    "parts of RTF": parts(b"Content-Type: text/rtf", b"{}" * 25_000),
    "parts said to be compressed RTF": parts(
        b"Content-Type: a/b\nContent-Transfer-Encoding: x-compressed-rtf",
        pack("<IIII", 0, 1 << 30, 0x75465A4C, 0) + (b"\xff" + b"\x00\x1f" * 8) * 2_900,
    ),
    "parts of CMS": parts(b"Content-Type: application/pkcs7-mime", signed(PIECES + b"\x24\x00" * 25_000)),
    "parts of TNEF": parts(
        b"Content-Type: application/ms-tnef",
        b"\x78\x9f\x3e\x22\0\0" + attribute(0x9002) + attribute(0x8010, b"\1") * 4_100,
    ),
    "parts of flowed lines": parts(b"Content-Type: text/plain; format=flowed", b">\n" * 25_000),
    "a report of groups": lambda: HEAD + b"Content-Type: multipart/report; boundary=b\n\n--b\n"
    b"Content-Type: message/delivery-status\n\n" + filled(b"Final-Recipient: rfc822; a@b.example\n\n", LARGEST),
    "a report of folds": lambda: HEAD + b"Content-Type: multipart/report; boundary=b\n\n--b\n"
    b"Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822;\n" + filled(b" a@b.example\n", LARGEST),
    "a returned header": lambda: HEAD + b"Content-Type: multipart/report; boundary=b\n\n--b\n"
    b"Content-Type: text/rfc822-headers\n\n" + filled(b"message-id: " + b" " * 90 + b"<\n", LARGEST),
}  # fmt: skip

ENCODINGS: dict[str, Bomb] = {
    "base64": encoded(b"base64", lambda: filled(b64encode(b"words " * 9) + b"\n", LARGEST)),
    "base64 of one line": encoded(b"base64", lambda: b"A" * LARGEST),
    "base64 without letters": encoded(b"base64", lambda: b"-" * LARGEST),
    "base64 of padding": encoded(b"base64", lambda: b"=" * LARGEST),
    "base64 of padded pieces": encoded(b"base64", lambda: filled(b"QQ==", LARGEST)),
    "base64 attached": encoded(b"base64", lambda: filled(b"QUJD" * 19 + b"\n", LARGEST), b"application/pdf"),
    "quoted-printable": encoded(b"quoted-printable", lambda: filled(b"=41=C4=85\n", LARGEST)),
    "quoted-printable folds": encoded(b"quoted-printable", lambda: filled(b"=\n", LARGEST)),
    "quoted-printable of equal signs": encoded(b"quoted-printable", lambda: b"=" * LARGEST),
    "quoted-printable of blanks": encoded(b"quoted-printable", lambda: b" " * LARGEST),
    "uuencoded": encoded(b"x-uuencode", lambda: b"begin 644 x\n" + filled(b2a_uu(b"words " * 7), LARGEST)),
    "uuencoded lines of one letter": encoded(b"x-uuencode", lambda: filled(b"!\n", LARGEST)),
    "uuencoded wrongly": encoded(b"x-uuencode", lambda: filled(b"M\xff\n", LARGEST)),
    "TNEF": encoded(b"base64", lambda: filled(b64encode(b"\x78\x9f\x3e\x22" * 14), LARGEST), b"application/ms-tnef"),
    "uuencoded in short lines": encoded(
        b"x-uuencode", lambda: filled(b2a_uu(b"words words "), LARGEST), b"application/pdf"
    ),
    "uuencoded files": plain(b"begin 644 x\n`\nend\n"),
    "uuencoded files of short lines": plain(b"begin 644 x\n" + b"!!!!!\n" * 8_000 + b"`\nend\n"),
    "uuencoded files without an end": plain(b"begin 644 x\n!  \n!  \n!  \n"),
    "TNEF of attributes": tnef(attribute(1)),
    "TNEF of titles": tnef(attribute(0x8010)),
    "TNEF of properties": tnef(attribute(0x9005, pack("<I", 2_000) + b"\x03\0\1\0\0\0\0\0" * 2_000)),
    "TNEF of lists": tnef(attribute(0x9005, bytes(4))),
    "CMS in pieces of pieces": encoded(
        b"binary", lambda: signed(PIECES + filled(b"\x24\x80", LARGEST)), b"application/pkcs7-mime"
    ),
    "CMS in empty elements": encoded(
        b"binary", lambda: signed(b"\x02\x80" + filled(b"\x30\x00", LARGEST)), b"application/pkcs7-mime"
    ),
    "ISO-2022-KR in short shifts": typed(b"text/plain; charset=iso-2022-kr", b"\x1b$)C" + b"\x0ea\x0f" * 10_000),
    "UTF-7": encoded(b"8bit", lambda: filled(b"+AGEA-", LARGEST), b"text/plain; charset=utf-7"),
    "UTF-16": encoded(b"8bit", lambda: filled(b"a\0\n\0", LARGEST), b"text/plain; charset=utf-16le"),
    "UTF-32": encoded(b"8bit", lambda: filled(b"\xff\xff", LARGEST), b"text/plain; charset=utf-32"),
    "ISO-2022-JP": encoded(b"7bit", lambda: filled(b"\x1b$B\x1b(B", LARGEST), b"text/plain; charset=iso-2022-jp"),
    "ISO-2022-JP of Microsoft": encoded(b"8bit", lambda: filled(KANA, LARGEST), b"text/plain; charset=iso-2022-jp"),
    "parts of ISO-2022-JP": mixed(
        lambda: (b"--b\nContent-Type: text/plain; charset=iso-2022-jp\n\n\x1b$B" + b"-!" * 25_000 + b"\n") * 490
    ),
    "EUC-JP of Microsoft": encoded(b"8bit", lambda: filled(b"\xad\xa1", LARGEST), b"text/plain; charset=euc-jp"),
    "ideographs": encoded(b"8bit", lambda: filled("\U00020000".encode(), LARGEST)),
    "HZ": encoded(b"7bit", lambda: filled(b"~{~}", LARGEST), b"text/plain; charset=hz"),
    "no charset at all": encoded(b"8bit", lambda: filled(b"\xff\xfe\xc4", LARGEST)),
    "emoji": encoded(b"8bit", lambda: filled("\U0001f389".encode(), LARGEST)),
    "NUL": encoded(b"8bit", lambda: b"\0" * LARGEST),
    "control characters": encoded(b"8bit", lambda: filled(b"\x1b\x07", LARGEST)),
    "surrogates": encoded(b"8bit", lambda: filled(b"\xed\xa0\x80", LARGEST)),
    "half bytes of UTF-8": encoded(b"8bit", lambda: b"a\xc4" * (LARGEST // 2)),
}  # fmt: skip

PAGES: dict[str, Bomb] = {
    "HTML of 25 MB": html(lambda: filled(b"<p>words &amp; words</p>\n", LARGEST)),
    "tags": html(filled(b"<p>")),
    "elements within elements": html(b"<div>" * 200_000),
    "blocks up to the depth": html(b"<blockquote>" * 500 + filled(b"x<br>", 300_000)),
    "lists up to the depth": html(b"<ul><li>" * 250 + filled(b"x<br>", 290_000)),
    "tables within tables": html(b"<table><tr><td>" * 170 + b"x" * 900_000),
    "formatting that is not closed": html(b"<b><i><u>" * 20 + filled(b"<p>x", 20_000)),
    "links that are not closed": html(filled(b"<a href=x><p>", 700_000)),
    "fonts across cells": html(filled(b"<table><font><td></font></table>", 700_000)),
    "one tag of 1 MB": html(b"<p " + b"a" * (MIB - 10)),
    "attributes": html(b"<p " + numbered(b"a%d=1 ", 1_700) + b">x"),
    "many tags of many attributes": html(filled(b"<p " + numbered(b"a%d=1 ", 100) + b">x", MIB)),
    "equal signs in a tag": html(b"<p " + b"=" * (MIB - 10)),
    "quotes in a tag": html(filled(b"<p a='\"")),
    "unclosed tags": html(filled(b"<a <a ")),
    "less-than signs": html(b"<" * MIB),
    "slashes": html(filled(b"</")),
    "comments of HTML": html(filled(b"<!-- x -->")),
    "open comments of HTML": html(filled(b"<!--")),
    "half closed comments": html(b"<!--" + filled(b"--!")),
    "CDATA": html(filled(b"<![CDATA[")),
    "entities": html(filled(b"&amp;")),
    "numeric entities": html(filled(b"&#1087;")),
    "entities without an end": html(b"&" * MIB),
    "a long entity": html(b"&#" + b"9" * (MIB - 10)),
    "options": html(b"<select>" + filled(b"<option>x")),
    "styles": html(filled(b"<style>p{}</style>")),
    "open styles": html(filled(b"<style>")),
    "scripts in scripts": html(filled(b"<script><script>")),
    "blanks in HTML": html(b"<p>" + b" " * (MIB - 10)),
    "non-breaking blanks": html(filled("\u00a0".encode())),
    "rows": html(b"<table>" + filled(b"<tr><td>x", 500_000)),
    "breaks": html(filled(b"<br>", 230_000)),
    "preformatted": html(b"<pre>" + b"\n" * (MIB - 10)),
    "images": html(filled(b"<img src=cid:a>", 800_000)),
    "stripped tags without an end": html(b"<svg>" + b"<" + b"a" * (LARGEST - 5)),
    "stripped tags": html(lambda: b"<svg>" + filled(b"<p>x", LARGEST)),
    "stripped styles": html(lambda: b"<svg>" + filled(b"<style>", LARGEST)),
    "stripped blank lines": html(lambda: b"<svg>" + filled(b"x<br><br><br>", LARGEST)),
    "stripped entities": html(lambda: b"<svg>" + filled(b"&amp", LARGEST)),
    "a charset in the page": html(filled(b"<meta " + b"x" * 150 + b" charset ")),
}  # fmt: skip

TEXTS: dict[str, Bomb] = {
    "one line of 25 MB": plain(b"x"),
    "words on one line": plain(b"words "),
    "blank lines": plain(b"\n"),
    "lines of one letter and a blank": plain(b"a \n"),
    "tabs and blanks at the ends of lines": plain(b"a\t \t \t\n"),
    "flowed lines": typed(b"text/plain; format=flowed", b"a \n"),
    "flowed lines, quoted by turns": typed(b"text/plain; format=flowed", b"> a \nb \n"),
    "flowed blank lines": typed(b"text/plain; format=flowed", b"\n"),
    "enriched lines": typed(b"text/enriched", b"a \n"),
    "enriched lines of one picture": typed(b"text/enriched; charset=utf-8", "\U0001f389\r\n".encode()),
    "enriched less-than signs": typed(b"text/enriched", b"<"),
    "commands of richtext": typed(b"text/richtext", b"<nl>"),
    "parameters of a calendar": encoded(
        b"8bit", lambda: b"a" + filled(b";a=", LARGEST), b"text/calendar"
    ),
    "folds of a calendar": typed(b"text/calendar", b"a\n "),
    "blanks": plain(b" "),
    "blanks at the ends of lines": plain(b" " * 5_000 + b"\n"),
    "blanks and tabs": plain(b" \t"),
    "carriage returns in text": plain(b"\r"),
    "carriage returns and line feeds": plain(b"\r\n"),
    "carriage returns at the ends": plain(b"x\r\r\r\n"),
    "quoted lines": plain(b">\n"),
    "quotation marks on one line": plain(b"> "),
    "quotes and words by turns": plain(b"> a\nb\n"),
    "On … wrote:": lines("On Mon, 2 Mar 2026 at 10:00, Anna <anna@kunde.example> wrote:"),
    "On … wrote: and words": lines("On 2 March 2026 Anna wrote:\nno"),
    "On without an end": lines("On 2 March 2026 Anna"),
    "On and on": plain(b"On 2 "),
    "dates that introduce": lines("2026-03-02 10:00 a@b.example"),
    "On lines of 400 letters": lines("On 2 " + "x" * 390, 60_000),
    "colons at the ends": lines("x" * 390 + " 2026:", 60_000),
    "addresses at the ends": lines("a@b.example 2 March 2026 <a@b.example>:"),
    "From lines in text": lines("From: a@b.example"),
    "copied headers by turns": lines("From: a\nTo: b\nDate: c"),
    "dates and colons": lines("Date: x"),
    "rules": lines("_______"),
    "rules of hyphens": lines("-------\n\n", 300_000),
    "rules and blanks": lines("_____\n\n\n\n", 300_000),
    "footers of lists": lines("_____\nmailing list"),
    "separators": lines("-----Original Message----"),
    "signatures": lines("--  x"),
    "phones": lines("Sent from my"),
    "addresses in text": plain(b"a@b.example "),
    "at signs": plain(b"@"),
    "a local part": plain(b"a."),
    "letters of many languages": lines("zażółć gęślą jaźń ßäöü ñ çœê ж ひ 한", 60_000),
    "NULs and letters of a page": typed(b"text/html", b"\xffFrom \0\n"),
    "NULs of a calendar": typed(b"text/calendar", b"\xff\0"),
    "many noncharacters": typed(
        b"text/html; charset=utf-16le", "".join(map(chr, range(0xFDD0, 0xFDF0))).encode("utf-16le")
    ),
    "line separators": lines("\u2028\u2029\x85", 400_000),
}  # fmt: skip

REPORTS: dict[str, Bomb] = {
    "addresses in a report": report("a@b.example " * 80 * 2_000),
    "lines of a report": report("<a@b.example>:\n" * 200_000),
    "local parts in a report": report(("a." * 500 + "\n") * 2_000),
    "domains in a report": report(("a@" + "b." * 490 + "\n") * 2_000),
    "at signs in a report": report(("@" * 999 + "\n") * 2_000),
    "near addresses in a report": report(("a" * 60 + "@") * 16 * 2_000 + "\n"),
    "near addresses on lines": report((("a" * 60 + "@") * 16 + "\n") * 2_000),
    "quotation marks in a report": report(("> " * 490 + "\n") * 2_000),
    "brackets in a report": report(("<a@b.example> " + "(" * 900 + "\n") * 2_000),
    "names in a report": report(("x" * 80 + " " + "<" * 900 + "\n") * 2_000),
    "blanks in a report": report((" " * 999 + "\n") * 2_000),
    "blanks and one word": report((" " * 990 + "a@b\n") * 2_000),
    "rules in a report": report(("-" * 999 + "\n") * 2_000),
    "words that return": report(("the original " + "x" * 900 + "\n") * 2_000),
    "labels in a report": report(("recipient: " * 90 + "\n") * 2_000),
    "sent to": report(("sent to " + " " * 900 + "\n") * 2_000),
    "reply codes": report(("550 " * 240 + "\n") * 2_000),
    "status codes": report(("5.1." * 240 + "\n") * 2_000),
    "digits in a report": report(("5.1.1" * 190 + "\n") * 2_000),
    "digits on one line": report("5.1.1." * 600_000),
    "ids in a report": report(("message-id:" + " " * 80 + "<\n") * 40_000),
    "quoted ids in a report": report((">" * 900 + "message-id: <\n") * 2_000),
    "To in a report": report("Received: from x\n" + "to:" + "a@" * 900 + "\n" + "to: a@b.example, " * 100_000),
    "blank lines in a report": report("\n" * 1_000_000),
    "one line of a report": report("x" * 4_000_000),
    "equal signs in a report": report(("smtp=" * 190 + "\n") * 2_000),
    "texts of two charsets in a report": lambda: (
        b"From: MAILER-DAEMON@mx.example\nSubject: Undelivered Mail Returned to Sender\n"
        b"Content-Type: multipart/mixed; boundary=b\n\n"
        + b"".join(
            b"--b\nContent-Type: text/plain; charset=%b\n\n%b\n"
            % (
                b"utf-8" if number % 2 else b"x-none",
                filled("zażółć привет ".encode("cp1251" if number % 2 else "cp1250", "ignore"), 53_000),
            )
            for number in range(490)
        )
    ),
    "brackets and blanks": report(("(" + " " * 400 + ")" + "\n") * 2_000),
}

BOMBS: dict[str, Bomb] = HEADERS | PARTS | ENCODINGS | PAGES | TEXTS | REPORTS
