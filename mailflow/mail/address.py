"""Addresses in header fields (RFC 5322 3.4): who wrote it, for identity, and who is shown, for people.

Both are read from the undecoded field by one linear scanner: an encoded-word never becomes an address. `author_of` is
strict (DESIGN rule 7, threats 8): one From field, one mailbox, one clean addr-spec, or no author. `addresses_of` shows
whatever is there. The envelope has its own literal reader, mail.envelope.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from unicodedata import category, normalize

import idna

from mailflow.mail.bounds import USUAL, Bounds
from mailflow.mail.charsets.charset import scrub_line
from mailflow.mail.charsets.encoded_words import decode_words
from mailflow.mail.message import Address

BLANKS = " \t"  # what may stand around an address; Python's strip takes control characters too

_TOKEN = re.compile(
    r""""(?P<quoted>(?:[^"\\]|\\.)*+)"
      | (?P<stray>")
      | <(?:(?P<angle>[^<>]*+)>|(?P<open>[^<>,;]*+))
      | (?P<mark>[,;:])
      | (?P<text>\[[^\[\]]*+\]|[^",;:<>(\[]++|[>\[])""",
    re.VERBOSE | re.DOTALL,
)
_QUOTED_LOCAL = re.compile(r'"(?:[^"\\]|\\.)++"@[^\s<>,;]++', re.DOTALL)
_BLANKS_WITHIN = re.compile(r"\s{0,9}([@.])\s{0,9}")
_SHOWN_WHOLE = re.compile(r"([^<>@]*+)<([^<>@\s]++@[^<>@\s]++)>|()([^<>@\s]++@[^<>@\s]++)")
_UNSEEN = re.compile("[\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]")  # bidi controls, no width
_PLAIN = "[A-Za-z0-9_+-]++(?:[.][A-Za-z0-9_+-]++)*+@[A-Za-z0-9-]++(?:[.][A-Za-z0-9-]++)++"
_ONE_PLAIN = re.compile(rf"(?:([A-Za-z0-9-]++(?: [A-Za-z0-9-]++)*+) )?+<({_PLAIN})>|({_PLAIN})")
"""Most fields: one mailbox of letters and digits, which nobody needs to take apart."""
_LOCAL_END = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}\Z")
_DOMAIN_START = re.compile(r"[A-Za-z0-9-]++(?:[.][A-Za-z0-9-]++)++")
_COMMENT_MARK = re.compile(r"[()]")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,128}")
_LABEL = "[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def canonical(address: str) -> str:
    """The form in which addresses are compared: domain as lower-case A-label, local part composed and in lower case."""
    if address.isascii():  # the common case, and cheap
        return address.strip().lower()
    local, at, domain = address.strip().rpartition("@")
    return f"{normalize('NFC', local).translate(_ASCII_LOWER)}{at}{_canonical_domain(domain)}"


def domain_of(address: str) -> str:
    """The canonical domain, '' when there is none."""
    _, at, domain = address.strip().rpartition("@")
    return _canonical_domain(domain) if at else ""


def clean(address: str) -> str:
    """The canonical form of what is one clean addr-spec; '' of anything else."""
    return "" if _unclean(address) else canonical(address)


def split_plus(address: str) -> tuple[str, str]:
    """'a+b@c' -> ('a@c', 'b')."""
    local, at, domain = address.rpartition("@")
    user, _, detail = local.partition("+")
    return f"{user}{at}{domain}", detail


def plus_splits(address: str) -> Iterator[tuple[str, str]]:
    """Each way to read it, the longest user first: 'a+b+c@d' -> ('a+b@d', 'c'), ('a@d', 'b+c')."""
    local, at, domain = address.rpartition("@")
    end = local.rfind("+")
    while end > 0:
        yield f"{local[:end]}{at}{domain}", local[end + 1 :]
        end = local.rfind("+", 0, end)


def last_plus(address: str) -> str:
    """What stands behind its last plus, '' when there is none: 'a+b+c@d' -> 'c'."""
    return address.rpartition("@")[0].rpartition("+")[2] if "+" in address else ""


def author_of(fields: Sequence[str]) -> tuple[str | None, str]:
    """The one address that the From fields name, canonical; or None and why there is not one. `fields` are literal:
    a control character is part of what it stands in."""
    if len(fields) != 1:
        return None, "there is no From field" if not fields else f"there are {len(fields)} From fields"
    mailboxes = list(islice(_mailboxes(fields[0]), 2))
    if len(mailboxes) != 1:
        return None, "From names more than one mailbox" if mailboxes else "From is empty"
    address, why = _only_address(mailboxes[0])
    why = why or _unclean(address)
    return (None, why) if why else (canonical(address), "")


