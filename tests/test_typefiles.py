"""Every mistake in filters/types/*.toml, as it is told."""

from pathlib import Path

import pytest

from mailflow import typefiles
from mailflow.errors import ConfigurationError

HELP = """title.en = "Help"
blocks = false
otherwise = ["support"]

[[item]]
name = "page"
kind = "link"
label.en = "Page"
"""
PARTY = """
[[party]]
name = "owner"
title.en = "the owner"
address = "requester"
"""


def mistakes(folder: Path, **files: str) -> list[str]:
    (folder / "types").mkdir()
    for name, text in files.items():
        (folder / f"types/{name}.toml").write_text(text, "utf-8")
    with pytest.raises(ConfigurationError) as raised:
        typefiles.read(folder, frozenset({"support", "billing"}))
    return [f"{Path(each.file).stem}:{each.line}: {each.key}: {each.why}" for each in raised.value.problems]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("blocks = false\n", "", "help:0: type: otherwise is for blocks = false"),
        ('"support"]', '"suport"]', "help:3: otherwise: there is no [[department]] 'suport'; did you mean 'support'?"),
        ("blocks = false", "blocks = false\nenough = 3", "help:0: type: enough = 3: there are 1 items"),
        ("[[item]]", f"{PARTY}\n[[item]]", "help:0: type: blocks = false: a party and a gate are asked when"),
        ('"Page"', '"Page"\npasted = true', "help:5: item: pasted is for kind = 'attachment'"),
        ('"Page"', '"Page"\nphrase.en = "see"', "help:5: item: phrase is for kind = 'text' or 'error'"),
    ],
)
def test_a_mistake_is_told_with_its_line(before: str, after: str, told: str, tmp_path: Path) -> None:
    (found,) = mistakes(tmp_path, help=HELP.replace(before, after, 1))
    assert found.startswith(told), found


def test_a_request_of_no_other_kind_is_of_one(tmp_path: Path) -> None:
    (found,) = mistakes(tmp_path, aid=HELP, help=HELP)
    assert found == "help:3: otherwise: requests of 'support' are of kind 'aid' when they are of no other"


@pytest.mark.parametrize(
    ("example", "told"),
    [
        ("gives.pge = 'x'", "help:11: example.gives: there is no [[item]] 'pge'; did you mean 'page'?"),
        ("matches = false\nasks = true", "help:10: example: matches = false: nothing of this kind is read in it"),
    ],
)
def test_an_example_names_what_there_is(example: str, told: str, tmp_path: Path) -> None:
    (found,) = mistakes(tmp_path, help=f"{HELP}\n[[example]]\n{example}\nmail = 'Subject: x'\n")
    assert found.startswith(told), found


OWN = f"""title.en = "Sale"
{PARTY}
[[item]]
name = "seller"
kind = "address"
label.en = "Seller"

[[item]]
name = "iban"
kind = "text"
label.en = "Account"
party = "owner"
by_party = true
"""


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("", "", "sale:18: item.by_party: 'owner' is asked nothing by a mail of its own"),
        ('"requester"', '"seller"\nconsent = false', "sale:19: item.by_party: 'owner' is asked nothing by a mail"),
        ('party = "owner"\n', "", "sale:13: item: by_party needs party = '…', who gives it"),
    ],
)
def test_a_party_gives_only_what_it_is_asked(before: str, after: str, told: str, tmp_path: Path) -> None:
    (found,) = mistakes(tmp_path, sale=OWN.replace(before, after, 1))
    assert found.startswith(told), found


PAID = """title.en = "Sale"

[[item]]
name = "payment"
kind = "choice"
label.en = "Payment"
choice.card.en = "card"
choice.debit.en = "direct debit"

[[item]]
name = "iban"
kind = "text"
label.en = "Account"
when.payment = "debit"
"""


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            '= "debit"',
            '= "debt"',
            "sale:14: item.when.payment: choice 'payment' has no value 'debt'; did you mean 'debit'",
        ),
        (
            'when.payment = "debit"',
            '\n[[item]]\nname = "iban"\nkind = "text"\nlabel.en = "B"',
            "sale:16: item.name: two items",
        ),
    ],
)
def test_items_name_one_another_as_they_are_called(before: str, after: str, told: str, tmp_path: Path) -> None:
    found = mistakes(tmp_path, sale=PAID.replace(before, after, 1))
    assert told in "\n".join(found)


def test_doubts_are_told_with_their_line(tmp_path: Path) -> None:
    (tmp_path / "types").mkdir()
    text = PAID.replace('"Account"', '["Account", "payment"]').replace(
        'title.en = "Sale"', 'title = {en = "Sale", de = "Verkauf"}'
    )
    (tmp_path / "types/sale.toml").write_text(text, "utf-8")
    told = [
        f"{each.line}: {each.key}: {each.why}" for each in typefiles.doubts(typefiles.read(tmp_path, frozenset()).kinds)
    ]
    assert told == [
        "13: item.label.en: 'payment' is a label of item 'payment', too",
        "6: item.label: has no words in de, in which it is recognised: those of another are shown",
        "13: item.label: has no words in de, in which it is recognised: those of another are shown",
    ]
