"""Delivery reports in prose, and people who write about deliveries."""

import time

import pytest

from mailflow.mail.message import ReportRecipient
from mailflow.mail.mime.header import Header
from mailflow.mail.reports.prose_report import looks_of, original_id
from mailflow.mail.reports.prose_report import read as read_prose

DAEMON = "From: Mail Delivery System <mailer-daemon@mx.example>\nTo: help@firma.example\n"
RETURNED = "Received: from mx.firma.example\nMessage-ID: <t42.abc@firma.example>\nTo: jan@weg.example\n\nHello\n"


def header(*fields: str, sender: str = DAEMON, subject: str = "failure notice") -> Header:
    return Header.of("".join([sender, f"Subject: {subject}\n", *(f"{field}\n" for field in fields), "\n"]).encode())


def read(of: Header, text: str, came_back: str) -> list[ReportRecipient] | None:
    return read_prose(of, looks_of(of), text, came_back)


def found(text: str, **how: str) -> list[tuple[str, str, str]] | None:
    said = read(header(**how), text, "")
    return said and [(one.address, one.action, one.status) for one in said]


PROSE = {
    "qmail": "Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver your message.\n\n"
    "<jan@weg.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy.\n\n",
    "exim": "A message that you sent could not be delivered to all of its recipients. The following address(es) failed:"
    "\n\n  jan@weg.example\n    host mx.weg.example [192.0.2.7]: 550 5.1.1 user unknown\n\n"
    "------ This is a copy of the message, including all the headers. ------\n\n",
    "postfix": "I'm sorry to have to inform you that your message could not be delivered.\n"
    "For further assistance, please send mail to <postmaster@mx.example>\n\n"
    "<jan@weg.example>: host mx.weg.example said: 550 5.1.1\n    User unknown\n\n",
    "sendmail": "   ----- The following addresses had permanent fatal errors -----\n<jan@weg.example>\n\n"
    "   ----- Transcript of session follows -----\n550 5.1.1 <jan@weg.example>... User unknown\n\n",
    "exchange": "Your message\n\n  To: Jan\n\ndid not reach the following recipient(s):\n\n"
    "jan@weg.example on Tue, 3 May 2026 10:15:00 +0200\n    5.1.1 The recipient name is not recognized\n\n",
    "gmail": "Delivery to the following recipient failed permanently:\n\n     jan@weg.example\n\n"
    "The error that the other server returned was:\n550 5.1.1 No such user\n\n----- Original message -----\n\n",
    "labelled": "Your message was not delivered.\nUndeliverable Address: jan@weg.example\nReason: 5.1.1 unknown\n\n",
    "in a sentence": "Your message to jan@weg.example could not be delivered: 5.1.1 unknown user.\n\n",
    "Courier": "This is a notification from mx.example.\n\n"
    "The original message was received on Mon, 2 Nov 2026 10:00:00 +0100\nfrom mx.firma.example\n\n"
    "Your message to the following recipients cannot be delivered:\n\n<jan@weg.example>:\n    mx.weg.example:\n"
    "     >>> RCPT TO:<jan@weg.example>\n     <<< 550 5.1.1 unknown\n\n",
    "quoted": "It was not delivered; these addresses did NOT receive a copy:\n\n> jan@weg.example\n\n5.1.1 gone\n\n",
}


@pytest.mark.parametrize("text", PROSE.values(), ids=PROSE)
def test_a_mail_system_names_whom_it_could_not_reach(text: str) -> None:
    assert found(text + RETURNED) == [("jan@weg.example", "failed", "5.1.1")]


def test_who_belongs_to_an_smtp_team_is_a_person() -> None:
    words = "jan@weg.example: your relay answers 550, please help.\n"
    assert found(words, sender="From: SMTP Team <eva@kunde.example>\n", subject="Undeliverable mail") is None
    named = found(words, sender="From: <smtp-gateway@mx.example>\n", subject="Undeliverable mail")
    assert named == [("jan@weg.example", "failed", "5.0.0")]


