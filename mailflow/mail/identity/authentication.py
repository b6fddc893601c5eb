"""How far an author can be believed (DESIGN rule 7): a verdict with its reason, from evidence that was gathered before.

One ladder, `LADDER`: the first rung that has an answer decides. What proves the author stands above what is said about
him, what may still be proved above what is denied, and at the end nothing is known. Pure: the same evidence gives the
same verdict whenever it is asked for.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mailflow.mail.address import domain_of
from mailflow.mail.envelope import Envelope
from mailflow.mail.identity.alignment import aligned
from mailflow.mail.identity.evidence import Evidence, Method, Result, Said, Signature

SMALLEST_KEY = 1024
"""Bits; a shorter RSA key can be broken (RFC 8301 section 3.2)."""
DENIES = frozenset({"quarantine", "reject"})
"""Policies by which the owner of a domain disowns mail that fails. `none` asks for nothing."""


class Verdict(StrEnum):
    VERIFIED = "verified"  # aligned DKIM, or SPF at our own edge
    ASSERTED = "asserted"  # someone we trust says so
    UNVERIFIED = "unverified"
    FAILED = "failed"  # the domain's owner denies it
    TEMPERROR = "temperror"  # cannot be told now


ACTS = frozenset({Verdict.VERIFIED, Verdict.ASSERTED})
"""The verdicts that act as a registered contact."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What proved an author: the method, and the domain that answers for it."""

    verdict: Verdict
    method: Method
    domain: str

    def __str__(self) -> str:
        return _WAYS[self.method].format(self.domain)


_WAYS = {
    Method.DKIM: "signed by {}",
    Method.SPF: "sent by a server of {}",
    Method.DMARC: "vouched for by {}",
    Method.ARC: "vouched for by {} with an ARC seal",
}
_STRENGTH = (Verdict.ASSERTED, Verdict.VERIFIED)


@dataclass(frozen=True, slots=True)
class Pin:
    """The strongest proof that mail of an address ever had."""

    proof: Proof
    since: datetime


@dataclass(frozen=True, slots=True)
class Identity:
    """Who wrote it, for all that follows. Without an author nobody did."""

    author: str | None  # canonical
    verdict: Verdict
    evidence: str  # in a sentence
    proof: Proof | None = None  # None when it was not the mail itself that proved it
    against: str = ""  # what speaks against the author, in a sentence: more than that nothing proves it

    @property
    def acts(self) -> bool:
        return self.author is not None and self.verdict in ACTS


def identity_of(
    author: str | None,
    defect: str,
    envelope: Envelope,
    released: bool,
    evidence: Evidence | None = None,
    pin: Pin | None = None,
) -> Identity:
    """`author` is the one clean From address, or None and `defect` says why there is none. `evidence`: None when none
    was gathered; `pin`: how mail of this author was proved before."""
    if author is None:
        return Identity(None, Verdict.UNVERIFIED, defect or "it has no author")
    if envelope.trusted:
        return Identity(author, Verdict.ASSERTED, _who_says_so(envelope))
    if released:
        return Identity(author, Verdict.ASSERTED, "released by an agent")
    if evidence is None:
        return Identity(author, Verdict.UNVERIFIED, NOTHING)
    case = _Case(author, domain_of(author), evidence, pin)
    verdict, why, proof = next(filter(None, (rung(case) for rung in LADDER)))
    return Identity(author, verdict, why, proof, _against(case) if verdict is Verdict.UNVERIFIED else "")


def is_open(author: str | None, envelope: Envelope, released: bool) -> bool:
    """Whether evidence can make a difference."""
    return author is not None and not envelope.trusted and not released and envelope.source != "inject"


def is_stronger(proof: Proof, pin: Pin | None) -> bool:
    """Whether `proof` is to be remembered in the place of `pin`: by a better word, or by another domain of its kind."""
    if pin is None:
        return True
    before, after = _STRENGTH.index(pin.proof.verdict), _STRENGTH.index(proof.verdict)
    return after > before or (after == before and proof.method is pin.proof.method and proof.domain != pin.proof.domain)


