"""Who wrote it: the ladder from evidence to verdict (A1), and what other servers may say about it (A3)."""

from datetime import UTC, datetime
from itertools import product

import pytest

from mailflow.mail.envelope import Envelope
from mailflow.mail.identity.authentication import Identity, Pin, Proof, Verdict, identity_of, is_open, is_stronger
from mailflow.mail.identity.dmarc import places, policy_of
from mailflow.mail.identity.evidence import Dmarc, Evidence, Method, Result, Said, Seal, Signature, Spf, in_words
from mailflow.mail.identity.results import MAX_FIELDS, said_by, said_in_seal
from mailflow.mail.mime.header import Header

AUTHOR, DOMAIN = "anna@kunde.example", "kunde.example"
STRANGER = Envelope(source="smtp", mail_from=AUTHOR, rcpt_tos=("support@firma.example",), peer="192.0.2.7")


def judged(evidence: Evidence | None, pin: Pin | None = None, author: str = AUTHOR) -> Identity:
    return identity_of(author, "", STRANGER, released=False, evidence=evidence, pin=pin)


def spf(result: str, domain: str = DOMAIN) -> Spf:
    return Spf(result=Result(result), domain=domain, peer="192.0.2.7")


def signature(result: str = "pass", **different: object) -> Signature:
    values = {"domain": DOMAIN, "algorithm": "rsa-sha256", "bits": 2048, "covers_from": True, **different}
    return Signature(result=Result(result), **values)  # type: ignore[arg-type]


def dmarc(policy: str, **different: bool) -> Dmarc:
    return Dmarc(result=Result.PASS if policy else Result.NONE, domain=DOMAIN, policy=policy, **different)


# A1: SPF 6 x DKIM 4 x DMARC 3 x ARC 2

SPF = ("pass", "fail", "softfail", "neutral", "none", "temperror")
DKIM = ("pass", "fail", "none", "temperror")
DMARC = {"reject": dmarc("reject"), "none": dmarc("none"), "temperror": Dmarc(result=Result.TEMPERROR)}
ARC = {
    "sealed": Seal(
        result=Result.PASS, domain="lists.example", said=(Said(method="dmarc", result=Result.PASS, domain=DOMAIN),)
    ),
    "unsealed": None,
}


def expected(spf: str, dkim: str, dmarc: str, arc: str) -> str:
    """Threats 8, in its own words."""
    if "pass" in (spf, dkim):
        return "verified"
    if arc == "sealed":
        return "asserted"
    if "temperror" in (spf, dkim, dmarc):
        return "temperror"
    return "failed" if dmarc == "reject" else "unverified"


@pytest.mark.parametrize(("s", "d", "m", "a"), list(product(SPF, DKIM, DMARC, ARC)))
def test_a1_the_verdict_follows_from_the_results(s: str, d: str, m: str, a: str) -> None:
    signatures = () if d == "none" else (signature(d),)
    evidence = Evidence(spf=spf(s), signatures=signatures, dmarc=DMARC[m], seal=ARC[a])
    identity = judged(evidence)
    assert identity.verdict == expected(s, d, m, a)
    assert identity.acts is (identity.verdict in ("verified", "asserted"))
    assert Evidence.of_json(evidence.as_json()) == evidence


def test_a_check_that_failed_speaks_against_its_author() -> None:
    """More than no check at all, and only if it is about the domain of the author."""
    wrong = {
        "192.0.2.7 may not send for kunde.example (SPF)": Evidence(spf=spf("fail")),
        "its signature of kunde.example is wrong (DKIM)": Evidence(signatures=(signature("fail"),)),
    }
    assert {judged(evidence).against: evidence for evidence in wrong.values()} == wrong
    others = (spf("softfail"), spf("fail", "esp.example"), spf("none"))
    assert {judged(Evidence(spf=each)).against for each in others} == {""}
    assert judged(Evidence(spf=spf("fail"), signatures=(signature(),))).against == ""  # it is proved


