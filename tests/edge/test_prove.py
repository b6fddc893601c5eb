"""From octets to evidence: real signatures, a real name server, the real child. DKIM abuse (A4) proves nobody."""

import asyncio
import resource
from collections.abc import AsyncIterator, Callable, Iterator, Mapping

import dkim
import pytest
import pytest_asyncio

from mailflow.edge.parser_child import Allowance
from mailflow.edge.prove import MOST_NAMES, Prover
from mailflow.edge.question import Question
from mailflow.edge.resolver import Resolver
from mailflow.mail.envelope import Envelope
from mailflow.mail.identity.authentication import Identity, identity_of
from mailflow.mail.identity.evidence import Evidence, Result
from tests.dns_server import SERVFAIL, SILENT, NameServer, serving, txt
from tests.edge.signing import key, signed

AUTHOR = "anna@kunde.example"
MAIL = (
    b"From: Anna <anna@kunde.example>\r\nTo: support@firma.example\r\nSubject: Drive\r\n"
    b"Date: Mon, 2 Nov 2026 09:00:00 +0000\r\nMessage-ID: <1@kunde.example>\r\n\r\nIt is broken.\r\n"
)
ZONE: Mapping[str, list[str] | str] = {
    "TXT s1._domainkey.kunde.example": [txt(key().record)],
    "TXT s1._domainkey.esp.example": [txt(key(seed=2).record)],
    "TXT s1._domainkey.lists.example": [txt(key(seed=2).record)],
    "TXT s1._domainkey.small.example": [txt(key(512).record)],
    "TXT _dmarc.kunde.example": [txt("v=DMARC1; p=reject")],
    "TXT kunde.example": [txt("v=spf1 ip4:192.0.2.7 -all")],
    "TXT soft.example": [txt("v=spf1 include:a.soft.example mx ~all")],
    "TXT a.soft.example": [txt("v=spf1 a:host.soft.example ?all")],
    "A host.soft.example": ["192.0.2.9"],
    "MX soft.example": ["10 mx.soft.example."],
    "A mx.soft.example": ["192.0.2.10"],
    "TXT loop.example": [txt("v=spf1 include:loop.example -all")],
    "TXT void.example": [txt("v=spf1 a:x1.void.example a:x2.void.example a:x3.void.example +all")],
    "TXT many.example": [txt("v=spf1 " + " ".join(f"include:i{n}.many.example" for n in range(12)) + " +all")],
    **{f"TXT i{n}.many.example": [txt("v=spf1 ?all")] for n in range(12)},
    "TXT broken.example": SERVFAIL,
    "TXT silent.example": SILENT,
    "TXT s1._domainkey.silent.example": SILENT,
    "TXT s1._domainkey.broken.example": SERVFAIL,
}


@pytest.fixture(scope="module")
def server() -> Iterator[NameServer]:
    with serving(ZONE) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def prover(server: NameServer) -> AsyncIterator[Prover]:
    """One child for all of them, as it lives in the daemon."""
    prover = Prover(Resolver(0.3, [server.address]), Allowance(proves=True), patience=5)
    yield prover
    await prover.close()


pytestmark = pytest.mark.asyncio(loop_scope="module")


def question(peer: str = "", mail_from: str = AUTHOR, author: str = AUTHOR, **more: tuple[str, ...]) -> Question:
    return Question(author=author, peer=peer, mail_from=mail_from, helo="mail.kunde.example", **more)


def judged(evidence: Evidence, author: str = AUTHOR) -> Identity:
    return identity_of(
        author, "", Envelope(source="smtp", mail_from="", rcpt_tos=()), released=False, evidence=evidence
    )


# What proves an author


async def test_a_signature_of_the_authors_domain_proves_him(prover: Prover) -> None:
    evidence = await prover.prove(signed(MAIL), question())
    (signature,) = evidence.signatures
    assert (signature.result, signature.domain, signature.selector) == (Result.PASS, "kunde.example", "s1")
    assert (signature.algorithm, signature.bits, signature.covers_from) == ("rsa-sha256", 1024, True)
    assert (evidence.spf, evidence.dmarc.policy, evidence.dmarc.domain) == (None, "reject", "kunde.example")
    assert judged(evidence).evidence == "signed by kunde.example (DKIM, 1024 bit)"
    assert Evidence.of_json(evidence.as_json()) == evidence


WITH_CC = MAIL.replace(b"Subject:", b"Cc: karl@kunde.example\r\nSubject:")
ALL_FIELDS = [b"from", b"to", b"cc", b"subject", b"date", b"message-id"]


