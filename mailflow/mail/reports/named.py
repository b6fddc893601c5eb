"""Whom a report in prose names, and what it says about each: addresses ranked by what stands around them.

An address that stands alone on its line is the recipient sooner than one in a sentence; only the strongest rank that
finds anybody counts. One pass over the lines; everything that is matched is a short slice of one of them.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from mailflow.mail.languages import every
from mailflow.mail.languages.wording import plain, plain_words

_ASCII = r"[A-Za-z0-9_.!#$%&*+/=?^`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,10}"
ADDRESS = re.compile(_ASCII)
_OCCURRENCE = re.compile(rf"(?<=<)[\w.!#$%&'*+/=?^`{{|}}~-]{{1,64}}@[\w.-]{{1,255}}(?=>)|{_ASCII}")
"""Letters of every script only between angle brackets: around an address in Japanese text stand letters, too."""
_GATEWAY = re.compile(r"(?:smtp|rfc-?822)=", re.IGNORECASE)
"""How X.400 writes an Internet address: `DDA:SMTP=anna@firma.example`."""

MOST_NAMED = 100
BEFORE, AFTER = 100, 240  # letters of a line that are looked at around an address

LABELS = plain_words(every("report.label"))
SENT_TO = plain_words(every("report.sent_to"))
FOR = plain_words(every("report.for"))
OTHERS = plain_words(every("report.other"))
ALIASES = plain_words(every("report.alias"))

_ALONE_BEFORE = re.compile(r"[\s>]*[\"'<(]{0,2}(?:smtp:|rfc822;\s?)?[<]?", re.IGNORECASE)
_ALONE_AFTER = re.compile(r"[\"'>)]{0,3}\s*(?:$|[:;(,\[-]|\.\.|\bon\b|=)", re.IGNORECASE)
_BARE_AFTER = re.compile(r"[\"'>)]{0,3}\s*")
_REMARK_AFTER = re.compile(r"[\"'>)]{0,3}[.:]?\s*(?:\([^()?]{0,100}\)\.?\s*)?")
_PERSON_BEFORE = re.compile(r"[\s>]*\"?[^\"<>:@]{1,80}\"?\s*<")
_PERSON_AFTER = re.compile(r">\s*:?\s*$")
_COLON_BEFORE = re.compile(r"([^:]{1,60}):[\s\"'<*]{0,6}(?:(?:rfc822|smtp|utf-8)[;:]\s?)?<?\Z")
_LABEL = re.compile(rf"(?<![a-z])(?:{'|'.join(map(re.escape, LABELS))})\s?\S{{0,3}}\Z")
_GATEWAY_BEFORE = re.compile(r"smtp[=:]\s?\Z", re.IGNORECASE)
_QUOTES = " \t\"'<:*("
_REPLY_BEFORE = re.compile(r".{0,20}\b[45]\d\d[ -]")
NEAR = 60  # letters before an address that say what it is


@dataclass(frozen=True, slots=True)
class _Place:
    """An address and the line around it."""

    address: str
    before: str
    after: str
    begins: bool  # `before` is the whole line up to it


def _alone(place: _Place) -> bool:
    return place.begins and bool(_ALONE_BEFORE.fullmatch(place.before)) and bool(_ALONE_AFTER.match(place.after))


def _person(place: _Place) -> bool:
    return place.begins and bool(_PERSON_BEFORE.fullmatch(place.before)) and bool(_PERSON_AFTER.match(place.after))


def _labelled(place: _Place) -> bool:
    found = _COLON_BEFORE.search(place.before.replace("：", ":"))
    return bool(found and _LABEL.search(plain(found.group(1))))


def _from_a_gateway(place: _Place) -> bool:
    return bool(_GATEWAY_BEFORE.search(place.before))


def _sent_to(place: _Place) -> bool:
    """Also whom a server's reply is about: it may name the address that ours became."""
    return _follows(place.before, SENT_TO) or (_after_a_reply(place) and _follows(place.before, FOR))


def _after_a_reply(place: _Place) -> bool:
    return bool(_REPLY_BEFORE.match(place.before))


