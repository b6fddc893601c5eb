"""Machines and people, by what their mail says (L1)."""

import pytest

from mailflow.mail.machines.automatic import automatic_of
from mailflow.mail.machines.role import never_reads
from mailflow.mail.message import Automatic, AutomaticKind, Report, ReportRecipient
from mailflow.mail.mime.header import Header

ANNA = "anna@kunde.example"


def judged(
    *fields: str, subject: str = "Drucker", author: str | None = ANNA, report: Report | None = None, text: str = ""
) -> Automatic:
    header = Header.of("\r\n".join([*fields, f"Subject: {subject}", "", ""]).encode())
    return automatic_of(header, subject, author, report, text)


def report(*actions: str) -> Report:
    return Report(
        recipients=tuple(
            ReportRecipient(address=f"{n}@weg.example", action=action, status="", diagnostic="")
            for n, action in enumerate(actions)
        ),
        original_message_id="",
    )


FIELDS = [
    (("Auto-Submitted: auto-replied",), AutomaticKind.AUTO_REPLY),
    (("Auto-Submitted: auto-replied (vacation)",), AutomaticKind.AUTO_REPLY),
    (("auto-submitted: Auto-Generated; owner=cron",), AutomaticKind.AUTO_GENERATED),
    (("Auto-Submitted: auto-notified",), AutomaticKind.AUTO_GENERATED),
    (("Auto-Submitted: (by rule) auto-replied",), AutomaticKind.AUTO_REPLY),
    (("Auto-Submitted: no", "Auto-Submitted: auto-replied"), AutomaticKind.AUTO_REPLY),
    (("Precedence: first-class", "Precedence: bulk (many)"), AutomaticKind.LIST),
    (("X-Autoreply: yes",), AutomaticKind.AUTO_REPLY),
    (("X-Autorespond: Drucker",), AutomaticKind.AUTO_REPLY),
    (("Precedence: auto_reply",), AutomaticKind.AUTO_REPLY),
    (("Precedence: bulk", "X-Autoreply: yes"), AutomaticKind.AUTO_REPLY),
    (("Precedence: bulk",), AutomaticKind.LIST),
    (("Precedence: junk",), AutomaticKind.LIST),
    (("List-Id: <users.firma.example>",), AutomaticKind.LIST),
    (("List-Unsubscribe: <mailto:off@firma.example>",), AutomaticKind.LIST),
    (("X-Auto-Response-Suppress: All",), AutomaticKind.AUTO_GENERATED),
    (("X-Auto-Response-Suppress: DR, all",), AutomaticKind.AUTO_GENERATED),
    (("X-Loop: help@firma.example",), AutomaticKind.AUTO_GENERATED),
    (("X-Loop: anna@kunde.example", "Precedence: junk"), AutomaticKind.AUTO_REPLY),
    (("X-Loop: anna@kunde.example", "Precedence: junk (away)"), AutomaticKind.AUTO_REPLY),
    (("Return-Path: <>", "In-Reply-To: <1@firma.example>"), AutomaticKind.AUTO_REPLY),
    (("Return-Path: <>", "List-Id: <users.firma.example>", "References: <1@firma.example>"), AutomaticKind.LIST),
    (("Content-Type: text/calendar; method=REPLY; charset=utf-8",), AutomaticKind.AUTO_GENERATED),
    (("X-MS-Exchange-Generated-Message-Source: Antispam Quarantine Agent",), AutomaticKind.AUTO_GENERATED),
    (("X-Facebook-Notify: page_message",), AutomaticKind.AUTO_GENERATED),
    (("Feedback-ID: 17:spring:shop:mailer",), AutomaticKind.LIST),
    (
        (
            "Auto-Submitted: auto-generated",
            "X-Auto-Response-Suppress: All",
            "X-MS-Exchange-Inbox-Rules-Loop: a@b.example",
        ),
        AutomaticKind.AUTO_REPLY,
    ),
    (("Return-Path: <>",), AutomaticKind.AUTO_GENERATED),
    (("Content-Type: multipart/report; report-type=disposition-notification",), AutomaticKind.DISPOSITION),
    (('Content-Type: multipart/report; report-type="feedback-report"',), AutomaticKind.FEEDBACK),
    (("Content-Type: multipart/report; report-type=tlsrpt",), AutomaticKind.AUTO_GENERATED),
]


@pytest.mark.parametrize(("fields", "kind"), FIELDS)
def test_a_header_field_tells_a_machine(fields: tuple[str, ...], kind: AutomaticKind) -> None:
    automatic = judged(*fields)

    assert automatic.kind is kind
    assert automatic.why