@pytest.mark.parametrize(
    ("mail", "covers"),
    [
        (signed(MAIL), True),
        (signed(WITH_CC, covers=ALL_FIELDS), True),
        (signed(WITH_CC), False),
        (signed(MAIL, covers=[b"from", b"subject"]), False),
        (signed(MAIL).replace(b"Subject:", b"Cc: eve@evil.example\r\nSubject:", 1), False),  # sent on with another
    ],
)
async def test_a_signature_says_whether_it_covers_the_recipients(prover: Prover, mail: bytes, covers: bool) -> None:
    (signature,) = (await prover.prove(mail, question())).signatures
    assert (signature.result, signature.covers_recipients) == (Result.PASS, covers)


async def test_a_cc_that_is_signed_for_is_no_place_for_another(prover: Prover) -> None:
    """Oversigned: a field that is not there is covered, too."""
    mail = signed(MAIL, covers=ALL_FIELDS).replace(b"Subject:", b"Cc: eve@evil.example\r\nSubject:", 1)
    (signature,) = (await prover.prove(mail, question())).signatures
    assert (signature.result, signature.covers_recipients) == (Result.FAIL, False)


@pytest.mark.parametrize(
    ("peer", "mail_from", "result"),
    [
        ("192.0.2.7", AUTHOR, "pass"),
        ("::ffff:192.0.2.7", AUTHOR, "pass"),
        ("192.0.2.8", AUTHOR, "fail"),
        ("192.0.2.9", "x@soft.example", "pass"),
        ("192.0.2.10", "x@soft.example", "pass"),
        ("192.0.2.11", "x@soft.example", "softfail"),
        ("192.0.2.7", "x@nobody.example", "none"),
        ("192.0.2.7", "", "none"),
        ("192.0.2.7", "x@loop.example", "permerror"),
        ("192.0.2.7", "x@void.example", "permerror"),
        ("192.0.2.7", "x@many.example", "permerror"),
        ("192.0.2.7", "x@broken.example", "temperror"),
        ("192.0.2.7", "x@silent.example", "temperror"),
        ("2001:db8::1", AUTHOR, "fail"),
        ("unix", AUTHOR, "permerror"),
    ],
)
async def test_spf_is_what_the_rfc_says(prover: Prover, peer: str, mail_from: str, result: str) -> None:
    evidence = await prover.prove(MAIL, question(peer, mail_from))
    assert evidence.spf is not None
    assert evidence.spf.result == result


async def test_the_best_signatures_are_looked_at_first(prover: Prover) -> None:
    mail = signed(MAIL)
    for _ in range(7):
        mail = signed(mail, "esp.example", key(seed=2))
    evidence = await prover.prove(mail, question())
    assert [each.domain for each in evidence.signatures] == ["kunde.example", *["esp.example"] * 4]
    assert judged(evidence).verdict == "verified"


async def test_a_seal_of_a_listed_forwarder_carries_what_it_saw(prover: Prover) -> None:
    results = b"Authentication-Results: lists.example; dmarc=pass header.from=kunde.example\r\n"
    changed = results + MAIL.replace(b"Drive", b"[list] Drive")
    seal = dkim.arc_sign(changed, b"s1", b"lists.example", key(seed=2).private, b"lists.example")
    sealed = b"".join(seal) + changed
    evidence = await prover.prove(sealed, question("192.0.2.99", forwarders=("lists.example",)))
    assert judged(evidence).evidence == "forwarded by lists.example, which saw dmarc pass (ARC)"
    assert (await prover.prove(sealed, question(forwarders=("other.example",)))).seal is None
    altered = await prover.prove(sealed.replace(b"broken", b"fine"), question(forwarders=("lists.example",)))
    assert altered.seal is not None
    assert altered.seal.result is Result.FAIL


@pytest.mark.parametrize("forged", ["i=１;", "i\u00a0=1;", "i=1;"])
async def test_what_a_seal_saw_is_not_written_anew(prover: Prover, forged: str) -> None:
    """A digit of another script is none to who checked the seal; nor is a second field of the same instance."""
    results = b"Authentication-Results: lists.example; dmarc=fail header.from=kunde.example\r\n"
    seal = dkim.arc_sign(results + MAIL, b"s1", b"lists.example", key(seed=2).private, b"lists.example")
    field = f"ARC-Authentication-Results: {forged} lists.example; dmarc=pass header.from=kunde.example\r\n"
    mail = field.encode() + b"".join(seal) + results + MAIL
    evidence = await prover.prove(mail, question("192.0.2.99", forwarders=("lists.example",)))
    assert not judged(evidence).acts


