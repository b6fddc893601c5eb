"""What of a reply is new: one table of shapes, in the languages that customers write."""

import time

import pytest

from mailflow.mail.replies.quotation import split
from mailflow.mail.subject import Kind

QUOTE = "> Please send the invoice.\n> Anna\n"

INTRODUCED = {
    "address and date": "On Tue, 3 May 2026 at 10:15, Anna Nowak <anna@firma.example> wrote:",
    "folded": "On Tue, 3 May 2026 at 10:15, Anna Nowak with a long name\n<anna@firma.example>\nwrote:",
    "no address": "W dniu 3.05.2026 o 10:15, Anna Nowak pisze:",
    "no word": "2026年5月3日(火) 10:15 Anna Nowak <anna@firma.example>:",
    "no table for it": "Þann þri., 3. maí 2026 kl. 10:15 ritaði Anna Nowak <anna@firma.example>:",
    "no table for it, folded": "Anna Nowak <anna@firma.example> ritaði þann þri., 3. maí\n2026, 10:15:",
}

BLOCKS = {
    "plain": "From: Anna <anna@firma.example>\nSent: Tuesday, May 3, 2026 10:15\nTo: Help\nSubject: Invoice",
    "bold": "*From:* Anna\n*Sent:* Tuesday, May 3, 2026\n*To:* Help\n*Subject:* Invoice",
    "drawn line first": "________________________________\nFrom: Anna\nSent: Tuesday\nTo: Help\nSubject: Invoice",
    "dashes first": "--------------------\nFrom: Anna\nSent: Tuesday\nTo: Help\nSubject: Invoice",
    "subject first": "Subject: Invoice\nDate: 3 May 2026\nFrom: Anna\nTo: Help",
    "address first": "To: Help\nFrom: Anna\nDate: 3 May 2026\nSubject: Invoice",
    "no subject": "De : Anna <anna@firma.example>\nDate : mardi 3 mai 2026\nÀ : Aide",
    "no table for it": (
        "-------- Upprunaleg skilaboð --------\n"
        "Frá: Anna <anna@firma.example>\nSent þann: 3. maí 2026 10:15\nViðtakandi: Help\nEfni: Invoice"
    ),
}

ENDS = (
    "-----Original Message-----",
    "-------- Message d'origine --------",
    "-----Anna Nowak/Firma wrote: -----",
    "---------- Forwarded message ---------",
    "Begin forwarded message:",
    "##- Please write above this line -##",
    "-- Please reply above this line --",
    "Reply above this line.",
    "--- Bitte antworten Sie oberhalb dieser Zeile ---",
    "## Saisissez votre réponse au-dessus de cette ligne ##",
    "-- ",
    "--",
    "Sent from my iPhone",
    "Von meinem iPhone gesendet",
    "Sent from Mail for Windows <https://firma.example/?LinkId=550986>",
    "Sent with [Proton Mail](https://firma.example/) secure email.",
    "Envoyé avec la messagerie sécurisée [Proton Mail.](https://firma.example/)",
    "Wysłane za pomocą bezpiecznej poczty e-mail [Proton Mail](https://firma.example/).",
    "Gesendet mit der sicheren E-Mail von [Proton Mail](https://firma.example/)",
    "Get [Outlook for iOS](https://firma.example/o0)",
    "[Outlook für Android](https://firma.example/o0) beziehen",
    "Sent from [Outlook for Android]<https://firma.example/o0>",
    "Sent from [Mail][1] for Windows 10",
    "Von [Outlook für iOS](https://firma.example/o0) gesendet",
    "Gesendet mit der [GMX Mail App](https://firma.example/app)",
    "_Gesendet mit der [mobilen WEB.DE Mail App](https://firma.example/app)_",
    "Sent using [Zoho Mail](https://firma.example/mail/)",
    "Sent with https://mailfence.com",
    "[Sent from Yahoo Mail on Android](https://firma.example/1?pid=InProduct&c=Global)",
    "[Yahoo Mail: Search, Organize, Conquer](https://firma.example/1?pid=place&c=Global)",
    "Secured with Tuta Mail: https://firma.example/free",
    "Sent with Tutanota, enjoy secure & ad-free emails:",
    "Securely sent with Tutanota. Claim your encrypted mailbox today!",
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
    "Sent via DHL yesterday.",
    "Sent with Proton Mail, but nothing arrives on your side.",
    "Sent with Proton Mail, is that secure?",
    "Yahoo Mail: it does not work, please help.",
    "[Outlook](https://firma.example) does not open.",
    "Gesendet mit der Post am 3.5.2026",
    "Above this line you see the error.",
    "Subject: the heating. It is cold again.",
    "From: what I see, to: what I want",
    "On 3 May 2026 your colleague wrote:\nwe shall pay.",
    "On 3 May 2026 at 10:15 your colleague Anna wrote me that it works:\nit does not.",
    "I sent the form on 3 May 2026 at 10:15 to help@firma.example:\nno answer.",
    "Please see the log:\n-----\nERROR at 10:15\n-----\nWhat happens?",
    "Date: 3 May 2026 10:15\nName: Anna\nAddress: anna@firma.example",
    "My number is 2026-05-03 10:15:",
    "I said:\n- first\n- second",
    "Forwarded message: none",
)