PEOPLE = [
    (),
    ("Auto-Submitted: no",),
    ("Auto-Submitted: auto-forwarded",),
    ("X-Autoreply: no",),
    ("X-Auto-Response-Suppress: DR, NDR, RN",),
    ("Precedence: first-class",),
    ("Return-Path: <anna@kunde.example>",),
    ("Importance: high",),
    ("Content-Type: multipart/mixed; boundary=report-type",),
    ("Content-Type: text/calendar; method=REQUEST",),
    ("X-Loop: anna@kunde.example",),
    ("X-Loop: help@firma.example", "User-Agent: Mozilla Thunderbird"),
    ("X-Auto-Response-Suppress: All", "Thread-Index: AdP1", "Accept-Language: en-GB"),
    ("X-Loop: help@firma.example", "Resent-From: lager@kunde.example"),
    ("X-Auto-Response-Suppress: All", "X-Mailer: Microsoft Outlook 16.0"),
    ("X-Auto-Response-Suppress: All", "In-Reply-To: <1@firma.example>"),
    ("X-Auto-Response-Suppress: All", "References: <1@firma.example>"),
    ("X-Auto-Response-Suppress: All", "Resent-To: help@firma.example"),
    ("X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply",),  # what a calendar writes
    ("X-MS-Exchange-Inbox-Rules-Loop: anna@kunde.example",),  # a rule passed it on
    ("X-Zendesk-From-Account-Id: 17", "X-Mailer: Zendesk Mailer"),
    ("X-JIRA-FingerPrint: c1b5f7",),
    ("X-OTRS-Version: 6.0",),
    ("Feedback-ID: 1.eu-west-1.abc=:AmazonSES",),
    ("X-Autogenerated: Forward",),
    ("Auto-Submitted: no (by hand)",),
    ("Auto-Submitted: (by hand) no; x=1",),
]


@pytest.mark.parametrize("fields", PEOPLE)
def test_a_person_is_left_alone(fields: tuple[str, ...]) -> None:
    assert judged(*fields) == Automatic(kind=AutomaticKind.NONE, why="")


AWAY = [
    "Automatic reply: Drucker",
    "Out of Office: Drucker",
    "AutoReply: Drucker",
    "Réponse automatique : Drucker",
    "Respuesta automática: Drucker",
    "Automatyczna odpowiedź: Drucker",
    "[Automatyczna odpowiedź] Drucker",
    "Automatische Antwort: Drucker",
    "Abwesenheitsnotiz: Drucker",
    "Risposta automatica: Drucker",
    "Resposta automática: Drucker",
    "Automatisch antwoord: Drucker",
    "Autosvar: Drucker",
    "Автоматический ответ: Drucker",
    "【自動返信】Drucker",
    "[users] Anna Nowak is out of the office.",
    "Out of Office AutoReply: Drucker",
    "Automatische Antwort von info@kunde.example",
    "Réponse automatique d'absence du bureau : Drucker",
    "Out of the office until 4 May",
    "Automatikus válasz: Drucker",
    "Răspuns automat: Drucker",
    "Αυτόματη απάντηση: Drucker",
    "Automatski odgovor: Drucker",
    "Automatická odpoveď: Drucker",
    "Автоматична відповідь: Drucker",
    "Otomatik Yanıt: Drucker",
    "Automaattinen vastaus: Drucker",
    "תשובה אוטומטית: Drucker",
    "رد تلقائي: Drucker",
    "自动回复: Drucker",
    "부재중입니다",
    "Anna Nowak är inte på kontoret.",
    "پاسخ خودکار: Drucker",
    "ตอบกลับอัตโนมัติ: Drucker",
    "स्वचालित उत्तर: Drucker",
    "Sjálfvirkt svar: Drucker",
    "Balasan automatik: Drucker",
    "Balasan otomatis: Drucker",
    "Phản hồi tự động: Drucker",
    "Аўтаматычны адказ: Drucker",
    "স্বয়ংক্রিয় উত্তর: Drucker",
    "خودکار جواب: Drucker",
    "Ինքնաշխատ պատասխան: Drucker",
    "ავტომატური პასუხი: Drucker",
    "Jibu la kiotomatiki: Drucker",
]


@pytest.mark.parametrize("subject", AWAY)
def test_the_subject_of_an_absence_note_needs_no_header(subject: str) -> None:
    assert judged(subject=subject).kind is AutomaticKind.AUTO_REPLY


def test_an_absence_note_that_went_through_a_list_is_no_list_mail() -> None:
    assert judged("List-Id: <users.firma.example>", subject="Out of office").kind is AutomaticKind.AUTO_REPLY


QUESTIONS_OF_PEOPLE = [
    "Re: Automatic reply: Drucker",
    "How do I set up an automatic reply?",
    "Your vacation module is broken",
    "Re: Anna is out of the office",
    "Automatik am Drucker",
    "Out of office reminder: Easter",
    "Auto-reply feature: a draft",
    "Fraværsmelding virker ikke",
    "Abwesenheit am Donnerstag",
    "Absence: Thursday",
    "RE: Răspuns automat: Drucker",
    "Sv: Autosvar: Drucker",
    "Re: Drucker (Out of office)",
    "پاسخ خودکار کار نمی‌کند",
    "ตอบกลับอัตโนมัติใช้ไม่ได้",
    "स्वचालित उत्तर काम नहीं कर रहा",
    "自動返信が送信されません",
    "Автоматический ответ не работает",
    "Ավտոմատ պատասխանը չի աշխատում",
    "خارج از دفتر روز جمعه",
    "ไม่อยู่ที่สำนักงานวันศุกร์",
]


@pytest.mark.parametrize("subject", QUESTIONS_OF_PEOPLE)
def test_a_question_about_absence_notes_is_none(subject: str) -> None:
    assert judged(subject=subject).kind is AutomaticKind.NONE


SAID = ["I am out of the office until Monday.", "Przebywam na urlopie do 3 maja.", "Je suis absent jusqu'au 3 mai."]


@pytest.mark.parametrize("text", SAID)
def test_words_of_an_absence_note_count_only_in_an_answer(text: str) -> None:
    assert judged("In-Reply-To: <1@firma.example>", subject="Re: Drucker", text=text).kind is AutomaticKind.AUTO_REPLY
    assert judged(subject="Drucker", text=text).kind is AutomaticKind.NONE


