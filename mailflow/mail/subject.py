"""Subjects: what is left without Re, AW, Odp, Fwd … (after RFC 5256 2.1), and our tag `[#42]`.

Unlike RFC 5256 other bracketed words stay: `[URGENT]` is the customer's, and a ticket is named by its subject.
"""

import re
from enum import StrEnum

MAX_TICKET = 2**32 - 1

# Reply and forward prefixes as mail programs write them, by language
_PREFIXES = """re ref fw fwd
    aw antw antwort wg weitergeleitet
    tr rép réf réponse
    rv res resp renv reenv enc
    rif r i inoltra
    odp pd przek przekaż
    antwoord doorst bls
    sv vs vb vl vedr
    ha hа отв ответ пересл
    ynt ilt alınt
    vá továbbítás atb ats na
    απ σχετ πρθ
    回复 答复 转发 回覆 轉寄 返信 転送 回信 답장 전달"""
_DOTTED = "betr vedr antw antwort odp rif ref réf rep rép resp ang vast conc"
"""How GroupWise and others begin an answer, with or without a dot: 'Betr.: invoice'. People begin so what is no answer,
so it stays when a subject is compared."""
_FORWARDS = frozenset(
    """fw fwd wg weitergeleitet tr rv reenv renv enc i inoltra pd przek przekaż doorst vb vl ilt
    továbbítás πρθ 转发 轉寄 転送 전달""".split()
)
"""Those that say that the mail is passed on; the others say that it answers. French TR and Spanish RV are forwards."""
_WORDS = "|".join(sorted(map(re.escape, _PREFIXES.split()), key=len, reverse=True))
_LEADING = re.compile(
    rf"(?:\s++|(?:{_WORDS})\s*+(?:\[\d{{1,3}}\]|\(\d{{1,3}}\)|\^\d{{1,3}})?\s*+[:：]|\[\#\d{{1,10}}\])*+", re.IGNORECASE
)
_FIRST = re.compile(rf"(?:\s++|\[[^\[\]]{{1,60}}\])*+({_WORDS})\s*+(?:[\[(^][^:：]{{0,6}})?\s*+[:：]", re.IGNORECASE)
_DOTTED_FIRST = re.compile(rf"\s{{0,9}}(?:{'|'.join(_DOTTED.split())})\.? ?:", re.IGNORECASE)
_TRAILING = re.compile(r"(?<!\s)\s*+\((?:fwd?)\)\s*+\Z", re.IGNORECASE)
_TAG = re.compile(r"\[#([0-9]{1,10})\]")


def base_subject(subject: str) -> str:
    """The subject without reply prefixes, our tag and a trailing (fwd)."""
    base = " ".join(_TAG.sub(" ", _TRAILING.sub("", subject)).split())
    return base[_matched_length(base) :].strip()


def is_reply(subject: str) -> bool:
    """Whether it has anything of a mail that it answers: 'Re:' in some language, 'Betr.:', our tag."""
    return bool(_DOTTED_FIRST.match(subject)) or base_subject(subject) != " ".join(subject.split())


class Kind(StrEnum):
    """What a mail is, as its subject says."""

    PLAIN = "plain"
    ANSWER = "answer"
    FORWARD = "forward"


def kind_of(subject: str, *, answers: bool = False) -> Kind:
    """By the first prefix, behind what a list puts in brackets: 'Re: Fwd: x' answers, 'Fwd: Re: x' passes on.
    `answers`: it names another in its header."""
    first = _FIRST.match(subject)
    if first:
        return Kind.FORWARD if first[1].casefold() in _FORWARDS else Kind.ANSWER
    if _TRAILING.search(subject):
        return Kind.FORWARD
    return Kind.ANSWER if answers else Kind.PLAIN


def tag_of(subject: str) -> int | None:
    """The ticket number of the first tag."""
    for tag in _TAG.finditer(subject):
        if 0 < int(tag[1]) <= MAX_TICKET:
            return int(tag[1])
    return None


def tagged(subject: str, number: int) -> str:
    """'[#42] subject', with one tag however often it had one."""
    return f"[#{number}] {' '.join(_TAG.sub(' ', subject).split())}".strip()


def _matched_length(base: str) -> int:
    leading = _LEADING.match(base)
    return leading.end() if leading else 0
