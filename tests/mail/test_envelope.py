"""Envelope addresses, 12 classes of 10 (S2): read letter by letter, or refused. Nothing is decoded or repaired."""

from itertools import chain

import pytest

from mailflow.mail.envelope import read_path

LONG = "x" * 64
LITERAL: dict[str, dict[str, str | None]] = {
    "encoded-word": {
        "<=?utf-8?q?admin=40corp.example?=@evil.example>": "=?utf-8?q?admin=40corp.example?=@evil.example",
        "<=?utf-8?b?YWRtaW4=?=@corp.example>": "=?utf-8?b?YWRtaW4=?=@corp.example",
        "<=?iso-8859-1?q?a=0d=0ab?=@corp.example>": "=?iso-8859-1?q?a=0d=0ab?=@corp.example",
        "<=?utf-8?q?=00?=@corp.example>": "=?utf-8?q?=00?=@corp.example",
        "<a=?x?q?b?=c@corp.example>": "a=?x?q?b?=c@corp.example",
        '<"=?utf-8?q?a?="@corp.example>': '"=?utf-8?q?a?="@corp.example',
        "<a@=?utf-8?q?corp.example?=>": None,
        "<a@=?utf-8?q?corp?=.example>": None,
        "<=?utf-8?q?a?=>": None,
        "=?utf-8?q?<a@corp.example>?=": None,
    },
    "comment": {
        "<a@corp.example(evil.example)>": None,
        "<a(c)@corp.example>": None,
        "<(c)a@corp.example>": None,
        "<a@(c)corp.example>": None,
        "(c)<a@corp.example>": None,
        "<a@corp.example>(c)": None,
        "<a@corp.example> (c)": "a@corp.example",  # no address any more: a parameter, refused as one
        '<"(c)a"@corp.example>': '"(c)a"@corp.example',
        "<a()@corp.example>": None,
        "<a@corp.example()>": None,
    },
    "source route": {
        "<@relay.example:a@corp.example>": "a@corp.example",
        "<@relay.example,@other.example:a@corp.example>": "a@corp.example",
        "<@relay.example:a@corp.example@evil.example>": None,
        "<@relay.example:>": None,
        "<@relay.example a@corp.example>": None,
        "<@:a@corp.example>": None,
        "<@relay.example,:a@corp.example>": None,
        "<@re lay.example:a@corp.example>": None,
        "<relay.example:a@corp.example>": None,
        "<@relay.example:@other.example:a@corp.example>": None,
    },
    "quoted": {
        '<"a b"@corp.example>': '"a b"@corp.example',
        '<"a@b"@corp.example>': '"a@b"@corp.example',
        '<"a\\"b"@corp.example>': '"a\\"b"@corp.example',
        '<"a\\\\"@corp.example>': '"a\\\\"@corp.example',
        '<""@corp.example>': '""@corp.example',
        '<"a>b"@corp.example>': '"a>b"@corp.example',
        '<"a"b@corp.example>': None,
        '<"a"."b"@corp.example>': None,
        '<"a@corp.example>': None,
        '<"a""@corp.example>': None,
    },
    "control": {
        "<\0a@corp.example>": None,
        "<a@corp.example\0>": None,
        "<a\rb@corp.example>": None,
        "<a\nb@corp.example>": None,
        "<a@corp\r.example>": None,
        '<"a\rb"@corp.example>': None,
        '<"\\\0"@corp.example>': None,
        "<a\x7f@corp.example>": None,
        "<a\x85@corp.example>": None,
        "<a@corp.example>\t": None,
    },
    "beyond ASCII": {
        "<zażółć@corp.example>": "zażółć@corp.example",
        "<用户@例え.example>": "用户@例え.example",
        '<"é è"@corp.example>': '"é è"@corp.example',
        "<a@żółw.example>": "a@żółw.example",
        "<f\udce9@corp.example>": None,  # Latin-1, as aiosmtpd decodes it
        "<a@corp\udcff.example>": None,
        "<a\u200b@corp.example>": None,
        "<a@corp\u202e.example>": None,
        "<a\u2028@corp.example>": None,
        "<a\u00a0b@corp.example>": None,
    },
    "address literal": {
        "<a@[127.0.0.1]>": "a@[127.0.0.1]",
        "<a@[IPv6:2001:db8::1]>": "a@[IPv6:2001:db8::1]",
        "<a@[ipv6:::1]>": "a@[ipv6:::1]",
        "<a@[IPv6:::ffff:192.0.2.1]>": "a@[IPv6:::ffff:192.0.2.1]",
        "<a@[256.0.0.1]>": None,
        "<a@[::1]>": None,
        "<a@[IPv6:fe80::1%eth0]>": None,
        "<a@[x]>": None,
        "<a@[]>": None,
        "<a@[127.0.0.1>": None,
    },
    "null": {
        "<>": "",
        "<> BODY=8BITMIME": "",
        "< >": None,
        "<<>>": None,
        "": None,
        "<>x": None,
        "<@>": None,
        "<\0>": None,
        '<"">': None,
        "<>>": None,
    },
    "length": {
        f"<{LONG}@corp.example>": f"{LONG}@corp.example",
        f"<bounce-{LONG}@corp.example>": f"bounce-{LONG}@corp.example",  # VERP; the RFC's 64 would lose honest mail
        f"<{'a' * 400}@corp.example>": None,
        f"<{'a' * 252}@b>": f"{'a' * 252}@b",
        f"<{'a' * 253}@b>": None,
        f"<{'ż' * 126}@b>": f"{'ż' * 126}@b",  # octets count, not letters
        f"<{'ż' * 127}@b>": None,
        f"<a@{'x' * 63}.example>": f"a@{'x' * 63}.example",
        f"<a@{LONG}.example>": None,
        f"<a@{'b.' * 200}example>": None,
    },
    "domain": {
        "<a@xn--bcher-kva.example>": "a@xn--bcher-kva.example",
        "<a@localhost>": "a@localhost",
        "<a@_bounce.corp.example>": "a@_bounce.corp.example",
        "<A@Corp.EXAMPLE>": "A@Corp.EXAMPLE",
        "<a@corp.example.>": None,
        "<a@.corp.example>": None,
        "<a@corp..example>": None,
        "<a@-corp.example>": None,
        "<a@corp-.example>": None,
        "<a@corp/x.example>": None,
    },
    "dot-atom": {
        "<a.b+c@corp.example>": "a.b+c@corp.example",
        "<!#$%&'*+-/=?^_`{|}~@corp.example>": "!#$%&'*+-/=?^_`{|}~@corp.example",
        "<a..b@corp.example>": None,
        "<.a@corp.example>": None,
        "<a.@corp.example>": None,
        "<a b@corp.example>": None,
        "<a,b@corp.example>": None,
        "<a@b@corp.example>": None,
        "<@corp.example>": None,
        "<a@>": None,
    },
    "brackets": {
        "<a@corp.example": None,
        "a@corp.example>": None,
        "a@corp.example": None,
        '"x" <a@corp.example>': None,
        "<<a@corp.example>>": None,
        "<a@corp.example><b@corp.example>": None,
        "<a@corp.example>junk": None,
        " <a@corp.example>": None,
        "<a>": None,
        "<postmaster>": "postmaster",
    },
}
CASES = [(kind, argument, address) for kind, cases in LITERAL.items() for argument, address in cases.items()]


