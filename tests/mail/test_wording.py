"""Tables of wordings: what is found in them does not depend on how they are looked through."""

import time

import pytest

from mailflow.mail.languages.wording import Wordings, plain, says

WORDINGS = ("On", "wrote", "napisał", "写道", "not delivered", "not read", "is full")

TEXTS = (
    "", "o", "on", "on monday anna wrote", "anna napisala:", "anna 写道", "道", "it was not delivered", "is not read",
    "a mailbox that is ful", "the end is full",
)  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_wordings_are_found_as_one_by_one(text: str) -> None:
    known = ("on", "wrote", "napisal", "写道", "not delivered", "not read", "is full")
    wordings = Wordings(WORDINGS)

    assert wordings.stand_in(text) == says(text, known)
    assert wordings.begin(text) == text.startswith(known)
    assert wordings.end(text) == text.endswith(known)


def test_a_long_row_of_marks_takes_time_in_proportion() -> None:  # M1
    text = "a" + "\u0301\u0323" * 100_000
    began = time.process_time()

    plain(text)

    assert time.process_time() - began < 2.0
