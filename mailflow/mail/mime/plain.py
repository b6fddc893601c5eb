"""Which header fields are so plain that nobody needs to judge them: ordinary addresses and dates (RFC 5322 3.3, 3.4).

Most mail is plain, and a judge that finds nothing costs as much as one that does: `mail.parse` asks mail-parser about
the rest. Narrow on purpose; what is not plain is not wrong, it is looked at. Every quantifier is possessive: linear.
"""

import re

from mailflow.mail.mime.header import Header

_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
_ADDRESS = rf"{_ATEXT}++(?:\.{_ATEXT}++)*+@[A-Za-z0-9-]++(?:\.[A-Za-z0-9-]++)*+"
_WORDS = r"[A-Za-z0-9!#$%&'*+/^_`{|}~-]++(?: [A-Za-z0-9!#$%&'*+/^_`{|}~-]++)*+"  # no `=?`: an encoded-word is judged
_QUOTED = r'"[A-Za-z0-9 !#$%&\'()*+,./:;^_`{|}~-]*+"'
_MAILBOX = rf"(?:(?:{_WORDS} |{_QUOTED} )?+<{_ADDRESS}>|{_ADDRESS})"
_ADDRESSES = re.compile(rf"{_MAILBOX}(?:, ?{_MAILBOX})*+".encode())
_DATE = re.compile(
    rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-3]?[0-9] (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
    rb"(?:19|20)[0-9]{2} [0-2][0-9]:[0-5][0-9]:[0-5][0-9] [+-](?:0[0-9]|1[0-4])[0-5][0-9]"
)
_ADDRESSED = ("from", "sender", "reply-to", "to", "cc")


def is_plain(header: Header) -> bool:
    """One From and one Date at least, and nothing odd in any field that holds addresses or the date."""
    dates, authors = header.octets("date"), header.octets("from")
    if len(dates) != 1 or len(authors) != 1 or not _DATE.fullmatch(dates[0]):
        return False
    return all(_ADDRESSES.fullmatch(value) for name in _ADDRESSED for value in header.octets(name))