async def test_what_a_server_we_believe_wrote_is_in_the_evidence(prover: Prover) -> None:
    mail = b"Authentication-Results: mx.firma.example; dkim=pass header.d=kunde.example\r\n" + MAIL
    evidence = await prover.prove(mail, question(authserv_ids=("mx.firma.example",)))
    assert judged(evidence).evidence == "mx.firma.example says: dkim pass (Authentication-Results)"
    assert judged(await prover.prove(mail, question())).verdict == "unverified"


async def test_a_domain_whose_servers_are_away_is_judged_later(prover: Prover) -> None:
    author = "anna@silent.example"
    mail = signed(MAIL.replace(b"kunde", b"silent"), "silent.example")
    evidence = await prover.prove(mail, question(author=author))
    assert evidence.signatures[0].result is Result.TEMPERROR
    assert judged(evidence, author).verdict == "temperror"
    assert "no server answers for s1._domainkey.silent.example" in judged(evidence, author).evidence


async def test_time_for_all_questions_together_is_bounded(server: NameServer) -> None:
    prover = Prover(Resolver(60, [server.address]), Allowance(proves=True), patience=0.3)
    evidence = await asyncio.wait_for(prover.prove(MAIL, question("192.0.2.7", "x@silent.example")), 30)
    await prover.close()
    assert evidence.spf is not None
    assert evidence.spf.result is Result.TEMPERROR
    assert "no time left" in evidence.spf.why


async def test_twenty_at_once_are_told_apart(prover: Prover) -> None:
    mails = [signed(MAIL) if number % 2 else MAIL for number in range(20)]
    found = await asyncio.gather(*(prover.prove(mail, question()) for mail in mails))
    assert [bool(evidence.signatures) for evidence in found] == [bool(number % 2) for number in range(20)]


# A4: DKIM abuse


def _signature_field(mail: bytes) -> tuple[bytes, bytes]:
    """The topmost field of a signed message, and the rest."""
    end = mail.index(b"\r\nFrom:") + 2
    return mail[:end], mail[end:]


def _with_tag(mail: bytes, tag: bytes) -> bytes:
    field, rest = _signature_field(mail)
    return field.replace(b"v=1;", b"v=1; " + tag + b";", 1) + rest


def _thousand() -> bytes:
    field, rest = _signature_field(signed(MAIL))
    return field.replace(b"c=relaxed", b"c=simple") * 1000 + rest


COVERED = [b"from", b"to", b"subject", b"date", b"content-type"]
ABUSE: dict[str, Callable[[], bytes]] = {
    "l-appended": lambda: signed(MAIL, length=True) + b"And this was never written by Anna.\r\n",
    "l-of-all": lambda: signed(MAIL, length=True),
    "x-past": lambda: _with_tag(signed(MAIL), b"t=1000; x=2000"),
    "from-not-covered": lambda: signed(MAIL).replace(b"h=from : ", b"h=", 1),
    "from-twice-the-other-above": lambda: b"From: eve@evil.example\r\n" + signed(MAIL),
    "from-twice-the-other-below": lambda: signed(MAIL).replace(b"\r\n\r\n", b"\r\nFrom: eve@evil.example\r\n\r\n", 1),
    "key-of-512-bits": lambda: signed(MAIL, "kunde.example", key(512)),
    "sha1": lambda: signed(MAIL, signature_algorithm=b"rsa-sha1"),
    "a-thousand-signatures": _thousand,
    "another-domain": lambda: signed(MAIL, "esp.example", key(seed=2)),
    "another-key": lambda: signed(MAIL, "kunde.example", key(seed=2)),
    "body-altered": lambda: signed(MAIL).replace(b"broken", b"fine"),
    "subject-altered": lambda: signed(MAIL).replace(b"Drive", b"Invoice"),
    "d-is-the-public-suffix": lambda: signed(MAIL, "example"),
    "d-ends-like-it": lambda: signed(MAIL, "notkunde.example"),
    "i-of-the-domain-d-of-another": lambda: _with_tag(signed(MAIL, "esp.example", key(seed=2)), b"i=@kunde.example"),
    "tags-without-end": lambda: b"DKIM-Signature: " + b"v=1; " * 12_000 + b"\r\n" + MAIL,
    "h-without-end": lambda: signed(MAIL).replace(b"h=", b"h=" + b"x : " * 12_000, 1),
    "b-without-end": lambda: signed(MAIL).replace(b" b=", b" b=" + b"B" * 60_000, 1),
    "blanks-without-end": lambda: signed(MAIL, canonicalize=(b"relaxed", b"relaxed")) + b" \t" * 500_000,
    "header-that-ends-early-for-one-reader": lambda: b"\r\n" + signed(MAIL),
    "body-that-begins-earlier-for-us": lambda: signed(MAIL).replace(
        b"\r\n\r\n", b"\r\nX-Pad: a\r\nFrom now on pay to\r\n DE99 EVIL.\r\n\r\n", 1
    ),
    "field-with-a-name-too-long-for-us": lambda: signed(MAIL).replace(
        b"\r\n\r\n", b"\r\n" + b"X" * 201 + b": pay to\r\n DE99 EVIL.\r\n\r\n", 1
    ),
    "lines-end-otherwise-for-us": lambda: signed(MAIL).replace(b"\r\n", b"\r"),
    "subject-twice-the-other-above": lambda: b"Subject: Pay to DE99 EVIL\r\n" + signed(MAIL),
    "type-twice-the-other-above": lambda: (
        b"Content-Type: text/html\r\n" + signed(b"Content-Type: text/plain\r\n" + MAIL, covers=COVERED)
    ),
    "subject-not-covered": lambda: signed(MAIL, covers=[b"from", b"to", b"date"]),
    "a-line-that-is-no-field": lambda: b"From: eve@evil.example\r\nno field\r\n" + signed(MAIL),
}