LANGUAGES = {
    "en": ("It was not delivered.", "User mailbox exceeds allowed size.", "5.2.2"),
    "de": ("Ihre Nachricht konnte nicht zugestellt werden.", "Postfach des Empfängers ist voll.", "5.2.2"),
    "fr": ("Votre message n’a pas pu être remis au destinataire.", "Utilisateur inconnu.", "5.1.1"),
    "fr, ASCII": ("Votre message n'a pas pu etre delivre.", "Boite aux lettres pleine.", "5.2.2"),
    "es": ("No se ha podido entregar su mensaje.", "El dominio no existe.", "5.1.2"),
    "it": ("Il messaggio non è stato recapitato.", "Casella di posta piena.", "5.2.2"),
    "pt": ("Sua mensagem não pôde ser entregue.", "Usuário desconhecido.", "5.1.1"),
    "nl": ("Uw bericht kon niet worden bezorgd.", "Onbekende gebruiker.", "5.1.1"),
    "pl": ("Wiadomości nie udało się dostarczyć.", "Skrzynka odbiorcy jest przepełniona.", "5.2.2"),
    "cs": ("Zprávu se nepodařilo doručit.", "Doména neexistuje.", "5.1.2"),
    "sk": ("Správu nebolo možné doručiť.", "Neznámy používateľ.", "5.1.1"),
    "hu": ("Az üzenetet nem sikerült kézbesíteni.", "Ismeretlen címzett.", "5.1.1"),
    "ro": ("Mesajul nu a putut fi livrat.", "Domeniul nu există.", "5.1.2"),
    "ru": ("Ваше письмо не было доставлено.", "Ящик получателя переполнен.", "5.2.2"),
    "uk": ("Ваш лист не вдалося доставити.", "Користувач невідомий.", "5.1.1"),
    "bg": ("Съобщението не можа да бъде доставено.", "Няма такъв потребител.", "5.1.1"),
    "hr": ("Poruka nije mogla biti isporučena.", "Nepoznat korisnik.", "5.1.1"),
    "sl": ("Sporočila ni bilo mogoče dostaviti.", "Poštni predal je poln.", "5.2.2"),
    "sv": ("Meddelandet kunde inte levereras.", "Brevlådan är full.", "5.2.2"),
    "da": ("Meddelelsen kunne ikke leveres.", "Ukendt modtager.", "5.1.1"),
    "no": ("Meldingen kunne ikke leveres.", "Domenet finnes ikke.", "5.1.2"),
    "fi": ("Viestiä ei voitu toimittaa.", "Postilaatikko on täynnä.", "5.2.2"),
    "el": ("Δεν ήταν δυνατή η παράδοση του μηνύματος.", "Άγνωστος χρήστης.", "5.1.1"),
    "tr": ("İletiniz teslim edilemedi.", "Posta kutusu dolu.", "5.2.2"),
    "he": ("לא ניתן היה למסור את ההודעה.", "תיבת הדואר מלאה.", "5.2.2"),
    "ar": ("تعذر تسليم رسالتك.", "صندوق البريد ممتلئ.", "5.2.2"),
    "ja": ("メールを配信できませんでした。", "メールボックスの容量を超えています。", "5.2.2"),
    "ko": ("메일을 전송하지 못했습니다.", "존재하지 않는 사용자입니다.", "5.1.1"),
    "zh": ("您的邮件无法投递。", "收件人邮箱已满。", "5.2.2"),
    "fa": ("پیام شما به گیرنده زیر تحویل داده نشد.", "صندوق پستی پر است.", "5.2.2"),
    "sr": ("Ваша порука није могла бити испоручена.", "Сандуче је пуно.", "5.2.2"),
    "et": ("Teie kirja ei õnnestunud kohale toimetada.", "Postkast on täis.", "5.2.2"),
    "lv": ("Jūsu vēstuli neizdevās piegādāt.", "Nezināms lietotājs.", "5.1.1"),
    "lt": ("Jūsų laiško nepavyko pristatyti.", "Pašto dėžutė pilna.", "5.2.2"),
    "ms": ("Mesej anda tidak dapat dihantar.", "Peti mel penuh.", "5.2.2"),
    "is": ("Ekki tókst að afhenda skilaboðin.", "Óþekktur notandi.", "5.1.1"),
    "hi": ("आपका संदेश वितरित नहीं किया जा सका।", "मेलबॉक्स भरा है।", "5.2.2"),
    "zh, traditional": ("您的郵件無法傳遞。", "網域不存在。", "5.1.2"),
    "vi": ("Thư của bạn không thể gửi được.", "Hộp thư đã đầy.", "5.2.2"),
    "id": ("Pesan Anda tidak dapat dikirim.", "Pengguna tidak dikenal.", "5.1.1"),
    "th": ("ไม่สามารถส่งข้อความของคุณได้", "กล่องจดหมายเต็ม", "5.2.2"),
    "ca": ("No s'ha pogut lliurar el missatge.", "Usuari desconegut.", "5.1.1"),
}


