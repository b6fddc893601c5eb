"""All kinds of request that filters/types/ has, by name, and which of them a new mail is (R1.1)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from mailflow.config.request import InWords, Item, RequestType
from mailflow.desk.intake.labelled import Labels
from mailflow.mail.languages.phrases import JOINED
from mailflow.mail.languages.wording import plain
from mailflow.mail.message import Message

BEGINNING = 300
"""Characters of the new words in which a mail says what it wants."""
FALLBACK = "en"


@dataclass(frozen=True)
class Kind:
    """One kind of request."""

    name: str  # of its file
    shape: RequestType
    file: str = ""
    lines: tuple[int, ...] = ()  # of its examples

    @cached_property
    def labels(self) -> Labels:
        return Labels.of({each.name: _all_words(each.label) for each in self.shape.item})

    @cached_property
    def items(self) -> Mapping[str, Item]:
        return {each.name: each for each in self.shape.item}

    @cached_property
    def of_requester(self) -> "Kind":
        """With the items that its requester gives."""
        return self._with(tuple(each for each in self.shape.item if not each.by_party))

    def of_party(self, name: str) -> "Kind":
        """With the items that this party gives."""
        return self._with(tuple(each for each in self.shape.item if each.by_party and each.party == name))

    def _with(self, items: tuple[Item, ...]) -> "Kind":
        return replace(self, shape=self.shape.model_copy(update={"item": items}))

    @cached_property
    def phrases(self) -> tuple[str, ...]:
        """What recognises it, in all languages, compared: its words, and the last level of its title."""
        titles = (words[-1] for words in self.shape.title.values())
        return tuple(dict.fromkeys(plain(each) for each in (*_all_words(self.shape.words), *titles)))

    @cached_property
    def _labels_by_language(self) -> Mapping[str, Labels]:
        languages = {language for each in self.shape.item for language in each.label}
        return {
            language: Labels.of({each.name: each.label.get(language, ()) for each in self.shape.item})
            for language in sorted(languages)
        }

    def language_of(self, phrase: str, text: str) -> str:
        """Of a mail that is too short to tell: that of the words which recognise it (`phrase`), else that of most
        labels in its `text`. '' where two are as likely."""
        titles = {language: words[-1] for language, words in self.shape.title.items()}
        said = {
            language: (*self.shape.words.get(language, ()), titles.get(language, "")) for language in self.languages
        }
        by_words = [language for language, words in said.items() if phrase and phrase in map(plain, words)]
        if len(by_words) == 1:
            return by_words[0]
        found = {
            language: sum(each.sure for each in labels.found_in(text))
            for language, labels in self._labels_by_language.items()
        }
        most = [language for language, count in found.items() if count and count == max(found.values())]
        return most[0] if len(most) == 1 else ""

    @property
    def languages(self) -> tuple[str, ...]:
        """In which it says how it is recognised."""
        return tuple(dict.fromkeys((*self.shape.title, *self.shape.words)))

    def title(self, language: str) -> str:
        """All its levels: 'Account support: change of reseller'."""
        return ": ".join(words_in(self.shape.title, language))

    def says(self, mail: str, language: str) -> str:
        """What the mail of that name says besides; '' for nothing."""
        said = (words_in(words, language) for step, words in self.shape.say.items() if step == mail)
        return "\n".join(next(said, ()))


@dataclass(frozen=True)
class Catalogue:
    kinds: Mapping[str, Kind] = field(default_factory=dict)

    @classmethod
    def of(cls, shapes: Mapping[str, RequestType]) -> "Catalogue":
        return cls({name: Kind(name, shape) for name, shape in shapes.items()})

    @property
    def examples(self) -> int:
        return sum(len(kind.shape.example) for kind in self.kinds.values())

    def recognised(self, message: Message) -> tuple[Kind, str] | None:
        """The kind whose longest phrase stands in the subject, else in the first words; and that phrase."""
        if not self.kinds:
            return None
        for text in (message.subject, message.reply[:BEGINNING]):
            said = f" {plain(text)} "
            found = [
                (len(phrase), name, phrase)
                for name, kind in self.kinds.items()
                for phrase in kind.phrases
                if _stands(phrase, said)
            ]
            if found:
                _, name, phrase = min(found, key=lambda each: (-each[0], each[1]))
                return self.kinds[name], phrase
        return None

    def otherwise(self, department: str) -> Kind | None:
        """Of a new request of this department that is of no other kind."""
        return next((kind for kind in self.kinds.values() if department in kind.shape.otherwise), None)


NO_KINDS = Catalogue()


def words_in(words: InWords, language: str) -> tuple[str, ...]:
    """In this language, else in English, else in the first that there is; () where there is none."""
    for each in (language, FALLBACK, *words):
        if each in words:
            return words[each]
    return ()


def _all_words(words: InWords) -> tuple[str, ...]:
    return tuple(each for said in words.values() for each in said)


def _stands(phrase: str, said: str) -> bool:
    """As whole words; in scripts without blanks anywhere."""
    at = said.find(phrase)
    while phrase and at >= 0:
        before, after = said[at - 1 : at], said[at + len(phrase) : at + len(phrase) + 1]
        if phrase >= JOINED or not (before.isalnum() or after.isalnum()):
            return True
        at = said.find(phrase, at + 1)
    return False