def copied_of(fields: Sequence[str], most: int) -> tuple[str, ...]:
    """The addresses that To or Cc fields name beyond doubt, canonical, each once; of the first `most` mailboxes.
    `fields` are literal; what stands in a group, or is not written plainly, is nobody's."""
    read = map(_only_address, islice(chain.from_iterable(map(_mailboxes, fields)), most))
    return tuple(dict.fromkeys(canonical(address) for address, why in read if not (why or _unclean(address))))


def named_in(text: str, most: int) -> tuple[str, ...]:
    """Addresses of plain letters that stand in a text, canonical, each once; where its first `most` @ are."""
    found = (_around(text, at.start()) for at in islice(re.finditer("@", text), most))
    return tuple(dict.fromkeys(canonical(address) for address in found if address))


def _around(text: str, at: int) -> str:
    """What the @ there is the middle of; '' when that is no address."""
    before, after = _LOCAL_END.search(text[max(0, at - 64) : at]), _DOMAIN_START.match(text[at + 1 : at + 255])
    return f"{before[0]}@{after[0]}" if before and after else ""


def addresses_of(text: str, bounds: Bounds = USUAL) -> tuple[Address, ...]:
    """Every mailbox of an undecoded field, for display."""
    if plain := _ONE_PLAIN.fullmatch(text):
        return (Address(plain[1] or "", plain[2] or plain[3]),)
    return tuple(islice((mailbox.shown(bounds) for mailbox in _mailboxes(text) if mailbox), bounds.addresses))


@dataclass(slots=True)
class _Mailbox:
    """What stands between two commas, in pieces."""

    before: list[str] = field(default_factory=list)  # words and quoted strings before the angle bracket
    angles: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    quoted: bool = False  # `before` has a quoted string
    bare: str = ""  # `before` without its quoted strings
    closed: bool = True
    in_group: bool = False
    stray_quote: bool = False  # a quotation mark in it, or before it, has no other one
    local_quoted: bool = False

    def shown(self, bounds: Bounds) -> Address:
        words = " ".join("".join(self.before).split())
        comments = " ".join(self.comments)
        if self.angles:
            address = next((angle for angle in reversed(self.angles) if "@" in angle), self.angles[-1])
            return Address(_name(words or comments, bounds), _shown_address(address, bounds))
        if self.local_quoted and (quoted := _QUOTED_LOCAL.search(words)):
            return Address(_name(words[: quoted.start()] or comments, bounds), scrub_line(quoted[0]))
        name, _, last = words.rpartition(" ")
        if "@" in last or not (name or "=?" in last):
            return Address(_name(name or comments, bounds), _shown_address(last, bounds))
        return _shown_words(_name(words, bounds))

    def only_words(self) -> bool:
        return not (self.angles or self.in_group or "@" in "".join(self.before))

    def __bool__(self) -> bool:
        return bool(self.angles or "".join(self.before).strip())


def _mailboxes(text: str) -> Iterator[_Mailbox]:
    """The mailboxes of a field. `Nowak, Anna <a@b>` is one of them, with a comma that should have been quoted."""
    words: list[_Mailbox] = []
    for mailbox in _between_commas(text):
        if mailbox.only_words():
            words.append(mailbox)
            continue
        if mailbox.angles and mailbox.before:
            mailbox.stray_quote |= any(word.stray_quote for word in words)
            mailbox.before = [*(f"{''.join(word.before).strip()}, " for word in words), *mailbox.before]
        else:
            yield from words
        words = []
        yield mailbox
    yield from words


def _between_commas(text: str) -> Iterator[_Mailbox]:
    mailbox, in_group, at = _Mailbox(), False, 0
    while at < len(text):
        if text[at] == "(":
            end = _comment_end(text, at)
            mailbox.comments.append(_ESCAPED.sub(r"\1", text[at + 1 : end].removesuffix(")")))
            at = end
            continue
        token = _TOKEN.match(text, at)
        if token is None:  # cannot be: every character starts a token
            break
        at = token.end()
        if token["stray"]:  # nor has any other behind it a partner
            text = text[:at] + text[at:].replace('"', " ")
        if token["mark"] is None:
            _take(mailbox, token)
        elif token["mark"] == ":" and not mailbox.angles:
            in_group, mailbox = (
                True,
                _Mailbox(in_group=True, stray_quote=mailbox.stray_quote),
            )  # what stood before is the name of a group
        else:
            if mailbox:
                yield mailbox
            in_group = in_group and token["mark"] == ","
            mailbox = _Mailbox(in_group=in_group, stray_quote=mailbox.stray_quote)
    if mailbox or mailbox.stray_quote:  # a doubt is somebody for whoever counts mailboxes
        yield mailbox


