"""What of a reply is new: one table of shapes, in the languages that customers write."""

import time

import pytest

from mailflow.mail.quotation import MARKER, split

QUOTE = "> Please send the invoice.\n> Anna\n"

INTRODUCED = {
    "en": "On Tue, 3 May 2026 at 10:15, Anna Nowak <anna@firma.example> wrote:",
    "en, folded": "On Tue, 3 May 2026 at 10:15, Anna Nowak with a long name\n<anna@firma.example>\nwrote:",
    "fr": "Le mar. 3 mai 2026 à 10:15, Anna Nowak <anna@firma.example> a écrit :",
    "es": "El mar, 3 may 2026 a las 10:15, Anna Nowak (<anna@firma.example>) escribió:",
    "pl": "W dniu 3.05.2026 o 10:15, Anna Nowak pisze:",
    "pl, gmail": "wt., 3 maj 2026 o 10:15 Anna Nowak <anna@firma.example> napisał(a):",
    "de": "Am 03.05.2026 um 10:15 schrieb Anna Nowak:",
    "it": "Il giorno mar 3 mag 2026 alle ore 10:15 Anna Nowak <anna@firma.example> ha scritto:",
    "pt": "Em ter., 3 de mai. de 2026 às 10:15, Anna Nowak <anna@firma.example> escreveu:",
    "nl": "Op di 3 mei 2026 om 10:15 schreef Anna Nowak <anna@firma.example>:",
    "nl, apple": "Op 3 mei 2026, om 10:15 heeft Anna Nowak <anna@firma.example> het volgende geschreven:",
    "sv": "Den tis 3 maj 2026 kl 10:15 skrev Anna Nowak <anna@firma.example>:",
    "ja": "2026年5月3日(火) 10:15 Anna Nowak <anna@firma.example>:",
}

BLOCKS = {
    "en": "From: Anna <anna@firma.example>\nSent: Tuesday, May 3, 2026 10:15\nTo: Help\nSubject: Invoice",
    "en, bold": "*From:* Anna\n*Sent:* Tuesday, May 3, 2026\n*To:* Help\n*Subject:* Invoice",
    "fr": "De : Anna <anna@firma.example>\nEnvoyé : mardi 3 mai 2026 10:15\nÀ : Aide\nObjet : Facture",
    "es": "De: Anna\nEnviado el: martes, 3 de mayo de 2026 10:15\nPara: Ayuda\nAsunto: Factura",
    "pl": "Od: Anna <anna@firma.example>\nWysłano: wtorek, 3 maja 2026 10:15\nDo: Pomoc\nTemat: Faktura",
    "de": "Von: Anna\nGesendet: Dienstag, 3. Mai 2026 10:15\nAn: Hilfe\nBetreff: Rechnung",
    "it": "Da: Anna\nInviato: martedì 3 maggio 2026 10:15\nA: Aiuto\nOggetto: Fattura",
    "nl": "Van: Anna\nVerzonden: dinsdag 3 mei 2026 10:15\nAan: Hulp\nOnderwerp: Factuur",
    "drawn line first": "________________________________\nFrom: Anna\nSent: Tuesday\nTo: Help\nSubject: Invoice",
}

ENDS = (
    "-----Original Message-----",
    "-------- Message d'origine --------",
    "-----Mensaje original-----",
    "-----Wiadomość oryginalna-----",
    "-----Ursprüngliche Nachricht-----",
    "---------- Forwarded message ---------",
    "Begin forwarded message:",
    f"{MARKER} Please write above this line -##",
    "-- ",
    "--",
    "Sent from my iPhone",
    "Wysłane z iPhone'a",
    "Envoyé de mon iPhone",
    "Enviado desde mi iPhone",
    "Von meinem iPhone gesendet",
)


