"""A2: what the world agreed on about SPF and ARC, asked of the daemon's own prover and resolver, with a real server.

Each known deviation says what we answer and why; one that is not listed fails, and so does one that is gone.
"""

from collections.abc import Mapping
from typing import Any

import dns.name
import pytest

from mailflow.edge.parser_child import Allowance
from mailflow.edge.prove import Prover
from mailflow.edge.question import Question
from mailflow.edge.resolver import Resolver
from mailflow.mail.address import author_of
from mailflow.mail.identity.evidence import Evidence
from mailflow.mail.mime.header import Header
from tests.dns_server import SILENT, Zone, serving, txt
from tests.soak.suites import ARC, SPF

pytestmark = [pytest.mark.soak, pytest.mark.timeout(600)]

KINDS = ("A", "AAAA", "MX", "PTR", "TXT")
PATIENCE = 0.3  # seconds for one question: the suites have servers that never answer

Deviations = Mapping[str, tuple[str, str]]
"""Name of a case: our answer, and why it is not the one that is asked for."""

SPF_DEVIATIONS: Deviations = {}

NOBODY = "none", "no domain can be read in its last seal: a seal of nobody we listed, which is not asked about further"
SHA1 = "fail", "rsa-sha1 proves nothing any more (RFC 8301 section 3.1)"
SEALS_OF_NOBODY = """
    cv_fail_i1_as_na as_struct_i_na as_struct_i_empty as_struct_i_invalid as_struct_missing as_format_inv_tag_key
    as_format_tags_dup as_format_tags_sc as_fields_i_missing as_fields_d_na as_fields_d_empty as_fields_d_invalid
"""
ARC_DEVIATIONS: Deviations = {
    **dict.fromkeys(SEALS_OF_NOBODY.split(), NOBODY),
    "ams_fields_a_sha1": SHA1,
    "as_fields_a_sha1": SHA1,
    "ams_fields_h_empty": (
        "fail",
        "the chain holds, but a seal that does not cover From says nothing about the author",
    ),
    "ams_fields_c_na": ("pass", "dkimpy takes a signature without c= for relaxed; it does hold for all that it covers"),
}


async def test_a2_spf() -> None:
    tried, found = 0, {}
    for scenario in SPF.documents():
        with serving(_zone(scenario["zonedata"])) as server:
            prover = Prover(Resolver(PATIENCE, [server.address]), Allowance(proves=True))
            for name, case in scenario["tests"].items():
                question = Question(
                    author="anna@kunde.example", peer=case["host"], mail_from=case["mailfrom"], helo=case["helo"]
                )
                spf = (await prover.prove(b"\r\n", question)).spf
                assert spf is not None
                tried += 1
                if spf.result not in case["result"]:
                    found[name] = str(spf.result)
            await prover.close()
    _told("SPF (RFC 7208)", tried, found, SPF_DEVIATIONS)
    assert tried == 203


async def test_a2_arc() -> None:
    tried, found = 0, {}
    for scenario in ARC.documents():
        keys = {f"TXT {name}": [txt("".join(text.split("\n")))] for name, text in scenario["txt-records"].items()}
        sealers = tuple({name.partition("._domainkey.")[2] for name in keys})
        with serving(keys) as server:
            prover = Prover(Resolver(PATIENCE, [server.address]), Allowance(proves=True))
            for name, case in scenario["tests"].items():
                octets = case["message"].replace("\n", "\r\n").encode()
                author = author_of(Header.of_message(octets)[0].literal("from"))[0] or ""
                question = Question(author=author, forwarders=sealers)
                tried += 1
                said = _seal(await prover.prove(octets, question))
                if said != (case["cv"] or "fail").lower():
                    found[name] = said
            await prover.close()
    _told("ARC (RFC 8617)", tried, found, ARC_DEVIATIONS)
    assert tried == 174


def _seal(evidence: Evidence) -> str:
    if evidence.seal is None:
        return "none"
    return str(evidence.seal.result)


def _told(suite: str, tried: int, found: Mapping[str, str], known: Deviations) -> None:
    print(f"\n{suite}: {tried} tried, {tried - len(found)} passed, {len(found)} deviate")
    for name, result in found.items():
        print(f"  {name}: {result}; {known.get(name, ('', 'NOT KNOWN'))[1]}")
    assert found == {name: result for name, (result, _) in known.items()}


# The zones of the SPF council


def _zone(zonedata: Mapping[str, list[Any]]) -> Zone:
    """A name's records in order; TIMEOUT, which stands last: whatever kind was not among them is never answered."""
    zone: dict[str, list[str] | str] = {}
    for written, records in zonedata.items():
        name = dns.name.from_text(written).to_text(omit_final_dot=True).lower()
        maps = [each for each in records if each != "TIMEOUT"]
        typed = [pair for each in maps for pair in each.items()]
        if not any(kind == "TXT" for kind, _ in typed):  # RFC 7208 section 3.1: SPF was the name of a kind of record
            typed += [("TXT", value) for kind, value in typed if kind == "SPF"]
        for kind, value in typed:
            if value != "NONE":  # says only that there is no TXT
                zone.setdefault(f"{kind} {name}", []).append(_record(kind, value))
        if "TIMEOUT" in records:
            zone = {f"{kind} {name}": SILENT for kind in KINDS} | zone
    return zone


def _record(kind: str, value: Any) -> str:
    match kind:
        case "TXT" | "SPF":
            parts = [value] if isinstance(value, str) else value
            return " ".join(txt(part.encode().decode("latin-1")) for part in parts or [""])
        case "MX":
            preference, host = value
            return f"{preference} {host.rstrip('.')}."
        case "PTR" | "CNAME":
            return f"{value.rstrip('.')}."
    return str(value)
