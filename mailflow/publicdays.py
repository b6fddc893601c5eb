"""Which days a country or a part of it does not work, as the `holidays` package knows them. Its only importer.

The days are data for the core. Loaded when a calendar names such a place: the package takes 50 ms to import.
"""

import warnings
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from mailflow.nearest import hint

YEARS = range(2020, 2061)
"""Known days: what was promised long ago, and as far ahead as a promise may reach. Later years have only the weekly
hours and the calendar's own days; a machine is set up anew before that."""


@lru_cache(64)
def days_off(place: str) -> Mapping[date, str]:
    """The public holidays of YEARS with their names; `place` is 'PL', or 'US-NY' for a part of a country. One that is
    observed on another day is there on that day as well. ValueError, in words, if there is no such place."""
    import holidays

    country, _, part = place.partition("-")
    known = holidays.list_supported_countries()
    if country not in known:
        raise ValueError(f"{place!r} is no country whose holidays are known; {_hint_of_country(country, known)}")
    if part and part not in known[country]:
        raise ValueError(f"{country} has no part '{part}' with holidays of its own; {hint(part, known[country])}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of some countries fewer years are known
        return dict(holidays.country_holidays(country, subdiv=part or None, years=YEARS))


def _hint_of_country(country: str, known: Mapping[str, object]) -> str:
    if country.upper() in known:
        return f"did you mean '{country.upper()}'?"
    return "write a code of two letters (ISO 3166), 'PL', or one with a part of the country, 'US-NY'"