def _who_says_so(envelope: Envelope) -> str:
    if envelope.source.startswith("imap:"):
        return f"trusted mailbox {envelope.source.partition(':')[2]}"
    if envelope.source.startswith("submission:"):
        return f"handed in by {envelope.source.partition(':')[2]}, who logged in and may write as its author"
    return "injected by an operator" if envelope.source == "inject" else "trusted network"


NOTHING = "nothing proves that it was sent by its author"

Answer = tuple[Verdict, str, Proof | None]


@dataclass(frozen=True, slots=True)
class _Case:
    author: str
    domain: str
    evidence: Evidence
    pin: Pin | None

    def signs(self, signature: Signature) -> bool:
        """Made by the author's domain, as its owner understands it. While that cannot be asked, by the very domain."""
        dmarc = self.evidence.dmarc
        strict = dmarc.strict_dkim or dmarc.result is Result.TEMPERROR
        return aligned(signature.domain, self.domain, strict=strict)

    @property
    def sends(self) -> bool:
        """The envelope sender is of the author's domain."""
        spf, dmarc = self.evidence.spf, self.evidence.dmarc
        strict = dmarc.strict_spf or dmarc.result is Result.TEMPERROR
        return spf is not None and aligned(spf.domain, self.domain, strict=strict)

    @property
    def signatures(self) -> Sequence[Signature]:
        """Those of the author's domain."""
        return [each for each in self.evidence.signatures if self.signs(each)]


def _signed(case: _Case) -> Answer | None:
    for signature in case.signatures:
        if signature.result is Result.PASS and not weakness_of(signature):
            why = f"signed by {signature.domain} (DKIM, {_key(signature)})"
            return Verdict.VERIFIED, why, Proof(Verdict.VERIFIED, Method.DKIM, signature.domain)
    return None


def _sent(case: _Case) -> Answer | None:
    spf = case.evidence.spf
    if spf is None or spf.result is not Result.PASS or not case.sends:
        return None
    why = f"sent by {spf.peer}, a server of {spf.domain} (SPF)"
    return Verdict.VERIFIED, why, Proof(Verdict.VERIFIED, Method.SPF, spf.domain)


def _vouched_for(case: _Case) -> Answer | None:
    by, method = case.evidence.said_by, _proved_by(case, case.evidence.said)
    if not by or not method:
        return None
    why = f"{by} says: {method} pass (Authentication-Results)"
    return Verdict.ASSERTED, why, Proof(Verdict.ASSERTED, Method.DMARC, by)


def _forwarded(case: _Case) -> Answer | None:
    seal = case.evidence.seal
    if seal is None or seal.result is not Result.PASS or not (method := _proved_by(case, seal.said)):
        return None
    why = f"forwarded by {seal.domain}, which saw {method} pass (ARC)"
    return Verdict.ASSERTED, why, Proof(Verdict.ASSERTED, Method.ARC, seal.domain)


def _cannot_be_told_now(case: _Case) -> Answer | None:
    """Only what would make a difference: a signature of a stranger's domain may stay unread."""
    spf, dmarc, seal = case.evidence.spf, case.evidence.dmarc, case.evidence.seal
    late = next((each for each in case.signatures if each.result is Result.TEMPERROR), None)
    if late:
        return Verdict.TEMPERROR, f"the key of {late.domain} cannot be read now: {late.why}", None
    if spf and spf.result is Result.TEMPERROR and case.sends:
        return Verdict.TEMPERROR, f"the servers of {spf.domain} cannot be asked for now: {spf.why}", None
    if dmarc.result is Result.TEMPERROR:
        return Verdict.TEMPERROR, f"the policy of {case.domain} cannot be read now: {dmarc.why}", None
    if seal and seal.result is Result.TEMPERROR:
        return Verdict.TEMPERROR, f"the ARC seal of {seal.domain} cannot be checked now: {seal.why}", None
    return None


def _disowned(case: _Case) -> Answer | None:
    """DMARC fails, and the owner of the domain does not want such mail to be believed.

    Without SPF, which is the business of a server before us, that can only be its word.
    """
    evidence = case.evidence
    dmarc = evidence.dmarc
    denied = dmarc.policy in DENIES
    if denied and evidence.spf is not None:
        why = f"{case.domain} disowns it: neither signed nor sent by it, and its policy is {dmarc.policy} (DMARC)"
        return Verdict.FAILED, why, None
    said = any(each.method == "dmarc" and each.result is Result.FAIL for each in evidence.said)
    if said and (denied or not dmarc.policy):
        return Verdict.FAILED, f"{evidence.said_by} says: dmarc fail (Authentication-Results)", None
    return None