def test_there_are_twelve_classes_of_ten() -> None:
    assert [len(cases) for cases in LITERAL.values()] == [10] * 12


@pytest.mark.parametrize(("kind", "argument", "address"), CASES, ids=[f"{kind} {arg[:40]!a}" for kind, arg, _ in CASES])
def test_an_address_is_read_literally_or_not_at_all(kind: str, argument: str, address: str | None) -> None:  # S2
    read = read_path(argument)
    assert (read and read[0]) == address
    if read and address:
        assert address in argument
        assert address.isprintable()


@pytest.mark.parametrize(
    ("argument", "rest"), [("<a@b>", ""), ("<a@b> SIZE=3 BODY=8BITMIME", " SIZE=3 BODY=8BITMIME"), ("<> ", " ")]
)
def test_parameters_follow_the_address(argument: str, rest: str) -> None:
    read = read_path(argument)
    assert read is not None
    assert read[1] == rest


@pytest.mark.parametrize("rest", ["SIZE=3", " SIZE=²", " A=\0", " A=ż", "\tSIZE=3", " \x1fSIZE=3"])
def test_parameters_are_ascii_behind_a_space(rest: str) -> None:
    assert read_path(f"<a@b>{rest}") is None


def test_every_control_character_is_refused_everywhere() -> None:
    for code in chain(range(0x20), range(0x7F, 0xA0), [0xD800, 0xDFFF]):
        for path in ("<{}a@b>", "<a{}@b>", "<a@{}b>", "<a@b{}>", '<"{}"@b>', '<"\\{}"@b>', "<a@b> X={}"):
            assert read_path(path.format(chr(code))) is None
