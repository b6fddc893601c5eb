"""Until when an absence note says that its writer is away."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from mailflow.mail.machines.return_day import away_until

SENT = datetime(2026, 4, 20, 9, tzinfo=UTC)
DAY = date(2026, 5, 4)

NOTES = [
    ("en", "I am out of the office until 4 May."),
    ("en", "I'm away through May 4th. Please call Jan."),
    ("en", "I will be back on Monday, 4 May 2026."),
    ("en", "On leave from 27 April to 4 May"),
    ("en", "I will be out of the office starting 04/27/2026 and will not return until 2026-05-04."),
    ("fr", "Je suis absente jusqu'au lundi 4 mai inclus."),
    ("fr", "Je suis en congés du 27 avril au 4 mai."),
    ("fr", "Absent, de retour le 4 mai."),
    ("es", "Estaré fuera del 27 de abril al 4 de mayo de 2026."),
    ("es", "Estoy de vacaciones hasta el 04/05/2026."),
    ("pl", "Jestem na urlopie do 4 maja."),
    ("pl", "Przebywam na urlopie w dniach 27.04-04.05.2026, wracam 4 maja."),
    ("pl", "Nie ma mnie do poniedziałku 4.05.2026 r."),
    ("de", "Ich bin bis einschließlich 04.05.2026 nicht im Büro."),
    ("de", "Ich bin ab dem 4. Mai wieder erreichbar."),
    ("de", "Im Urlaub vom 27.4. bis 4.5., Vertretung: Jan"),
    ("it", "Sono in ferie fino al 4 maggio."),
    ("it", "Rientro il 4 maggio 2026."),
    ("pt", "Estarei de férias até 4 de maio."),
    ("pt", "Estarei ausente de 27/04 a 04/05."),
    ("nl", "Ik ben afwezig t/m 4 mei."),
    ("nl", "Ik ben weer aanwezig op 4 mei 2026."),
    ("sv", "Jag är ledig till och med 4 maj."),
    ("sv", "Jag återkommer inte förrän 2026-05-04."),
    ("da", "Jeg er tilbage den 4. maj."),
    ("no", "Jeg er tilbake på kontoret mandag 4. mai."),
    ("fi", "Olen lomalla 4. toukokuuta asti."),
    ("fi", "Olen vuosilomalla 20.4.\u20133.5. Palaan töihin 4.5."),
    ("cs", "Do pondělí 4. května čerpám dovolenou."),
    ("cs", "Jsem mimo, vrátím se 4. 5."),
    ("sk", "Do 4. mája som mimo kancelárie."),
    ("ru", "Я в отпуске до 4 мая включительно."),
    ("ru", "Вернусь 4 мая 2026 г."),
    ("uk", "Мене не буде в офісі до 4 травня."),
    ("tr", "4 Mayıs 2026 tarihine kadar izindeyim."),
    ("tr", "4 Mayıs'a kadar ofis dışındayım."),
    ("ja", "4月27日から5月3日まで休暇をいただきます。5月4日以降に対応いたします。"),
    ("ja", "2026年5月4日まで不在です。"),
    ("ja", "5月4日(月)に戻ります。"),
    ("zh", "我正在休假，将于5月4日返回。"),
    ("zh", "本人于4月27日至5月4日放假。"),
    ("ko", "5월 4일까지 휴가입니다."),
    ("ko", "휴가 중입니다. 복귀일: 2026년 5월 4일."),
    ("he", "אני בחופשה עד ה-4 במאי."),
    ("ar", "أنا في إجازة حتى 4 مايو 2026."),
    ("hu", "Szabadságon vagyok 2026. május 4-ig."),
    ("ro", "Sunt în concediu până pe 4 mai."),
    ("el", "Θα απουσιάζω έως τις 4 Μαΐου."),
    ("hr", "Na godišnjem sam odmoru do 4. svibnja."),
    ("bg", "В отпуск съм до 4 май."),
    ("vi", "Tôi đang nghỉ phép đến hết ngày 4/5."),
    ("vi", "Tôi nghỉ phép đến ngày 4 tháng 5 năm 2026."),
    ("", "تا ۱۴ اردیبهشت در مرخصی هستم."),
    ("", "از ۷ اردیبهشت تا ۱۴ اردیبهشت ۱۴۰۵ در مرخصی هستم."),
    ("", "۱۴ اردیبهشت به دفتر برمی‌گردم."),
    ("", "تا تاریخ ۱۴۰۵/۰۲/۱۴ در مرخصی هستم."),
    ("", "تا ۴ مه ۲۰۲۶ در دفتر نیستم."),
    ("th", "ไม่อยู่ที่สำนักงานจนถึงวันที่ 4 พฤษภาคม 2569"),
    ("th", "จะกลับมาทำงานวันจันทร์ที่ 4 พฤษภาคม"),
    ("th", "ผมไม่อยู่ที่ออฟฟิศถึงวันที่ ๔ พฤษภาคม"),
    ("hi", "मैं 4 मई तक छुट्टी पर हूँ।"),
    ("hi", "मैं 27 अप्रैल से छुट्टी पर हूँ और 4 मई को वापस आऊँगा।"),
    ("is", "Ég er í sumarfríi til og með 4. maí."),
    ("is", "Ég kem aftur til vinnu mánudaginn 4. maí."),
    ("ms", "Saya sedang bercuti sehingga 4 Mei 2026."),
    ("ms", "Saya akan kembali bertugas pada 4 Mei."),
    ("id", "Saya sedang cuti dari 27 April sampai dengan 4 Mei."),
    ("id", "Saya akan kembali ke kantor pada tanggal 4 Mei 2026."),
    ("vi", "Tôi sẽ trở lại làm việc vào ngày 4 tháng 5."),
    ("be", "Я ў адпачынку да 4 мая."),
    ("", "আমি ৪ মে পর্যন্ত ছুটিতে আছি।"),
    ("", "میں 4 مئی تک چھٹی پر ہوں۔"),
    ("", "Արձակուրդում եմ մինչև մայիսի 4-ը։"),
    ("", "შვებულებაში ვარ 4 მაისის ჩათვლით."),
    ("", "4 მაისს დავბრუნდები."),
    ("", "Niko likizo hadi tarehe 4 Mei."),
    ("zh", "我休假至5月4日。"),
    ("", "Out of office until 4 May"),
    ("", "Jestem na urlopie do 4 maja."),
]


@pytest.mark.parametrize(("language", "text"), NOTES)
def test_the_day_of_a_note(language: str, text: str) -> None:
    assert away_until("", text, language, SENT) == DAY


def test_the_subject_of_notes_names_it_too() -> None:
    assert (
        away_until("AUTO: Jan ist außer Haus (Rückkehr am 04.05.2026)", "Hinweis: gesendet am 20.04.2026", "de", SENT)
        == DAY
    )


NAMELESS = [
    "I am out of the office.",
    "I am away until Monday.",
    "Your message of 4 May was received.",
    "Call us until 18:00 or at 020 7946 0331.",
    "Open from 9.00 to 16.00.",
    "Until 31 February.",
    "until 99.99.2026",
]


@pytest.mark.parametrize("text", NAMELESS)
def test_a_note_without_a_day(text: str) -> None:
    assert away_until("", text, "en", SENT) is None


def test_a_year_that_is_left_out_is_the_next_one_after_the_mail() -> None:
    december = datetime(2026, 12, 20, tzinfo=UTC)

    assert away_until("", "Away until 6 January", "en", december) == date(2027, 1, 6)
    assert away_until("", "Away until 18 December", "en", december) == date(2026, 12, 18)
    assert away_until("", "Away until 6 January", "en", None) is None
    assert away_until("", "Away until 6 January 2027", "en", None) == date(2027, 1, 6)


def test_numbers_are_read_as_the_place_writes_them() -> None:
    chicago = datetime(2026, 3, 20, 9, tzinfo=timezone(timedelta(hours=-5)))

    assert away_until("", "Away until 4/5/2026", "en", chicago) == date(2026, 4, 5)
    assert away_until("", "Away until 4/5/2026", "en", SENT) == DAY
    assert away_until("", "Away until 4/25", "en", SENT) == date(2026, 4, 25)
    assert away_until("", "Ausente hasta el 4/5/2026", "es", chicago) == DAY


def test_a_long_row_of_dates_costs_no_more_than_its_length() -> None:
    assert away_until("", "4.5. bis 4.5. " * 10_000, "de", SENT) == DAY