@pytest.mark.parametrize(("sentence", "why", "status"), LANGUAGES.values(), ids=LANGUAGES)
def test_mail_systems_speak_many_languages(sentence: str, why: str, status: str) -> None:
    text = f"{sentence}\n\n<jan@weg.example>:\n{why}\n\n"

    assert found(text, subject="?") == [("jan@weg.example", "failed", status)]


STILL_TRYING = {
    "en": "A message is delayed for more than 4 hours.",
    "de": "Ihre Nachricht wurde noch nicht zugestellt. Es wird weiterhin versucht.",
    "fr": "Votre message n'a pas encore été remis.",
    "pl": "Wiadomość nie została jeszcze dostarczona. Próby będą ponawiane.",
    "ru": "Письмо пока не доставлено, попытки будут продолжены.",
    "ja": "メールの配信が遅延しています。",
}


@pytest.mark.parametrize("sentence", STILL_TRYING.values(), ids=STILL_TRYING)
def test_a_late_mail_in_other_languages(sentence: str) -> None:
    assert found(f"{sentence}\n\n<jan@weg.example>:\n", subject="?") == [("jan@weg.example", "delayed", "4.0.0")]


def test_a_mail_daemon_in_a_language_that_nobody_knows_returns_the_mail() -> None:
    returned = "From: help@firma.example\nTo: jan@weg.example\nSubject: x\nDate: x\nMessage-ID: <1@firma.example>\n\nx"

    assert found(f"Qo'noS mail!\n\njan@weg.example\n\n{returned}", subject="ghobe'") == [
        ("jan@weg.example", "failed", "5.0.0")
    ]
    assert found(f"Qo'noS mail!\n\nother@weg.example\n\n{returned}", subject="ghobe'") is None


def test_a_mail_daemon_in_a_language_that_nobody_knows_answers_for_an_address() -> None:
    assert found("Qo'noS mail!\n\n<jan@weg.example>: 550 5.1.1\n", subject="ghobe'") == [
        ("jan@weg.example", "failed", "5.1.1")
    ]
    assert found("Held for you:\n\njan@weg.example: offer\n", subject="Quarantine") is None


SHOP = "From: Shop <billing@shop.example>\nReturn-Path: <>\nTo: help@firma.example\n"
NOTICES = ["Your payment has been rejected. Ask pay@shop.example.", "Your parcel could not be delivered. Call us."]


@pytest.mark.parametrize("text", NOTICES)
def test_the_null_address_alone_makes_no_report(text: str) -> None:
    assert found(text, sender=SHOP, subject="Your order") is None
    assert found(f"{text}\n\n<jan@weg.example>:\nno\n", sender=SHOP, subject="Your order")


HEADINGS = {
    "--- The first 50 lines of the original message follow ---": True,
    "Below this line is a copy of the message.": True,
    "Oryginalna wiadomość:": True,
    "The original message was received at Mon, 2 Nov 2026 10:00:00 +0100 from mx.firma.example": False,
    "The original message was received on Mon, 2 Nov 2026 10:00:00 +0100": False,
    "Returned mail for jan@weg.example": False,
}


@pytest.mark.parametrize(("heading", "cuts"), HEADINGS.items())
def test_the_line_above_the_returned_mail(heading: str, cuts: bool) -> None:
    said = found(f"It was not delivered.\n\n{heading}\n\n<jan@weg.example>:\nunknown user\n")

    assert (said == []) is cuts