def test_a_question_in_the_text_is_a_person_s() -> None:
    assert judged(subject="Out of office", text="How do I switch it off?").kind is AutomaticKind.NONE


NOTES = {
    "en": "I am on annual leave until 4 May. In urgent cases please contact Jan.",
    "fr": "Je suis en congés jusqu'au 4 mai. En cas d'urgence, merci de contacter Jean.",
    "es": "Estoy de vacaciones hasta el 4 de mayo.",
    "pl": "Jestem na urlopie do 4 maja. W pilnych sprawach proszę o kontakt z biurem.",
    "de": "Ich bin bis zum 4. Mai im Urlaub. In dringenden Fällen wenden Sie sich an Jan.",
    "it": "Sono in ferie fino al 4 maggio.",
    "pt": "Estou de férias até 4 de maio.",
    "nl": "Ik ben met vakantie tot en met 4 mei.",
    "sv": "Jag har semester till och med den 4 maj.",
    "da": "Jeg holder ferie til og med den 4. maj.",
    "no": "Jeg har ferie til og med 4. mai.",
    "fi": "Olen lomalla 4.5. asti. Kiireellisissä asioissa ota yhteyttä Janiin.",
    "cs": "Jsem na dovolené do 4. května.",
    "sk": "Som na dovolenke do 4. mája.",
    "ru": "Я в отпуске до 4 мая. По срочным вопросам обращайтесь к Яну.",
    "uk": "Я у відпустці до 4 травня.",
    "tr": "4 Mayıs tarihine kadar yıllık izindeyim. Acil durumlarda Jan ile iletişime geçebilirsiniz.",
    "ja": "5月4日まで休暇をいただいております。",
    "zh": "我正在休假，5月4日回到办公室。",
    "ko": "현재 휴가 중입니다. 5월 4일까지 부재입니다.",
    "he": "אני בחופשה עד 4 במאי.",
    "ar": "أنا في إجازة حتى 4 مايو.",
    "hu": "Május 4-ig szabadságon vagyok. Sürgős esetben keresse Jánost.",
    "ro": "Sunt în concediu până pe 4 mai.",
    "el": "Θα απουσιάζω έως τις 4 Μαΐου.",
    "hr": "Na godišnjem sam odmoru do 4. svibnja.",
    "fa": "با سلام، تا ۱۴ اردیبهشت در مرخصی هستم. در موارد ضروری با همکارم تماس بگیرید.",
    "th": "ขณะนี้ผมไม่อยู่ที่สำนักงานจนถึงวันที่ 4 พฤษภาคม",
    "hi": "मैं 4 मई तक छुट्टी पर हूँ।",
    "is": "Ég er í sumarfríi til og með 4. maí.",
    "ms": "Saya sedang bercuti sehingga 4 Mei.",
    "id": "Saya sedang cuti sampai dengan 4 Mei. Untuk keperluan mendesak silakan hubungi Jan.",
    "vi": "Tôi đang nghỉ phép đến hết ngày 4/5.",
    "be": "Я ў адпачынку да 4 мая. Па тэрміновых пытаннях пішыце Яну.",
    "bn": "আমি ৪ মে পর্যন্ত ছুটিতে আছি।",
    "ur": "میں 4 مئی تک چھٹی پر ہوں۔",
    "hy": "Արձակուրդում եմ մինչև մայիսի 4-ը։",
    "ka": "შვებულებაში ვარ 4 მაისის ჩათვლით.",
    "sw": "Niko likizo hadi tarehe 4 Mei.",
}


def test_an_announcement_from_a_program_in_which_people_write_is_a_person_s() -> None:
    text = "Hi all, I am out of office on both days, please call Jan."

    assert judged(BY_HAND, subject="Out of Office - 24th and 25th May", text=text).kind is AutomaticKind.NONE
    assert judged(subject="Out of Office - 24th and 25th May", text=text).kind is AutomaticKind.AUTO_REPLY
    assert judged(BY_HAND, subject="Out of Office", text=f"This is an automatic reply. {text}").kind is (
        AutomaticKind.AUTO_REPLY
    )


@pytest.mark.parametrize("text", NOTES.values(), ids=NOTES)
def test_an_absence_note_is_known_by_its_words_alone(text: str) -> None:
    assert judged("In-Reply-To: <1@firma.example>", subject="Re: Drucker", text=text).kind is AutomaticKind.AUTO_REPLY


ACKNOWLEDGEMENTS = [
    "Hi Anna, we have received your request. A ticket has been created.",
    "This is an automated message. We will be in touch.",
    "Thank you. This e-mail was sent automatically, nobody reads the answers.",
    "Vielen Dank. Diese Nachricht wurde automatisch erstellt.",
    "Un ticket a été créé sous la référence 1187.",
    "Se ha creado un ticket con su consulta.",
    "Zgłoszenie zostało zarejestrowane pod numerem 17.",
    "Uw melding is geregistreerd onder nummer 17.",
    "Questo messaggio è stato generato automaticamente.",
    "Esta mensagem foi enviada automaticamente.",
    "Tento e-mail byl odeslán automaticky.",
    "このメールは自動返信です。",
    "本邮件由系统自动发送。",
    "자동 발송된 메일입니다.",
    "Данное письмо сформировано автоматически.",
]


