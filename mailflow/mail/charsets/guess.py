"""Which charset octets are in when nobody says, or what was said cannot be: by the letters people write most.

Each candidate is read and its letters are weighed: frequent letters of one language count, letters of no such language
cost, and so do capitals after small letters, two scripts in one word and letters glued to digits. Three letters are
often enough. Detectors that learn from pages (charset-normalizer) need more words than a subject has.

Cost: `SAMPLE` octets are read once in each candidate, whatever the text's length.
"""

import re
from codecs import getincrementaldecoder
from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice, pairwise

SAMPLE = 2 << 10  # octets
_BEGINNING = 20  # octets of a word before its first odd one
_MOST_WORDS = 300  # of a sample, in which faults are looked for; people write no more in so many octets

_CYRILLIC = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъёіїєґ"
# The characters of a letter about an order, an invoice or a fault; kana with the few kanji of a subject
_SIMPLIFIED = (
    "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小么心多天"
    "而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知样现分将外但身些"
    "与高意进把法此实回二理点月明其种全工己话信正名定问力给等几很业最间新电请票收件单款谢您系统网络服务邮帐户联密"
    "码订货题合同"
)
_TRADITIONAL = (
    "的一是不了在人有我他這中大來上國個到說們為子和你地出道也時年得就那要下以生會自著去之過家學對可裡後小麼心多天"
    "而能好都然沒日於起還發成事只作當想看文無開手十用主行方又如前所本見經頭面公同三已老從動兩長知樣現分將外但身些"
    "與高意進把法此實回二理點月明其種全工己話信正名定問力給等幾很業最間新電請票收件單款謝您系統網路服務郵帳戶聯密"
    "碼訂貨題合同"
)
_JAPANESE = (
    "のいにたるしてとがをはかなでんりまれすあもこ日本請求書件様会社さっらうよおせきけくそみだちめつやろわえ"
    "ーンスルトリアイクシタラドフレロジマテッコサムニカデプセグメネツキエケオガチユヨハバパビピブベボポ"
)
_KOREAN = (
    "이다는의에가을를하고지서은로한기사해시리자어도인대니그아일정요나보수과라들제있주상전안습부계세문여구스조관녕감합"
)

# A codec, and the letters beyond ASCII of one language in it, the most frequent first. Earlier lines win a tie.
_LANGUAGES = (
    ("cp1252", "äüößéá„“"),  # German
    ("cp1252", "éèàçêôùâûîëïœ«»"),  # French
    ("cp1252", "óíáéñúü¿¡ºª"),  # Spanish
    ("cp1252", "ãçáéíóêõâôúàºª"),  # Portuguese
    ("cp1252", "àèìùòé"),  # Italian
    ("cp1252", "äöåéü"),  # Swedish, Finnish
    ("cp1252", "øåæéòó"),  # Danish, Norwegian
    ("cp1252", "áðíéóþæöúý"),  # Icelandic
    ("cp1250", "łęążśóćńź„”"),  # Polish
    ("iso8859_2", "łęążśóćńź"),
    ("cp1250", "íáěéýčřžšůúďťň"),  # Czech
    ("iso8859_2", "íáěéýčřžšůúďťň"),
    ("cp1250", "áíéčžýúšťľňôäóďŕĺ"),  # Slovak
    ("cp1250", "áéöőíóüúű"),  # Hungarian
    ("iso8859_2", "áéöőíóüúű"),
    ("cp1250", "ăţîşâ"),  # Romanian
    ("cp1250", "čšžćđ"),  # Croatian, Slovenian
    ("cp1254", "ışüğçöİ"),  # Turkish
    ("cp1257", "ėšįųžąčūę"),  # Lithuanian
    ("cp1257", "āīēšņļūžčģķ"),  # Latvian
    ("cp1251", _CYRILLIC),  # Russian, Ukrainian, Bulgarian
    ("koi8_u", _CYRILLIC),
    ("iso8859_5", _CYRILLIC),
    ("cp1253", "αοιετνσηυρπκμλςωίάόγέδύήώχθφβξζψ"),  # Greek
    ("cp1255", "יוהלאתרמבשנםדעחקכפטגןצזסךףץ"),  # Hebrew
    ("cp1256", "اليمونرتبةعدسفهكقأحجشطصخذىثإئضزغءظؤآ،؟"),  # Arabic
    ("cp874", "านรอกเงมยลวดทสตะปบคหแจพชขใไโผศณซฉธถภญูุิีึืัา่้็์ำ"),  # Thai
    ("gb18030", _SIMPLIFIED),
    ("big5hkscs", _TRADITIONAL),
    ("cp932", _JAPANESE),
    ("euc_jp", _JAPANESE),
    ("cp949", _KOREAN),
)
_CODECS = tuple(dict.fromkeys(codec for codec, _ in _LANGUAGES))
_LATIN = frozenset({"cp1252", "cp1250", "iso8859_2", "cp1254", "cp1257"})