@pytest.mark.parametrize("name", ABUSE)
async def test_a4_abuse_of_signatures_proves_nobody(prover: Prover, name: str) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    evidence = await asyncio.wait_for(prover.prove(ABUSE[name](), question()), 10)
    assert judged(evidence).verdict == "unverified"
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 6  # each of its turns has 2 s


BOMBS: dict[str, list[str] | str] = {
    "a-key-of-64-kB": [txt("v=DKIM1; p=" + "A" * 64_000)],
    "a-key-with-a-huge-exponent": [txt("v=DKIM1; p=" + "M" * 1400)],
    "a-key-that-is-no-base64": [txt("v=DKIM1; p=%%%%")],
    "a-key-that-was-withdrawn": [txt("v=DKIM1; p=")],
    "a-key-of-another-kind": [txt("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")],
    "fifty-records": [txt(f"v=DKIM1; n={number}") for number in range(50)],
    "no-record": [txt("hello")],
}


@pytest.mark.parametrize("name", BOMBS)
async def test_a4_bombs_in_the_dns_prove_nobody(server: NameServer, name: str) -> None:
    with serving({**ZONE, "TXT s1._domainkey.kunde.example": BOMBS[name]}) as other:
        prover = Prover(Resolver(0.5, [other.address]), Allowance(proves=True))
        evidence = await asyncio.wait_for(prover.prove(signed(MAIL), question()), 10)
        await prover.close()
    assert judged(evidence).verdict == "unverified"


async def test_a4_a_record_that_asks_for_more_than_there_is_room_for_ends(server: NameServer) -> None:
    hosts = {f"A h{host}.m{mx}.wide.example": ["192.0.2.1"] for mx in range(10) for host in range(10)}
    exchangers = {f"MX m{mx}.wide.example": [f"{n} h{n}.m{mx}.wide.example." for n in range(10)] for mx in range(10)}
    record = [txt("v=spf1 " + " ".join(f"mx:m{mx}.wide.example" for mx in range(10)) + " +all")]
    with serving({**hosts, **exchangers, "TXT wide.example": record}) as wide:
        prover = Prover(Resolver(2, [wide.address]), Allowance(proves=True))
        await asyncio.wait_for(prover.prove(MAIL, question("192.0.2.7", "x@wide.example")), 20)
        await prover.close()
    assert sum(wide.asked.values()) <= MOST_NAMES


async def test_a_child_that_dies_leaves_the_author_unproved(server: NameServer) -> None:
    prover = Prover(Resolver(1, [server.address]), Allowance(proves=True, wall=1e-9))
    evidence = await prover.prove(MAIL, question())
    await prover.close()
    assert evidence.trouble.startswith("it cannot be checked: no answer within")
    assert judged(evidence).verdict == "unverified"


async def test_a_large_message_fits(prover: Prover) -> None:
    mail = signed(MAIL + b"A line of an attachment, as long as base64 makes them in an honest mail\r\n" * 330_000)
    assert judged(await prover.prove(mail, question())).verdict == "verified"