@pytest.mark.parametrize("text", ACKNOWLEDGEMENTS)
def test_a_machine_says_so_in_an_answer(text: str) -> None:
    assert judged("In-Reply-To: <1@firma.example>", subject="Re: Drucker", text=text).kind is AutomaticKind.AUTO_REPLY


WORDS_OF_PEOPLE = [
    "Ich bin bis 15 Uhr im Büro, danach erreichbar unter 0171 5550.",
    "Ik ben tot 5 uur op kantoor, bel gerust.",
    "I am travelling to Berlin until Thursday and will sign it there.",
    "Ihre Anfrage ist bei uns eingegangen und wird von Herrn Kern geprüft.",
    "Your ticket number is 4711, please have it at hand when I call.",
    "I am on leave until Monday, but Jan can do it.",
    "I'm out of the office until Thursday. Could we talk then?",
    "Hi Jan, I am on vacation until 4 May and the printer is yours.",
    "Anna is out until the 11th, so I looked at it. It is fine.",
    "We have received your application, thank you. Page 3 is missing.",
    "Your answer says: \u201cThis is an automated message.\u201d Is anybody there?",
    "Please do not send me another automatic response.",
    "This message was automatically scanned for viruses.",
    "Diese Nachricht wurde automatisch auf Viren geprüft.",
    "Dit bericht is automatisch gescand op virussen.",
    "The invoice is generated automatically on the third.",
    "Olen lomalla ensi viikolla, mutta hoidan tämän vielä tänään.",
    "来週は夏季休暇をいただきますので、今週中にお返事ください。",
    "أنا في إجازة يوم الخميس، هل يناسبكم الأحد؟",
    "Je serai absente jeudi, gardez-moi une chaise.",
    "رقم التذكرة 1234، وما زالت الطابعة لا تعمل.",
    "מספר הפנייה 1234, המדפסת עדיין לא עובדת.",
    "A hibajegy száma 1234, a nyomtató még mindig rossz.",
    "Nomor tiket 1234, printer masih rusak.",
    "Mã yêu cầu 1234, máy in vẫn hỏng.",
    "Wir haben Betriebsferien vom 24.12. bis 6.1.",
]


@pytest.mark.parametrize("text", WORDS_OF_PEOPLE)
def test_people_speak_of_absence_and_of_machines_too(text: str) -> None:
    assert judged("In-Reply-To: <1@firma.example>", subject="Re: Drucker", text=text).kind is AutomaticKind.NONE


PROMOTED = [
    ("[Request received] Drucker", ""),
    ("AUTO: Anna Nowak ist außer Haus (Rückkehr am 04.05.2026)", ""),
    ("Automatic reply: Drucker", ""),
    ("Re: Drucker", "A ticket has been created."),
]


ACKNOWLEDGED = "This is an automated acknowledgement - please do not reply.\n\nBluebell Cottages\nTel. 020 7946 0331"


def test_an_acknowledgement_of_its_own_is_known_by_its_title_and_its_words_together() -> None:
    assert judged(subject="We have received your email", text=ACKNOWLEDGED).kind is AutomaticKind.AUTO_REPLY
    assert judged(subject="Cottages", text=ACKNOWLEDGED).kind is AutomaticKind.NONE
    assert judged(subject="We have received your email", text="It was empty, Anna.").kind is AutomaticKind.NONE
    assert judged(BY_HAND, subject="We have received your email", text=ACKNOWLEDGED).kind is AutomaticKind.NONE


OFFICES = {
    "en": ("We have received your message", "Thank you for your message. We will answer it within our office hours."),
    "de": (
        "Eingangsbestätigung: Drucker",
        "Wir haben Ihre Nachricht erhalten und antworten innerhalb unserer Bürozeiten.",
    ),
    "fr": (
        "Accusé de réception : imprimante",
        "Nous accusons réception de votre message. Nous vous répondrons pendant nos heures d'ouverture.",
    ),
    "nl": (
        "Ontvangstbevestiging printer",
        "Wij hebben uw bericht ontvangen en beantwoorden het tijdens onze kantooruren.",
    ),
    "es": ("Acuse de recibo", "Hemos recibido su mensaje. Le responderemos en nuestro horario de atención."),
    "it": ("Conferma di ricezione", "Abbiamo ricevuto la sua richiesta e risponderemo negli orari di ufficio."),
    "pl": ("Potwierdzenie otrzymania", "Otrzymaliśmy Twoją wiadomość i odpowiemy w godzinach pracy."),
    "pt": ("Pedido recebido", "Recebemos a sua mensagem e responderemos em horário comercial."),
    "da": ("Kvittering for din mail", "Vi har modtaget din mail. Vi svarer inden for vores åbningstid."),
    "sv": ("Mottagningsbekräftelse", "Vi har tagit emot ditt mejl och återkommer under kontorstid."),
    "cs": ("Potvrzení přijetí", "Přijali jsme Vaši zprávu a odpovíme v pracovní době."),
}


