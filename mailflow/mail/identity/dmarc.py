"""DMARC policy records (RFC 7489 section 6): where they stand, and what one says about a domain.

Tolerant as the RFC asks: unknown tags are nothing, a wrong value of a known one is its default, a record without a
usable policy is one that asks for nothing.
"""

from collections.abc import Mapping, Sequence

from mailflow.mail.identity.alignment import organisation_of
from mailflow.mail.identity.evidence import Dmarc, Result

POLICIES = ("none", "quarantine", "reject")
MILDER = {"reject": "quarantine", "quarantine": "none", "none": "none"}
"""For a domain that says it is only testing (t=y of DMARCbis)."""
MOST_TAGS = 30


def places(domain: str) -> tuple[str, ...]:
    """Where the record of `domain` may stand, in the order of search (section 6.6.3): itself, its organisation."""
    return tuple(dict.fromkeys((domain, organisation_of(domain))))


def record_name(place: str) -> str:
    return f"_dmarc.{place}"


def policy_of(domain: str, place: str, texts: Sequence[str]) -> Dmarc | None:
    """What the TXT records at `place` say about `domain`. None: nothing, search on. Two policies are none."""
    records = [tags for text in texts if (tags := _tags(text)).get("v") == "DMARC1"]
    if len(records) != 1:
        return None
    tags = records[0]
    asked = _policy(tags, "p") or "none"
    if domain != place:
        asked = _policy(tags, "sp") or asked
    return Dmarc(
        result=Result.PASS,
        domain=place,
        policy=MILDER[asked] if tags.get("t", "").lower() == "y" else asked,
        strict_dkim=tags.get("adkim", "").lower() == "s",
        strict_spf=tags.get("aspf", "").lower() == "s",
    )


def _policy(tags: Mapping[str, str], name: str) -> str:
    word = tags.get(name, "").lower()
    return word if word in POLICIES else ""


def _tags(text: str) -> dict[str, str]:
    """`v=DMARC1; p=reject` by tag; the version must come first, and the first of two counts."""
    pairs = [part.partition("=") for part in text.split(";", MOST_TAGS)]
    if pairs[0][0].strip().lower() != "v":
        return {}
    tags: dict[str, str] = {}
    for name, _, value in pairs:
        tags.setdefault(name.strip().lower(), value.strip())
    return tags