def test_a_confirmation_of_delivery_is_no_failure() -> None:
    text = "Your message was successfully delivered to:\n\n<jan@weg.example>\n"

    assert found(text, subject="Successful Mail Delivery Report") == [("jan@weg.example", "delivered", "")]


PLACES = [
    "Undeliverable: your message to Jan\n\nEmpfänger: jan@weg.example\n",
    "c=US;a= ;p=X;dda:SMTP=jan@weg.example; on Fri, 4 Oct 2002",
    "宛先：jan@weg.exampleに送信できません",
    "받는사람 : jan@weg.example",
    "RCPT TO:<jan@weg.example> was refused, ask postmaster@mx.example",
    'it was not for "Jan, see somebody@else.example",\n\n\t<smtp:jan@weg.example>\n',
]


@pytest.mark.parametrize("line", PLACES)
def test_an_address_is_known_by_what_stands_around_it(line: str) -> None:
    said = found(f"Your message was not delivered.\n\n{line}\n")

    assert said is not None
    assert [address for address, _, _ in said] == ["jan@weg.example"]


JAN_AND_INFO = [("jan@weg.example", "failed", "5.2.2"), ("info@firma.example", "failed", "5.2.2")]
ALIASES = {
    "sendmail": "   ----- The following addresses had permanent fatal errors -----\n<jan@weg.example>\n"
    "    (reason: 552 5.2.2 mailbox is full)\n    (expanded from: <info@firma.example>)\n\n",
    "postfix": "It could not be delivered.\n\n<jan@weg.example> (expanded from\n"
    "    <info@firma.example>): mailbox is full\n\n",
    "exim": "A message that you sent could not be delivered. The following address(es) failed:\n\n"
    "  jan@weg.example\n    (generated from info@firma.example)\n    552 5.2.2 mailbox is full\n\n",
}


@pytest.mark.parametrize("text", ALIASES.values(), ids=ALIASES)
def test_an_alias_fails_with_the_address_it_became(text: str) -> None:
    assert found(text) == JAN_AND_INFO


def test_a_field_that_names_who_failed_is_complete() -> None:
    said = read(header("X-Failed-Recipients: jan@weg.example"), ALIASES["exim"], "")

    assert said is not None
    assert [one.address for one in said] == ["jan@weg.example"]


def test_an_alias_of_an_address_that_is_not_shown_is_named_alone() -> None:
    text = "It could not be delivered to:\n\n  an undisclosed address\n    (generated from info@firma.example)\n\n"

    assert found(text) == [("info@firma.example", "failed", "5.0.0")]


def test_a_server_may_name_another_address_than_the_sentence_above_it() -> None:
    text = "Unable to deliver your message to info@weg.example:\n\n 552 Quota exceeded for jan@weg.example\n"

    assert found(text) == [("info@weg.example", "failed", "5.2.2"), ("jan@weg.example", "failed", "5.2.2")]


USERS = {
    "a list": "The recipients below could not be delivered: they accept no mail\nfrom robot@shop.example:\n\tjan\n",
    "reasons": "  ----- The following addresses had permanent fatal errors -----\n<jan>\n    (reason: unknown)\n",
    "one line": "--- Message not delivered to the following:\n\n jan    No such user\n\n"
    "If ewa.kot@mx.example fails, write e.kot@mx.example.\n",
    "a remark": "Your message was undeliverable to the following:\n\tjan (user not found)\n\n",
    "Polish": "Wiadomości nie dostarczono do następujących odbiorców:\n\n  jan\n",
}


@pytest.mark.parametrize("text", USERS.values(), ids=USERS)
def test_a_mail_system_names_its_own_users_without_their_domain(text: str) -> None:
    said = found(text)

    assert said is not None
    assert [address for address, _, _ in said] == ["jan@mx.example"]


@pytest.mark.parametrize(
    "text",
    [
        "Your mail was not delivered:\n\nsorry\n",
        "These recipients could not be delivered: all\n\nSincerely\n",
        "These recipients could not be delivered:\n\nnobody is here\n\nSincerely\n",
    ],
)
def test_a_word_alone_is_no_user(text: str) -> None:
    assert found(text) == []


