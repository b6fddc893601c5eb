"""What closes a mail and is no word of its author's: '-- ' and what follows (RFC 3676 4.3), the line with which a
telephone or a program names itself, the footer of a mailing list. Greetings and names are the author's words. No line
that is asked about has blanks around it.
"""

import re

from mailflow.mail.languages import every
from mailflow.mail.languages.wording import Wordings, plain

DEVICE = Wordings(every("signature.device"))
"""How the line of a telephone begins …"""
DEVICE_END = Wordings(every("signature.device_end"))
"""… or ends, where the verb comes last."""

DELIMITERS = ("--", "\u2014")
LONGEST = 14  # words, with an excuse for brevity
LONGEST_LINE = 400  # characters, with a link
GAP = 4  # lines

PRODUCTS = re.compile(
    r"iphon|ipad|ipod|\bmac\b|macbook|android|galaxy|samsung|huawei|xiaomi|redmi|oneplus|oppo|realme|nokia|lumia|motorola|"
    r"sony|xperia|\blg\b|\bhtc\b|pixel|honor|blackberry|windows|outlook|hotmail|yahoo|\baol\b|gmail|google|proton|"
    r"tutanota|tuta\b|mailfence|zoho|"
    r"thunderbird|k-9|fairemail|mailbird|em ?client|airmail|bluemail|aqua ?mail|mail\.ru|яндекс|yandex|"
    r"web\.de|gmx|t-online|1&1|zimbra|icloud|mymail|webmail|mail app|e?-?mail for|mailfree|ios\b|naver|daum|"
    r"\bspark\b|mailspring|superhuman|phone|mobil|m[oó]vil|mobiel|tele?fon|telefoon|smartfon|tel[eé]fono|t[eé]l[eé]phone|tablet|\bhandy\b|komórk|κινητ|"
    r"телефон|смартфон|мобіль|мобиль|טלפון|סלולר|هاتف|جوال|موبایل|گوشی|手机|手機|小米|华为|邮箱|郵箱|信箱|網易|网易|"
    r"スマートフォン|スマホ|携帯|휴대폰|스마트폰|핸드폰|네이버|điện thoại|ponsel|โทรศัพท์"
)
"""What a signature names: products, and 'telephone' as languages write it."""

_POSTSCRIPT = re.compile(r"p\.?-?\s?p?\.?\s?s(?:\.:?|\s?[:,-])|p\.?\s?d(?:\.:|:)", re.IGNORECASE)
_ADVERTISED = re.compile(
    r"\b(?:tuta(?:nota)?|proton ?mail|mailfence|yahoo)(?: mail)?[.,:;!] .{0,40}?\b"
    r"(?:secure|encrypted|ad-free|get the app|search,|such|sicher|verschlussel|securis|chiffr|recherche|cerca,|"
    r"sicur|busca,|segur|cifrad|beveilig|veilig|versleuteld|bezpieczn|szyfrowan)"
)
"""Who puts more than a name on the line, and what: 'Sent with Tutanota, enjoy secure & ad-free emails'."""
_NAMED_LINK = re.compile(r"\[([^\[\]]{1,100})\](?:\([^()\s]{0,300}\)|\[\d{1,3}\]|(?=<?https?://))")
"""'[Proton Mail](https://…)', as Markdown has it, 'Mail[1]' and '[Outlook]<https://…>'."""
_LINK = re.compile(r"<?https?://[^\s>]{1,500}>?|\[[^\]]{1,100}\]")
_DECORATION = " \t*_.<>()[]|~-"


def is_delimiter(line: str) -> bool:
    return line in DELIMITERS


def is_device(line: str) -> bool:
    """'Sent from my iPhone', 'iPhoneから送信', 'Get Outlook for Android <https://…>'."""
    linked = "<" in line or "[" in line or "://" in line
    if len(line) > LONGEST_LINE or line.count(" ") > (2 * LONGEST if linked else LONGEST):
        return False
    words = plain(_LINK.sub("", _NAMED_LINK.sub(r"\1 ", line)) if linked else line).strip(_DECORATION)
    if not (DEVICE.begin(words) or DEVICE_END.end(words)):
        return False
    if len(words.split()) > LONGEST or not _says_no_more(words):
        return False
    named = line.casefold() if linked and words.count(" ") < 2 else words  # 'Sent with https://mailfence.com'
    return bool(PRODUCTS.search(named))  # 'Sent with DHL yesterday' is a person's sentence


def _says_no_more(words: str) -> bool:
    """A name and no sentence; some services praise themselves behind it."""
    if not any(mark in words for mark in ",;?!"):
        return True
    return "?" not in words and bool(_ADVERTISED.search(words))


def is_postscript(line: str) -> bool:
    """'PS: …', 'P.S. …', in Spanish 'P.D.: …': words again."""
    return bool(_POSTSCRIPT.match(line))


def is_list_footer(lines: list[str], at: int) -> bool:
    """The line that a mailing list draws above its name and address."""
    line = lines[at]
    if len(line) < 2 or set(line) != {"_"}:
        return False
    below = [line for line in lines[at + 1 : at + 1 + 2 * GAP] if line][:GAP]
    return bool(below) and "mailing list" in below[0].casefold() and any("://" in line for line in below)
