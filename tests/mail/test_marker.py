"""Our own line 'write above this line': what a mail program makes of it, and where the words of an answer end."""

from time import process_time

import pytest

from mailflow.mail.marks import marker
from mailflow.mail.replies.quotation import split
from mailflow.mail.subject import Kind

WORDS = {
    "de": "Bitte antworten Sie über dieser Zeile",
    "en": "Please type your reply above this line",
    "es": "Por favor, escriba su respuesta por encima de esta línea",
    "fr": "Veuillez écrire votre réponse au-dessus de cette ligne",
    "pl": "Prosimy pisać odpowiedź nad tą linią",
}
ANSWER = "It works now.\n\nThank you: 3 of 3 printers.\nAnna"
BELOW = "Hello Anna,\n\nplease use water.\n\n-- \nSupport, Firma"


def quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


ABOVE = {
    "nothing": "",
    "a sentence": "On 3 May 2026 at 10:15, Firma Support <support@firma.example> wrote:\n",
    "a sentence of no table": "Firma Support @ 2026-05-03 10:15 scripsit:\n",
    "a folded sentence of no table": "Die 3.5.2026 10:15 Firma Support\n<support@firma.example> scripsit:\n",
    "a header of no table": "Auctor: Firma Support <support@firma.example>\nDies: 3.5.2026\nRes: Re: Invoice\n\n",
    "a header with stars": "*De:* Firma <support@firma.example>\n*Zu:* anna@kunde.example\n",
    "a drawn line": "_" * 32
    + "\nFrom: Firma Support <support@firma.example>\nSent: Sunday, 3 May 2026\nSubject: Re: x\n\n",
}


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("above", ABOVE)
def test_the_words_end_at_our_marker_whatever_a_mail_program_writes_above_it(above: str, language: str) -> None:
    text = f"{ANSWER}\n\n{ABOVE[above]}{marker(WORDS[language])}\n\n{BELOW}"
    assert split(text).reply == ANSWER


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("dash", ["-", "\u2010", "\u2011", "\u2013", "\u2014"])
def test_other_dashes_and_a_broken_line_are_ours_too(dash: str, language: str) -> None:
    broken = marker(WORDS[language]).replace("-", dash).replace(" ", "\n", 4)
    assert split(f"{ANSWER}\n\n{broken.replace('##' + dash + chr(10), '##' + dash + ' ')}\n\n{BELOW}").reply == ANSWER


@pytest.mark.parametrize("language", WORDS)
def test_quoted_it_is_quoted(language: str) -> None:
    text = f"{ANSWER}\n\n{ABOVE['a sentence']}{quoted(marker(WORDS[language]) + chr(10) + BELOW)}"
    assert split(text).reply == ANSWER


def test_what_a_mail_program_broke_off_a_quoted_line_is_no_word_of_the_answer() -> None:
    long = "> we have looked at the printer and at all that is connected to it, and"
    below = f"{long}\nfound\n> nothing.\n\nMore of mine."
    assert split(f"{ANSWER}\n\n> {marker(WORDS['en'])}\n{below}").reply == f"{ANSWER}\n\n\nMore of mine."
    assert split(f"{ANSWER}\n\n>\n{below}").reply == f"{ANSWER}\n\nfound\n\nMore of mine."  # whose, nobody knows


def test_answers_between_the_lines_are_kept() -> None:
    text = (
        f"See below.\n\n{quoted(marker(WORDS['en']))}\n> Does it work?\n\nYes, it does.\n\n> Really?\nYes.\n> Good.\n"
    )
    assert split(text).reply == "See below.\n\n\nYes, it does.\n\nYes."


@pytest.mark.parametrize("kind", list(Kind))
def test_the_line_is_never_a_word_of_the_answer(kind: Kind) -> None:
    text = f"{marker(WORDS['en'])}\n\nHello Anna, does it work?\n\nYes."
    assert split(text, kind).reply == "Hello Anna, does it work?\n\nYes."


def test_an_empty_answer_is_empty() -> None:
    assert split(f"{ABOVE['a sentence']}{marker(WORDS['en'])}\n\n{BELOW}").reply == ""
    assert split(f"{ABOVE['a header of no table']}{marker(WORDS['en'])}\n\n{BELOW}").reply == ""


@pytest.mark.parametrize(
    "own",
    ["What I tried:", "As I wrote to bob@firma.example:\nnothing", "Printers: three", "Please read this: it burns"],
)
def test_words_right_above_it_stay(own: str) -> None:
    assert split(f"{own}\n\n{marker(WORDS['en'])}\n\n{BELOW}").reply == own


@pytest.mark.parametrize(
    "text",
    [
        "> ##- x\n" + f"> {'x' * 60}\nx\n" * 40_000,
        "##-\n" * 200_000,
        "A: b@c.example\n" * 60_000 + "##- x",
        ">" * 500_000 + "##-",
        "a\n" + " > " * 100_000 + "##-",
    ],
)
def test_any_text_takes_a_moment(text: str) -> None:
    start = process_time()
    split(text)
    assert process_time() - start < 2