_MOST, _LEAST, _ELSEWHERE, _STRANGE = 24, 4, 2, -16  # a letter by its rank, of a sister language, of none
_FAULT = 24
_HINT = 12  # for each letter, in a charset that another part of the message names
# For each letter: an alphabet without capitals has fewer to choose from; other charsets are rare in mail
_PRIOR = {"cp1255": 6, "cp1253": 2, "cp1257": -4, "iso8859_5": -4}
# Double-byte sets: the rows of their common characters, where the second octet starts, what such a character weighs
_DOUBLE_BYTE = {
    "gb18030": (range(0xB0, 0xD8), 0xA1, 7),
    "big5hkscs": (range(0xA4, 0xC7), 0x40, 7),
    "cp932": (range(0x88, 0x98), 0x40, 7),
    "euc_jp": (range(0xB0, 0xD0), 0xA1, 3),  # without kana it is rather Chinese
    "cp949": (range(0xB0, 0xC9), 0xA1, 7),
}
_NEUTRAL = frozenset("“”„‘’‚–—…•€£§°©®™«»·´\xa0，。、！？（）「」：；\u3000《》・")
_ODD = re.compile(rb"[\x80-\xff]")
_WORD = re.compile(r"[^\x00-@\[-`{-\x7f]+")
_AT_DIGIT = re.compile(r"[0-9][^\W\d_\x00-\x7f]|[^\W\d_\x00-\x7f][0-9]")
_WITHIN_ASCII = re.compile(r"[a-z][^\x00-\x7f]{1,2}[a-z]")
_ASCII_LETTER = re.compile(r"[A-Za-z]")
_FINAL_WITHIN = re.compile(r"[םןץףך][א-ת]")
_WITHOUT_ACCENT = re.compile(r"[α-ω]{4,}+")


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the octets are in one codec."""

    letters: Mapping[str, int]  # beyond ASCII, and how often
    faults: int

    def weight(self, weights: Mapping[str, int], strange: int) -> int:
        """What the letters weigh, `strange` being those without a weight."""
        weight = sum(weights.get(letter, strange) * times for letter, times in self.letters.items())
        return weight - _FAULT * self.faults


def guess(octets: bytes, hints: Container[str] = ()) -> str:
    """The most likely codec of octets that are not UTF-8; '' when nothing is likely. `hints` are codecs."""
    sample = _sample(octets)
    readings = {codec: _reading(sample, codec) for codec in _CODECS}
    likely, most = "", 0
    for codec, weights in _models():
        if (reading := readings[codec]) is None:
            continue
        if codec in _DOUBLE_BYTE:  # one character of these is two letters of the others, and rare ones are many
            weight = 2 * reading.weight(weights, _STRANGE // 2)
        else:
            weight = reading.weight(weights, _STRANGE)
        if codec in hints:
            weight += _HINT * sum(reading.letters.values())
        if weight > most:
            likely, most = codec, weight
    return likely


@cache
def _models() -> tuple[tuple[str, Mapping[str, int]], ...]:
    """The languages with what each letter weighs."""
    return tuple((codec, _weights(codec, letters)) for codec, letters in _LANGUAGES)


def _weights(codec: str, letters: str) -> Mapping[str, int]:
    weights = dict.fromkeys(_NEUTRAL, 0)
    for sister, others in _LANGUAGES:
        if sister == codec:
            weights |= dict.fromkeys(others + others.upper(), _ELSEWHERE)
    weights |= _common(codec)
    for rank, letter in enumerate(letters):
        weight = _MOST - (_MOST - _LEAST) * rank // len(letters) + _PRIOR.get(codec, 0)
        weights |= {letter.upper(): weight - 1, letter: weight}
    return weights


def _common(codec: str) -> Mapping[str, int]:
    if codec not in _DOUBLE_BYTE:
        return {}
    rows, start, weight = _DOUBLE_BYTE[codec]
    characters = (bytes((row, cell)).decode(codec, "ignore") for row in rows for cell in range(start, 0xFF))
    return {character: weight for character in "".join(characters) if "\u3040" <= character <= "\ud7a3"}


def _sample(octets: bytes) -> bytes:
    """From the first octet that is not ASCII, with the beginning of its word."""
    odd = _ODD.search(octets)
    if odd is None:
        return b""
    start = max(octets.rfind(b" ", 0, odd.start()) + 1, odd.start() - _BEGINNING)
    return octets[start : start + SAMPLE]


def _reading(sample: bytes, codec: str) -> _Reading | None:
    """None when the octets are no text in this codec. The sample may end within a character."""
    try:
        text = getincrementaldecoder(codec)().decode(sample)
    except UnicodeError:
        return None
    letters = {letter: times for letter, times in Counter(text).items() if letter > "\x7f"}
    if codec in _DOUBLE_BYTE:
        alone = sum(letters.values()) == 1  # as the sign of degrees and a C are one character
        return _Reading(letters, len(_WITHIN_ASCII.findall(text)) + alone)
    words = islice((word for word in _WORD.findall(text) if not word.isascii()), _MOST_WORDS)
    return _Reading(letters, len(_AT_DIGIT.findall(text)) + sum(_faults(word, codec) for word in words))


def _faults(word: str, codec: str) -> int:
    """What nobody writes in one word."""
    if codec not in _LATIN and _ASCII_LETTER.search(word):
        return 1  # two scripts
    if codec == "cp1255":
        return len(_FINAL_WITHIN.findall(word))
    if codec == "cp1253" and _WITHOUT_ACCENT.fullmatch(word):
        return 1
    if word.islower() or word.isupper() or word.istitle() or word.lower() == word.upper():
        return 0
    return sum(one.islower() and other.isupper() for one, other in pairwise(word)) or 1