@pytest.mark.parametrize("sentence", INTRODUCED.values(), ids=INTRODUCED)
def test_the_sentence_that_introduces_a_quotation_goes_with_it(sentence: str) -> None:
    parted = split(f"Here it is.\n\n{sentence}\n{QUOTE}")

    assert parted.reply == "Here it is."
    assert parted.quoted == f"{sentence}\n{QUOTE}".strip()


@pytest.mark.parametrize("sentence", INTRODUCED.values(), ids=INTRODUCED)
def test_an_introduced_quotation_needs_no_marks_when_the_sentence_is_dated(sentence: str) -> None:
    assert split(f"Here it is.\n\n{sentence}\n\nPlease send the invoice.\nAnna").reply == "Here it is."


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)
def test_a_copied_header_ends_the_reply(block: str) -> None:
    assert split(f"Here it is.\n\n{block}\n\nPlease send the invoice.").reply == "Here it is."


@pytest.mark.parametrize("line", ENDS)
def test_a_separator_our_marker_or_a_signature_ends_the_reply(line: str) -> None:
    parted = split(f"Here it is.\n{line}\nAnna Nowak, Firma")

    assert parted.reply == "Here it is."
    assert parted.quoted == f"{line.rstrip()}\nAnna Nowak, Firma"


def test_answers_between_quoted_lines_are_kept() -> None:
    text = "On 3 May 2026 Anna wrote:\n> First question?\nYes.\n> Second question?\nNo.\n\n-- \nJan"

    assert split(text).reply == "Yes.\nNo."


def test_an_answer_below_the_quotation_is_kept() -> None:
    assert split(f"On 05/03/2026 10:15 AM, Anna wrote:\n{QUOTE}\nHere it is.").reply == "Here it is."


KEPT = (
    "On Monday my boss wrote:\nuse the old form. Is that right?",
    "On your remote host you can run:\n    ping firma.example\nDoes it answer?",
    "Sent from my desk, which is easier than the telephone.",
    "From: Paris\nTo: Rome\nDate: 3 May",
    "Options -- there are two -- are fine.",
    "---\nThis is a heading that I drew.\n---\nand the rest",
    "The program wrote:\nERROR 42\nand stopped",
    "Name: ____________\nfilled in",
    "Am Montag kommt der Techniker.\nGeht das?",
)


@pytest.mark.parametrize("text", KEPT)
def test_words_of_a_person_that_look_alike_stay(text: str) -> None:
    assert split(f"Hello.\n{text}").reply == f"Hello.\n{text}"


@pytest.mark.parametrize(
    "text", ["", "\n\n", "> only\n> quoted", f"On 3 May 2026 at 10:15, Anna <a@firma.example> wrote:\n{QUOTE}"]
)
def test_when_nothing_would_be_left_the_reply_is_the_whole_text(text: str) -> None:
    assert (split(text).reply, split(text).quoted) == (text, "")


def test_a_mail_passed_on_without_a_word_says_what_was_passed_on() -> None:
    text = f"{BLOCKS['pl']}\n\nDzień dobry, drukarka nie działa.\n\n{INTRODUCED['pl']}\n{QUOTE}"

    assert "drukarka nie działa" in split(text).reply
    assert "Please send" not in split(text).reply


def test_the_footer_of_a_mailing_list_is_no_reply() -> None:
    footer = "_______________________________________________\nusers mailing list\nhttps://lists.firma.example/users"

    assert split(f"It works.\n\n{footer}").reply == "It works."


def test_line_ends_do_not_matter() -> None:
    text = f"Here it is.\n\n{INTRODUCED['en']}\n{QUOTE}"

    assert split(text.replace("\n", "\r\n")) == split(text)


@pytest.mark.parametrize(
    "line", ["On 1 ", "On 3 May 2026\n", "From: a\n", "> ", "-\n", "a@b.example 10:15 wrote " * 20 + "\n", "(" * 500]
)
def test_long_texts_take_time_in_proportion(line: str) -> None:  # M1
    text = line * (200_000 // len(line))
    began = time.process_time()

    split(text)

    assert time.process_time() - began < 1.0
