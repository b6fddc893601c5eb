"""What is known about who wrote a message, gathered once (edge.prove) and kept with its entry: facts, no verdict.

Results are the words of RFC 8601 section 2.7. What could not be asked now is `temperror`, what is there but makes no
sense is `permerror`; neither is ever a pass or a fail. mail.identity.authentication judges.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self


class Result(StrEnum):
    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    NONE = "none"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"

    @classmethod
    def of(cls, word: str) -> "Result":
        """What nobody defined says nothing: `neutral`. Microsoft's `hardfail` is `fail`."""
        try:
            return cls({"hardfail": "fail"}.get(word.lower(), word.lower()))
        except ValueError:
            return cls.NEUTRAL


class Method(StrEnum):
    """By which an author was proved."""

    DKIM = "dkim"
    SPF = "spf"
    DMARC = "dmarc"
    ARC = "arc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spf:
    """Whether `peer` may send for `domain`, that of MAIL FROM or else of HELO (RFC 7208); at our own edge only."""

    result: Result
    domain: str
    peer: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One DKIM-Signature field (RFC 6376)."""

    result: Result
    domain: str  # d=, lower case
    selector: str = ""
    algorithm: str = ""  # a=: rsa-sha256, rsa-sha1, ed25519-sha256
    bits: int = 0  # of the key; 0 when it was not read
    covers_from: bool = False
    covers_recipients: bool = False  # To and Cc, where there are any: nobody has put others there since
    partial: bool = False  # l=: anything may have been appended
    expired: bool = False  # x= is past
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dmarc:
    """The policy of the author's domain (RFC 7489). `result` is about the look-up: pass is a record that was found."""

    result: Result
    domain: str = ""  # where the record stands
    policy: str = ""  # of this author's domain: none, quarantine, reject
    strict_dkim: bool = False
    strict_spf: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One result that another server wrote down (RFC 8601), which we are told to believe."""

    method: str  # dkim, spf, dmarc
    result: Result
    domain: str  # of header.d, smtp.mailfrom or header.from


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """The last seal of an ARC chain (RFC 8617): who sealed it, whether the chain holds, what the sealer had found."""

    result: Result
    domain: str
    said: tuple[Said, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    spf: Spf | None = None  # None: not ours to ask, a server before us took it from the stranger
    signatures: tuple[Signature, ...] = ()
    dmarc: Dmarc = Dmarc(result=Result.NONE)
    said_by: str = ""  # the authserv-id of `said`
    said: tuple[Said, ...] = ()
    seal: Seal | None = None
    trouble: str = ""  # why nothing could be gathered

    def as_json(self) -> dict[str, Any]:
        """Strings, numbers, lists, None."""
        return asdict(self)

    @classmethod
    def of_json(cls, told: Mapping[str, Any]) -> Self:
        """The evidence again. Raises KeyError, TypeError or ValueError when it is none."""
        spf, seal = told["spf"], told["seal"]
        return cls(
            spf=spf and Spf(**_with_result(spf)),
            signatures=tuple(Signature(**_with_result(each)) for each in told["signatures"]),
            dmarc=Dmarc(**_with_result(told["dmarc"])),
            said_by=told["said_by"],
            said=_said(told["said"]),
            seal=seal and Seal(**{**_with_result(seal), "said": _said(seal["said"])}),
            trouble=told["trouble"],
        )


def _with_result(told: Mapping[str, Any]) -> dict[str, Any]:
    return {**told, "result": Result(told["result"])}


def _said(told: list[Mapping[str, Any]]) -> tuple[Said, ...]:
    return tuple(Said(**_with_result(each)) for each in told)


def in_words(evidence: Evidence) -> list[str]:
    """A line for each fact, for an admin."""
    spf, dmarc, seal = evidence.spf, evidence.dmarc, evidence.seal
    lines = [evidence.trouble] if evidence.trouble else []
    lines.append(f"SPF {spf.result} for {spf.domain or 'nobody'} from {spf.peer}" if spf else "SPF not asked: relayed")
    for each in evidence.signatures:
        key = f" ({each.algorithm}, {each.bits} bit, s={each.selector})"
        lines.append(f"DKIM {each.result} for {each.domain}{key}" + (f": {each.why}" if each.why else ""))
    policy = f"p={dmarc.policy} at {dmarc.domain}" if dmarc.policy else dmarc.why or "no record"
    lines.append(f"DMARC {policy}")
    lines += [f"{evidence.said_by} says: {each.method} {each.result} for {each.domain}" for each in evidence.said]
    if seal:
        lines.append(f"ARC {seal.result}, sealed by {seal.domain}" + (f": {seal.why}" if seal.why else ""))
    return lines