@pytest.mark.parametrize(
    ("evidence", "verdict", "why"),
    [
        (Evidence(), "unverified", "not signed by its domain; SPF is the business of the server that took it in"),
        (Evidence(signatures=(signature(),)), "verified", "signed by kunde.example (DKIM, 2048 bit)"),
        (Evidence(spf=spf("pass")), "verified", "sent by 192.0.2.7, a server of kunde.example (SPF)"),
        (
            Evidence(spf=spf("pass", "esp.example")),
            "unverified",
            "SPF pass for esp.example, which is not kunde.example",
        ),
        (Evidence(signatures=(signature(domain="esp.example"),)), "unverified", "signed only by esp.example"),
        (Evidence(signatures=(signature(domain="mail.kunde.example"),)), "verified", "signed by mail.kunde.example"),
        (
            Evidence(signatures=(signature(domain="mail.kunde.example"),), dmarc=dmarc("none", strict_dkim=True)),
            "unverified",
            "signed only by mail.kunde.example",
        ),
        (
            Evidence(signatures=(signature(domain="mail.kunde.example"),), dmarc=DMARC["temperror"]),
            "temperror",
            "the policy of kunde.example cannot be read now",
        ),
        (Evidence(spf=spf("pass", "mail.kunde.example"), dmarc=dmarc("reject", strict_spf=True)), "failed", "disowns"),
        (Evidence(signatures=(signature(partial=True),)), "unverified", "covers only a part of the body (l=)"),
        (Evidence(signatures=(signature(expired=True),)), "unverified", "has expired (x=)"),
        (Evidence(signatures=(signature(covers_from=False),)), "unverified", "does not cover From"),
        (Evidence(signatures=(signature(bits=512),)), "unverified", "has a key of 512 bits"),
        (Evidence(signatures=(signature(algorithm="rsa-sha1"),)), "unverified", "is made with SHA-1"),
        (Evidence(signatures=(signature("permerror", why="no key"),)), "unverified", "is no use: no key"),
        (
            Evidence(signatures=(signature("temperror", domain="esp.example"),)),
            "unverified",
            "signed only by esp.example",
        ),
        (Evidence(spf=spf("temperror", "esp.example")), "unverified", "SPF temperror for esp.example"),
        (Evidence(dmarc=dmarc("reject")), "unverified", "SPF is the business"),  # behind a relay nobody can tell
        (Evidence(trouble="it could not be checked"), "unverified", "it could not be checked"),
        (
            Evidence(said_by="mx.firma.example", said=(Said(method="dmarc", result=Result.FAIL, domain=DOMAIN),)),
            "failed",
            "mx.firma.example says: dmarc fail",
        ),
        (
            Evidence(
                said_by="mx.firma.example",
                said=(Said(method="dmarc", result=Result.FAIL, domain=DOMAIN),),
                dmarc=dmarc("none"),
            ),
            "unverified",
            "not signed",
        ),
        (
            Evidence(
                said_by="mx.firma.example",
                said=(Said(method="dmarc", result=Result.FAIL, domain=DOMAIN),),
                signatures=(signature("temperror"),),
            ),
            "temperror",
            "the key of kunde.example cannot be read now",
        ),
    ],
)
def test_the_reason_is_what_an_admin_would_ask_about(evidence: Evidence, verdict: str, why: str) -> None:
    identity = judged(evidence)
    assert identity.verdict == verdict
    assert why in identity.evidence


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        (("dmarc", "pass", DOMAIN), "asserted"),
        (("dmarc", "pass", ""), "asserted"),
        (("dmarc", "pass", "other.example"), "unverified"),
        (("dmarc", "pass", "mail.kunde.example"), "unverified"),
        (("dkim", "pass", "mail.kunde.example"), "asserted"),
        (("dkim", "pass", "esp.example"), "unverified"),
        (("dkim", "pass", ""), "unverified"),
        (("spf", "pass", DOMAIN), "asserted"),
        (("spf", "softfail", DOMAIN), "unverified"),
        (("dkim", "fail", DOMAIN), "unverified"),
    ],
)
def test_a_server_that_we_believe_must_speak_of_the_author(said: tuple[str, str, str], verdict: str) -> None:
    method, result, domain = said
    told = Said(method=method, result=Result(result), domain=domain)
    assert judged(Evidence(said_by="mx.firma.example", said=(told,))).verdict == verdict
    sealed = Evidence(seal=Seal(result=Result.PASS, domain="lists.example", said=(told,)))
    assert judged(sealed).verdict == verdict
    broken = Evidence(seal=Seal(result=Result.FAIL, domain="lists.example", said=(told,)))
    assert judged(broken).verdict == "unverified"