@pytest.mark.parametrize("text", KEPT)
def test_words_of_a_person_that_look_alike_stay(text: str) -> None:
    assert split(f"Hello.\n{text}").reply == f"Hello.\n{text}"


HYPHENS = "\u2010" * 7
PROGRAMS = {
    "Proton": f"Sent with Proton Mail.\n\n{HYPHENS} Original Message {HYPHENS}\n{QUOTE}",
    "Centrum": f"{'_' * 60}\n> Od: Anna <anna@firma.example>\n> Komu: jan\n> Datum: 3.5.2026\n> Předmět: x\n\nHello",
    "Netease": "---- Replied Message ----\n| From | Anna<anna@firma.example> |\n| Date | 3/5/2026 10:15 |\nHello",
    "Aliyun": (
        f"{'-' * 60}\n发件人：Anna <anna@firma.example>\n发送时间：2026年5月3日\n收件人：jan\n主\u3000题：x\n\nHello"
    ),
    "Notes": "Von:\tAnna Nowak/Firma\nAn:\tJan/Kunde@Kunde\nDatum:\t03.05.2026 10:15\nBetreff:\tx\n\nHello",
    "GroupWise": ">>> Anna Nowak 05/03/26 10:15 AM >>>\nHello",
    "Jira": "\u2014-\u2014-\u2014-\u2014\nReply above this line.\n\nHello",
    "K-9": f"Sent from my Android device with K-9 Mail. Please excuse my brevity.\n\n{QUOTE}",
    "Tuta": f"3. Mai 2026, 10:15 von anna@firma.example:\n\n{QUOTE}",
    "Claws": f"On Sun, 3 May 2026 10:15:22 +0200\nAnna Nowak <anna@firma.example> wrote:\n\n{QUOTE}",
    "eM Client": '------ Original Message ------\nFrom "Anna" <anna@firma.example>\nDate 03/05/2026 10:15\n\nHello',
    "Outlook for iOS": f"Outlook für iOS beziehen<https://x.example>\n{'_' * 32}\n{BLOCKS['plain']}\n\nHello",
    "Gmail of 2010": f"2010/5/3 Anna Nowak <anna@firma.example>\n\n{QUOTE}",
    "Freshdesk": "On Mon, 3 May at 10:15 AM , Help <help@firma.example> wrote:\nHello",
}


@pytest.mark.parametrize("below", PROGRAMS.values(), ids=PROGRAMS)
def test_what_a_mail_program_writes_below_is_no_reply(below: str) -> None:
    assert split(f"Here it is.\n\nJan\n\n{below}").reply == "Here it is.\n\nJan"


ONLY_QUOTED = (
    "> only\n> quoted",
    f"On 3 May 2026 at 10:15, Anna <a@firma.example> wrote:\n{QUOTE}",
    f"Sent from my iPhone\n\n{QUOTE}",
    f"{BLOCKS['drawn line first']}\n\nPlease send the invoice.",
)