def _is_another(place: _Place) -> bool:
    """The sender's, or that of somebody who helps."""
    return _is_system(place.address) or (not _alone(place) and _follows(place.before, OTHERS))


def _follows(before: str, words: tuple[str, ...]) -> bool:
    return plain(before[-NEAR:]).rstrip(_QUOTES).endswith(words)


def _anywhere(_: _Place) -> bool:
    return True


RANKS = (_alone, _person, _from_a_gateway, _labelled, _sent_to, _after_a_reply, _anywhere)
"""The strongest first."""
STRONG_RANKS, WEAK_RANKS = RANKS[:-1], RANKS[-1:]


def named_in(lines: Iterable[str], outsiders: set[str], ranks: Sequence[Callable[[_Place], bool]] = RANKS) -> list[str]:
    """The recipients by the first of `ranks` that finds any. `outsiders` are named for other reasons, and believed only
    where the place is a strong one."""
    places = [place for line in lines for place in _places(line) if not _is_another(place)]
    for rank in ranks:
        named = unique(place.address for place in places if rank(place))
        others = [address for address in named if address.casefold() not in outsiders]
        if others or (named and rank is not _anywhere):
            return (others or named)[:MOST_NAMED]
    return []


def stands_alone(line: str) -> bool:
    """Whether the line is an address and nothing else."""
    return any(_ALONE_BEFORE.fullmatch(place.before) and _BARE_AFTER.fullmatch(place.after) for place in _places(line))


def ends_in_address(line: str) -> bool:
    """Whether nothing but a remark in brackets stands behind the last address of the line."""
    return any(_REMARK_AFTER.fullmatch(place.after) for place in _places(line))


def addresses_in(text: str) -> list[str]:
    return unique(_without_gateway(found.group()) for found in _OCCURRENCE.finditer(text))


def aliases_in(lines: Sequence[str], named: Sequence[str]) -> dict[str, str]:
    """'(expanded from: <info@firma.example>)': the addresses that were written to, each with the one of `named` that it
    became; '' when that is not told."""
    text = "\n".join(lines)
    wanted = {address.casefold(): address for address in named}
    aliases: dict[str, str] = {}
    target = ""
    for found in _OCCURRENCE.finditer(text):
        address = found.group()
        if _follows(text[max(0, found.start() - NEAR) : found.start()], ALIASES):
            aliases.setdefault(address, target)
        else:
            target = wanted.get(address.casefold(), "")
    return {address: target for address, target in aliases.items() if address.casefold() not in wanted}


def said_about(addresses: Sequence[str], lines: Sequence[str]) -> dict[str, str]:
    """For each address: from the line that names it to the next blank line after something was said, or to the line
    that begins another. Exchange names them twice, for people and for administrators."""
    about: dict[str, list[list[str]]] = {address: [] for address in addresses}
    current: list[str] | None = None
    for line in lines:
        again = stands_alone(line)
        named = next((one for one in addresses_in(line) if one in about and (again or not about[one])), "")
        if named:
            current = [line.strip()]
            about[named].append(current)
        elif current is not None and _ends(line, current):
            current = None
        elif current is not None and line.strip():
            current.append(line.strip())
    return {address: " ".join(line for said in pieces for line in said) for address, pieces in about.items()}


def unique(addresses: Iterable[str]) -> list[str]:
    return list({address.casefold(): address for address in addresses}.values())


def _places(line: str) -> Iterable[_Place]:
    if "@" not in line:
        return
    for found in _OCCURRENCE.finditer(line):
        address = _without_gateway(found.group())
        start = found.end() - len(address)
        yield _Place(
            address=address,
            before=line[max(0, start - BEFORE) : start],
            after=line[found.end() : found.end() + AFTER],
            begins=start <= BEFORE,
        )


def _without_gateway(address: str) -> str:
    return _GATEWAY.sub("", address, count=1) if _GATEWAY.match(address) else address


def _ends(line: str, said: list[str]) -> bool:
    if not line.strip():
        return len(said) > 1
    return any(_alone(place) and place.address not in said[0] for place in _places(line))


def _is_system(address: str) -> bool:
    return address.partition("@")[0].casefold() in ("postmaster", "mailer-daemon", "abuse", "hostmaster", "root")
