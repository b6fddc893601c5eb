"""Days as people of a language write them. Only importer of Babel.

English is that of no country in particular, in which no day is mistaken for a month: 2 November 2026.
"""

from datetime import date

LOCALES = {"en": "en_001"}
"""Of languages whose own name stands for one country's way; `en` is that of the United States."""


def day_in(language: str, day: date, *, short: bool = False) -> str:
    """`language` as in ISO 639; ISO 8601 in one that nobody has described. `short`: for tables, "2 Nov 2026"."""
    from babel import UnknownLocaleError  # 9 MB with one language, which only who names a day needs
    from babel.dates import format_date

    try:
        return format_date(day, "medium" if short else "long", LOCALES.get(language, language))
    except UnknownLocaleError:
        return day.isoformat()


def said_in(language: str, value: str) -> str:
    """A value that is a day, ISO 8601, or one with an hour behind it: `2026-11-02 14:05 CET`. '' is ''."""
    day, blank, hour = value.partition(" ")
    return day_in(language, date.fromisoformat(day)) + (f", {hour}" if blank else "") if value else ""