def test_users_are_those_of_a_mail_system() -> None:
    gateway = "From: System Administrator <it@mx.example>\nTo: help@firma.example\n"

    assert found(USERS["a list"].replace("from robot@shop.example", "now"), sender=gateway) == []


ANNA = "From: Anna <anna@kunde.example>\nTo: help@firma.example\n"
GATEWAY = "From: Gateway <gate@mx.example>\nTo: help@firma.example\n"
REFUSED = "RCPT TO:<jan@weg.example>", "550 5.1.1 no such user here."
TERSE = {
    "arrows": ">>> MAIL FROM:<help@firma.example>\n<<< 250 ok\n>>> {}\n<<< {}\n",
    "arrows turned": "***** Message of a mail gateway *****\n\nSent <<< {}\nReceived >>> {}\n\n"
    "Unable to deliver to <jan@weg.example> (nor to others there).\n\n****** End ******\n",
    "sides": "C: {} SIZE=4711\nS: 550-5.1.1 read on:\nS: {}\n",
    "no sides": "-----\n{}\n{}\n",
    "several commands at once": "C: RCPT TO:<ewa@weg.example>\nC: {}\nC: DATA\nS: 250 ok\nS: {}\nS: 354 go on\n",
    "the content": "C: {}\nS: 250 ok\nC: DATA\nS: 554 5.1.1 no mailing here\n",
}


@pytest.mark.parametrize("text", TERSE.values(), ids=TERSE)
def test_a_dialogue_of_servers_is_a_report_whoever_signs(text: str) -> None:
    said = found(text.format(*REFUSED), sender=GATEWAY, subject="Mail could not be delivered")

    assert said == [("jan@weg.example", "failed", "5.1.1")]


NOTICES_OF_ANYBODY = [
    "*****\nVotre message n'a pas pu etre delivre a\njan@weg.example\n\n*****\n"
    "Your message could not be delivered to\njan@weg.example\n\n*****\n",
    "The following recipients could not be reached:\n\njan@weg.example\n",
    "Nachricht nicht zustellbar an:\n\n  <jan@weg.example>\n",
]


@pytest.mark.parametrize("text", NOTICES_OF_ANYBODY)
@pytest.mark.parametrize(
    "subject", ["RE: Drucker : non remis (delivery failed)", "Fwd: Drucker [undeliverable]", "Undeliverable: Drucker"]
)
def test_a_notice_that_says_nothing_else_is_a_report_whoever_signs(subject: str, text: str) -> None:
    assert found(text, sender=GATEWAY, subject=subject) == [("jan@weg.example", "failed", "5.0.0")]


TOLD_BY_PEOPLE = [
    "Hello,\n\n>>> {}\n<<< {}\n\nWhat is wrong?\nAnna\n",
    ">>> {}\n<<< {}\n\n-- \nAnna Nowak\n",
    "I tried to write to you: {} and you said {}\n",
    "See our log.\n\n>>> {}\n<<< {}\n",
    "My letter could not be delivered to\n\njan@weg.example\n\nWho can help?\n",
    "It could not be delivered to jan@weg.example, says the driver.\n",
    "Could not be delivered to\nanna@kunde.example\n",
    "My message could not be delivered to jan@weg.example.\n",
    "jan@weg.example\n",
    "550 jan@weg.example\n",
    ">>> {}\n<<< 250 ok\n",
    "",
]


@pytest.mark.parametrize("text", TOLD_BY_PEOPLE)
@pytest.mark.parametrize("subject", ["Delivery failed", "Re: Drucker (delivery failed)"])
def test_who_tells_of_a_report_is_a_person(subject: str, text: str) -> None:
    assert found(text.format(*REFUSED), sender=ANNA, subject=subject) is None


def test_a_sentence_and_an_address_under_a_title_of_people_are_theirs() -> None:
    assert (
        found("My message could not be delivered to\njan@weg.example\n", sender=ANNA, subject="Not delivered") is None
    )