@pytest.mark.parametrize("text", ["", "\n\n", *ONLY_QUOTED])
def test_when_nothing_would_be_left_of_a_mail_that_answers_none_its_reply_is_the_whole_text(text: str) -> None:
    assert (split(text, Kind.PLAIN).reply, split(text, Kind.PLAIN).quoted) == (text, "")


@pytest.mark.parametrize("text", ONLY_QUOTED)
def test_an_answer_without_a_word_has_an_empty_reply(text: str) -> None:
    assert (split(text).reply, split(text).quoted) == ("", text.strip())


def test_a_mail_passed_on_without_a_word_says_what_was_passed_on() -> None:
    text = f"{BLOCKS['plain']}\n\nDzień dobry, drukarka nie działa.\n\n{INTRODUCED['no address']}\n{QUOTE}"

    assert "drukarka nie działa" in split(text, Kind.PLAIN).reply
    assert "Please send" not in split(text, Kind.PLAIN).reply
    assert split(text, Kind.FORWARD).reply == text


@pytest.mark.parametrize(
    "passed_on",
    [
        f"{BLOCKS['plain']}\n\nPlease send the invoice.",
        f"-----Original Message-----\n{BLOCKS['plain']}\n\nPlease send the invoice.",
        f"Begin forwarded message:\n\n> From: Anna\n> Subject: Invoice\n>\n{QUOTE}",
        f"> Upphaf áframsendra skilaboða:\n>\n> Frá: Anna\n{QUOTE}",
        f"{INTRODUCED['no address']}\n\nPlease send the invoice.",
    ],
)
def test_the_subject_tells_that_a_mail_is_passed_on(passed_on: str) -> None:
    text = f"Please take care of this.\n\n{passed_on}"

    assert split(text, Kind.FORWARD).reply == text
    assert split(text, Kind.ANSWER).reply.startswith("Please take care of this.")


def test_a_quoted_line_that_passes_on_is_one_of_apple_mail_in_html() -> None:
    text = f"For you.\n\n> Begin forwarded message:\n>\n> From: Anna\n{QUOTE}"

    assert split(text, Kind.PLAIN).reply == text
    assert split(text, Kind.ANSWER).reply == "For you."


def test_the_form_of_a_web_page_is_no_copied_header() -> None:
    form = "From: Anna <anna@firma.example>\nSubject: Invoice\nDate: 3 May 2026 10:15"
    text = f"A message from the site:\n\n{form}\n\nHello!"

    assert split(text, Kind.PLAIN).reply == text


def test_a_header_without_known_names_is_told_by_the_subject_in_it() -> None:
    header = "Frá: Anna <anna@firma.example>\nSent þann: 3. maí 2026 10:15\nViðtakandi: Help\nEfni: RE: Invoice 42"
    text = f"Here it is.\n\n{header}\n\nPlease send the invoice."

    assert split(text, Kind.ANSWER, "Invoice 42").reply == "Here it is."
    assert split(text, Kind.ANSWER, "Another").reply == text


def test_an_answer_below_a_copied_header_is_kept_when_none_stands_above() -> None:
    assert split(f"{BLOCKS['plain']}\n\nPlease send the invoice.\n\nHere it is.").reply.endswith("Here it is.")


def test_answers_below_a_signature_are_kept() -> None:
    text = f"See below.\n\n-- \nJan\n\n{INTRODUCED['no address']}\n{QUOTE}Here it is."

    assert split(text).reply == "See below.\n\nHere it is."


def test_words_below_the_line_of_a_telephone_at_the_top_are_the_reply() -> None:
    assert split("Sent from my iPhone\n\nMy account is locked.\nAnna").reply == "My account is locked.\nAnna"
    assert split(f"Sent from my iPhone\n\nMy account is locked.\n\n{BLOCKS['plain']}\n\nHello").reply == (
        "My account is locked."
    )
    assert split(f"Sent from my iPhone\n\n{BLOCKS['plain']}\n\nHello").reply == ""