@pytest.mark.parametrize("fields", [(), ("In-Reply-To: <1@firma.example>",)])
@pytest.mark.parametrize("language", OFFICES)
def test_an_office_that_answers_in_its_hours_acknowledges(language: str, fields: tuple[str, ...]) -> None:
    subject, text = OFFICES[language]

    assert judged(*fields, subject=subject, text=text).kind is AutomaticKind.AUTO_REPLY
    assert judged(*fields, subject=subject, text=f"{text} When do you open?").kind is AutomaticKind.NONE
    assert judged(*fields, BY_HAND, subject=subject, text=text).kind is AutomaticKind.NONE


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Eingangsbestätigung zu Ihrer Anfrage", "Bitte antworten Sie nicht auf diese automatisch erzeugte Nachricht."),
        ("Ontvangstbevestiging", "Wij verzoeken u niet te antwoorden op deze automatisch verzonden mail."),
    ],
)
def test_an_acknowledgement_says_of_itself_that_it_was_generated(subject: str, text: str) -> None:
    assert judged(subject=subject, text=text).kind is AutomaticKind.AUTO_REPLY


@pytest.mark.parametrize(("subject", "text"), PROMOTED)
def test_an_answer_that_calls_itself_generated_is_an_answer(subject: str, text: str) -> None:
    fields = ("Auto-Submitted: auto-generated", "In-Reply-To: <1@firma.example>")

    assert judged(*fields, subject=subject, text=text).kind is AutomaticKind.AUTO_REPLY


PROGRAMS = [
    ("root@web.example", "Cron <root@web> backup.sh"),
    ("anna@kunde.example", "** PROBLEM Service Alert: db1/Replication is CRITICAL **"),
    ("nagios@web.example", "db1 is down"),
]


def test_a_person_s_problem_between_stars_is_no_program_s() -> None:
    assert judged(subject="** PROBLEM with the invoice **").kind is AutomaticKind.NONE


@pytest.mark.parametrize(("author", "subject"), PROGRAMS)
def test_a_program_that_watches_machines_needs_no_field(author: str, subject: str) -> None:
    assert judged(author=author, subject=subject).kind is AutomaticKind.AUTO_GENERATED
    assert judged("In-Reply-To: <1@firma.example>", author=author, subject=f"Re: {subject}").kind is AutomaticKind.NONE


def test_a_receipt_of_notes_is_a_disposition() -> None:
    assert judged("Return-Path: <>", subject="Return Receipt (read): Drucker").kind is AutomaticKind.DISPOSITION
    assert judged(subject="Read: Drucker").kind is AutomaticKind.NONE


REPORTS = [
    (("failed",), AutomaticKind.BOUNCE),
    (("delayed",), AutomaticKind.DELAY),
    (("delayed", "failed"), AutomaticKind.BOUNCE),
    (("delivered",), AutomaticKind.AUTO_GENERATED),
    (("relayed", "expanded"), AutomaticKind.AUTO_GENERATED),
    (("delivered", "delayed"), AutomaticKind.DELAY),
    ((), AutomaticKind.BOUNCE),
]


@pytest.mark.parametrize(("actions", "kind"), REPORTS)
def test_a_delivery_report_is_what_it_says_of_its_recipients(actions: tuple[str, ...], kind: AutomaticKind) -> None:
    assert judged("List-Id: <users.firma.example>", report=report(*actions)).kind is kind


@pytest.mark.parametrize("address", ["MAILER-DAEMON@mx.example", "postmaster@mx.example", "bounces+12@mx.example"])
def test_a_program_writes_from_its_name(address: str) -> None:
    assert judged(author=address).kind is AutomaticKind.AUTO_GENERATED
    assert never_reads(address)


@pytest.mark.parametrize("address", ["noreply@shop.example", "No-Reply@shop.example", "no-reply.orders@shop.example"])
def test_a_form_on_a_web_page_may_carry_words_of_a_person_but_nobody_reads_the_answer(address: str) -> None:
    assert judged(author=address).kind is AutomaticKind.NONE
    assert never_reads(address)


@pytest.mark.parametrize("address", ["", ANNA, "noreplying@shop.example", "info@noreply.example"])
def test_others_read_their_mail(address: str) -> None:
    assert not never_reads(address)


def test_the_reason_names_the_field() -> None:
    assert judged("Auto-Submitted: auto-replied").why == "it says Auto-Submitted: auto-replied (RFC 3834)"
    assert judged("List-Id: <users.firma.example>").why == "it went to many: it carries the field List-Id"


@pytest.mark.parametrize("kind", ["disposition-notification", "feedback-report"])
def test_a_receipt_or_a_complaint_that_names_our_mail_is_no_bounce(kind: str) -> None:
    about = Report(recipients=(), original_message_id="t42@firma.example")
    automatic = judged(f"Content-Type: multipart/report; report-type={kind}", report=about)

    assert automatic.kind in (AutomaticKind.DISPOSITION, AutomaticKind.FEEDBACK)