def _contradicts_what_is_known(case: _Case) -> Answer | None:
    if case.pin is None:
        return None
    broken = next((each for each in case.signatures if each.result is Result.FAIL), None)
    if broken and case.pin.proof.method is Method.DKIM:
        why = f"its signature of {broken.domain} is wrong, and this address has always been {case.pin.proof}"
        return Verdict.FAILED, why, None
    spf = case.evidence.spf
    if spf and spf.result is Result.FAIL and case.sends and case.pin.proof.method is Method.SPF:
        why = f"{spf.peer} may not send for {spf.domain}, and this address has always been {case.pin.proof}"
        return Verdict.FAILED, why, None
    return None


def _unlike_what_is_known(case: _Case) -> Answer | None:
    if case.pin is None:
        return None
    why = f"this address has always been {case.pin.proof}, and this mail is not"
    return Verdict.UNVERIFIED, f"{why}: {_best_reason(case)}", None


def _against(case: _Case) -> str:
    """A check that failed, of those that would have proved it."""
    spf = case.evidence.spf
    if spf and spf.result is Result.FAIL and case.sends:
        return f"{spf.peer} may not send for {spf.domain} (SPF)"
    broken = next((each for each in case.signatures if each.result is Result.FAIL), None)
    return f"its signature of {broken.domain} is wrong (DKIM)" if broken else ""


def _not_known(case: _Case) -> Answer:
    return Verdict.UNVERIFIED, f"{NOTHING}: {_best_reason(case)}", None


LADDER: tuple[Callable[[_Case], Answer | None], ...] = (
    _signed,
    _sent,
    _vouched_for,
    _forwarded,
    _cannot_be_told_now,
    _disowned,
    _contradicts_what_is_known,
    _unlike_what_is_known,
    _not_known,
)


def weakness_of(signature: Signature) -> str:
    """Why a signature that holds proves nothing, '' when it does."""
    weaknesses = (
        (not signature.covers_from, "does not cover From"),
        (signature.partial, "covers only a part of the body (l=)"),
        (signature.expired, "has expired (x=)"),
        (signature.algorithm.endswith("sha1"), "is made with SHA-1"),
        (_is_rsa(signature) and signature.bits < SMALLEST_KEY, f"has a key of {signature.bits} bits"),
    )
    return next((why for is_so, why in weaknesses if is_so), "")


def _proved_by(case: _Case, said: Iterable[Said]) -> str:
    """The method by which another server found the author proved, '' for none."""
    dmarc = case.evidence.dmarc
    strict = {"dkim": dmarc.strict_dkim, "spf": dmarc.strict_spf, "dmarc": True}
    for each in said:
        if each.result is Result.PASS and each.method in strict:
            domain = each.domain or (case.domain if each.method == "dmarc" else "")  # it can only be about From
            if aligned(domain, case.domain, strict=strict[each.method]):
                return each.method
    return ""


def _best_reason(case: _Case) -> str:
    """What an admin would ask about first."""
    evidence = case.evidence
    if evidence.trouble:
        return evidence.trouble
    if case.signatures:
        signature = case.signatures[0]
        holds = signature.result is Result.PASS
        why = weakness_of(signature) if holds else f"is no use: {signature.why or signature.result}"
        return f"the signature of {signature.domain} {why}"
    others = ", ".join(dict.fromkeys(each.domain for each in evidence.signatures if each.domain))
    signed = f"signed only by {others}" if others else "not signed by its domain"
    if evidence.spf is None:
        return f"{signed}; SPF is the business of the server that took it in"
    spf = evidence.spf
    whose = "" if case.sends else f", which is not {case.domain}"
    return f"{signed}; SPF {spf.result} for {spf.domain}{whose}"


def _key(signature: Signature) -> str:
    return f"{signature.bits} bit" if _is_rsa(signature) else signature.algorithm


def _is_rsa(signature: Signature) -> bool:
    return signature.algorithm.startswith("rsa")