def test_trust_comes_before_evidence_and_an_author_before_both() -> None:
    trusted = Envelope(source="smtp", mail_from="", rcpt_tos=(), trusted=True)
    against = Evidence(spf=spf("fail"), dmarc=dmarc("reject"))
    assert identity_of(AUTHOR, "", trusted, released=False, evidence=against).verdict == "asserted"
    assert identity_of(AUTHOR, "", STRANGER, released=True, evidence=against).evidence == "released by an agent"
    nobody = identity_of(None, "there are 2 From fields", trusted, released=True, evidence=Evidence(spf=spf("pass")))
    assert (nobody.author, nobody.acts, nobody.evidence) == (None, False, "there are 2 From fields")
    assert judged(None).evidence == "nothing proves that it was sent by its author"
    assert is_open(AUTHOR, STRANGER, released=False)
    assert not is_open(None, STRANGER, released=False)
    assert not is_open(AUTHOR, trusted, released=False)
    assert not is_open(AUTHOR, STRANGER, released=True)


def test_evidence_is_told_in_words() -> None:
    said = (Said(method="dmarc", result=Result.PASS, domain=DOMAIN),)
    evidence = Evidence(
        spf=spf("fail"), signatures=(signature("fail", why="altered"),), dmarc=dmarc("reject"), said_by="mx", said=said,
        seal=ARC["sealed"],
    )  # fmt: skip
    assert in_words(evidence) == [
        "SPF fail for kunde.example from 192.0.2.7",
        "DKIM fail for kunde.example (rsa-sha256, 2048 bit, s=): altered",
        "DMARC p=reject at kunde.example",
        "mx says: dmarc pass for kunde.example",
        "ARC pass, sealed by lists.example",
    ]
    assert in_words(Evidence()) == ["SPF not asked: relayed", "DMARC no record"]


# What is remembered of an author

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
BY_KEY = Pin(Proof(Verdict.VERIFIED, Method.DKIM, DOMAIN), SINCE)
BY_SERVER = Pin(Proof(Verdict.VERIFIED, Method.SPF, DOMAIN), SINCE)


@pytest.mark.parametrize(
    ("evidence", "pin", "verdict", "why"),
    [
        (Evidence(signatures=(signature(),)), BY_KEY, "verified", ""),
        (Evidence(spf=spf("pass")), BY_KEY, "verified", ""),
        (Evidence(spf=spf("none")), BY_KEY, "unverified", "this address has always been signed by kunde.example"),
        (Evidence(signatures=(signature("fail"),)), BY_KEY, "failed", "its signature of kunde.example is wrong"),
        (Evidence(signatures=(signature("fail"),)), BY_SERVER, "unverified", "always been sent by a server of kunde"),
        (Evidence(spf=spf("fail")), BY_SERVER, "failed", "192.0.2.7 may not send for kunde.example"),
        (Evidence(spf=spf("softfail")), BY_SERVER, "unverified", "always been sent by a server"),
        (Evidence(spf=spf("temperror")), BY_SERVER, "temperror", "cannot be asked for now"),
    ],
)
def test_a_sudden_weaker_mail_of_a_known_author_is_told_apart(
    evidence: Evidence, pin: Pin, verdict: str, why: str
) -> None:
    identity = judged(evidence, pin)
    assert identity.verdict == verdict
    assert why in identity.evidence