TOLD_BY_PEOPLE = [
    "Sono in ferie dal 3 al 10, ci sentiamo dopo.",
    "A ticket has been created on their side.",
    "This mailbox is not monitored, Tom says.",
    "Tom says this mailbox is not monitored.",
    "I'm on vacation until Monday, let's talk then.",
    "Thank you for your email. I'll send the contract tomorrow.",
    "Thank you for your message. We will get back to you as soon as possible.",
    'I got "This is an automated message" again.',
    "It says this is an automated response, which is odd.",
    "Your robot wrote: this is an automatic reply. I want a human.",
    "Estaré de vacaciones hasta el 5, hablamos después.",
    "Ich bin bis zum 5. im Urlaub, sprechen wir danach.",
    "Je suis en vacances jusqu'au 5, on se parle après.",
    "Estou de férias até dia 5, falamos depois.",
    "Ik ben met vakantie tot 5 mei, we bellen daarna.",
    "Jestem na urlopie do 5 maja, zdzwonimy się potem.",
    "Jag har semester till den 5, vi hörs sen.",
    "Jeg har ferie til den 5., vi tales ved bagefter.",
    "Jeg har ferie til 5., vi snakkes etterpå.",
    "Olen lomalla 5.5. asti, jutellaan sitten.",
    "Jsem na dovolené do 5. května, ale klidně zavolejte.",
    "Som na dovolenke do 5. mája, uvidíme sa potom.",
    "Szabadságon vagyok május 5-ig, utána beszélünk.",
    "Sunt în concediu până pe 5 mai, vorbim după.",
    "Я в отпуске до 5 мая, созвонимся потом.",
    "Я у відпустці до 5 травня, поговоримо потім.",
    "5 Mayıs tarihine kadar izindeyim, sonra görüşürüz.",
    "Είμαι σε άδεια έως τις 5 Μαΐου, τα λέμε μετά.",
    "Na godišnjem sam do 5. svibnja, čujemo se poslije.",
    "Beim Lieferanten wurde ein Ticket eröffnet.",
    "Ein Ticket wurde beim Hersteller eröffnet, wir warten.",
    "Un ticket a été créé chez eux.",
    "U dostawcy zostało utworzone zgłoszenie.",
    "They have opened a case, a ticket has been created by them yesterday.",
    "Wir haben Ihre Nachricht erhalten und melden uns morgen, Gruß Petra",
    "Vielen Dank für Ihre Nachricht. Die Bearbeitungszeit ist mir zu lang.",
    "Please note this email was sent automatically by your shop, why?",
    "The report is generated automatically every night.",
    "We no longer use that printer. This address is fine.",
    "I no longer work on Fridays.",
    "Peter no longer works for us on Mondays.",
    "Peter is no longer with the company, please send it to me instead.",
    "I have left the company car keys with Tom.",
    "Has left the building, sorry! I'll tell him.",
    "He's on vacation until the 5th, I do it.",
    "Mein Kollege ist im Urlaub bis 5. Mai, ich übernehme.",
    "Ich habe Urlaub ab 5. Mai, vorher passt es immer.",
    "I am on sick leave until Friday and can't come to the meeting.",
    "I'm on parental leave from 1 May to 1 June; Jonas signs for me.",
    "We're out of office supplies.",
    "The automatic reply is wrong: it names last year's dates.",
    "Automatic reply? No, it is really me.",
    "Dies ist eine automatische Tür, keine Drehtür. Bitte liefern Sie neu.",
    "This is an automatic espresso machine, model 5.",
    "This is an automated warehouse so we need EAN labels.",
    "Ceci est un accusé de réception que j'ai signé.",
    "To jest automatyczna skrzynia biegów, model z 2018.",
    "Detta är en automatisk dörr, modell 5.",
    "Tämä on automaattivaihteinen auto.",
    "Ez egy automata kapcsoló, 5 darab kell.",
    "Това е автоматична скоростна кутия.",
    "Questa è una mail automatica? Non capisco.",
    "Das ist eine automatische Weiche, Typ 5.",
    "Bu otomatik kapı bozuldu.",
    "Mijn bericht is automatisch in spam beland.",
    "Can you confirm that you are the sender of this invoice?",
    "Our ticket number is 4711, your reference number is 12.",
    "Your reference number is 12, right.",
    "This mailbox is no longer full, please resend.",
    "Dieses Postfach ist nicht mehr voll.",
    "Diese E-Mail-Adresse wird nicht angenommen: x@y.example",
    "Ten adres nie jest poprawny, proszę o inny.",
    "Этот адрес не правильный, отправьте на новый.",
    "Este correo no llegó.",
    "This address is no longer in use at our building, we moved.",
    "Ik werk niet meer bij de bakker, wel bij de slager. Groet Jan",
    "Já não trabalho ao sábado.",
    "Ya no trabaja en Madrid, ahora vive en Vigo, se lo digo.",
    "Je ne travaille plus le mercredi.",
    "Non lavoro più di sera, va bene il 5.",
    "Já jsem mimo město do pátku, uvidíme se pak.",
    "Jsem mimo, přijdu v 5.",
    "Ihre Bewerbung ist bei uns eingegangen, Herr Kern. Können Sie am 5. kommen?",
    "Ihre Bewerbung ist bei uns eingegangen. Ich rufe Sie am 5. an. Petra Kern",
    "Wir bestätigen den Eingang Ihrer Zahlung vom 5. Mai.",
    "One of our team will be on site at 5.",
    "Thank you for your email. One of our team will be with you at 9 on Tuesday, his name is Jo.",
    "Gracias por su mensaje. Le enviamos 5 cajas en un plazo de 3 días.",
    "Dziękuję za wiadomość, odpowiemy w ciągu dnia.",
    "Merci pour votre message. Je vous envoie le devis sous un délai de 3 jours.",
    "Got it, thanks, I'll look tomorrow.",
    "Erhalten, danke! Ich schaue es mir morgen an.",
    "Bien reçu, merci, je regarde demain.",
    "Ontvangen, bedankt! Ik kijk er morgen naar.",
    "Thank you for your message. You can collect it during our opening hours.",
    "Vielen Dank für Ihre Nachricht. Sie können das Gerät während unserer Öffnungszeiten abholen.",
    "Merci pour votre message. Passez pendant nos heures d'ouverture, Luc.",
    "Bedankt voor uw bericht. U kunt tijdens onze openingstijden langskomen.",
    "We will reply during our office hours, that is what they wrote.",
    "Takk for din henvendelse, vi kommer på fredag. Hilsen Kari",
    "En raison du grand nombre de colis, le nôtre manque encore.",
    "Diskuten er skrevet ut. Jeg er sykmeldt til 5. mai så Kari overtar.",
    "I am on vacation until Monday. Please unlock my account before.",
    "I'm on leave until 4 May, please cancel my order.",
    "I am out of the office until 4 May. Please confirm the order before I leave.",
    "Ich bin bis zum 4. Mai im Urlaub. Bitte entsperren Sie mein Konto vorher.",
    "Je suis en congés jusqu'au 4 mai. Merci de débloquer mon compte avant.",
    "Estoy de vacaciones hasta el 4 de mayo. Mi cuenta sigue bloqueada.",
    "Jestem na urlopie do 4 maja. Proszę odblokować moje konto.",
    "Sono in ferie fino al 4 maggio. Il mio ordine non è arrivato.",
    "Ik ben met vakantie tot en met 4 mei. Mijn account is geblokkeerd.",
    "Jag har semester till och med den 4 maj. Mitt konto är låst.",
    "Я в отпуске до 4 мая. Разблокируйте мой аккаунт до отъезда.",
    "4 Mayıs tarihine kadar izindeyim. Hesabımı lütfen açın.",
    "来週は不在にしておりますので、急ぎでしたら5月1日までにご連絡ください。",
    "تا ۱۴ اردیبهشت در مرخصی هستم، لطفا حساب من را باز کنید.",
    "ไม่อยู่ที่สำนักงานจนถึงวันที่ 4 พฤษภาคม แต่ช่วยปลดล็อกบัญชีของผม",
    "मैं 4 मई तक छुट्टी पर हूँ, लेकिन मेरा खाता बंद है।",
    "Ég er í sumarfríi til 4. maí, en þú getur hringt.",
    "Saya sedang bercuti sehingga 4 Mei, tetapi akaun saya dikunci.",
    "Saya sedang cuti sampai 4 Mei, tolong buka akun saya.",
    "Tôi đang nghỉ phép đến hết ngày 4/5, nhưng đơn hàng của tôi chưa đến.",
    "Niko likizo hadi tarehe 4 Mei, lakini akaunti yangu imefungwa.",
    "I am on vacation until Monday and would be glad if you unlock the account.",
    "A ticket has been created. Can you answer my questions?",
    "A ticket has been created. Questions? None. When will it be done?",
    "Θα απουσιάζω έως τις 4 Μαΐου, μπορείτε να το στείλετε πριν;",
    "Olá Jan, estou de férias até 4 de maio.",
    "Bună Jan, sunt în concediu până pe 4 mai.",
]


