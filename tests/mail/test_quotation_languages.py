"""How mail programs quote, sign and pass on in each language: a row is what Gmail, Apple Mail, Outlook and the others
write around the words 'Here it is.'
"""

from dataclasses import dataclass

import pytest

from mailflow.mail.languages import LANGUAGES
from mailflow.mail.replies.quotation import split
from mailflow.mail.subject import Kind


@dataclass(frozen=True)
class Habits:
    introductions: tuple[str, ...]
    header: str
    original: str = ""
    device: str = ""
    forwarded: tuple[str, ...] = ()


WHO = "Anna Nowak <anna@firma.example>"

HABITS = {
    "ar": Habits(
        (
            f"في الاثنين، 3 يونيو 2019 في 10:15 ص تمت كتابة ما يلي بواسطة {WHO}:",
            f"\u200fفي ٣ يونيو ٢٠١٩، الساعة ١٠:١٥ ص، كتب/كتبت {WHO}:",
        ),
        f"من: {WHO}\nتم الإرسال: 3/يونيو/2019 10:15 ص\nإلى: Jan\nالموضوع: Invoice",
        "الرسالة الأصلية",
        "أُرسلت من الـ iPhone",
        ("بداية الرسالة المُعاد توجيهها:",),
    ),
    "bg": Habits(
        (f"На пн, 3.06.2019 г. в 10:15 ч. {WHO} написа:",),
        f"От: {WHO}\nИзпратено: понеделник, 3 юни 2019 г. 10:15\nДо: Jan\nОтносно: Invoice",
        "Оригинално съобщение",
        "Изпратено от моя iPhone",
        ("-------- Препратено съобщение --------",),
    ),
    "ca": Habits(
        (
            f"Missatge de {WHO} del dia dl., 3 de juny 2019 a les 10:15:",
            f"El 3 juny 2019, a les 10:15, {WHO} va escriure:",
        ),
        f"De: {WHO}\nEnviat el: dilluns, 3 de juny de 2019 10:15\nPer a: Jan\nAssumpte: Invoice",
        "Missatge original",
        "Enviat des del meu iPhone",
        ("-------- Missatge reenviat --------",),
    ),
    "cs": Habits(
        (
            f"po 3. 6. 2019 v 10:15 odesílatel {WHO}\nnapsal:",
            f"3. 6. 2019 v 10:15, {WHO}:",
            "Dne 03.06.2019 v 10:15 Anna Nowak napsal(a):",
        ),
        f"Od: {WHO}\nOdesláno: pondělí 3. června 2019 10:15\nKomu: Jan\nPředmět: Invoice",
        "Původní zpráva",
        "Odesláno z iPhonu",
        ("Začátek přeposílané zprávy:", "-------- Přeposlaná zpráva --------"),
    ),
    "da": Habits(
        (f"Den man. 3. jun. 2019 kl. 10.15 skrev {WHO}:", "Den 03-06-2019 kl. 10:15 skrev Anna Nowak:"),
        f"Fra: {WHO}\nSendt: 3. juni 2019 10:15\nTil: Jan\nEmne: Invoice",
        "Oprindelig meddelelse",
        "Sendt fra min iPhone",
        ("Start på videresendt besked:", "-------- Videresendt meddelelse --------"),
    ),
    "de": Habits(
        (
            f"Am Mo., 3. Juni 2019 um 10:15 Uhr schrieb {WHO}:",
            f"{WHO} schrieb am Mo., 3. Juni 2019,\n10:15:",
            f"{WHO} hat am 03.06.2019 10:15 CEST\ngeschrieben:",
            f"Zitat von {WHO}:",
        ),
        f"Von: {WHO}\nGesendet: Montag, 3. Juni 2019 10:15\nAn: Jan\nBetreff: Invoice",
        "Ursprüngliche Nachricht",
        "Von meinem iPhone gesendet",
        ("Anfang der weitergeleiteten Nachricht:", "-------- Weitergeleitete Nachricht --------"),
    ),
    "el": Habits(
        (f"Στις Δευ, 3 Ιουν 2019 στις 10:15 π.μ., ο χρήστης {WHO} έγραψε:",),
        f"Από: {WHO}\nΣτάλθηκε: Δευτέρα, 3 Ιουνίου 2019 10:15\nΠρος: Jan\nΘέμα: Invoice",
        "Αρχικό μήνυμα",
        "Στάλθηκε από το iPhone μου",
        ("-------- Προωθημένο μήνυμα --------",),
    ),
    "en": Habits(
        (
            f"On Mon, Jun 3, 2019 at 10:15 AM {WHO} wrote:",
            f"On Monday, June 3, 2019, 10:15:22 AM GMT+2, {WHO} wrote:",
            f"---- On Mon, 03 Jun 2019 10:15:22 +0200 {WHO} wrote ----",
            'At 2019-06-03 10:15:22, "Anna Nowak" <anna@firma.example> wrote:',
            f">>> {WHO} 06/03/2019 10:15 AM >>>",
            f"Quoting {WHO}:",
        ),
        f"From: {WHO}\nSent: Monday, June 3, 2019 10:15 AM\nTo: Jan\nSubject: Invoice",
        "Original Message",
        "Get Outlook for Android <https://aka.example/?LinkId=1>",
        (
            "Begin forwarded message:",
            "---------- Forwarded message ---------",
            "----- Forwarded by Anna/Firma on 06/03 -----",
        ),
    ),
    "es": Habits(
        (
            "El lun., 3 jun. 2019 a las 10:15, Anna Nowak (<anna@firma.example>) escribió:",
            f"El 3 jun 2019, a las 10:15, {WHO} escribió:",
        ),
        f"De: {WHO}\nEnviado el: lunes, 3 de junio de 2019 10:15\nPara: Jan\nAsunto: Invoice",
        "Mensaje original",
        "Enviado desde mi iPhone",
        ("Inicio del mensaje reenviado:", "-------- Mensaje reenviado --------"),
    ),
    "et": Habits(
        (f"{WHO} kirjutas kuupäeval E, 3. juuni 2019 kell 10:15:",),
        f"Saatja: {WHO}\nSaadetud: esmaspäev, 3. juuni 2019 10:15\nAdressaat: Jan\nTeema: Invoice",
        "Algne sõnum",
        "Saadetud minu iPhone'ist",
    ),
    "fa": Habits(
        (f"در تاریخ دوشنبه ۳ ژوئن ۲۰۱۹،\u200f ۱۰:۱۵ {WHO} نوشت:",),
        f"از: {WHO}\nارسال شده: دوشنبه 3 ژوئن 2019 10:15\nبه: Jan\nموضوع: Invoice",
        "پیام اصلی",
        "ارسال شده از iPhone من",
    ),
    "fi": Habits(
        (
            "ma 3. kesäk. 2019 klo 10.15 Anna Nowak\n(anna@firma.example) kirjoitti:",
            f"{WHO} kirjoitti 3.6.2019 kello 10.15:",
        ),
        f"Lähettäjä: {WHO}\nLähetetty: maanantai 3. kesäkuuta 2019 10.15\nVastaanottaja: Jan\nAihe: Invoice",
        "Alkuperäinen viesti",
        "Lähetetty iPhonesta",
        ("Välitetty viesti alkaa:", "-------- Edelleenlähetetty viesti --------"),
    ),
    "fr": Habits(
        (f"Le lun. 3 juin 2019 à 10:15, {WHO} a écrit :", "Le 03/06/2019 à 10:15, Anna Nowak a écrit\u202f:"),
        f"De\xa0: {WHO}\nEnvoyé\xa0: lundi 3 juin 2019 10:15\nÀ\xa0: Jan\nObjet\xa0: Invoice",
        "Message d\u2019origine",
        "Envoyé de mon iPhone",
        ("Début du message réexpédié :", "-------- Message transféré --------"),
    ),
    "he": Habits(
        (
            "\u202bבתאריך יום ב׳, 3 ביוני 2019 ב-10:15 מאת \u202aAnna Nowak\u202c\u200f "
            "<\u202aanna@firma.example\u202c\u200f>:\u202c",
        ),
        f"מאת: {WHO}\nנשלח: יום שני 3 יוני 2019 10:15\nאל: Jan\nנושא: Invoice",
        "הודעה מקורית",
        "נשלח מה-iPhone שלי",
        ("-------- הודעה שהועברה --------",),
    ),
    "hr": Habits(
        (f"pon, 3. lip 2019. u 10:15 {WHO} napisala je:",),
        f"Od: {WHO}\nPoslano: ponedjeljak, 3. lipnja 2019. 10:15\nPrima: Jan\nPredmet: Invoice",
        "Izvorna poruka",
        "Poslano s mog iPhone uređaja",
        ("-------- Proslijeđena poruka --------",),
    ),
    "hu": Habits(
        (
            f"{WHO} ezt írta (időpont: 2019. jún.\n3., H, 10:15):",
            f"2019. 06. 03. dátummal, 10:15 időpontban {WHO} írta:",
        ),
        f"Feladó: {WHO}\nElküldve: 2019. június 3., hétfő 10:15\nCímzett: Jan\nTárgy: Invoice",
        "Eredeti üzenet",
        "Az iPhone-omról küldve",
        ("Továbbított levél kezdete:", "-------- Továbbított üzenet --------"),
    ),
    "id": Habits(
        (f"Pada Sen, 3 Jun 2019 10:15, {WHO} menulis:",),
        f"Dari: {WHO}\nDikirim: Senin, 3 Juni 2019 10:15\nKepada: Jan\nSubjek: Invoice",
        "Pesan asli",
        "Dikirim dari iPhone saya",
        ("Mulai pesan yang diteruskan:",),
    ),
    "it": Habits(
        (f"Il giorno lun 3 giu 2019 alle ore 10:15 {WHO}\nha scritto:", "Il 03/06/2019 10:15, Anna Nowak ha scritto:"),
        f"Da: {WHO}\nInviato: lunedì 3 giugno 2019 10:15\nA: Jan\nOggetto: Invoice",
        "Messaggio originale",
        "Inviato da iPhone",
        ("Inizio messaggio inoltrato:", "-------- Messaggio Inoltrato --------"),
    ),
    "ja": Habits(
        (f"2019年6月3日(月) 10:15 {WHO}:", f"2019/06/03 10:15、{WHO}のメール:"),
        f"差出人: {WHO}\n送信日時: 2019年6月3日 10:15\n宛先: Jan\n件名: Invoice",
        "元のメッセージ",
        "iPhoneから送信",
        ("転送されたメッセージ：", "-------- 転送メッセージ --------"),
    ),
    "ko": Habits(
        (f"2019년 6월 3일 (월) 오전 10:15, {WHO}님이 작성:", f"2019. 6. 3. 오전 10:15, {WHO} 작성:"),
        f"보낸 사람: {WHO}\n보낸 날짜: 2019년 6월 3일 월요일 오전 10:15\n받는 사람: Jan\n제목: Invoice",
        "원본 이메일",
        "나의 Galaxy에서 보냄",
        ("-------- 전달된 메시지 --------",),
    ),
    "lt": Habits(
        (f"2019-06-03, pr, 10:15 {WHO} rašė:",),
        f"Nuo: {WHO}\nIšsiųsta: 2019 m. birželio 3 d. 10:15\nKam: Jan\nTema: Invoice",
        "Pradinis pranešimas",
        "Siųsta iš mano iPhone",
    ),
    "lv": Habits(
        ("pirmd., 2019. g. 3. jūn., plkst. 10:15 \u2014 lietotājs Anna Nowak\n(<anna@firma.example>) rakstīja:",),
        f"No: {WHO}\nNosūtīts: pirmdiena, 2019. gada 3. jūnijs 10:15\nKam: Jan\nTēma: Invoice",
        "Sākotnējais ziņojums",
        "Nosūtīts no mana iPhone",
    ),
    "nl": Habits(
        (
            f"Op ma 3 jun. 2019 om 10:15 schreef {WHO}:",
            "Op 3 jun. 2019, om 10:15 heeft Anna Nowak het volgende geschreven:",
            f"Citeren {WHO}:",
        ),
        f"Van: {WHO}\nVerzonden: maandag 3 juni 2019 10:15\nAan: Jan\nOnderwerp: Invoice",
        "Oorspronkelijk bericht",
        "Verstuurd vanaf mijn iPhone",
        ("Begin doorgestuurd bericht:", "-------- Doorgestuurd bericht --------"),
    ),
    "no": Habits(
        (f"man. 3. jun. 2019 kl. 10:15 skrev {WHO}:",),
        f"Fra: {WHO}\nSendt: mandag 3. juni 2019 10:15\nTil: Jan\nEmne: Invoice",
        "Opprinnelig melding",
        "Sendt fra min iPhone",
        ("-------- Videresendt melding --------",),
    ),
    "pl": Habits(
        (
            f"pon., 3 cze 2019 o 10:15 {WHO}\nnapisał(a):",
            f"Wiadomość napisana przez {WHO} w dniu 3 cze 2019, o godz. 10:15:",
            f"Dnia 3 czerwca 2019 10:15 {WHO} napisał(a):",
        ),
        f"Od: {WHO}\nWysłano: poniedziałek, 3 czerwca 2019 10:15\nDo: Jan\nTemat: Invoice",
        "Wiadomość oryginalna",
        "Wysłane z iPhone'a",
        ("Początek przekazywanej wiadomości:", "-------- Przekazana wiadomość --------"),
    ),
    "pt": Habits(
        (
            f"Em seg., 3 de jun. de 2019 às 10:15, {WHO} escreveu:",
            f"{WHO} escreveu (segunda,\n3/06/2019 à(s) 10:15):",
        ),
        f"De: {WHO}\nEnviada em: segunda-feira, 3 de junho de 2019 10:15\nPara: Jan\nAssunto: Invoice",
        "Mensagem original",
        "Enviado do meu iPhone",
        ("Início da mensagem encaminhada:", "-------- Mensagem reencaminhada --------"),
    ),
    "ro": Habits(
        (f"În lun., 3 iun. 2019 la 10:15, {WHO} a scris:",),
        f"De la: {WHO}\nTrimis: luni, 3 iunie 2019 10:15\nCătre: Jan\nSubiect: Invoice",
        "Mesaj original",
        "Trimis de pe iPhone-ul meu",
        ("-------- Mesaj redirecționat --------",),
    ),
    "ru": Habits(
        (
            f"пн, 3 июн. 2019 г. в 10:15, {WHO}:",
            f"Понедельник, 3 июня 2019, 10:15 +03:00 от {WHO}:",
            "Anna Nowak писал(а) 2019-06-03 10:15:",
        ),
        f"От: {WHO}\nОтправлено: 3 июня 2019 г. 10:15\nКому: Jan\nТема: Invoice",
        "Исходное сообщение",
        "Отправлено с iPhone",
        ("-------- Пересылаемое сообщение --------", "Начало переадресованного сообщения:"),
    ),
    "sk": Habits(
        (f"po 3. 6. 2019 o 10:15 {WHO} napísal(a):",),
        f"Od: {WHO}\nOdoslané: pondelok 3. júna 2019 10:15\nKomu: Jan\nPredmet: Invoice",
        "Pôvodná správa",
        "Odoslané z iPhonu",
        ("-------- Preposlaná správa --------",),
    ),
    "sl": Habits(
        (f"V V pon., 3. jun. 2019 ob 10:15 je oseba {WHO} napisala:",),
        f"Od: {WHO}\nPoslano: ponedeljek, 3. junij 2019 10:15\nZa: Jan\nZadeva: Invoice",
        "Izvirno sporočilo",
        "Poslano iz mojega iPhona",
    ),
    "sr": Habits(
        (f"пон, 3. јун 2019. у 10:15 {WHO} је написао/ла:",),
        f"Од: {WHO}\nПослато: понедељак, 3. јун 2019. 10:15\nЗа: Jan\nТема: Invoice",
        "Оригинална порука",
        "Послато са мог iPhone уређаја",
    ),
    "sv": Habits(
        (f"Den mån 3 juni 2019 kl 10:15 skrev {WHO}:", f"3 juni 2019 kl. 10:15 skrev {WHO}:"),
        f"Från: {WHO}\nSkickat: den 3 juni 2019 10:15\nTill: Jan\nÄmne: Invoice",
        "Ursprungligt meddelande",
        "Skickat från min iPhone",
        ("-------- Vidarebefordrat meddelande --------", "Vidarebefordrat brev:"),
    ),
    "th": Habits(
        (f"เมื่อ จ. 3 มิ.ย. 2562 เวลา 10:15 {WHO} เขียนว่า:",),
        f"จาก: {WHO}\nส่ง: 3 มิถุนายน 2562 10:15\nถึง: Jan\nเรื่อง: Invoice",
        "ข้อความต้นฉบับ",
        "ส่งจาก iPhone ของฉัน",
    ),
    "tr": Habits(
        (f"{WHO}, 3 Haz 2019 Pzt, 10:15 tarihinde\nşunu yazdı:", f"{WHO} şunları yazdı (3 Haz 2019 10:15):"),
        f"Kimden: {WHO}\nGönderildi: 3 Haziran 2019 Pazartesi 10:15\nKime: Jan\nKonu: Invoice",
        "Özgün İleti",
        "iPhone'umdan gönderildi",
        ("-------- İletilen Mesaj --------",),
    ),
    "uk": Habits(
        (f"пн, 3 черв. 2019 р. о 10:15 {WHO} пише:",),
        f"Від: {WHO}\nНадіслано: понеділок, 3 червня 2019 р. 10:15\nКому: Jan\nТема: Invoice",
        "Вихідне повідомлення",
        "Надіслано з iPhone",
        ("-------- Перенаправлене повідомлення --------",),
    ),
    "vi": Habits(
        (f"Vào Th 2, 3 thg 6, 2019 vào lúc 10:15 {WHO} đã\nviết:",),
        f"Từ: {WHO}\nĐã gửi: 3 Tháng Sáu 2019 10:15\nĐến: Jan\nChủ đề: Invoice",
        "Thư gốc",
        "Đã gửi từ iPhone của tôi",
        ("Bắt đầu thư được chuyển tiếp:",),
    ),
    "zh": Habits(
        (
            f"{WHO} 于2019年6月3日周一 上午10:15写道：",
            f"在 2019年6月3日，上午10:15，{WHO} 写道：",
            f"{WHO} 於 2019年6月3日 週一 上午10:15寫道：",
        ),
        f"发件人: {WHO}\n发送时间: 2019年6月3日 10:15\n收件人: Jan\n主题: Invoice",
        "原始邮件",
        "发自我的小米手机",
        ("-------- 转发邮件信息 --------", "开始转发的邮件："),
    ),
}