def test_the_strongest_proof_is_the_one_to_remember() -> None:
    vouched = Pin(Proof(Verdict.ASSERTED, Method.DMARC, "mx.firma.example"), SINCE)
    assert is_stronger(BY_KEY.proof, None)
    assert is_stronger(BY_KEY.proof, vouched)
    assert not is_stronger(vouched.proof, BY_KEY)
    assert not is_stronger(BY_KEY.proof, BY_KEY)
    assert not is_stronger(BY_SERVER.proof, BY_KEY)
    assert is_stronger(Proof(Verdict.VERIFIED, Method.DKIM, "neu.kunde.example"), BY_KEY)


# DMARC records


@pytest.mark.parametrize(
    ("domain", "texts", "policy"),
    [
        ("kunde.example", ["v=DMARC1; p=reject"], "reject"),
        ("kunde.example", ["v=DMARC1;p=quarantine;sp=none"], "quarantine"),
        ("mail.kunde.example", ["v=DMARC1; p=quarantine; sp=none"], "none"),
        ("mail.kunde.example", ["v=DMARC1; p=quarantine"], "quarantine"),
        ("mail.kunde.example", ["v=DMARC1; p=quarantine; sp=nonsense"], "quarantine"),
        ("kunde.example", ["v = DMARC1 ; P = Reject ;"], "reject"),
        ("kunde.example", ["v=DMARC1; p=reject; p=none"], "reject"),
        ("kunde.example", ["v=DMARC1"], "none"),
        ("kunde.example", ["v=DMARC1; p=everything"], "none"),
        ("kunde.example", ["v=DMARC1; p=reject; t=y"], "quarantine"),
        ("kunde.example", ["v=spf1 -all", "v=DMARC1; p=reject"], "reject"),
        ("kunde.example", [], None),
        ("kunde.example", ["p=reject; v=DMARC1"], None),
        ("kunde.example", ["v=DMARC2; p=reject"], None),
        ("kunde.example", ["v=DMARC1; p=none", "v=DMARC1; p=reject"], None),
        ("kunde.example", ["", ";;;", "v"], None),
    ],
)
def test_a_policy_record_is_read_tolerantly(domain: str, texts: list[str], policy: str | None) -> None:
    found = policy_of(domain, "kunde.example", texts)
    assert (found and found.policy) == policy


def test_the_record_is_looked_for_at_the_domain_and_at_its_organisation() -> None:
    assert places("kunde.example") == ("kunde.example",)
    assert places("a.b.kunde.co.uk") == ("a.b.kunde.co.uk", "kunde.co.uk")
    assert places("co.uk") == ("co.uk",)
    assert places("anna.github.io") == ("anna.github.io",)


# A3: Authentication-Results

OURS = "mx.firma.example"
GOOD = f"{OURS}; dmarc=pass header.from=kunde.example"
BORDER = f"Received: from mail.kunde.example (mail.kunde.example [192.0.2.7]) by {OURS} with ESMTPS; Mon, 2 Nov 2026"
STRANGERS = "Received: from a.kunde.example by mail.kunde.example with ESMTPA; Mon, 2 Nov 2026"
FORGED_HOP = f"Received: from b.kunde.example by {OURS} with ESMTPS; Mon, 2 Nov 2026"
FROM = f"From: {AUTHOR}"


def read(*lines: str, ids: tuple[str, ...] = (OURS,)) -> tuple[str, tuple[Said, ...]]:
    return said_by(Header.of("\r\n".join([*lines, FROM, "", ""]).encode("latin-1")), ids)


def verdict(*lines: str, ids: tuple[str, ...] = (OURS,)) -> str:
    name, said = read(*lines, ids=ids)
    return judged(Evidence(said_by=name, said=said)).verdict