@pytest.mark.parametrize("field", ["In-Reply-To: <1@firma.example>", "User-Agent: Mozilla Thunderbird"])
def test_a_dialogue_in_an_answer_or_from_a_program_of_people_is_no_report(field: str) -> None:
    of = header(field, sender=ANNA, subject="Delivery failed")

    assert read(of, TERSE["no sides"].format(*REFUSED), "") is None


OTHERS = [
    "The address to which it was addressed, jan@weg.example, is not ours; firstname@weg.example is the usual form.\n"
    "This may help in contacting him:\n\n  Jan Nowak   +48 12 345 67 89   j.nowak@weg.example\n",
    "RCPT TO jan@weg.example was refused. For further assistance, please send mail to help@mx.example.\n",
    "jan@weg.example does not accept mail from robot@shop.example.\n",
    "jan@weg.example nimmt keine Nachrichten von robot@shop.example an.\n",
]


@pytest.mark.parametrize("line", OTHERS)
def test_who_sent_it_and_who_helps_are_no_recipients(line: str) -> None:
    said = found(f"Your message was not delivered.\n\n{line}")

    assert said is not None
    assert [address for address, _, _ in said] == ["jan@weg.example"]


SEVERAL = {
    "qmail": "I wasn't able to deliver your message.\n\n<jan@weg.example>:\n550 5.1.1 unknown\n\n"
    "<ewa@weg.example>:\n452 4.2.2 mailbox full\n\n",
    "Zoho": "This message was created automatically by mail delivery software.\n A message that you sent could not be "
    "delivered to one or more of its recipients. This is a permanent error. \n\n"
    "jan@weg.example Invalid Recipients, ERROR CODE :550 - 5.1.1 <jan@weg.example>... unknown \n"
    "ewa@weg.example Mailbox full, ERROR CODE :452 - 4.2.2 <ewa@weg.example>... over quota \n\n"
    "Received:from firma.example by mx.zoho.example\n\twith SMTPS id 17; Mon, 4 May 2026 02:31:10 -0800\n"
    "Message-ID:<17@firma.example>\nSubject:printer\nFrom:help@firma.example\nTo:jan@weg.example, eva@weg.example\n",
    "Exchange": "Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Verteilerlisten:\n\n"
    "jan@weg.example<mailto:jan@weg.example>\nDie eingegebene E-Mail-Adresse konnte nicht gefunden werden.\n\n"
    "ewa@weg.example<mailto:ewa@weg.example>\nMicrosoft Exchange versucht nicht noch einmal, sie zuzustellen.\n\n"
    "Diagnoseinformationen für Administratoren:\n\nGenerierender Server: mx.weg.example\n\n"
    "jan@weg.example\n#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##\n\n"
    "ewa@weg.example\n#452 4.2.2 STOREDRV.Deliver; mailbox full ##\n\n"
    "Ursprüngliche Nachrichtenkopfzeilen:\n\n",
}


@pytest.mark.parametrize("text", SEVERAL.values(), ids=SEVERAL)
def test_several_recipients_each_with_its_own_status(text: str) -> None:
    assert found(text) == [("jan@weg.example", "failed", "5.1.1"), ("ewa@weg.example", "failed", "4.2.2")]


LATE = [
    ("Delivery Status Notification (Delay)", "Delivery to the following has been delayed:\n\n jan@weg.example\n"),
    ("Warning: could not send message for past 4 hours", "Not delivered yet.\n<jan@weg.example>\n"),
    (
        "Warning: message 1abc delayed 24 hours",
        "It has not yet been delivered to one or more recipients:\n\n  jan@weg.example\n",
    ),
    ("Delivery failure notification", "Not delivered to:\n\njan@weg.example\n\nDelivery attempts will continue.\n"),
]  # fmt: skip


@pytest.mark.parametrize(("subject", "text"), LATE)
def test_a_mail_that_is_still_being_tried_is_late_not_lost(subject: str, text: str) -> None:
    assert found(text, subject=subject) == [("jan@weg.example", "delayed", "4.0.0")]


