"""What is left of a subject, and our tag in it."""

import pytest

from mailflow.mail.subject import Kind, Tags, base_subject, is_reply, kind_of, tag_of, tagged


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
    ("subject", "kind"),
    [
        ("Invoice", Kind.PLAIN),
        ("", Kind.PLAIN),
        ("Regarding: Invoice", Kind.PLAIN),
        ("Re: Invoice", Kind.ANSWER),
        ("[#42] AW: Rechnung", Kind.ANSWER),
        ("Re[2]: Fwd: Invoice", Kind.ANSWER),
        ("VS: Lasku", Kind.ANSWER),
        ("回复：发票", Kind.ANSWER),
        ("[printers] Re: Invoice", Kind.ANSWER),
        ("[printers] [#42] Fwd: Invoice", Kind.FORWARD),
        ("[printers] Invoice", Kind.PLAIN),
        ("Fwd: Re: Invoice", Kind.FORWARD),
        ("WG: Rechnung", Kind.FORWARD),
        ("RV: Factura", Kind.FORWARD),
        ("[#42] PD: Faktura", Kind.FORWARD),
        ("Továbbítás: Számla", Kind.FORWARD),
        ("转发: 发票", Kind.FORWARD),
        ("Invoice (fwd)", Kind.FORWARD),
        ("[#1]" * 10_000, Kind.PLAIN),
        ("[" * 30_000 + "Re: x", Kind.PLAIN),
    ],
)
def test_the_first_prefix_tells_what_a_mail_is(subject: str, kind: Kind) -> None:
    assert kind_of(subject) is kind


def test_a_mail_without_prefix_answers_when_it_names_another() -> None:
    assert kind_of("Invoice", answers=True) is Kind.ANSWER
    assert kind_of("Fwd: Invoice", answers=True) is Kind.FORWARD


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


@pytest.mark.parametrize(
    ("subject", "answers"),
    [
        ("Re: Invoice", True),
        ("Betr.: Invoice", True),
        ("Réf : Facture", True),
        ("Betr. Invoice", False),
        ("Invoice: Re", False),
        ("", False),
    ],
)
def test_an_answer_is_known_by_its_beginning_with_or_without_a_dot(subject: str, answers: bool) -> None:
    assert is_reply(subject) is answers


OURS = Tags("[ACME-{number}]", ("[#{number}]", "[Ticket {number}]", "[(a+)+{number}.*]"))


@pytest.mark.parametrize(
    ("subject", "number", "base"),
    [
        ("Re: [ACME-42] Invoice", 42, "Invoice"),
        ("AW: [acme-42] Re: Invoice", 42, "Invoice"),
        ("Re: [#42] Invoice", 42, "Invoice"),
        ("Re: [#1] [ACME-42] Invoice", 1, "Invoice"),
        ("[Ticket \t 42] Fwd: Invoice", 42, "Invoice"),
        ("[(a+)+42.*] Invoice", 42, "Invoice"),
        ("[aaa42xx] Invoice", None, "[aaa42xx] Invoice"),
        ("[ACME-0] [ACME-99999999999] Invoice", None, "[ACME-99999999999] Invoice"),
        ("[OTHER-42] Invoice", None, "[OTHER-42] Invoice"),
        ("[ACME-" * 10_000, None, "[ACME-" * 10_000),
        ("[Ticket" + " " * 30_000 + "4] x", None, ""),
    ],
)
def test_a_form_of_our_own_and_those_of_before_are_known(subject: str, number: int | None, base: str) -> None:
    assert tag_of(subject, OURS) == number
    if subject.count(" ") < 100:
        assert base_subject(subject, OURS) == base


def test_of_all_forms_only_the_configured_one_is_written() -> None:
    assert tagged("Re: [#42] Invoice [Ticket 42]", 42, OURS) == "[ACME-42] Re: Invoice"
    assert tag_of(tagged("Invoice", 7, OURS), OURS) == 7
    assert tag_of("[#42] Invoice", Tags("[ACME-{number}]")) is None


@pytest.mark.parametrize("subject", ["[ACME-42] Re: Invoice", "AW: [ACME-42] Invoice"])
def test_who_does_not_know_the_form_sees_the_prefix_all_the_same(subject: str) -> None:
    assert kind_of(subject) is Kind.ANSWER
