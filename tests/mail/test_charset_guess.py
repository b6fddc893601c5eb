"""Which charset short words are in, when nobody says (M2)."""

import pytest

from mailflow.mail.charsets.guess import SAMPLE, guess

WORDS = {
    "cp1252": "Grüße|für|Übergröße|Rechnung über 50 €|Café|déjà vu|Où est ma facture ?|¿Dónde está mi factura?|mañana"
    "|Não consigo acessar|Perché non funziona più|Överföring|Æble på øen|£100 refund|“Quoted” – text…|5 °C|N° 12"
    "|Señor Muñoz|coração|ÜBERWEISUNG FÜR MÄRZ|RÉSUMÉ",
    "cp1250": "Zażółć|zgłoszenie|Łódź|usterka łącza|Faktura za prąd|Jiří Dvořák|Dobrý den, děkuji|Objednávka č. 5"
    "|Köszönöm szépen|jövő héten jövök, főnök|Čestitam rođendan|Bună ziua, vă mulţumesc|REKLAMACJA ŁĄCZA",
    "iso8859_2": "zgłoszenie błędu|Łącze nie działa, prośba o pomoc",
    "cp1254": "Teşekkürler|İyi günler, teşekkür ederim|Işık",
    "cp1257": "Labdien, lūdzu palīdziet|Laba diena, dėkoju už pagalbą",
    "cp1251": "Привет|счёт|Re: вопрос|Иван Петров|Добрый день|ПРИВЕТ|СЧЕТ НА ОПЛАТУ|Доброго дня, рахунок за послуги",
    "koi8_u": "Привет|счет на оплату|Иван Петров|Не работает интернет|СЧЕТ НА ОПЛАТУ",
    "iso8859_5": "Привет|Добрый день, не работает интернет",
    "cp1253": "Καλημέρα|Τιμολόγιο|ευχαριστώ",
    "cp1255": "שלום|שלום, האינטרנט לא עובד",
    "cp1256": "مرحبا|السلام عليكم|فاتورة الإنترنت",
    "cp874": "สวัสดีครับ|อินเทอร์เน็ตใช้ไม่ได้",
    "gb18030": "你好|发票|订单问题|您好，请问发票什么时候到|网络不能用",
    "big5hkscs": "你好|發票|訂單問題|您好，請問發票什麼時候到",
    "cp932": "請求書|請求書について|こんにちは|お問い合わせ|インターネットが使えません",
    "euc_jp": "請求書について|こんにちは|お問い合わせ|お世話になっております。",
    "cp949": "안녕하세요|청구서|인터넷이 안됩니다|김철수입니다",
}


@pytest.mark.parametrize(("codec", "text"), [(codec, text) for codec in WORDS for text in WORDS[codec].split("|")])
def test_a_few_letters_tell_the_charset(codec: str, text: str) -> None:
    octets = text.encode(codec)
    assert octets.decode(guess(octets) or "cp1252") == text


def test_a_hint_decides_between_likely_ones_only() -> None:
    assert guess("ПРИВЕТ".encode("koi8_u")) != "koi8_u"
    assert guess("ПРИВЕТ".encode("koi8_u"), {"koi8_u"}) == "koi8_u"
    assert guess("Grüße".encode("cp1252"), {"cp932"}) == "cp1252"


def test_what_has_no_letters_is_not_guessed() -> None:
    assert guess(b"") == guess(b"plain") == guess(b"\x81 \x9d") == ""


def test_only_a_sample_is_read_and_it_may_end_within_a_character() -> None:
    octets = b"x" * 100_000 + "请问发票什么时候到".encode("gbk") * SAMPLE
    assert guess(octets) == "gb18030"
    assert guess(b"x" + octets) == "gb18030"