def test_a_final_failure_without_a_code_is_a_permanent_one() -> None:
    assert found("Your mail was not delivered.\n\n<jan@weg.example>:\nit is gone\n") == [
        ("jan@weg.example", "failed", "5.0.0")
    ]


def test_a_field_names_the_recipients_best() -> None:
    said = read(header("X-Failed-Recipients: jan@weg.example,\n ewa@weg.example"), "It failed for <x@mx.example>:", "")

    assert said is not None
    assert [one.address for one in said] == ["jan@weg.example", "ewa@weg.example"]


def test_when_the_prose_names_nobody_the_returned_mail_does() -> None:
    said = read(header(), "Your message was not delivered.", "To: Jan <jan@weg.example>\nSubject: x")

    assert said is not None
    assert [one.address for one in said] == ["jan@weg.example"]


def test_the_returned_message_is_not_searched_for_recipients() -> None:
    text = "Your message was not delivered.\n\n<jan@weg.example>:\nunknown\n\n--- Below is a copy of the message.\n"

    assert found(f"{text}<someone@else.example>:\n") == [("jan@weg.example", "failed", "5.0.0")]


PEOPLE = [
    ("Delivery problem", "My parcel was not delivered. Please write to anna@kunde.example."),
    ("Parcel undelivered", "It could not be delivered, says the driver.\n\nanna@kunde.example\n"),
    ("Paczka niedostarczona", "Paczka nie została dostarczona, proszę o pomoc."),
    ("Login: user unknown", "The page says no such user.\n\n-----Original Message-----\nFrom: help\n"),
    (
        "Delivery failed",
        "The parcel was not delivered.\n\n-----Original Message-----\nFrom: Shop\nSubject: Your parcel",
    ),
    ("Re: failure notice", f"Why do I get this? It was not delivered.\n\n{RETURNED}"),
    ("Fwd: Undelivered Mail Returned to Sender", f"See below, not delivered.\n\n{RETURNED}"),
]


@pytest.mark.parametrize(("subject", "text"), PEOPLE)
def test_a_customer_who_writes_about_a_delivery_is_no_mail_system(subject: str, text: str) -> None:
    if subject.startswith("Login"):
        assert read(header("In-Reply-To: <1@firma.example>", sender=ANNA, subject=subject), text, "") is None
    else:
        assert found(text, sender=ANNA, subject=subject) is None


def test_a_postmaster_may_be_a_person_in_a_conversation() -> None:
    answer = header(
        "In-Reply-To: <1@firma.example>", sender="From: postmaster@kunde.example\n", subject="Delivery problem"
    )

    assert read(answer, "We found it: the mail was not delivered because of our filter.", "") is None


def test_who_is_no_mail_system_but_returns_a_mail_is_believed() -> None:
    text = (
        f"--- Non-Delivery Report ---\nIt could not be delivered to:\n\n<jan@weg.example>\n\nOld message:\n{RETURNED}"
    )

    assert found(text, sender=ANNA, subject="Non-Delivery: Drucker") == [("jan@weg.example", "failed", "5.0.0")]


def test_the_id_of_what_came_back_or_of_what_it_answers() -> None:
    assert original_id(header(), f"Not delivered.\n\n{RETURNED}") == "t42.abc@firma.example"
    assert original_id(header("In-Reply-To: <t7@firma.example>"), "Not delivered.") == "t7@firma.example"
    assert original_id(header(), "Not delivered.") == ""


@pytest.mark.parametrize(
    "piece",
    [
        "a@",
        "<a@b.example>: ",
        "x " * 200 + "\n",
        "a.b.c.",
        "to: ",
        "550 ",
        "\n\n",
        "-" * 99,
        "aa=",
        "<b@c.example>:\n",
        ">>> RCPT TO:<jan@weg.example>\n<<< 550 no\n",
        "\nRCPT TO:<a> a=b",
        "these recipients could not be delivered:\n",
        "to: x@",
        "<a.a.a.a@",
    ],
)
def test_long_reports_take_time_in_proportion(piece: str) -> None:  # M1
    text = "Your message was not delivered.\n" + piece * (300_000 // len(piece))
    began = time.process_time()

    read(header(), text, text)

    assert time.process_time() - began < 2.0
