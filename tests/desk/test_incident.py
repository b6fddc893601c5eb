"""What agents say of an incident: its name, its title, how it stands in several languages."""

from datetime import timedelta
from typing import Any

import pytest

from mailflow.desk.incidents.incident import LONGEST_STATE, LONGEST_TITLE, Incident, name_of, texts_of, title_of
from mailflow.errors import Refused

LANGUAGES = ("en", "es", "pl")
HOUR = timedelta(hours=1)


def incident(desk: Any, **said: Any) -> Incident:
    plain = {"id": 1, "name": "shops", "title": "Shops", "department": "", "texts": {}, "state": 1, "opened": desk.now}
    return Incident(**{**plain, **said})


@pytest.mark.parametrize(
    ("said", "texts"),
    [
        (["We work on it."], {"": "We work on it."}),
        (["pl=Pracujemy.", "We work on it."], {"pl": "Pracujemy.", "": "We work on it."}),
        (["a=b is what it says"], {"": "a=b is what it says"}),
        (["Rate=2"], {"": "Rate=2"}),
        (["es=Uno\ndos\n", " one\ntwo "], {"es": "Uno\ndos", "": "one\ntwo"}),
        ([], {}),
    ],
)
def test_a_state_is_said_for_everybody_and_in_languages(said: list[str], texts: dict[str, str]) -> None:
    assert texts_of(said, LANGUAGES) == texts


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (["pl=Pracujemy."], "say it for everybody too"),
        (["x", "y"], "the state is said twice for everybody"),
        (["x", "pl=a", "pl=b"], "the state is said twice in 'pl'"),
        (["x", "ps=a"], "there are no templates in 'ps'; known here: en, es, pl"),
        ([" "], "a state has words"),
        (["x", "pl="], "a state has words"),
        (["x" * (LONGEST_STATE + 1)], f"at most {LONGEST_STATE} characters"),
    ],
)
def test_what_is_no_state_is_refused(said: list[str], why: str) -> None:
    with pytest.raises(Refused, match=why):
        texts_of(said, LANGUAGES)


def test_who_has_no_words_of_their_own_language_reads_those_for_everybody(desk: Any) -> None:
    it = incident(desk, texts={"": "We work on it.", "pl": "Pracujemy."})
    assert [it.told_in(language) for language in ("pl", "fr", "")] == ["Pracujemy.", "We work on it.", "We work on it."]
    assert incident(desk).told_in("pl") == ""


@pytest.mark.parametrize("name", ["shops", "mail-2", "a_b", "9"])
def test_a_name(name: str) -> None:
    assert name_of(name) == name


@pytest.mark.parametrize("name", ["", "Shops", "the shops", "-x", "żółw", "x" * 41, "${1}"])
def test_no_name(name: str) -> None:
    with pytest.raises(Refused, match="no name of an incident: write small letters"):
        name_of(name)


def test_a_title_is_one_line() -> None:
    assert title_of("  Shops\nare\tdown ") == "Shops are down"
    for title in ("", " \n", "x" * (LONGEST_TITLE + 1)):
        with pytest.raises(Refused):
            title_of(title)


def test_it_was_open_from_its_beginning_until_before_its_end(desk: Any) -> None:
    it = incident(desk, ended=desk.now + HOUR)
    moments = (-HOUR, timedelta(0), HOUR / 2, HOUR, 2 * HOUR)
    assert [it.was_open(desk.now + each) for each in moments] == [False, True, True, False, False]
    assert incident(desk).was_open(desk.now + 10000 * HOUR)
