"""Odd mails as pairs of files: NAME.eml is the mail, named by what is odd; NAME.json what `inspect --json` must show.

The JSON holds only the fields that the mail is about. An object is compared by the keys that it names, a list item by
item, everything else as it is. A key that begins with "no " is a list of words that the field must not contain.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from mailflow.mail.inspection import as_json
from mailflow.mail.parse import parse

MESSAGES = Path(__file__).parent.parent / "messages"
EXPECTATIONS = sorted(MESSAGES.glob("*.json"))


@pytest.mark.parametrize("path", EXPECTATIONS, ids=lambda path: path.stem)
def test_an_odd_mail_shows_what_is_expected_of_it(path: Path) -> None:
    shown = as_json(parse(path.with_suffix(".eml").read_bytes(), contents=True))
    expected = json.loads(path.read_text(encoding="utf-8"))
    assert expected, "an expectation names at least one field"
    for key, value in expected.items():
        if key.startswith("no "):
            assert [word for word in value if word in (shown[key.removeprefix("no ")] or "")] == []
        else:
            assert _as_far_as_named(shown[key], value) == value


def _as_far_as_named(shown: Any, expected: Any) -> Any:
    """`shown` with only those keys of its objects that `expected` names."""
    if isinstance(expected, dict) and isinstance(shown, dict):
        return {key: _as_far_as_named(shown.get(key), value) for key, value in expected.items()}
    if isinstance(expected, list) and isinstance(shown, list) and len(expected) == len(shown):
        return [_as_far_as_named(*pair) for pair in zip(shown, expected, strict=True)]
    return shown
