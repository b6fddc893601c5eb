"""A value and its parameters (RFC 2045, RFC 2231)."""

import pytest

from mailflow.mail.bounds import USUAL
from mailflow.mail.mime.parameters import read_parameters


@pytest.mark.parametrize(
    ("field", "value", "parameters"),
    [
        ("text/plain; charset=utf-8", "text/plain", {"charset": "utf-8"}),
        ('Text/HTML ; Charset="UTF-8"; x', "text/html", {"charset": "UTF-8"}),
        ("a/b; name=two words.txt; x=1", "a/b", {"name": "two words.txt", "x": "1"}),
        (r'a/b; name="a \"b\" C:\dir"', "a/b", {"name": r'a "b" C:\dir'}),
        ("a/b; name=first; name=second", "a/b", {"name": "first"}),
        ("a/b; name*=utf-8'pl'za%C5%BC", "a/b", {"name": "zaż"}),
        ("a/b; name*0=a; name*1=b", "a/b", {"name": "ab"}),
        ("a/b; name*1*=%C5%BC; name*0*=utf-8''za", "a/b", {"name": "zaż"}),
        ("a/b; name=plain; name*=utf-8''better", "a/b", {"name": "better"}),
        ('a/b; name="open', "a/b", {"name": "open"}),
        ("a/b name=x", "a/b", {"name": "x"}),
        ("a/b; name= ; x=1", "a/b", {"name": "", "x": "1"}),
        ("a/b; name=x ; x=1", "a/b", {"name": "x", "x": "1"}),
        ("a/b (comment); x=1", "a/b", {"x": "1"}),
        ("", "", {}),
    ],
)
def test_parameters_are_read_as_mail_programs_write_them(field: str, value: str, parameters: dict[str, str]) -> None:
    assert read_parameters(field) == (value, parameters)


def test_no_more_than_100_parameters_are_read() -> None:
    assert len(read_parameters("a/b" + "".join(f"; p{number}=1" for number in range(500)))[1]) == USUAL.parameters
