"""R1.3, R4.2: what a message says of the items of its request, in any order and form, and what is missing then."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from jinja2.sandbox import SandboxedEnvironment

from mailflow.config.request import RequestType
from mailflow.desk.intake.catalogue import Catalogue, Kind
from mailflow.desk.intake.dossier import Dossier
from mailflow.desk.intake.form import asking
from mailflow.desk.intake.given import Given
from mailflow.desk.intake.reading import Reading, readings
from mailflow.desk.intake.value import Said, Unfit
from mailflow.mail.message import Message
from mailflow.mail.parse import parse

ASKED = Path(__file__).parents[3] / "templates/en/missing.txt"
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
TRANSFER = """
title.en = ["Account support", "Change of reseller"]
title.pl = ["Wsparcie konta", "Zmiana sprzedawcy"]
words.pl = ["przeniesienie klienta"]

[[item]]
name = "subscription"
kind = "pattern"
pattern = "SUB-[0-9]{5}"
label = { en = ["Subscription ID", "subscription"], pl = ["ID subskrypcji"] }

[[item]]
name = "customer"
kind = "text"
label = { en = "Customer", pl = "Klient" }
sentence.en = ['transfer (.+?) to us']

[[item]]
name = "date"
kind = "date"
label = { en = "Preferred date", pl = ["Preferowana data", "data"] }
wrong.pl = "prosimy o dzień kalendarza"

[[item]]
name = "payment"
kind = "choice"
label = { en = "Payment", pl = "Płatność" }
choice.card = { en = "card", pl = ["karta", "kartą"] }
choice.debit = { en = "direct debit", pl = "polecenie zapłaty" }

[[item]]
name = "mandate"
kind = "attachment"
label = { en = "Mandate", pl = "Upoważnienie" }
accept = ["pdf"]
when.payment = "debit"

[[item]]
name = "proof"
kind = "attachment"
label = { en = "Proof of payment", pl = "Potwierdzenie zapłaty" }
accept = ["pdf", "image"]

