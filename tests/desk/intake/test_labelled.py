"""R1.3: how people name a thing and say it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailflow.desk.intake.labelled import Labels

LABELS = Labels.of(
    {
        "id": ["Subscription ID", "ID subskrypcji"],
        "date": ["Date", "Preferred date", "Preferowana data", "data", "data przeniesienia"],
        "customer": ["Customer", "Klient"],
        "payment": ["Płatność"],
    }
)


def said(text: str) -> list[tuple[str, str]]:
    return [(each.name, each.words) for each in LABELS.found_in(text)]


@pytest.mark.parametrize(
    "line",
    [
        "Subscription ID: SUB-1",
        "  - subscription id : SUB-1",
        "* Subscription ID = SUB-1",
        "3) SUBSCRIPTION ID: SUB-1",
        "a) Subscription ID: SUB-1,",
        "Subscription ID (see the invoice): SUB-1",
        "Subscription ID*: SUB-1",
        "Subscription ID\tSUB-1",
        "Subscription ID - SUB-1",
        "Subscription ID – SUB-1",
        "Subscription ID：SUB-1",
        "ID  subskrypcji: SUB-1",
        "Subscription ID:\nSUB-1",
        "Subscription ID\n\n  SUB-1",
        "Subscription ID:\n- SUB-1",
        "**Subscription ID:** SUB-1",
    ],
)
def test_a_label_and_its_value(line: str) -> None:
    assert said(line) == [("id", "SUB-1")]


def test_several_in_one_line() -> None:
    assert said("Subscription ID: SUB-1, preferred date: 3 May; Customer: ABC, Inc.") == [
        ("id", "SUB-1"),
        ("date", "3 May"),
        ("customer", "ABC, Inc."),
    ]


def test_accents_and_case_do_not_matter() -> None:
    assert said("PLATNOSC: rocznie") == [("payment", "rocznie")]


def test_the_longest_label_is_meant() -> None:
    assert said("Preferowana data: 3 maja") == [("date", "3 maja")]


def test_a_line_that_only_begins_like_a_label_is_a_weak_one() -> None:
    (weak,) = LABELS.found_in("Płatność miesięcznie")
    assert (weak.words, weak.sure) == ("miesięcznie", False)


def test_a_label_within_a_sentence_is_none() -> None:
    assert said("The customer wants it, and the date is open.") == []


def test_a_label_above_a_label_has_no_value() -> None:
    assert said("Customer:\nDate: 3 May") == [("date", "3 May")]


@pytest.mark.parametrize(
    "text", ["the radiator is broken in my flat", "flat", ">     Repair in the flat", "Flat\n W-1"]
)
def test_a_line_may_end_with_a_label_that_is_the_beginning_of_a_longer_one(text: str) -> None:
    labels = Labels.of({"flat": ["Flat number", "flat"]})
    assert [each.words for each in labels.found_in(text)] == (["W-1"] if "W-1" in text else [])


def test_a_list_mark_with_nothing_behind_it_is_no_value() -> None:
    assert said("Date:\n- \n\nKind regards") == []


@example(["date", "\n", "-", "\n", "SUB-1"])
@given(st.lists(st.sampled_from(["preferred", "date", "subscription", "id", "data", ":", "SUB-1", "\n", "-", "\t"])))
def test_whatever_words_of_labels_a_line_has_it_is_read(words: list[str]) -> None:
    assert all(each.words for each in LABELS.found_in(" ".join(words)))


def test_the_line_is_told() -> None:
    assert [each.line for each in LABELS.found_in("Hello,\n\nDate: 3 May\nCustomer:\nABC")] == [3, 5]


def test_a_bomb_is_read_in_linear_time() -> None:
    text = "Date: " * 100_000 + "\n" + "Date\t" * 100_000
    assert len(said(text)) < 1_000
