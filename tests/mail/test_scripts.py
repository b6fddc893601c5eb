"""Domains with letters of several alphabets."""

import pytest

from mailflow.mail.scripts import mixes_scripts


@pytest.mark.parametrize(
    ("domain", "mixes"),
    [
        ("firma.example", False),
        ("żółw.example", False),
        ("xn--w-uga1v8h.example", False),  # żółw
        ("фирма.example", False),  # each label for itself: a Latin top level is usual
        ("fіrma.example", True),  # a Cyrillic i
        ("xn--frma-l9d.example", True),  # the same
        ("firμa.example", True),  # a Greek mu
        ("日本語カナabc.example", False),
        ("xn--.example", False),
        ("xn--zzzzzzzzzzzzzzzzzzzz99999.example", False),
        ("", False),
    ],
)
def test_mixed_scripts(domain: str, mixes: bool) -> None:
    assert mixes_scripts(domain) is mixes