[[item]]
name = "note"
kind = "text"
label = { en = "Note" }
optional = true
"""


@pytest.fixture(scope="module")
def kind() -> Kind:
    return Kind("transfer", RequestType.model_validate(tomllib.loads(TRANSFER)))


def mail(text: str, subject: str = "Hello", files: tuple[tuple[str, str], ...] = ()) -> Message:
    head = f"From: jan@shop.example\nTo: support@example.org\nSubject: {subject}\nMIME-Version: 1.0\n"
    body = f"Content-Type: text/plain; charset=utf-8\n\n{text}\n"
    if not files:
        return parse((head + body).encode())
    parts = "".join(
        f"--b\nContent-Type: {type_}\nContent-Disposition: attachment; filename={name}\n\nx\n" for name, type_ in files
    )
    return parse(f"{head}Content-Type: multipart/mixed; boundary=b\n\n--b\n{body}{parts}--b--\n".encode())


def given(kind: Kind, message: Message, missing: set[str] | None = None, language: str = "en") -> dict[str, Reading]:
    said = Said(language=language, at=AT)
    found = readings(kind, message, said, set(kind.items) if missing is None else missing)
    return {each.item: each for each in found}


def values(kind: Kind, message: Message, **more: Any) -> dict[str, str]:
    return {name: each.value for name, each in given(kind, message, **more).items()}


def test_items_in_any_order_and_form(kind: Kind) -> None:
    text = "Hello,\n\n- payment: by card\n1. Customer: ABC Ltd, preferred date: 3 December 2026\nSub no. SUB-12345"
    assert values(kind, mail(text)) == {
        "subscription": "SUB-12345", "customer": "ABC Ltd", "date": "2026-12-03", "payment": "card"
    }  # fmt: skip


def test_a_sentence_of_the_kind(kind: Kind) -> None:
    assert values(kind, mail("Please transfer ABC Ltd to us soon.")) == {"customer": "ABC Ltd"}


def test_each_has_its_line(kind: Kind) -> None:
    found = given(kind, mail("Hello,\n\nthe number is SUB-12345\nCustomer: ABC"))
    assert {name: each.line for name, each in found.items()} == {"subscription": 3, "customer": 4}


def test_what_does_not_fit_is_unclear(kind: Kind) -> None:
    found = given(kind, mail("Data: 31 lutego"), language="pl")
    assert (found["date"].value, found["date"].words) == ("", "31 lutego")


def test_a_weak_label_is_never_unclear(kind: Kind) -> None:
    assert values(kind, mail("Data utraty dostępu nie jest znana.", "x"), language="pl") == {}


def test_the_last_words_count_but_not_unclear_ones(kind: Kind) -> None:
    assert values(kind, mail("Payment: card\nPayment: direct debit\nPayment: gold"))["payment"] == "debit"


def test_our_form_filled_in_between_its_lines(kind: Kind) -> None:
    message = mail("See below.\n\nOn Friday, Support wrote:\n> Preferred date: 3 December 2026\n> Customer: XYZ")
    found = given(kind, message, missing={"date"})
    assert {name: (each.value, each.line) for name, each in found.items()} == {"date": ("2026-12-03", 0)}


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ((("scan.pdf", "application/pdf"),), {"mandate": "scan.pdf"}),
        ((("proof_of_payment.pdf", "application/pdf"),), {"proof": "proof_of_payment.pdf"}),
        ((("a.jpg", "image/jpeg"),), {"proof": "a.jpg"}),
        ((("a.JPG", "application/octet-stream"),), {"proof": "a.JPG"}),
        ((("a.exe", "application/octet-stream"),), {}),
        (
            (("proof-of-payment.pdf", "application/pdf"), ("b.pdf", "application/pdf")),
            {"proof": "proof-of-payment.pdf", "mandate": "b.pdf"},
        ),
    ],
)
def test_files_by_name_and_type(kind: Kind, files: tuple[tuple[str, str], ...], found: dict[str, str]) -> None:
    assert values(kind, mail("Hello", files=files)) == found


def test_a_file_that_nobody_asked_for_replaces_nothing(kind: Kind) -> None:
    assert values(kind, mail("Hello", files=(("scan.pdf", "application/pdf"),)), missing={"date"}) == {}


def dossier(kind: Kind, **items: str) -> Dossier:
    return Dossier(kind).with_(
        [Given(item=name, value=value, words=value, by="jan@shop.example", at=AT) for name, value in items.items()]
    )


def missing(file: Dossier) -> list[str]:
    return [each.name for each in file.missing]


def test_conditions_and_what_is_optional(kind: Kind) -> None:
    assert missing(dossier(kind)) == ["subscription", "customer", "date", "payment", "proof"]
    assert missing(dossier(kind, payment="debit")) == ["subscription", "customer", "date", "mandate", "proof"]


def test_what_is_taken_back_is_missing(kind: Kind) -> None:
    file = dossier(kind, date="2026-12-03")
    assert "date" not in missing(file)
    assert "date" in missing(file.with_([Given(item="date", value="", words="31 Feb", by="jan", at=AT)]))


def test_complete(kind: Kind) -> None:
    items = {"subscription": "SUB-1", "customer": "ABC", "date": "2026-12-03", "payment": "card", "proof": "a.pdf"}
    assert dossier(kind, **items).is_complete


def test_what_is_asked_for(kind: Kind) -> None:
    unclear = Reading(item="date", value="", words="31 lutego", line=1)
    said = asking(dossier(kind, customer="ABC", payment="debit"), [unclear], "pl")
    assert said.missing == "- ID subskrypcji\n- Upoważnienie\n- Potwierdzenie zapłaty"
    assert said.unclear == "- Preferowana data (prosimy o dzień kalendarza)\n  «31 lutego»"
    assert said.known == "    Klient: ABC\n    Płatność: polecenie zapłaty"
    assert said.form == "ID subskrypcji:\nPreferowana data:"


def test_a_day_that_is_over_is_no_riddle(kind: Kind) -> None:
    unfit = Reading(item="date", value="", words="3.11.2020", line=1, unfit=Unfit.OVER)
    said = asking(dossier(kind, customer="ABC", payment="debit"), [unfit], "pl")
    assert (said.unclear, said.over) == ("", "- Preferowana data (prosimy o dzień kalendarza)\n  «3.11.2020»")


def test_what_is_not_needed_is_no_riddle(kind: Kind) -> None:
    unclear = Reading(item="mandate", value="", words="none", line=1, unfit=Unfit.NO_FIT)
    assert asking(dossier(kind, payment="card"), [unclear], "en").unclear == ""
    assert asking(dossier(kind, payment="debit"), [unclear], "en").unclear == "- Mandate\n  «none»"


def test_a_choice_that_could_be_several_is_asked_for_with_all_of_them(kind: Kind) -> None:
    unclear = Reading(item="payment", value="", words="kartą albo polecenie", line=1)
    said = asking(dossier(kind, customer="ABC"), [unclear], "pl").unclear
    assert said == "- Płatność (karta, polecenie zapłaty)\n  «kartą albo polecenie»"


def test_a_reply_that_quotes_our_question_says_nothing(kind: Kind) -> None:
    unclear = Reading(item="date", value="", words="31 lutego", line=1)
    said = asking(dossier(kind, customer="ABC"), [unclear], "pl")
    quoted = "\n".join(f"> {line}" for text in said.values.values() for line in text.split("\n"))
    assert values(kind, mail(f"Why?\n\nOn Friday, Support wrote:\n{quoted}"), missing={"date", "subscription"}) == {}


def test_nor_does_one_that_quotes_the_whole_mail() -> None:
    """A text fits whatever stands beside or below its label: a hint in the list, the sentence behind the form."""
    item = {"name": "shop", "kind": "text", "label": {"en": "Shop"}}
    items = [{**item, "hint": {"en": "as it is registered"}}, {**item, "name": "reason", "label": {"en": "Reason"}}]
    kind = Kind("transfer", RequestType.model_validate({"title": {"en": "Transfer"}, "item": items}))
    values_of_mail = {"number": 1, "subject": "x", **asking(Dossier(kind), [], "en").values}
    asked = SandboxedEnvironment(trim_blocks=True).from_string(ASKED.read_text("utf-8")).render(values_of_mail)
    quoted = "\n".join(f"> {line}".rstrip() for line in asked.split("\n"))
    assert "> Shop:\n> Reason:\n>\n> In your own words" in quoted
    assert values(kind, mail(f"Tomorrow.\n\nOn Friday, Support wrote:\n{quoted}")) == {}


@pytest.mark.parametrize(("sort", "costly"), [("domain", "é{0}.b "), ("date", "xxxxx {0} "), ("number", "{0}a")])
def test_what_costs_most_is_read_in_time(sort: str, costly: str) -> None:
    """In the one thread that writes: the mail of others waits as long."""
    item = {"name": "it", "kind": sort, "label": {"en": "It"}}
    kind = Kind("costly", RequestType.model_validate({"title": {"en": "Costly"}, "item": [item]}))
    line = "It: " + "".join(costly.format(number) for number in range(40))
    hostile = "\n".join(f"> {line} {number}" for number in range(500))
    message = mail(f"{hostile.replace('> ', '')}\n\nOn Friday, Support wrote:\n{hostile}")
    began = process_time()
    given(kind, message)
    assert process_time() - began < 0.5


@pytest.mark.parametrize(
    ("subject", "text", "phrase"),
    [
        ("Change of reseller", "", "change of reseller"),
        ("Account support: zmiana sprzedawcy!", "", "zmiana sprzedawcy"),
        ("Hello", "Dzień dobry,\nproszę o przeniesienie klienta do nas.", "przeniesienie klienta"),
        ("Exchange of resellers", "", None),
    ],
)
def test_a_new_mail_is_recognised(kind: Kind, subject: str, text: str, phrase: str | None) -> None:
    found = Catalogue({"transfer": kind}).recognised(mail(text or "Hello", subject))
    assert (found[1] if found else None) == phrase


@pytest.mark.parametrize(
    ("phrase", "text", "language"),
    [
        ("przeniesienie klienta", "SUB-12345", "pl"),
        ("", "Klient: ABC\nID subskrypcji: SUB-12345", "pl"),
        ("", "Customer: ABC\nKlient: ABC", ""),
        ("", "SUB-12345", ""),
    ],
)
def test_the_language_of_a_mail_that_is_too_short_to_tell(kind: Kind, phrase: str, text: str, language: str) -> None:
    assert kind.language_of(phrase, text) == language
