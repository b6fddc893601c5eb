"""Subjects: what is left without Re, AW, Odp, Fwd … (after RFC 5256 2.1), and our tag `[#42]`.

Unlike RFC 5256 other bracketed words stay: `[URGENT]` is the customer's, and a ticket is named by its subject. The form
of our tag is configured, but it is always something in brackets (`mailflow.config.writing`): so it hides no 'Re:' from
who does not know the form.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

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
_PREFIX = rf"\s++|(?:{_WORDS})\s*+(?:\[\d{{1,3}}\]|\(\d{{1,3}}\)|\^\d{{1,3}})?\s*+[:：]"
_FIRST = re.compile(rf"(?:\s++|\[[^\[\]]{{1,60}}\])*+({_WORDS})\s*+(?:[\[(^][^:：]{{0,6}})?\s*+[:：]", re.IGNORECASE)
_DOTTED_FIRST = re.compile(rf"\s{{0,9}}(?:{'|'.join(_DOTTED.split())})\.? ?:", re.IGNORECASE)
_TRAILING = re.compile(r"(?<!\s)\s*+\((?:fwd?)\)\s*+\Z", re.IGNORECASE)
_PLACE = "{number}"


@dataclass(frozen=True, slots=True)
class Tags:
    """How the number of a ticket stands in a subject: the form that is written, and others that are read as well. Each
    has `{number}` once."""

    form: str = f"[#{_PLACE}]"
    known: tuple[str, ...] = ()


USUAL_TAGS = Tags()


def base_subject(subject: str, tags: Tags = USUAL_TAGS) -> str:
    """The subject without reply prefixes, our tag and a trailing (fwd)."""
    base = " ".join(_tag(tags).sub(" ", _TRAILING.sub("", subject)).split())
    leading = _leading(tags).match(base)
    return base[leading.end() if leading else 0 :].strip()


def is_reply(subject: str, tags: Tags = USUAL_TAGS) -> bool:
    """Whether it has anything of a mail that it answers: 'Re:' in some language, 'Betr.:', our tag."""
    return bool(_DOTTED_FIRST.match(subject)) or base_subject(subject, tags) != " ".join(subject.split())


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


def tag_of(subject: str, tags: Tags = USUAL_TAGS) -> int | None:
    """The ticket number of the first tag."""
    for tag in _tag(tags).finditer(subject):
        number = int("".join(filter(None, tag.groups())))
        if 0 < number <= MAX_TICKET:
            return number
    return None


def tagged(subject: str, number: int, tags: Tags = USUAL_TAGS) -> str:
    """'[#42] subject', with one tag however often it had one."""
    rest = " ".join(_tag(tags).sub(" ", subject).split())
    return f"{tags.form.replace(_PLACE, str(number))} {rest}".strip()


@lru_cache(64)
def _tag(tags: Tags) -> re.Pattern[str]:
    """One group a form. A blank may have been folded, letters are compared without case."""
    forms = dict.fromkeys((tags.form, *tags.known))
    return re.compile(
        "|".join(_form(form).replace(re.escape(_PLACE), "([0-9]{1,10})") for form in forms), re.IGNORECASE
    )


@lru_cache(64)
def _leading(tags: Tags) -> re.Pattern[str]:
    forms = "|".join(_form(form).replace(re.escape(_PLACE), "[0-9]{1,10}") for form in (tags.form, *tags.known))
    return re.compile(f"(?:{_PREFIX}|{forms})*+", re.IGNORECASE)


def _form(form: str) -> str:
    return re.escape(form).replace(r"\ ", r"\s{1,9}")
