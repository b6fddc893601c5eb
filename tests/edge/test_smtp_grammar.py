"""S1: nothing but CR LF dot CR LF ends a message. S2: what MAIL says is kept letter by letter or refused. S3: each
command in each state of a session.
"""

from pathlib import Path
from typing import Any

import pytest

from mailflow.edge import replies

MESSAGE = "From: Anna <anna@kunde.example>\r\nSubject: hello\r\n\r\nIt does not start.\r\n."

# S1

ENDS_THAT_ARE_NONE = {
    "LF.LF": b"\n.\n",
    "LF.CRLF": b"\n.\r\n",
    "CRLF.LF": b"\r\n.\n",
    "CR.CR": b"\r.\r",
    "CR.CRLF": b"\r.\r\n",
    "CRLF.CR": b"\r\n.\r",
    "CRCRLF.CRLF": b"\r\r\n.\r\n",
    "CRLF.CRCRLF": b"\r\n.\r\r\n",
}
CONTEXTS = ["plain", "pipelined", "after STARTTLS", "LMTP"]
SMUGGLED = (
    b"MAIL FROM:<boss@firma.example>\r\nRCPT TO:<support@firma.example>\r\nDATA\r\nFrom: boss\r\n\r\nPay.\r\n.\r\n"
)


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("end", ENDS_THAT_ARE_NONE)
@pytest.mark.parametrize("known", [False, True], ids=["stranger", "trusted"])
async def test_s1_no_other_end_smuggles_a_message(
    edge: Any, certificate: Path, end: str, context: str, known: bool
) -> None:
    edge.door.trusted = known
    edge.protect(certificate)
    client = await edge.client("lmtp" if context == "LMTP" else "smtp")
    if context == "after STARTTLS":
        await client.start_tls()
    hello = "LHLO" if context == "LMTP" else "EHLO"
    words = [f"{hello} evil.example", "MAIL FROM:<a@evil.example>", "RCPT TO:<support@firma.example>", "DATA"]
    content = b"Subject: one\r\n\r\nhello" + ENDS_THAT_ARE_NONE[end] + SMUGGLED + b"QUIT\r\n"
    if context == "pipelined":
        client.writer.write(b"".join(word.encode() + b"\r\n" for word in words) + content)
        await client.replies(4)
    else:
        await client.say(*words)
        client.writer.write(content)
    said = await client.rest()
    kept = "250 2.0.0" if known or context == "LMTP" else "550 5.5.2"
    one_ends = end == "CRCRLF.CRLF"  # in CR LF dot CR LF, after a bare CR: what follows is a transaction of its own
    assert (said[0][:9], said[-1][:9]) == (kept, "221 2.0.0")
    assert len(said) == (5 + 1 if one_ends else 2)
    senders = [arrival.envelope.mail_from for arrival in edge.door.kept]
    assert senders == ["a@evil.example"] * (kept[0] == "2") + ["boss@firma.example"] * one_ends
    for arrival in edge.door.kept:
        octets = arrival.octets
        assert octets.count(b"\r\n") == octets.count(b"\r") == octets.count(b"\n")


# S2

