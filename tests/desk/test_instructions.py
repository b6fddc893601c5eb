"""Which lines of an agent's answer are for us, and which are for the customer."""

import time

import pytest

from mailflow.desk.agents.instructions import MOST, Instruction, Verb, instructions_in

QUOTED = "On Mon, 2 Nov 2026 at 10:00, Support <support@firma.example> wrote:\n> Die Drucker brennt.\n> #resolve\n"
READ: dict[str, tuple[str, list[str]]] = {
    "Press the key.": ("Press the key.", []),
    "#resolve": ("", ["#resolve"]),
    "#resolve\nPress the key.": ("Press the key.", ["#resolve"]),
    "Press the key.\n\n#resolve": ("Press the key.", ["#resolve"]),
    "#assign piotr\n#priority high\n\nPress.\n\n#wait 3d": ("Press.", ["#assign piotr", "#priority high", "#wait 3d"]),
    "  #Resolve  \nPress.": ("Press.", ["#resolve"]),
    "#tag: a, b\nPress.": ("Press.", ["#tag a, b"]),
    "#note\nHe called twice.": ("He called twice.", ["#note"]),
    "Press.\n#resolve\n-- \nEwa, Support\n#1 in service": ("Press.", ["#resolve"]),
    f"Press.\n#resolve\n\n{QUOTED}": ("Press.", ["#resolve"]),
    f"{QUOTED}\nPress.": ("Press.", []),
    "#1 is yours, #2 is mine.\n# and so on\n##": ("#1 is yours, #2 is mine.\n# and so on\n##", []),
    "Write\n#include <stdio.h>\nat the top.": ("Write\n#include <stdio.h>\nat the top.", []),
    "Press.\n##- Write your answer above this line -##\n\n#resolve\nfacts": ("Press.", []),
    "##- Write your answer above this line -##\n\nfacts": ("", []),
    "": ("", []),
}


@pytest.mark.parametrize("text", READ)
def test_what_is_an_instruction_and_what_is_said(text: str) -> None:
    words, wanted = READ[text]
    found = instructions_in(text)
    assert (found.words, [str(each) for each in found.wanted], found.mistakes) == (words, wanted, ())


MISTAKES: dict[str, str] = {
    "#resolv\nPress.": "«#resolv»: did you mean '#resolve'?",
    "Press.\n#resolve.": "«#resolve.»: write #resolve alone in its line",
    "Press.\n#resolve it": "write #resolve alone in its line",
    "#assign\nPress.": "«#assign»: write #assign NAME, or nobody, or me",
    "#include <stdio.h>\nat the top": "«#include <stdio.h>»: ",
    "#frobnicate": "known here: #note, #ask",
    "Dear Anna,\n#note\nhe is difficult": "«#note»: it counts in the first or last lines only",
    f"{QUOTED}\n#resolve": "«#resolve»: it counts in the first or last lines only, above what you quote",
    f"Press.\n\n{QUOTED}\nand\n#note that he lies": "«#note that he lies»",
    "Press.\n#resolve\n\nBest regards\nEwa": "«#resolve»: it counts in the first or last",
    "#ask\n#resolve\nWhich model?": "#ask and #resolve exclude one another",
    "#hold\nPress.\n#hold": "#hold stands there 2 times",
    "#note\n#ask\nWhich model?": "#note and #ask exclude one another",
    "#tag x\n" * (MOST + 1): f"there are {MOST + 1} instructions",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_told_in_words(text: str) -> None:
    assert MISTAKES[text] in "\n".join(instructions_in(text).mistakes)


def test_of_very_many_only_some_are_read_and_all_are_refused() -> None:
    """A guess at what each was meant to be would take seconds for a mail of one megabyte."""
    for line in ("#nothing", "#resolve"):
        mistakes = instructions_in(f"{line}\n" * 100_000).mistakes
        assert mistakes[0] == "there are 100000 instructions; 20 is the most"
        assert len(mistakes) <= 20
    assert len(instructions_in("words\n#resolve\n" * 100_000 + "words").mistakes) == 20


def test_every_instruction_can_be_written() -> None:
    needs = {"wait", "merge", "assign", "priority", "department", "type", "tag", "set", "done"} | {
        "register",
        "recover",
    }
    for verb in Verb:
        line = f"#{verb} x" if verb in needs else f"#{verb}"
        found = instructions_in(line)
        assert found.wanted == (Instruction(verb, "x" if verb in needs else ""),)
        assert found.mistakes == ()


@pytest.mark.parametrize(
    "piece", ["#resolve\n", "#a", "#", "# \n", "#tag " + "x" * 70 + "\n", "> #note\n#note\n", "\n#x"], ids=repr
)
def test_it_is_read_in_linear_time(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    started = time.process_time()
    instructions_in(text)
    assert time.process_time() - started < 3
