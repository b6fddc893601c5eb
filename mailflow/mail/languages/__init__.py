"""What mail says in each language: one TOML file a language beside this one, for a translator to extend.

How mail programs introduce what they quote, name header fields and sign; how absence notes and delivery reports are
worded; the small words by which a language is told. `docs/languages.md` says what each table means. Data of this
package, read once: an unknown table or a word that is no text is an error at import, found by the tests.
"""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

Words = tuple[str, ...]

TABLES: Mapping[str, frozenset[str]] = {
    "reply": frozenset({"on", "wrote", "original", "forwarded", "above"}),
    "wish": frozenset({"news", "list", "settled", "thanks", "filler"}),
    "details": frozenset(
        {"name", "phone", "addresses", "language", "languages", "region", "confirm", "object", "more"}
    ),
    "consent": frozenset({"yes", "no"}),
    "error": frozenset({"word", "shown"}),
    "header": frozenset({"from", "date", "to", "cc", "subject"}),
    "signature": frozenset({"device", "device_end"}),
    "absence": frozenset(
        {
            "subject",
            "subject_titled",
            "subject_more",
            "subject_fails",
            "subject_end",
            "text",
            "left",
            "away",
            "deputy",
            "greeting",
            "greeted",
            "but",
            "wants",
        }
        | {"until", "back", "after", "after_back"}
    ),
    "automatic": frozenset(
        {"subject", "said", "mail", "this", "sent", "received", "elsewhere", "challenge", "told", "offer"}
        | {"promise", "we_answer", "office_hours"}
    ),
    "dates": frozenset({"months", "also", "jalali"}),
    "report": frozenset(
        {
            "subject",
            "machine_subject",
            "sentence",
            "delay",
            "final",
            "delivered",
            "returned",
            "label",
            "sent_to",
            "receipt",
            "for",
            "other",
            "alias",
        }
    ),
    "failure": frozenset(
        {"unknown_host", "mailbox_full", "too_big", "disabled", "unknown_user", "refused", "no_answer"}
    ),
    "words": frozenset({"small", "letters", "script"}),
}
"""The tables and keys a file may have; each is optional."""
SHOWN = "details"
"""The table whose words we write, too: they keep their case."""


def _read(text: str) -> Mapping[str, Words]:
    """'table.key' to its words, folded for comparing; 'name' to the language's own name."""
    tables = tomllib.loads(text)
    found: dict[str, Words] = {"name": (tables.pop("name"),)}
    for table, keys in tables.items():
        for key, words in keys.items():
            if key not in TABLES[table]:
                raise KeyError(f"{table}.{key}")
            several = [words] if isinstance(words, str) else words
            found[f"{table}.{key}"] = tuple(word if table == SHOWN else word.casefold() for word in several)
    return MappingProxyType(found)


LANGUAGES: Mapping[str, Mapping[str, Words]] = MappingProxyType(
    {
        entry.name.removesuffix(".toml"): _read(entry.read_text(encoding="utf-8"))
        for entry in sorted(files(__name__).iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".toml")
    }
)
"""By code: 'en', 'pl' …"""


def words(key: str, language: str) -> Words:
    """What one language says, e.g. words('dates.months', 'pl'); () when its file does not."""
    return LANGUAGES[language].get(key, ())


def every(key: str) -> Words:
    """What all languages say, each once: for mail whose language nobody knows yet."""
    return tuple(dict.fromkeys(word for tables in LANGUAGES.values() for word in tables.get(key, ())))


def by_language(key: str) -> Mapping[str, Words]:
    """The languages that have this table."""
    return {language: tables[key] for language, tables in LANGUAGES.items() if tables.get(key)}
