"""What strangers write stays words: in our templates (M4), in shown HTML (M5), in both databases (M11)."""

from html.parser import HTMLParser
from itertools import product
from typing import Any
from urllib.parse import urlsplit

import pytest

from mailflow.desk.writing.kind import Kind
from mailflow.mail.compose import one_line
from mailflow.mail.markup.html import sanitised
from mailflow.mail.parse import parse
from mailflow.mail.values import VALUES
from mailflow.store.columns import storable
from mailflow.store.database import Database
from mailflow.store.tables import ENTRY, MESSAGE
from tests.hostile.world import START, World, mail

# M4

PROGRAMS = (
    "{{ 7*7 }}",
    "{{7*'7'}}",
    "{% for x in (1,) %}49{% endfor %}",
    "{% if 1 %}49{% endif %}",
    "{{ mailbox }}",
    "{{ organisation }}",
    "{{ ''.__class__.__mro__ }}",
    "{{ self }}",
    "{{ config }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ lipsum() }}",
    "{# gone #}",
    "{{ subject|upper }}",
    "{% raw %}x{% endraw %}",
    "{% include 'reply.txt' %}",
    "{% set x = 49 %}{{ x }}",
    "{{ range(10**9)|list }}",
    "{{ 'a'*10**9 }}",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "{{=7*7}}",
    "%(subject)s",
    "{subject}",
    "{{ subject }",
)
PLACES = ("subject", "name", "text", "requester")
KIND_OF = {
    "subject": Kind.ACKNOWLEDGEMENT,
    "name": Kind.ACKNOWLEDGEMENT,
    "text": Kind.REPLY,
    "requester": Kind.ESCALATION,
}


@pytest.mark.parametrize(("program", "place"), list(product(PROGRAMS, PLACES)))
def test_m4_a_program_in_a_value_is_its_letters(program: str, place: str, policy: Any) -> None:
    kind = KIND_OF[place]
    shown = policy.templates.render(kind, "en", {**VALUES[kind], place: program})
    assert program in " ".join(f"{shown.subject}\n{shown.body}".split(" "))
    plain = policy.templates.render(kind, "en", {**VALUES[kind], place: "X"})
    assert shown.body.replace(program, "X") == plain.body
    assert shown.subject.replace(program, "X") == plain.subject


# M5

TRICKS = (
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x></sCrIpT>",
    "<img src=https://evil.example/p.gif>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><image href=//evil.example/x></svg>",
    "<a href='java&#10;script:alert(1)'>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href='data:text/html,x'>x</a>",
    "<a href='vbscript:x'>x</a>",
    "<iframe srcdoc='<script>x</script>'></iframe>",
    "<object data=//evil.example></object>",
    "<embed src=//evil.example>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<base href=//evil.example/>",
    "<form action=//evil.example><input name=x autofocus onfocus=alert(1)></form>",
    "<style>@import '//evil.example/x.css'; p{background:url(//evil.example)}</style>",
    "<p style='background:url(//evil.example/x)'>x</p>",
    "<video poster=//evil.example/x><source src=//evil.example/v></video>",
    "<math><mtext><table><mglyph><style><img src onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<table background=//evil.example/x><tr><td background=//evil.example/y>x",
    "<img srcset='//evil.example/x 2x'>",
    "<button formaction=javascript:alert(1)>x</button>",
    "<a href=//evil.example ping=//evil.example onclick=alert(1)>x</a>",
)
FRAMES = (
    "{}",
    "<div>{}</div>",
    "<p>a{}b</p>",
    "<blockquote><table><tr><td>{}</table>",
    "<!--{}-->{}",
    "<b title='{}'>x</b>{}",
    "<html><head>{}</head><body>{}</body></html>",
    "{}<textarea>{}</textarea>",
)
HARMLESS_ATTRIBUTES = {
    "dir",
    "lang",
    "title",
    "href",
    "rel",
    "src",
    "alt",
    "height",
    "width",
    "start",
    "align",
    "colspan",
    "rowspan",
    "valign",
}
ACTIVE = {
    "script",
    "style",
    "iframe",
    "object",
    "embed",
    "link",
    "meta",
    "base",
    "form",
    "input",
    "button",
    "textarea",
    "svg",
    "math",
    "video",
    "audio",
    "source",
    "image",
    "noscript",
    "template",
    "frame",
    "applet",
    "html",
    "head",
    "body",
}


class Auditor(HTMLParser):
    """Another reader than the one that cleaned: names what could act or be fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ACTIVE:
            self.found.append(tag)
        for name, value in attrs:
            scheme = urlsplit(value or "").scheme
            if name not in HARMLESS_ATTRIBUTES:
                self.found.append(name)
            if name == "src" and scheme != "cid":
                self.found.append(f"src={value}")
            if name == "href" and scheme not in ("http", "https", "mailto", ""):
                self.found.append(f"href={value}")


@pytest.mark.parametrize(("trick", "frame"), list(product(TRICKS, FRAMES)))
def test_m5_nothing_active_or_remote_is_shown(trick: str, frame: str) -> None:
    for own in ((), ("own@kunde.example",)):
        auditor = Auditor()
        auditor.feed(sanitised(frame.format(trick, trick), own) or "")
        auditor.close()
        assert auditor.found == []


# M11

ODD = (
    "'; DROP TABLE ticket; --",
    "' OR '1'='1",
    '" OR ""="',
    "\\'; --",
    "%s %(x)s {x}",
    ":name ?1 $1 @x",
    "a\0b",
    "\ud800 half",
    "\udfff\ud800",
    "\ufffe\uffff",
    "\U0010ffff",
    "\x1b[31m",
    "a\u202eb",
    "x" * 5_000,
    "ą̈́" * 500,
    "$$;$$",
    "E'\\x00'",
    "/* x */ -- y",
    "\r\n\t\v",
    "🎉\u200d🎉",
)
FIELDS = ("subject", "text")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_m11_both_databases_keep_the_same(kind: str, request: pytest.FixtureRequest, policy: Any) -> None:
    """40 mails: each of ODD in the subject and in the text."""
    database = Database(request.getfixturevalue(f"{kind}_url"))
    try:
        with database.begin() as connection:
            world = World(connection, policy, START)
            for number, (odd, field) in enumerate(product(ODD, FIELDS)):
                octets = _odd(odd, field, number)
                world.receive(octets, mail_from=f"b{number}@fremd.example", to="sales@firma.example", trusted=True)
                read, row = parse(octets), world.rows(MESSAGE)[-1]
                assert (row.subject, row.text, row.reply) == (read.subject, read.text, read.reply), (odd, field)
                assert storable(row.subject + row.text) == row.subject + row.text
                entry = world.rows(ENTRY)[-1]
                assert (entry.disposition, entry.subject) == ("filed", read.subject), (odd, field)
    finally:
        database.close()


def _odd(odd: str, field: str, number: int) -> bytes:
    author = f"b{number}@fremd.example"
    if field == "text":
        return mail(author, f"Frage {number}").replace(b"Hallo.", odd.encode(errors="surrogatepass"))
    line = one_line(odd).encode(errors="replace") if "\n" in odd else odd.encode(errors="surrogatepass")
    return mail(author, "SUBJECT").replace(b"SUBJECT", line)


def test_counts() -> None:
    assert (len(PROGRAMS) * len(PLACES), len(TRICKS) * len(FRAMES), len(ODD) * len(FIELDS)) == (100, 200, 40)