@pytest.mark.parametrize("text", TOLD_BY_PEOPLE)
def test_who_tells_of_a_machine_or_of_a_thing_that_is_automatic_is_a_person(text: str) -> None:
    assert judged("In-Reply-To: <1@firma.example>", subject="Re: Drucker", text=text).kind is AutomaticKind.NONE


OF_MACHINES = [
    "Lo studio è chiuso. Risposta automatica.",
    "*** AUTOMATIC REPLY *** We are closed for stocktaking.",
    "[This is a mail robot] The price list is on our page.",
    "Denne mail besvares automatisk. Skriv til kontor@kunde.example.",
    "Olá! Essa é uma mensagem automática, voltamos na segunda.",
    "I am on sabbatical until 4 May and read mail rarely.",
    "Nisam u uredu. Vraćam se 12. svibnja, pišite na info@kunde.example.",
    "Your question “Drucker” has been received and assigned the number 17.",
    "An incident has been opened on your behalf.",
    "Ditt svar gick till en adress som inte kan ta emot meddelanden.",
    "I no longer work for Kunde. Please write to office@kunde.example.",
    "Ik ben niet meer werkzaam bij Kunde. Mail naar info@kunde.example.",
    "Thank you for your email. Due to the high volume of messages we cannot answer each.",
    "Bitte antworten Sie nicht auf diese automatisch erstellte Nachricht.",
    "Dieses Postfach wird nicht gelesen.",
    "Ta skrzynka nie jest monitorowana.",
    "Este buzón no está supervisado.",
    "このアドレスは送信専用アドレスです。",
    "A ticket has been created.\n\nFirma Ltd, 1 High Street\nQuestions? Visit our page.",
    "Se ha creado un ticket. \u00bfPreguntas? 91 555 01 17",
    "Zgłoszenie zostało zarejestrowane pod numerem 17. Pytania? 22 555 01 17",
    "I am out of the office until 4 May. If you need help before then, please contact Jan.",
]


@pytest.mark.parametrize("text", OF_MACHINES)
def test_what_no_person_would_write_is_a_machine_s(text: str) -> None:
    assert judged("In-Reply-To: <1@firma.example>", subject="Re: Drucker", text=text).kind is AutomaticKind.AUTO_REPLY


@pytest.mark.parametrize("subject", ["Betr.: Drucker", "Vedr.: Drucker", "Antw.: Drucker", "Rif.: Drucker"])
def test_a_reply_is_known_by_the_prefixes_of_groupwise(subject: str) -> None:
    assert judged(subject=subject, text="Jeg er væk. Denne mail besvares automatisk.").kind is (
        AutomaticKind.AUTO_REPLY
    )