BAD = "553 5.1.7"
LOCAL, LONG = "x" * 200, "y" * 63
S2: dict[str, list[tuple[str | bytes, str]]] = {
    "encoded-words are letters": [
        ("<=?utf-8?q?admin=40corp.example?=@evil.example>", "=?utf-8?q?admin=40corp.example?=@evil.example"),
        ("<=?utf-8?b?YQ==?=@evil.example>", "=?utf-8?b?YQ==?=@evil.example"),
        ("<=?utf-8?q?a=0d=0ab?=@evil.example>", "=?utf-8?q?a=0d=0ab?=@evil.example"),
        ("<a@=?utf-8?q?corp.example?=>", BAD),
        ("<a@=?utf-8?b?Y29ycC5leGFtcGxl?=>", BAD),
        ("=?utf-8?q?=3Ca=40b=3E?=", BAD),
        ("<=?utf-8?q?a b?=@evil.example>", BAD),
        ("<=?a?=@evil.example>", "=?a?=@evil.example"),
        ("<%61@evil.example>", "%61@evil.example"),
        ("<&#97;@evil.example>", BAD),
    ],
    "comments are no part of an address": [
        ("<a@corp.example(evil.example)>", BAD),
        ("<(x)a@corp.example>", BAD),
        ("<a(x)@corp.example>", BAD),
        ("<a@(x)corp.example>", BAD),
        ("(x)<a@corp.example>", BAD),
        ("<a@corp.example>(x)", BAD),
        ("<a@corp.example> (x)", "501 5.5.4"),
        ("<a@corp.example(>", BAD),
        ("<a@corp.example)>", BAD),
        ('<"(x)"@corp.example>', '"(x)"@corp.example'),
    ],
    "a route is left out": [
        ("<@relay.example:a@corp.example>", "a@corp.example"),
        ("<@one.example,@two.example:a@corp.example>", "a@corp.example"),
        ("<@relay.example:>", BAD),
        ("<@relay.example>", BAD),
        ("<@:a@corp.example>", BAD),
        ("<relay.example:a@corp.example>", BAD),
        ("<@relay.example;a@corp.example>", BAD),
        ("<@relay.example:@corp.example>", BAD),
        ("<@relay.example:a>", BAD),
        ("<a%b@relay.example>", "a%b@relay.example"),
    ],
    "what is quoted stays quoted": [
        ('<"a b"@corp.example>', '"a b"@corp.example'),
        ('<"a@b"@corp.example>', '"a@b"@corp.example'),
        (r'<"a\"b"@corp.example>', r'"a\"b"@corp.example'),
        ('<""@corp.example>', '""@corp.example'),
        ('<"a>b"@corp.example>', '"a>b"@corp.example'),
        ('<"a"b@corp.example>', BAD),
        ('<"a@corp.example>', BAD),
        ('<a"b"@corp.example>', BAD),
        ('<"a\\"@corp.example>', BAD),
        ('"x" <a@corp.example>', BAD),
    ],
    "no control character gets in": [
        (b"<a\0@corp.example>", BAD),
        (b"<a\r@corp.example>", BAD),
        (b"<a\t@corp.example>", BAD),
        (b"<a@corp.example\x0b>", BAD),
        (b"<a@corp.example>\r", BAD),
        (b"<a@corp.example>\x1f", BAD),
        (b"<\x7fa@corp.example>", BAD),
        (b'<"a\0"@corp.example>', BAD),
        (b"<a@corp.example> SIZE=1\0", BAD),
        (b"<a@corp.example\xc2\x85>", BAD),
    ],
    "what is not ASCII wants SMTPUTF8": [
        ("<é@corp.example>", "553 5.6.7"),
        ("<a@café.example>", "553 5.6.7"),
        ("<é@corp.example> SMTPUTF8", "é@corp.example"),
        ("<a@café.example> SMTPUTF8", "a@café.example"),
        (b"<\xe9@corp.example>", BAD),
        (b"<\xe9@corp.example> SMTPUTF8", BAD),
        (b"<\xc3\x28@corp.example> SMTPUTF8", BAD),
        (b"<\xed\xa0\x80@corp.example> SMTPUTF8", BAD),
        ("<\u202ea@corp.example> SMTPUTF8", BAD),
        ("<\u2028a@corp.example> SMTPUTF8", BAD),
    ],
    "literals are addresses of hosts": [
        ("<a@[192.0.2.1]>", "a@[192.0.2.1]"),
        ("<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]"),
        ("<a@[ipv6:::1]>", "a@[ipv6:::1]"),
        ("<a@[2001:db8::1]>", BAD),
        ("<a@[192.0.2]>", BAD),
        ("<a@[192.0.2.256]>", BAD),
        ("<a@[IPv6:fe80::1%eth0]>", BAD),
        ("<a@[]>", BAD),
        ("<a@[corp.example]>", BAD),
        ("<a@[192.0.2.1>", BAD),
    ],
    "nobody": [
        ("<>", ""),
        ("<> SIZE=1", ""),
        ("", BAD),
        ("< >", BAD),
        ("<@>", BAD),
        ("<<>>", BAD),
        ('<"">', BAD),
        ("<postmaster>", BAD),
        ("<a>", BAD),
        ("<@corp.example>", BAD),
    ],
    "length": [
        (f"<{LOCAL}@corp.example>", f"{LOCAL}@corp.example"),
        (f"<{'x' * (254 - 13)}@corp.example>", f"{'x' * (254 - 13)}@corp.example"),
        (f"<{'x' * (255 - 13)}@corp.example>", BAD),
        (f"<{'x' * 1000}@corp.example>", BAD),
        (f"<a@{LONG}.example>", f"a@{LONG}.example"),
        (f"<a@{LONG}y.example>", BAD),
        (f"<a@{'.'.join(['y'] * 126)}>", f"a@{'.'.join(['y'] * 126)}"),
        (f"<a@{'.'.join(['y'] * 127)}>", BAD),
        (f"<{'é' * 120}@corp.example> SMTPUTF8", f"{'é' * 120}@corp.example"),
        (f"<{'é' * 121}@corp.example> SMTPUTF8", BAD),
    ],
    "names of domains": [
        ("<a@xn--caf-dma.example>", "a@xn--caf-dma.example"),
        ("<a@CORP.Example>", "a@CORP.Example"),
        ("<a@localhost>", "a@localhost"),
        ("<a@_spf.corp.example>", "a@_spf.corp.example"),
        ("<a@corp.example.>", BAD),
        ("<a@.corp.example>", BAD),
        ("<a@corp..example>", BAD),
        ("<a@-corp.example>", BAD),
        ("<a@corp-.example>", BAD),
        ("<a@corp example>", BAD),
    ],
    "dots of a local part": [
        ("<a.b@corp.example>", "a.b@corp.example"),
        ("<a+b@corp.example>", "a+b@corp.example"),
        ("<a=b@corp.example>", "a=b@corp.example"),
        ("<A.B@corp.example>", "A.B@corp.example"),
        ("<!#$&'*/?^_`{|}~-@corp.example>", "!#$&'*/?^_`{|}~-@corp.example"),
        ("<.a@corp.example>", BAD),
        ("<a.@corp.example>", BAD),
        ("<a..b@corp.example>", BAD),
        ("<a,b@corp.example>", BAD),
        ("<a@b@corp.example>", BAD),
    ],
    "brackets": [
        ("<a@corp.example", BAD),
        ("a@corp.example>", BAD),
        ("a@corp.example", BAD),
        ("<a@corp.example>>", BAD),
        ("<<a@corp.example>>", BAD),
        ("<a@corp.example><b@corp.example>", BAD),
        ("<a@corp.example>SIZE=1", BAD),
        ("<a@corp.example> SIZE=1", "a@corp.example"),
        ("<a@corp.example> BODY=8BITMIME SIZE=1", "a@corp.example"),
        ("<a b@corp.example>", BAD),
    ],
}