@pytest.mark.parametrize(
    "lines",
    [
        (f"Authentication-Results: {GOOD}", BORDER, STRANGERS),
        (BORDER, f"Authentication-Results: {GOOD}", STRANGERS),
        ("Received: by 2002:a05:6402 with SMTP id x; Mon, 2 Nov 2026", BORDER, f"Authentication-Results: {GOOD}"),
        ("Received: from mx2.firma.example by box.firma.example; now", BORDER, f"Authentication-Results: {GOOD}"),
        (
            BORDER,
            f"Authentication-Results: {OURS.upper()} (a comment) 1; DMARC=pass (p=NONE) header.from=Kunde.Example",
        ),
        (BORDER, f"Authentication-Results: {OURS};\r\n dkim=pass header.i=@kunde.example;\r\n spf=none"),
        (BORDER, "Authentication-Results: filter.example; dmarc=fail", f"Authentication-Results: {GOOD}"),
        (BORDER, "Authentication-Results: filter.example; ;;dmarc=(", f"Authentication-Results: {GOOD}"),
    ],
)
def test_a_configured_server_is_believed_where_only_it_can_write(lines: tuple[str, ...]) -> None:
    assert verdict(*lines) == "asserted"


def results(id_: str, rest: str = "dmarc=pass header.from=kunde.example") -> str:
    return f"Authentication-Results: {id_}; {rest}"


