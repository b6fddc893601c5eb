"""Our text as HTML: the same words, nothing that runs or is fetched, links that lead where they say."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailflow.mail.compose import _lines
from mailflow.mail.markup.framed import LONGEST, mistakes_in, page_of, says
from mailflow.mail.markup.html import elements
from mailflow.mail.markup.written import BODY, LONGEST_LINK, Frame, html_of, links_in

FRAME = Frame('<div style="padding:1em"><h1>A &amp; B</h1>', '<p><a href="https://firma.example/">Firma</a></p></div>')


def written(text: str) -> str:
    """The blocks alone."""
    return html_of(_lines(text), "en").partition(">\n")[2].removesuffix("\n</div>\n").replace(' dir="auto"', "")


BLOCKS = {
    "lines": ("Dear Anna,\nplease use water.\n\nEwa", "<p>Dear Anna,<br>\nplease use water.</p>\n<p>Ewa</p>"),
    "a paragraph that was wrapped": (
        "We have received your request and have opened a ticket for\n"
        "it. A person from our team will read it and answer.",
        "<p>We have received your request and have opened a ticket for\n"
        "it. A person from our team will read it and answer.</p>",
    ),
    "a log": (
        "Nov 02 10:00:01 mail smtpd[17]: connect from a.firma.example\nNov 02 10:00:02 mail smtpd[17]: disconnect it\n",
        "<p>Nov 02 10:00:01 mail smtpd[17]: connect from a.firma.example<br>\n"
        "Nov 02 10:00:02 mail smtpd[17]: disconnect it</p>",
    ),
    "what people mark": (
        "*bold* _under_ `x` # 1\n* x\n+ y\n3. May",
        "<p>*bold* _under_ `x` # 1<br>\n* x<br>\n+ y<br>\n3. May</p>",
    ),
    "a date": ("3. May is free.\n\n4. June too", "<p>3. May is free.</p>\n<p>4. June too</p>"),
    "bullets": (
        "We need:\n- a\n- b\n  and c\n\nThanks",
        "<p>We need:</p>\n<ul>\n<li>a</li>\n<li>b\nand c</li>\n</ul>\n<p>Thanks</p>",
    ),
    "bullets within": ("- a\n  - b", "<ul>\n<li>a<br>\n- b</li>\n</ul>"),
    "numbers": ("Please\n1. a\n2. b\n   c\n", '<p>Please</p>\n<ol start="1">\n<li>a</li>\n<li>b\nc</li>\n</ol>'),
    "numbers from elsewhere": ("7. a\n8. b", '<ol start="7">\n<li>a</li>\n<li>b</li>\n</ol>'),
    "numbers that do not count": ("1. a\n3. b", "<p>1. a<br>\n3. b</p>"),
    "indented": (
        "Run:\n\n    a  b\n      c\n",
        '<p>Run:</p>\n<pre style="white-space:pre-wrap">    a  b\n      c</pre>',
    ),
    "a signature": ("x\n\n-- \nEwa\n\nFirma", '<p>x</p>\n<div style="color:#666">-- <br>\nEwa<br>\n<br>\nFirma</div>'),
    "nothing": ("", ""),
}


@pytest.mark.parametrize("what", BLOCKS)
def test_each_kind_of_block_is_what_it_is(what: str) -> None:
    text, html = BLOCKS[what]
    assert written(text) == html


def test_quotations_stand_within_each_other() -> None:
    html = written("> a\n> > b\n>\n> c\nd")
    assert html.count("<blockquote") == 2
    assert html.startswith("<blockquote")
    assert html.endswith("</blockquote>\n<p>d</p>")


@pytest.mark.parametrize(
    ("line", "links"),
    [
        ("See https://a.example/x?y=1&z=2#q.", ["https://a.example/x?y=1&z=2#q"]),
        ("(http://a.example/b_(c)), <https://a.example>", ["http://a.example/b_(c)", "https://a.example"]),
        ("mailto:a@b.example?subject=x! a@b.example www.a.example", ["mailto:a@b.example?subject=x"]),
        ("*HTTPS://A.example/*", ["HTTPS://A.example/"]),
        ("https://jörg.example/ż", ["https://jörg.example/ż"]),
        ("javascript:alert(1) data:text/html,x ftp://a.example file:///etc", []),
        ("xhttps://a.example https:// http:///x mailto: https://.", []),
        (
            "https://a.example/\u202egpj.exe https://b.example\u200b.evil.example",
            ["https://a.example/", "https://b.example"],
        ),
        ("https://a.example/" + "x" * LONGEST_LINK, []),
    ],
)
def test_only_what_is_shown_is_a_link(line: str, links: list[str]) -> None:
    assert [line[start:end] for start, end in links_in(line)] == links


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=https://evil.example/x.png onerror=alert(1)>',
    "</p></div></body></html><script>x</script>",
    "<!-- ",
    "-->",
    "<![CDATA[",
    "<?php",
    "&lt;script&gt;",
    "&#60;script&#62;",
    "&amp;amp;",
    "&notanentity",
    "&",
    "javascript:alert(1)",
    'https://a.example/"onmouseover="alert(1)',
    "https://a.example/'x'<b>",
    "https://a.example/&quot;x",
    "https://good.example@evil.example/",
    "\u202egpj.exe\u202c",
    "\u2066\u2067x",
    "\u200b\u200d\ufeff",
    "a\u00adb",
    "👩\u200d👩\u200d👧",
    "\x00\x01\x1b[31m\x7f\x85",
    "\ud800",
    "\ue000",
    "\ufffe\uffff\U0010ffff",
    "- ",
    "-- ",
    "- - - x",
    "1. ",
    "1. a\n2. b\n1. c",
    ">",
    "> ",
    ">>>>>>>>>> x",
    "> - a\n> 1. b\n> 2. c\n>     d\n> -- \n> e",
    "  x\n\n    y\n - z\n  - w",
    "\xa0\xa0x\u2003y",
    "שלום https://a.example/א",
    "مرحبا",
    "____________",
    "===",
    "\t- a\n\t1. b",
    "{{ body }}",
    "<BODY>",
    "<plaintext>",
    "<textarea>",
    "<title>",
    "<pre>\n\nx</pre>",
)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("around", ["{}", "a {} b", "> {}", "    {}", "- {}\n- {}", "-- \n{}"])
def test_whatever_the_text_has_the_html_says_it_and_does_no_more(text: str, around: str) -> None:
    lines = _lines(around.replace("{}", text))
    for frame in (Frame(), FRAME):
        page = page_of(lines, "en", frame)
        assert says(page, lines, frame)
        assert {name for name, _, _ in elements(page)} <= TAGS
        assert {each for _, attributes, _ in elements(page) for each in attributes} <= ATTRIBUTES


TAGS = set("html head meta body div p br blockquote ul ol li pre a h1".split())
ATTRIBUTES = set("lang dir charset style type start href".split())
LETTERS = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.sampled_from(
            [*HOSTILE, " ", "\n", "\n\n", "> ", "- ", "2. ", "    ", "word", "https://a.example/", ")", "<", "&"]
        ),
        max_size=40,
    ).map("".join),
)


@settings(max_examples=400, deadline=None)
@given(LETTERS, st.sampled_from(["en", "pl", "ar"]))
def test_any_text_is_said_by_its_html(text: str, language: str) -> None:
    lines = _lines(text)
    assert says(page_of(lines, language, FRAME), lines, FRAME)


SPOILT = {
    "a word more": ("water", "water and fire"),
    "a word less": ("water", ""),
    "a word that is hidden": ("water", '<span style="display:none">water</span>'),
    "a script": ("</p>", "<script>x</script></p>"),
    "a picture": ("</p>", '<img src="https://evil.example/x"></p>'),
    "an event": ("<p ", '<p onclick="x" '),
    "a style that is fetched": ("<p ", '<p style="background:url(https://evil.example)" '),
    "a link that leads elsewhere": ('href="https://a.example/"', 'href="https://evil.example/"'),
    "a link that shows something else": (">https://a.example/<", ">https://b.example/<"),
    "a link that runs": ('href="https://a.example/"', 'href="javascript:x"'),
    "a word outside of the text": ("<body>", "<body>x"),
    "a frame that is missing": ("A &amp; B", ""),
}


@pytest.mark.parametrize("what", SPOILT)
def test_html_that_says_or_does_anything_else_is_known(what: str) -> None:
    text = "please use water: https://a.example/\n"
    page = page_of(text, "en", FRAME)
    assert says(page, text, FRAME)
    spoilt = page.replace(*SPOILT[what], 1)
    assert spoilt != page
    assert not says(spoilt, text, FRAME)


def test_the_language_says_in_which_direction_it_is_read() -> None:
    assert '<html lang="ar" dir="rtl">' in page_of("مرحبا\n", "ar", Frame())
    assert '<html lang="pl" dir="ltr">' in page_of("a\n", "pl", Frame())


@pytest.mark.parametrize(
    ("frame", "mistake"),
    [
        (f"<div>{BODY}</div>", ""),
        ("<div></div>", "must show {{ body }} once"),
        (f"{BODY}{BODY}", "must show {{ body }} once"),
        (f"<p title='{BODY}'>x</p>", "must show {{ body }} once"),
        (f"<style>p {{}}</style>{BODY}", "<style> is not available; there are: a, b, blockquote"),
        (f"<img src='https://a.example/logo.png'>{BODY}", "<img> is not available"),
        (f"<p onclick='x'>{BODY}</p>", "'onclick' of <p> is not available; there are: align"),
        (f"<p style='background:url(//a.example)'>{BODY}</p>", "the style of <p> must not fetch anything"),
        (f"<p style='background:u\\72l(x)'>{BODY}</p>", "the style of <p> must not fetch anything"),
        (f"<a href='javascript:x'>{BODY}</a>", "the link 'javascript:x' must begin with one of: https://, http://"),
        ("<b>" * 100 + BODY, "is too much: "),
        (f"<div style='display:none'>{BODY}</div>", "<div> must not hide what is in it"),
        (f"<div style='font-size:0'>{BODY}</div>", "<div> must not hide what is in it"),
    ],
)
def test_a_frame_fetches_and_runs_nothing_and_shows_the_text(frame: str, mistake: str) -> None:
    found = next(mistakes_in(frame), "")
    assert found.startswith(mistake)
    assert bool(found) is bool(mistake)


def test_a_very_long_text_goes_alone() -> None:
    assert page_of("x " * LONGEST, "en", Frame()) == ""


@pytest.mark.parametrize(
    "text",
    [
        "https://a.example/ " * 10_000,
        "https://a.example/" + ")" * 200_000,
        "1. x\n    y\n" * 20_000,
        "1. x\n- y\n  z\n" * 15_000,
        ">" * 200_000,
        "> x\n" * 60_000,
        "- x\n" * 60_000,
        " " * 200_000 + "x",
        "http" * 60_000,
        "<" * 200_000,
        "x\n\n" * 80_000,
        "\u202e" * 200_000,
    ],
)
def test_any_text_is_done_in_linear_time(text: str) -> None:
    lines = _lines(text)
    assert len(lines) < LONGEST
    page = page_of(lines, "en", FRAME)
    assert page == "" or says(page, lines, FRAME)