def test_s2_is_twelve_classes_of_ten() -> None:
    assert [len(cases) for cases in S2.values()] == [10] * 12


@pytest.mark.parametrize("known", [False, True], ids=["stranger", "trusted"])
@pytest.mark.parametrize("kind", S2)
async def test_s2_an_address_is_kept_as_written_or_refused(edge: Any, kind: str, known: bool) -> None:
    edge.door.trusted = known
    await edge.listen("smtp 127.0.0.1:0")
    for raw, kept in S2[kind]:
        client = await edge.another()
        _, said = await client.say("EHLO x", b"MAIL FROM:" + (raw if isinstance(raw, bytes) else raw.encode()))
        if said.startswith("250"):
            await client.say("RCPT TO:<support@firma.example>", "DATA", MESSAGE)
            said = edge.door.kept.pop().envelope.mail_from
            assert said == kept, raw
            assert not any(ord(letter) < 0x20 or 0x7F <= ord(letter) < 0xA0 for letter in said)
        assert said.startswith(kept), raw
        await client.say("QUIT")


# S3: states from left to right, replies from top to bottom

STATES = {
    "connected": [],
    "greeted": ["EHLO kunde.example"],
    "MAIL": ["EHLO kunde.example", "MAIL FROM:<anna@kunde.example>"],
    "RCPT": ["EHLO kunde.example", "MAIL FROM:<anna@kunde.example>", "RCPT TO:<support@firma.example>"],
    "kept": [
        *("EHLO kunde.example", "MAIL FROM:<anna@kunde.example>", "RCPT TO:<support@firma.example>", "DATA"),
        MESSAGE,
    ],
    "TLS": ["STARTTLS"],
}
S3 = """
EHLO kunde.example              250 250 250 250 250 250
HELO kunde.example              250 250 250 250 250 250
LHLO kunde.example              500 500 500 500 500 500
MAIL FROM:<ben@kunde.example>   503 250 503 503 250 503
RCPT TO:<sales@firma.example>   503 503 250 250 503 503
DATA                            503 503 503 354 503 503
RSET                            250 250 250 250 250 250
NOOP                            250 250 250 250 250 250
QUIT                            221 221 221 221 221 221
VRFY support                    252 252 252 252 252 252
EXPN support                    502 502 502 502 502 502
HELP                            214 214 214 214 214 214
STARTTLS                        220 220 220 220 220 503
AUTH PLAIN AG1hbnlhAG1hbnlh     538 538 538 538 538 503
BDAT 5 LAST                     500 500 500 500 500 500
"""
TABLE = [
    (line[:32].rstrip(), state, code)
    for line in S3.strip().splitlines()
    for state, code in zip(STATES, line[32:].split(), strict=True)
]


def test_s3_is_fifteen_commands_in_six_states() -> None:
    assert len(TABLE) == 15 * 6


@pytest.mark.parametrize("state", STATES)
async def test_s3_each_command_has_its_reply_in_each_state(edge: Any, certificate: Path, state: str) -> None:
    edge.protect(certificate, login="offered")
    await edge.listen("smtp 127.0.0.1:0")
    for command, here, code in TABLE:
        if here != state:
            continue
        client = await edge.another()
        for line in STATES[state]:
            await (client.start_tls() if line == "STARTTLS" else client.say(line))
        (said,) = await client.say(command)
        assert said.startswith(code), command
        client.writer.close()
        await edge.quiet()


@pytest.mark.parametrize(
    ("words", "reply"),
    [
        ("No printers", "No printers"),
        ("Zażółć gęślą jaźń", "Zazo?c gesla jazn"),
        ("Нет", "???"),
        ("a\r\n250 Ok\0\x1b[31m\u2028b", "a??250 Ok??[31m?b"),
        ("  ", "Not accepted"),
        ("x" * 1000, "x" * replies.LONGEST_WORDS),
        ("\ufdfa" * 1000, None),  # one letter that is eighteen, decomposed
    ],
)
def test_the_words_of_a_rule_are_one_line_of_printable_ascii(words: str, reply: str | None) -> None:
    said = replies.rejected(words)
    assert said.isascii()
    assert said.isprintable()
    assert len(said) + len("\r\n") <= 512  # RFC 5321 4.5.3.1.5
    assert reply is None or said == f"550 5.7.1 {reply}"
    assert replies.worded("DATA", said) == said