FORGED = {
    "below-a-strangers-hop": (BORDER, STRANGERS, results(OURS)),
    "below-a-forged-hop-of-ours": (BORDER, FORGED_HOP, results(OURS)),
    "below-two-forged-hops": (BORDER, FORGED_HOP, FORGED_HOP, results(OURS)),
    "above-but-below-our-own": (BORDER, results(OURS, "dmarc=none"), results(OURS)),
    "our-own-says-fail": (BORDER, results(OURS, "dmarc=fail header.from=kunde.example"), results(OURS)),
    "our-own-says-nothing": (BORDER, results(OURS, "none"), results(OURS)),
    "no-hop-of-ours-at-all": (STRANGERS, results(OURS)),
    "a-hop-that-only-names-us-in-a-comment": (
        f"Received: from x by evil.example (by {OURS}); now",
        results(OURS),
    ),
    "helo-of-ours-then-forged-hop": (f"Received: from {OURS} (evil [6.6.6.6]) by evil.example; now", results(OURS)),
    "received-without-by": ("Received: from mail.kunde.example; now", results(OURS)),
    "received-of-another-organisation": ("Received: from x by mx.firma.example.evil.example; now", results(OURS)),
    "received-that-ends-like-ours": ("Received: from x by mxfirma.example; now", results(OURS)),
    "id-of-the-sender": (BORDER, results("mail.kunde.example")),
    "id-with-ours-as-a-suffix": (BORDER, results(f"evil.{OURS}")),
    "id-with-ours-as-a-prefix": (BORDER, results(f"{OURS}.evil.example")),
    "id-of-the-parent-domain": (BORDER, results("firma.example")),
    "id-of-a-sibling": (BORDER, results("mx2.firma.example")),
    "id-with-a-dot-at-the-end": (BORDER, results(f"{OURS}.")),
    "id-in-a-comment": (BORDER, results(f"evil.example ({OURS})")),
    "id-before-a-comment-of-another": (BORDER, results(f"({OURS}) evil.example")),
    "id-in-an-encoded-word": (BORDER, results("=?utf-8?q?mx=2Efirma=2Eexample?=")),
    "id-with-a-letter-like-ours": (
        BORDER,
        "Authentication-Results: mx.f\xedrma.example; dmarc=pass header.from=kunde.example",
    ),
    "id-missing": (BORDER, "Authentication-Results: dmarc=pass header.from=kunde.example"),
    "id-missing-as-microsoft-writes": (
        BORDER,
        "Authentication-Results: spf=pass (sender IP is 192.0.2.7) smtp.mailfrom=kunde.example; dmarc=pass action=none",
    ),
    "id-empty": (BORDER, "Authentication-Results: ; dmarc=pass header.from=kunde.example"),
    "id-alone": (BORDER, f"Authentication-Results: {OURS}"),
    "results-in-a-comment": (BORDER, results(OURS, "(dmarc=pass header.from=kunde.example) none")),
    "results-in-a-reason": (BORDER, results(OURS, 'dmarc=none reason="dmarc=pass header.from=kunde.example"')),
    "result-of-another-domain": (BORDER, results(OURS, "dmarc=pass header.from=evil.example")),
    "dkim-of-another-domain": (BORDER, results(OURS, "dkim=pass header.d=evil.example")),
    "dkim-of-a-domain-that-ends-like-it": (BORDER, results(OURS, "dkim=pass header.d=notkunde.example")),
    "dkim-with-the-domain-in-the-local-part": (BORDER, results(OURS, "dkim=pass header.i=kunde.example@evil.example")),
    "spf-of-another-domain": (BORDER, results(OURS, "spf=pass smtp.mailfrom=bounce@evil.example")),
    "spf-with-the-domain-in-the-local-part": (
        BORDER,
        results(OURS, 'spf=pass smtp.mailfrom="a@kunde.example"@evil.example'),
    ),
    "a-public-suffix-is-no-organisation": (BORDER, results(OURS, "dkim=pass header.d=example")),
    "result-that-only-begins-with-pass": (BORDER, results(OURS, "dmarc=passed header.from=kunde.example")),
    "method-unknown": (BORDER, results(OURS, "iprev=pass policy.iprev=192.0.2.7; auth=pass smtp.auth=anna")),
    "old-name": (BORDER, f"X-Authentication-Results: {GOOD}"),
    "arc-name": (BORDER, f"ARC-Authentication-Results: i=1; {GOOD}"),
    "received-spf": (BORDER, "Received-SPF: pass (mx.firma.example: domain of anna@kunde.example)"),
    "far-down": (*(results("evil.example") for _ in range(MAX_FIELDS)), results(OURS)),
    "our-own-cannot-be-read": (BORDER, f"Authentication-Results: {OURS}; ;;dkim=none (", results(OURS)),
    "our-own-is-too-long": (BORDER, results(OURS, f"({'x' * 9000}) dmarc=fail"), results(OURS)),
    "a-blank-before-the-colon": (BORDER, f"Authentication-Results : {GOOD}"),
    "a-tab-before-the-colon": (BORDER, f"AUTHENTICATION-RESULTS\t: {GOOD}"),
    "too-long": (BORDER, results(OURS, f"({'x' * 9000}) dmarc=pass header.from=kunde.example")),
    "too-deep": (BORDER, results(OURS, "(" * 4000 + " dmarc=pass header.from=kunde.example")),
}


@pytest.mark.parametrize("name", FORGED)
def test_a3_forged_results_are_not_believed(name: str) -> None:
    assert verdict(*FORGED[name]) in ("unverified", "failed")


def test_a3_has_its_forty_and_nothing_counts_without_a_configured_server() -> None:
    assert len(FORGED) >= 40
    assert read(f"Authentication-Results: {GOOD}", BORDER, ids=()) == ("", ())


def test_the_results_of_a_seal_are_those_of_its_instance() -> None:
    lines = [
        "ARC-Authentication-Results: i=2; lists.example; dmarc=fail header.from=kunde.example",
        "ARC-Authentication-Results: i=1; mx.example; dmarc=pass header.from=kunde.example",
        "ARC-Authentication-Results: mx.example; dmarc=pass header.from=kunde.example",
    ]
    header = Header.of("\r\n".join([*lines, "", ""]).encode())
    assert [[each.result for each in said_in_seal(header, i)] for i in (1, 2, 3)] == [[Result.PASS], [Result.FAIL], []]