BY_HAND = "User-Agent: Mozilla Thunderbird"
IN_CONVERSATION = ("In-Reply-To: <1@firma.example>", BY_HAND)


def test_a_person_whose_mail_came_from_the_null_address_is_a_person() -> None:
    assert judged("Return-Path: <>", *IN_CONVERSATION, text="It is in the drawer.").kind is AutomaticKind.NONE
    assert judged("Return-Path: <>", IN_CONVERSATION[0], text="Thank you.").kind is AutomaticKind.AUTO_REPLY
    assert judged("Return-Path: <>", *IN_CONVERSATION, text="").kind is AutomaticKind.AUTO_REPLY


def test_vacation_answers_from_the_null_address_with_a_low_precedence_and_no_id() -> None:
    automatic = judged("Return-Path: <>", "Precedence: junk", subject="Re: Drucker", text="Im Semester bin ich fort.")

    assert automatic.kind is AutomaticKind.AUTO_REPLY


def test_a_postmaster_in_a_conversation_is_a_person() -> None:
    author = "postmaster@netz.example"

    assert judged(*IN_CONVERSATION, author=author, text="You have no PTR record.").kind is AutomaticKind.NONE
    assert judged(IN_CONVERSATION[0], author=author, text="x").kind is AutomaticKind.AUTO_GENERATED


def test_what_a_person_passes_on_is_not_said_by_that_person() -> None:
    passed_on = "Why?\n\nBegin forwarded message:\n\nFrom: Shop\n\nThis is an automated message, do not reply."

    assert judged(*IN_CONVERSATION, subject="Fwd: Paket", text=passed_on).kind is AutomaticKind.NONE
    assert judged(*IN_CONVERSATION, subject="Re: Paket", text=passed_on).kind is AutomaticKind.NONE


NEWSLETTER = ("List-Unsubscribe: <https://shop.example/u>", "List-Id: <a.shop.example>")


def test_a_newsletter_with_the_title_of_a_note_is_a_newsletter() -> None:
    text = "Shoes for the shore, out of office and far away."

    assert judged(*NEWSLETTER, subject="Out of office: our summer shoes", text=text).kind is AutomaticKind.LIST
    assert judged(*NEWSLETTER, "List-Post: <mailto:a@b.example>", subject="Out of office: Anna").kind is (
        AutomaticKind.AUTO_REPLY
    )


def test_a_robot_that_answers_a_list_and_says_so_is_no_list_mail() -> None:
    fields = ("List-Id: <users.firma.example>", "In-Reply-To: <1@firma.example>")

    assert judged(*fields, subject="Re: Drucker", text="Away! This is a vacation message.").kind is (
        AutomaticKind.AUTO_REPLY
    )
    assert judged(*fields, subject="Re: Drucker", text="I am away until 4 May.").kind is AutomaticKind.LIST


def test_a_forum_that_calls_its_mail_generated_passes_on_what_people_say() -> None:
    fields = ("Auto-Submitted: auto-generated", "List-Id: <forum.firma.example>", "Precedence: list")

    assert judged(*fields, "In-Reply-To: <1@firma.example>").kind is AutomaticKind.LIST
    assert judged(*fields[:2], "Precedence: list (1)", "In-Reply-To: <1@firma.example>").kind is AutomaticKind.LIST
    assert judged(*fields).kind is AutomaticKind.AUTO_GENERATED


@pytest.mark.parametrize("field", ["X-Jenkins-Job: build", "X-Asterisk-CallerID: 015700", "X-Nagios-Notification: 1"])
def test_a_program_that_writes_to_many_is_a_program(field: str) -> None:
    fields = (field, "Precedence: bulk", "List-Id: <builds.firma.example>")

    assert judged(*fields).kind is AutomaticKind.AUTO_GENERATED


CHALLENGES = [
    "Click the link below once so that I can receive your email.",
    "To release your message for delivery, please send an empty message.",
    "Ma boîte est protégée par Mailinblack. Cliquez sur le lien.",
    "Para que sua mensagem seja entregue, clique no link: AntiSpam UOL.",
    "Damit Ihre Nachricht zugestellt wird, klicken Sie bitte hier.",
]


@pytest.mark.parametrize("text", CHALLENGES)
def test_a_challenge_is_of_a_machine_and_a_person_who_speaks_of_one_is_not(text: str) -> None:
    assert judged("Precedence: bulk", subject="Please confirm", text=text).kind is AutomaticKind.AUTO_GENERATED
    assert judged(*IN_CONVERSATION, subject="Re: Drucker", text=f"I got \u201c{text}\u201d").kind is AutomaticKind.NONE
    assert judged(subject="Drucker", text=text).kind is AutomaticKind.NONE


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Out of office message does not work", "Please help."),
        ("Réponse automatique : ne marche pas", "Merci."),
        ("Automatic reply: not sent", "Please help."),
        ("Re: Login", "I am on vacation until Monday and my account is locked. Please unlock it."),
        ("Out of office", "I am on vacation next week. Please unlock my account before."),
        ("Re: Login", "A ticket has been created but nobody answers."),
        ("Re: Login", "I get mails which say this is an automated message."),
    ],
)
def test_who_tells_what_is_wrong_is_a_person(subject: str, text: str) -> None:
    fields = ("In-Reply-To: <1@firma.example>",) if subject.startswith("Re:") else ()
    assert judged(*fields, subject=subject, text=text) == Automatic()