WORDS = "Here it is.\n\nJan"
LETTER = "Please send the invoice.\n\nAnna"
MARKED = "> Please send the invoice.\n>\n> Anna"


def of_all(what: str) -> list[tuple[str, str]]:
    found = ((language, getattr(habits, what)) for language, habits in HABITS.items())
    return [
        (language, each) for language, all_ in found for each in ((all_,) if isinstance(all_, str) else all_) if each
    ]


def test_every_language_that_quotes_has_a_row() -> None:
    assert HABITS.keys() == {language for language, tables in LANGUAGES.items() if tables.get("reply.wrote")}


@pytest.mark.parametrize(("language", "line"), of_all("introductions"))
def test_an_introduced_quotation_is_no_reply(language: str, line: str) -> None:
    parted = split(f"{WORDS}\n\n{line}\n\n{MARKED}\n")

    assert parted.reply == WORDS
    assert parted.quoted == f"{line}\n\n{MARKED}" or parted.quoted == f"{line}\n{MARKED}"


@pytest.mark.parametrize(("language", "line"), of_all("introductions"))
def test_an_answer_below_an_introduced_quotation_is_the_reply(language: str, line: str) -> None:
    assert split(f"{line}\n{MARKED}\n\n{WORDS}\n").reply == WORDS


@pytest.mark.parametrize(("language", "header"), of_all("header"))
@pytest.mark.parametrize("above", ["", "_" * 32 + "\n", "\n"])
def test_a_copied_header_ends_the_reply(language: str, header: str, above: str) -> None:
    assert split(f"{WORDS}\n\n{above}{header}\n\n{LETTER}").reply == WORDS


@pytest.mark.parametrize(("language", "words"), of_all("original"))
def test_the_line_above_the_original_ends_the_reply(language: str, words: str) -> None:
    assert split(f"{WORDS}\n\n-----{words}-----\n{LETTER}").reply == WORDS
    assert split(f"{WORDS}\n\n-------- {words.upper()} --------\n{LETTER}").reply == WORDS


@pytest.mark.parametrize(("language", "line"), of_all("device"))
def test_the_line_of_a_telephone_is_no_reply(language: str, line: str) -> None:
    assert split(f"{WORDS}\n\n{line}").reply == WORDS
    assert split(f"{line}\n\n{MARKED}").reply == ""


@pytest.mark.parametrize(("language", "line"), of_all("forwarded"))
@pytest.mark.parametrize("kind", [Kind.FORWARD, Kind.PLAIN])
def test_what_is_passed_on_is_content(language: str, line: str, kind: Kind) -> None:
    text = f"{WORDS}\n\n{line}\n{HABITS[language].header}\n\n{LETTER}\n"

    assert split(text, kind).reply == text
    assert split(text, Kind.ANSWER).reply == WORDS