def test_a_line_that_a_mailbox_file_marked_is_no_quotation() -> None:  # RFC 4155
    text = "It was fine.\n>From Monday on it fails.\nPlease help."
    assert split(text).reply == text
    assert split("Yes.\n\nAnna wrote:\n>From Monday on it fails.").reply == "Yes."
    assert split("Yes.\n> It was fine.\n>From Monday on it fails.").reply == "Yes."


def test_a_line_drawn_above_a_quotation_goes_with_it() -> None:
    assert split(f"Here it is.\n\n{'_' * 32}\n\n{QUOTE}").reply == "Here it is."


def test_a_line_of_the_person_above_the_sentence_stays() -> None:
    text = f"My address is jan@firma.example\n{INTRODUCED['address and date']}\n{QUOTE}"

    assert split(text).reply == "My address is jan@firma.example"


def test_a_header_copied_below_a_line_that_looks_like_a_field_leaves_that_line() -> None:
    text = f"From: what I see, it works.\n\n{BLOCKS['drawn line first']}\n\nPlease send the invoice."

    assert split(text).reply == "From: what I see, it works."


def test_the_footer_of_a_mailing_list_is_no_reply() -> None:
    footer = "_______________________________________________\nusers mailing list\nhttps://lists.firma.example/users"

    assert split(f"It works.\n\n{footer}").reply == "It works."


def test_line_ends_do_not_matter() -> None:
    text = f"Here it is.\n\n{INTRODUCED['address and date']}\n{QUOTE}"

    assert split(text.replace("\n", "\r\n")) == split(text)


HOSTILE = (
    "On 1 ",
    "On 3 May 2026\n",
    "From: a\n",
    "> ",
    "-\n",
    "--\n",
    "--- a ---\n",
    "---\nx: a@b 1.1.2026 10:15\n",
    "a@b 10:15\n",
    "a@b.example 10:15 wrote " * 20 + "\n",
    ">>> a 2026 >>>\n",
    "____\n\nmailing list\n",
    "sent from my x\n",
    "(" * 500,
)


@pytest.mark.parametrize("line", HOSTILE)
def test_long_texts_take_time_in_proportion(line: str) -> None:  # M1
    text = line * (200_000 // len(line))
    began = time.process_time()

    split(text, subject="a@b 1.1.2026")

    assert time.process_time() - began < 1.0


@pytest.mark.parametrize("line", ["PS: and the red one", "P.S. And the red one", "P.D.: y la roja", "PPS - it is red"])
def test_a_postscript_below_the_line_of_a_telephone_is_words(line: str) -> None:
    said = split(f"Please cancel it.\n\nSent from my iPhone\n\n{line}\nAnna\n\n{BLOCKS['plain']}\n")
    assert said.reply == f"Please cancel it.\n\n{line}\nAnna"
    assert "iPhone" in said.quoted


@pytest.mark.parametrize(
    "form",
    [
        "From: Warsaw\nTo: London\nDate: 3 May 2026\nSubject: two seats",
        "Von: Berlin\nAn: Wien\nDatum: 3.5.2026\nBetreff: zwei Plätze",
        "De : Paris\nÀ : Lyon\nDate : 3 mai 2026\nObjet : deux places",
        "De: Madrid\nPara: Sevilla\nFecha: 3/5/2026\nAsunto: dos plazas",
        "To: London\nFrom: Warsaw\nDate: 3 May 2026\nSubject: two seats",
        "Date: 3 May 2026\nFrom: Warsaw\nTo: London\nSubject: two seats",
        "Subject: two seats\nDate: 3 May 2026\nFrom: Warsaw\nTo: London",
        "Datum: 3.5.2026\nVon: Berlin\nNach: Wien\nAn: Jan\nBetreff: zwei Plätze",
    ],
)
def test_the_form_of_a_journey_is_no_copied_header(form: str) -> None:
    assert split(f"My journey:\n\n{form}\n\nThank you\nAnna").reply == f"My journey:\n\n{form}\n\nThank you\nAnna"


def test_a_field_that_no_mail_has_makes_a_form() -> None:
    text = "Please book.\n\nDate: 3 May 2026\nFrom: Warsaw\nSubject: business\nSeats: 2\n\nAnna"

    assert split(text).reply == text
