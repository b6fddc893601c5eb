"""What is left of a subject, and our tag in it."""

import pytest

from mailflow.mail.subject import base_subject, tag_of, tagged


@pytest.mark.parametrize(
    ("subject", "base"),
    [
        ("Invoice", "Invoice"),
        ("Re: Invoice", "Invoice"),
        ("RE: FW: Invoice", "Invoice"),
        ("Odp: Faktura", "Faktura"),
        ("AW: WG: Rechnung", "Rechnung"),
        ("Réf : Facture", "Facture"),
        ("RV: Factura", "Factura"),
        ("Re[2]: Invoice", "Invoice"),
        ("Re(3): Invoice", "Invoice"),
        ("回复：发票", "发票"),
        ("Re: [#42] Invoice", "Invoice"),
        ("[#42] Re: Invoice [#42]", "Invoice"),
        ("Fwd: Invoice (fwd)", "Invoice"),
        ("[URGENT] Invoice", "[URGENT] Invoice"),
        ("Regarding: Invoice", "Regarding: Invoice"),
        ("Re", "Re"),
        ("Re:", ""),
        ("", ""),
        ("Re: " * 10_000 + "x", "x"),
        ("(" + " " * 30_000 + "x", "( x"),
    ],
)
def test_prefixes_of_replies_and_our_tag_are_no_part_of_the_subject(subject: str, base: str) -> None:
    assert base_subject(subject) == base


@pytest.mark.parametrize(
    ("subject", "number"),
    [
        ("Re: [#42] x", 42),
        ("x", None),
        ("[#0] x", None),
        ("[#99999999999] x", None),
        ("[#4294967296]", None),
        ("[#٤]", None),
    ],
)
def test_the_tag_names_a_ticket(subject: str, number: int | None) -> None:
    assert tag_of(subject) == number


def test_a_subject_is_tagged_once() -> None:
    assert tagged("Invoice", 42) == "[#42] Invoice"
    assert tagged("[#42] Invoice", 42) == "[#42] Invoice"
    assert tagged("", 42) == "[#42]"
    assert tag_of(tagged("Invoice", 7)) == 7
