"""Who wrote it (M8, threats 8), who is shown, and how addresses are compared (M9)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailflow.mail.address import addresses_of, author_of, canonical, copied_of, domain_of, named_in, split_plus
from mailflow.mail.bounds import USUAL
from mailflow.mail.message import Address

HONEST = {
    "anna@kunde.example": "anna@kunde.example",
    "<anna@kunde.example>": "anna@kunde.example",
    "Anna Nowak <anna@kunde.example>": "anna@kunde.example",
    "Anna Nowak <Anna@KUNDE.example>": "anna@kunde.example",
    "John Q. Public <john@kunde.example>": "john@kunde.example",  # a period in a phrase
    '"Nowak, Anna" <anna@kunde.example>': "anna@kunde.example",
    "Nowak, Anna <anna@kunde.example>": "anna@kunde.example",  # a comma that should have been quoted
    "anna@kunde.example (Anna Nowak)": "anna@kunde.example",
    "=?utf-8?q?Anna?=<anna@kunde.example>": "anna@kunde.example",  # no blank after the encoded-word
    '"=?utf-8?q?Anna?=" <anna@kunde.example>': "anna@kunde.example",  # an encoded-word in quotes
    "Jörg <anna@kunde.example>": "anna@kunde.example",  # raw 8 bit
    "anna@kunde.example <anna@kunde.example>": "anna@kunde.example",
    '"anna@kunde.example" <anna@kunde.example>': "anna@kunde.example",
    "Anna (accounts) <anna+tickets@kunde.example> (work)": "anna+tickets@kunde.example",
    "=?utf-8?q?a=40corp.example?= <mallory@evil.example>": "mallory@evil.example",  # the words are only words
    "jörg@exämple.example": "jörg@xn--exmple-cua.example",
    "jörg@EXÄMPLE.example": "jörg@xn--exmple-cua.example",
    "jo\u0308rg@exa\u0308mple.example": "jörg@xn--exmple-cua.example",  # as a Mac composes it
    "a@stra\u1e9ee.example": "a@xn--strae-oqa.example",
    "a@ΣΑΣ.example": "a@xn--mxa9ab.example",
    "a@xn--exmple-cua.example": "a@xn--exmple-cua.example",
}
FORGED = [
    "a@corp.example <mallory@evil.example>",  # some programs take the first, some the second
    "<a@corp.example> <mallory@evil.example>",
    "a@corp.example, mallory@evil.example",
    "a@corp.example mallory@evil.example",
    "Group: a@corp.example;",
    "<=?utf-8?q?a=40corp.example?=>",
    "<=?utf-8?q?a?=@corp.example>",
    "=?utf-8?q?a?=@corp.example",
    "<a@corp.example",
    "<a@corp.example>>",
    "<a@corp.example> mallory",
    "<a@corp.example@evil.example>",
    "<@corp.example:a@evil.example>",
    "a(comment)@corp.example",
    "<a(comment)@corp.example>",
    '"a b"@corp.example',
    '"a"@corp.example',
    "<a b@corp.example>",
    "<a@corp.example\x00>",
    "a@corp.example\x00",
    "a@corp.example\x0b",
    "<a@corp.example\x1f>",
    "<a@corp.example>\x0b",
    "<\xa0a@corp.example>",
    "a@\uff43orp.example",  # a full-width letter
    "a@co\u2060rp.example",
    "a@corp\uff61example",
    "a@co\xadrp.example",
    "a@\ufb01rma.example",  # a ligature
    "a@cor\u2460.example",
    "a@\u212aunde.example",  # the Kelvin sign
    "\u212aarl@corp.example",
    "a@corp.examp\u017fe",
    "<a@corp\u3002example>",
    "<a@corp\uff0eexample>",
    "<a\u200b@corp.example>",
    "<a@corp\u200b.example>",
    "<\u202ea@corp.example>",
    "<a@corp..example>",
    "<a@.corp.example>",
    "<a@corp.example.>",
    "<a@[192.0.2.1]>",
    "<a\ufffd@corp.example>",
    "<@corp.example>",
    "<a@>",
    "<a>",
    "Anna",
    "<>",
    "",
    "(a@corp.example)",
    '"a@corp.example',
    '"Doe, John <a@corp.example>',
    'Doe" <a@corp.example>',
    '", a@corp.example',
    'a@corp.example, "',
    'a@corp.example; ":',
    'x":;a@corp.example',
    "<a@corp.example, b@corp.example>",
    "<a@corp.example, x",
    "'a@corp.example'",
    "<'a@corp.example'> x",
    "<mailto:a@corp.example>",
    "[mailto:a@corp.example]",
    "=?utf-8?q?Anna_=3Ca=40corp=2Eexample=3E?=",
    "< a @ corp.example >",
]


@pytest.mark.parametrize(("field", "address"), HONEST.items())
def test_defects_of_the_display_name_do_not_hide_an_author(field: str, address: str) -> None:
    assert author_of([field]) == (address, "")


@pytest.mark.parametrize("field", FORGED)
def test_anything_but_one_clean_mailbox_has_no_author(field: str) -> None:
    address, why = author_of([field])
    assert address is None
    assert why


def test_two_from_fields_are_no_author_and_none_is_none() -> None:
    assert author_of(["a@corp.example", "a@corp.example"]) == (None, "there are 2 From fields")
    assert author_of([]) == (None, "there is no From field")


@given(st.text(alphabet="ab@.<>,;:\"'()[]\\ =?\u3002\u200b", max_size=40))
@settings(max_examples=200, deadline=None)
def test_an_author_is_always_one_clean_address(field: str) -> None:  # F3
    author, why = author_of([field])
    assert bool(author) != bool(why)
    if author:
        assert author.count("@") == 1
        assert not set(author) & set('<>,;:"()[]\\ \u3002\u200b')
        assert canonical(author) == author
        assert author in field.casefold()


@pytest.mark.parametrize(
    ("field", "shown"),
    [
        ("Anna <a@b.example>, c@d.example", [("Anna", "a@b.example"), ("", "c@d.example")]),
        ('"Nowak, Anna" <a@b.example>; Jan <j@b.example>', [("Nowak, Anna", "a@b.example"), ("Jan", "j@b.example")]),
        ("O'Neil, Jim <j@b.example>", [("O'Neil, Jim", "j@b.example")]),
        (
            "Team: a@b.example, c@d.example;, e@f.example",
            [("", "a@b.example"), ("", "c@d.example"), ("", "e@f.example")],
        ),
        ("undisclosed-recipients:;", []),
        ("=?utf-8?q?J=C3=B6rg?= <j@b.example>", [("Jörg", "j@b.example")]),
        ("j@b.example (Jörg (sales))", [("Jörg (sales)", "j@b.example")]),
        ("Anna Nowak a@b.example", [("Anna Nowak", "a@b.example")]),
        ("'Anna' <a@b.example>", [("Anna", "a@b.example")]),
        ("Anna <mailto:a@b.example>", [("Anna", "a@b.example")]),
        ("root", [("", "root")]),
        ('"Doe, John <j@b.example>', [("Doe, John", "j@b.example")]),  # a quotation mark without its partner
        ("Anna <a@b.example, Jan <j@b.example>", [("Anna", "a@b.example"), ("Jan", "j@b.example")]),
        ("Anna <a@b.example", [("Anna", "a@b.example")]),
        ("<<a@b.example>>", [("", "a@b.example")]),
        ('"a@b.example" <a@b.example>', [("a@b.example", "a@b.example")]),
        ("Anna <MAILTO:a@b.example?subject=x>", [("Anna", "a@b.example")]),
        ("Anna [mailto:a@b.example]", [("Anna", "a@b.example")]),
        ("'a@b.example'", [("", "a@b.example")]),
        ("<'a@b.example'>", [("", "a@b.example")]),
        ("Anna < a @ b.example >", [("Anna", "a@b.example")]),
        ("Anna <a@b.example.>", [("Anna", "a@b.example")]),
        ("<@x.example,@y.example:a@b.example>", [("", "a@b.example")]),
        ('"anna nowak"@b.example', [("", '"anna nowak"@b.example')]),
        ('Anna <"anna nowak"@b.example>', [("Anna", '"anna nowak"@b.example')]),
        ("a@[192.0.2.1]", [("", "a@[192.0.2.1]")]),
        ("Anna <a@[IPv6:2001:db8::1]>", [("Anna", "a@[IPv6:2001:db8::1]")]),
        ("Jörg <jörg@exämple.example>", [("Jörg", "jörg@exämple.example")]),
        ("a@xn--exmple-cua.example", [("", "a@xn--exmple-cua.example")]),
        ("=?utf-8?q?Anna_=3Ca=40b=2Eexample=3E?=", [("Anna", "a@b.example")]),  # encoded whole
        ("=?utf-8?q?a=40b=2Eexample?=", [("", "a@b.example")]),
        ("<=?utf-8?q?a=40b=2Eexample?=>", [("", "a@b.example")]),
        ("Anna <anna>", [("Anna", "anna")]),
        ("A\u202enna\u200b <a@b.example>", [("Anna", "a@b.example")]),
        ("<a\u202e@b.example>", [("", "a\ufffd@b.example")]),
        ("No Address Here", [("No Address Here", "")]),
        ("", []),
    ],
)
def test_addresses_are_shown_whatever_stands_there(field: str, shown: list[tuple[str, str]]) -> None:
    assert addresses_of(field) == tuple(Address(name, address) for name, address in shown)


def test_no_more_than_500_addresses_are_read() -> None:
    assert len(addresses_of("a@b.example, " * 600)) == USUAL.addresses


@pytest.mark.parametrize(
    ("fields", "read"),
    [
        (["Anna <anna@b.example>, karl@B.example", "anna@b.example"], ("anna@b.example", "karl@b.example")),
        (["Nowak, Anna <anna@b.example>"], ("anna@b.example",)),
        (["anna@żółw.example"], ("anna@xn--w-uga1v8h.example",)),
        (["=?utf-8?q?eve=40evil.example?=, eve, <>, a@, @b.example"], ()),
        (["team: anna@b.example, karl@b.example; zoe@b.example"], ("zoe@b.example",)),
        (["a@b.example <eve@evil.example>", "<a@b.example> <eve@evil.example>", "<a@b.example> eve"], ()),
        (["eve(a@b.example)@evil.example"], ()),
        ([], ()),
    ],
)
def test_recipients_count_where_there_is_no_doubt(fields: list[str], read: tuple[str, ...]) -> None:
    assert copied_of(fields, 50) == read


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("write to Karl@Kunde.example, or <zoe@b.example>.", ("karl@kunde.example", "zoe@b.example")),
        ("(karl+x@kunde.example) karl+X@kunde.example", ("karl+x@kunde.example",)),
        ("@ a@ @b a@b a@b. .@b.example a @ b.example", ()),
        ("see https://a:b@host.example/", ("b@host.example",)),
        ("x" * 90 + "@b.example", ("x" * 64 + "@b.example",)),
        ("a@b.example " * 4 + "late@b.example", ("a@b.example",)),
        ("", ()),
    ],
)
def test_addresses_in_a_text(text: str, named: tuple[str, ...]) -> None:
    assert named_in(text, 4) == named


@pytest.mark.parametrize("mark", ["@", "a", "a@", "a.", "@a.", "a.b@c."])
def test_a_text_is_searched_in_one_pass(mark: str) -> None:
    named_in(mark * 300_000, 20)


def test_no_more_recipients_are_read_than_are_asked_for() -> None:
    assert copied_of(["a@b.example, " * 9 + "c@b.example, d@b.example"], 10) == ("a@b.example", "c@b.example")


@pytest.mark.parametrize("mark", ["(", '"', "<", "[", ",", ":", "\\", "a@b, <", '\\"', '"\\', "<a "])
def test_bombs_of_brackets_are_read_in_one_pass(mark: str) -> None:  # M1
    addresses_of(mark * 30_000)
    copied_of([mark * 30_000], 50)
    author_of([mark * 30_000])


@pytest.mark.parametrize(
    ("address", "same"),
    [
        ("Anna@Kunde.EXAMPLE", "anna@kunde.example"),
        ("JÖRG@exämple.example", "jÖrg@xn--exmple-cua.example"),  # only ASCII loses its case
        ("jo\u0308rg@kunde.example", "jörg@kunde.example"),
        ("a@kunde\u3002example", "a@kunde.example"),
        ("a@straße.example", "a@xn--strae-oqa.example"),
        ("a@" + "ä" * 300, "a@" + "ä" * 300),
        ("nobody", "nobody"),
        ("", ""),
    ],
)
def test_addresses_are_compared_in_one_form(address: str, same: str) -> None:
    assert canonical(address) == same


def test_an_address_is_taken_apart() -> None:
    assert domain_of("a@Kunde.example") == "kunde.example"
    assert domain_of("nobody") == ""
    assert split_plus("support+token@firma.example") == ("support@firma.example", "token")
    assert split_plus("support@firma.example") == ("support@firma.example", "")