def _take(mailbox: _Mailbox, token: re.Match[str]) -> None:
    angle = token["open"] if token["angle"] is None else token["angle"]
    if angle is not None:
        mailbox.angles.append(angle.strip(BLANKS))
        mailbox.closed &= token["open"] is None
    elif token["stray"]:
        mailbox.stray_quote = True
    elif mailbox.angles:
        mailbox.after.append(token[0])
    elif token["quoted"] is not None:
        mailbox.quoted = True
        mailbox.local_quoted |= token.string.startswith("@", token.end())
        mailbox.before.append(token[0] if mailbox.local_quoted else _ESCAPED.sub(r"\1", token["quoted"]))
    else:
        mailbox.before.append(token["text"])
        mailbox.bare += token["text"]


def _comment_end(text: str, at: int) -> int:
    depth = 0
    for mark in _COMMENT_MARK.finditer(text, at):
        if mark.start() and text[mark.start() - 1] == "\\":
            continue
        depth += 1 if mark[0] == "(" else -1
        if depth == 0:
            return mark.end()
    return len(text)


def _name(words: str, bounds: Bounds) -> str:
    name = " ".join(_UNSEEN.sub("", scrub_line(decode_words(words, bounds))).split())
    return name[1:-1] if len(name) > 2 and name[0] == name[-1] and name[0] in "'\"" else name


def _shown_address(written: str, bounds: Bounds) -> str:
    """An address without what programs put around it: `mailto:`, quotes, a route, brackets, blanks, a last dot."""
    address = scrub_line(decode_words(written, bounds)).strip("<> \t")
    if address[:1] + address[-1:] in ("''", "[]", '""'):
        address = address[1:-1]
    if address[:7].lower() == "mailto:":
        address = address[7:].partition("?")[0]
    if address.startswith("@"):
        address = address.rpartition(":")[2]  # RFC 5322 4.4
    return _UNSEEN.sub("\ufffd", _BLANKS_WITHIN.sub(r"\1", address).rstrip("."))


def _shown_words(words: str) -> Address:
    """Words without an address, unless decoding brought one to light."""
    whole = _SHOWN_WHOLE.fullmatch(words)
    return Address((whole[1] or "").strip(" \"'"), whole[2] or whole[4]) if whole else Address(words, "")


def _only_address(mailbox: _Mailbox) -> tuple[str, str]:
    """The address a mailbox names beyond doubt, or why there is doubt. Defects of the display name are none."""
    if mailbox.in_group:
        return "", "From is a group"
    if mailbox.stray_quote:
        return "", "a quotation mark in From has no other one"
    if not mailbox.angles:
        plain = len(mailbox.before) == 1 and not mailbox.quoted
        return mailbox.bare.strip(BLANKS), "" if plain else "the From address is not written plainly"
    address = mailbox.angles[0]
    if len(mailbox.angles) > 1 or "".join(mailbox.after).strip(BLANKS) or ">" in mailbox.bare:
        return "", "From has more than one address or words behind it"
    if not mailbox.closed:
        return "", "the From address has no closing bracket"
    if "@" in mailbox.bare and mailbox.bare.strip().casefold() != address.casefold():
        return "", "the name in From looks like another address"  # other programs take that one
    return address, ""


def _unclean(address: str) -> str:
    """Why this is not one clean addr-spec; '' when it is."""
    local, at, domain = address.rpartition("@")
    if not (at and local and domain):
        return "the From address has no domain" if local or domain else "the From address is empty"
    if "=?" in address:
        return "the From address is an encoded-word"
    if not (_is_clean(local, _LOCAL) and _is_clean_domain(domain)):
        return "the From address is not a clean address"
    return ""


def _is_clean(text: str, ascii_form: re.Pattern[str]) -> bool:
    """Letters, marks and digits of any script may stand where ASCII letters may (RFC 6531 3.3)."""
    visible = all(letter.isascii() or (category(letter)[0] in "LMN" and letter != "\ufffd") for letter in text)
    written = "".join(letter if letter.isascii() else "x" for letter in text)
    return visible and not _poses_as_ascii(text) and ascii_form.fullmatch(written) is not None


def _is_clean_domain(domain: str) -> bool:
    if domain.isascii():
        return len(domain) <= 253 and _DOMAIN.fullmatch(domain) is not None
    return (
        len(domain) <= 253 and _is_clean(domain, _DOMAIN) and _is_itself(domain) and _canonical_domain(domain).isascii()
    )


def _poses_as_ascii(text: str) -> bool:
    """The Kelvin sign is one letter with K to all who compose or lower their text."""
    return any(not letter.isascii() and normalize("NFC", letter.lower()).isascii() for letter in text)


def _is_itself(domain: str) -> bool:
    """UTS 46 changes its case at most: full-width letters, ligatures and other dots are no honest way to write."""
    try:
        mapped = idna.uts46_remap(domain, std3_rules=True)
    except (idna.IDNAError, UnicodeError):
        return False
    return mapped == normalize("NFC", "".join(letter.lower() for letter in domain))


def _canonical_domain(domain: str) -> str:
    if domain.isascii() or len(domain) > 253:
        return domain.lower()
    try:
        return idna.encode(domain, uts46=True, std3_rules=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return domain.lower()
