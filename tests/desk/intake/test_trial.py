"""The examples of kinds of request, tried: what is told where one is read otherwise than it says."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from mailflow import typefiles
from mailflow.desk.intake.trial import failures
from mailflow.desk.policy import Policy

DOCS = Path(__file__).parents[3] / "docs/request-types.md"
BLOCKS = re.findall(r"```toml\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
TRANSFER = next(each for each in BLOCKS if each.startswith("# filters/types/transfer.toml"))
EXAMPLES = next(each for each in BLOCKS if each.startswith("[[example]]"))
HELP = next(each for each in BLOCKS if each.startswith("# filters/types/help.toml"))


def tried(policy: Policy, folder: Path, **files: str) -> list[str]:
    (folder / "types").mkdir()
    for name, text in files.items():
        (folder / f"types/{name}.toml").write_text(text, "utf-8")
    kinds = typefiles.read(folder, frozenset(policy.departments))
    return [
        f"{Path(each.file).stem}:{each.line}: {each.key}: {each.why}" for each in failures(replace(policy, kinds=kinds))
    ]


def test_the_examples_of_the_manual_hold(policy: Policy, tmp_path: Path) -> None:
    assert tried(policy, tmp_path, transfer=TRANSFER + "\n" + EXAMPLES) == []


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("kartą,", "polecenie zapłaty", "payment is debit (line 2: «polecenie zapłaty od 3 grudnia»), not card; "
         "missing is date, mandate, not date"),
        ("Numer subskrypcji: SUB-48213", "", "subscription is not read, not SUB-48213; "
         "missing is subscription, date, not date"),
        ('gives = { subscription = "SUB-48213", payment = "card" }', "gives = {}",
         "subscription is SUB-48213 (line 1: «SUB-48213»), not missing; "
         "payment is card (line 2: «kartą, od 3 grudnia»), not missing"),
        ("Zmiana sprzedawcy", "Dzień dobry", "it is of no kind"),
        ("matches = false\n", "", ""),
        ("Gdzie jest moja faktura?", "Zmiana sprzedawcy", "it is of this kind: it says 'zmiana sprzedawcy'"),
    ],
)  # fmt: skip
def test_what_was_read_instead_is_told(before: str, after: str, told: str, policy: Policy, tmp_path: Path) -> None:
    text = TRANSFER + "\n" + EXAMPLES.replace(before, after, 1)
    lines = [at for at, line in enumerate(text.split("\n"), 1) if line == "[[example]]"]
    (found,) = tried(policy, tmp_path, transfer=text)
    place, _, why = found.partition(": example: ")
    assert why == (told or "it is of no kind")
    assert place in [f"transfer:{line}" for line in lines]


ASKED = """
[[example]]
asks = {asks}
mail = '''
From: jan@sklep.example
Subject: Help

{text}'''
"""


@pytest.mark.parametrize(
    ("asks", "text", "told"),
    [
        ("true", "It does not work.", []),
        ("false", "It does not work.", ["its author is asked for more"]),
        ("true", "I tried https://x.example/a", ["its author is asked nothing: it says enough: done, page"]),
    ],
)
def test_whether_a_vague_request_is_asked(
    asks: str, text: str, told: list[str], policy: Policy, tmp_path: Path
) -> None:
    found = tried(policy, tmp_path, help=HELP + ASKED.format(asks=asks, text=text))
    assert [each.partition("example: ")[2] for each in found] == told


def test_another_kind_is_named(policy: Policy, tmp_path: Path) -> None:
    example = ASKED.format(asks="false", text="Change of reseller").replace("Help", "Change of reseller")
    found = tried(policy, tmp_path, help=HELP + example, transfer=TRANSFER)
    assert [each.partition("example: ")[2] for each in found] == [
        "it is of kind 'transfer', for it says 'change of reseller'"
    ]
