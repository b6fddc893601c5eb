"""Domains match on label boundaries, addresses whole, networks by what is in them, in whatever form they stand."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime
from time import process_time

import pytest

from mailflow.desk.lists.entrylist import MOST_PROBLEMS, EntryList
from mailflow.desk.lists.listed import Entry
from mailflow.desk.lists.screen import blocked_by, told
from mailflow.desk.policy import Policy
from mailflow.errors import ConfigurationError

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
LIST = EntryList.of(
    """\ufeffqq.com
# spam
  Exämple.DE   # umlaut
Someone@Kunde.example
öl@exämple.org
*.top
192.0.2.7
192.0.2.128/25
::ffff:203.0.113.0/120
10.0.0.0/8
10.1.0.0/16
2001:DB8:0::/32
2001:db8:1::1

late.example expires=2026-11-01
today.example  expires="2026-11-02" why="sells printers # that do not exist"  # ewa
twice.example expires=2026-10-01
twice.example expires=2026-12-01
twice.example expires=2026-11-09
mail.qq.com expires=2026-11-01
under_score.example
under-score.example
""",
    "blocked-domains.txt",
)


@pytest.mark.parametrize(
    ("value", "entry"),
    [
        ("someone@qq.com", "qq.com"),
        ("x@mail.qq.com", "qq.com"),
        ("x@a.b.qq.com", "qq.com"),
        ("X@QQ.COM", "qq.com"),
        ("x@qq.com.", "qq.com"),
        ("qq.com", "qq.com"),
        ("x@xn--exmple-cua.de", "Exämple.DE"),
        ("x@exämple.de", "Exämple.DE"),
        ("x@notqq.com", None),
        ("x@qq.com.evil.example", None),
        ("qq.com@kunde.example", None),
        ("x@" + "a." * 30_000 + "qq.com", "qq.com"),
        ("x@" + "a" * 30_000 + "qq.com", None),
        ("x@com", None),
        ("", None),
        ("x@", None),
        ("someone@kunde.example", "Someone@Kunde.example"),
        ("SOMEONE@KUNDE.EXAMPLE", "Someone@Kunde.example"),
        ("someone@kunde.example.", "Someone@Kunde.example"),
        ("else@kunde.example", None),
        ("kunde.example", None),
        ("someone@mail.kunde.example", None),
        ("ÖL@xn--exmple-cua.org", None),  # who is written in letters that a mailbox may tell apart (RFC 6531)
        ("öl@xn--exmple-cua.org", "öl@exämple.org"),
        ("x@any.top", "*.top"),
        ("x@top", "*.top"),
        ("x@any.laptop", None),
        ("x@under_score.example", "under_score.example"),
        ("x@under-score.example", "under-score.example"),
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("192.0.2.8", None),
        ("192.0.2.127", None),
        ("192.0.2.128", "192.0.2.128/25"),
        ("192.0.2.255", "192.0.2.128/25"),
        ("203.0.113.9", "::ffff:203.0.113.0/120"),
        ("::ffff:203.0.113.9", "::ffff:203.0.113.0/120"),
        ("10.2.3.4", "10.0.0.0/8"),
        ("10.1.3.4", "10.1.0.0/16"),
        ("11.0.0.1", None),
        ("2001:db8:ffff::1", "2001:DB8:0::/32"),
        ("2001:0DB8:0001:0:0:0:0:1", "2001:db8:1::1"),
        ("2001:db9::1", None),
        ("unix", None),
        ("x@late.example", None),
        ("x@today.example", "today.example"),
        ("x@twice.example", "twice.example"),
    ],
)
def test_what_is_listed(value: str, entry: str | None) -> None:
    found = LIST.find(value, NOW)
    assert (found.value if found else None) == entry


def test_an_entry_knows_its_place_its_last_day_and_its_reason() -> None:
    why = "sells printers # that do not exist"
    assert LIST.find("x@today.example", NOW) == Entry(
        "today.example", "blocked-domains.txt", 16, date(2026, 11, 2), why
    )
    assert LIST.find("x@today.example", datetime(2026, 11, 3, tzinfo=UTC)) is None
    assert LIST.find("qq.com", NOW) == Entry("qq.com", "blocked-domains.txt", 1)
    assert (LIST.expired(NOW), len(LIST)) == (2, 18)
    assert [entry.line for entry in LIST.entries()] == [1, *range(3, 14), 15, 16, 18, 20, 21, 22]


def test_without_a_last_day_goes_before_with_one_and_the_later_before_the_earlier() -> None:
    both = EntryList.of(
        "a.example expires=2026-10-01\na.example\nb.example why=x\nb.example expires=2026-12-01\nb.example\n", "f"
    )
    assert [(entry.line, entry.expires, entry.why) for entry in both.entries()] == [(2, None, ""), (3, None, "x")]
    assert both.expired(NOW) == 0


NO_DOMAIN = "is no domain, address or network; write one a line, such as 'example.com'"
MORE = "is more than one entry; write one a line, such as 'example.com'; allowed behind it: "
ALLOWED = 'expires=2026-12-31 and why="…"'


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("*.qq.com", "subdomains are always included; write 'qq.com'"),
        ("@qq.com", "is no address; write the domain 'qq.com'"),
        ("com", "is no domain; write one a line, such as 'example.com', or '*.com' for all that end in it"),
        ("qq.com spam.example", MORE + ALLOWED),
        ("-x.example", NO_DOMAIN),
        ("a..example", NO_DOMAIN),
        ("http://x.example/", NO_DOMAIN),
        ("a" * 64 + ".example", NO_DOMAIN),
        ("a." * 130 + "example", NO_DOMAIN),
        ("<anna@firma.example>", "is no address; write it without a name, such as 'someone@example.com'"),
        ("anna@firma", "is no address; write it without a name, such as 'someone@example.com'"),
        ("192.0.2.256", "is no network; write '192.0.2.1', '192.0.2.0/24' or '2001:db8::/32'"),
        ("192.0.2.0/33", "is no network; write '192.0.2.1', '192.0.2.0/24' or '2001:db8::/32'"),
        ("192.0.2.1/24", "is an address within a network; write '192.0.2.0/24'"),
        ("2001:db8::1/32", "is an address within a network; write '2001:db8::/32'"),
        ("qq.com expires=tomorrow", "'tomorrow' is no day; write expires=2026-12-31"),
        ("qq.com expires=2026-02-30", "'2026-02-30' is no day; write expires=2026-12-31"),
        ("qq.com expires=20261231", "'20261231' is no day; write expires=2026-12-31"),
        ("qq.com expire=2026-12-31", "there is no 'expire='; did you mean 'expires='?"),
        ("qq.com until=2026-12-31", f"there is no 'until='; allowed behind an entry: {ALLOWED}"),
        ('qq.com why="spam', f"a quotation mark is out of place; allowed behind an entry: {ALLOWED}"),
        ("expires=2026-12-31", NO_DOMAIN),
    ],
)
def test_a_line_that_lists_nothing_is_named(line: str, why: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        EntryList.of(f"good.example\n{line}\n", "filters/blocked-domains.txt")
    assert [str(problem) for problem in caught.value.problems] == [f"filters/blocked-domains.txt:2: {line[:80]}: {why}"]


def test_every_wrong_line_is_named_at_once_up_to_a_number_one_reads() -> None:
    with pytest.raises(ConfigurationError) as caught:
        EntryList.of("com\n\nnet\n", "f")
    assert [problem.line for problem in caught.value.problems] == [1, 3]
    with pytest.raises(ConfigurationError) as caught:
        EntryList.of("com\n" * (MOST_PROBLEMS + 2), "f")
    assert len(caught.value.problems) == MOST_PROBLEMS + 1
    assert str(caught.value.problems[-1]) == f"f:{MOST_PROBLEMS + 1}: file: and 2 more from here on"


@pytest.mark.parametrize("piece", ["a.", "a-", "a=", "a ", '"', " a=b", ' a="', "@", "#", "/", ":", "1.", "ä.", "a@"])
def test_a_line_of_any_length_is_read_in_the_time_of_its_length(piece: str) -> None:  # M13
    line = piece * 200_000
    with pytest.raises(ConfigurationError) if piece != "#" else nullcontext() as caught:
        EntryList.of(line, "f")
    assert caught is None or len(str(caught.value)) < 500


@pytest.mark.parametrize(
    "line",
    ["h{0}.spam{0}.example", "user{0}@spam.example", 'h{0}.example expires=2026-12-31 why="x"', "10.{1}.{2}.0/24"],
)
def test_a_long_list_is_read_and_searched_in_little_time(line: str) -> None:
    text = "\n".join(line.format(number, number >> 8 & 255, number & 255) for number in range(50_000))
    begin = process_time()
    listed = EntryList.of(text, "f")
    read = process_time()
    for _ in range(1_000):
        assert listed.find("someone@a.b.c.kunde.example", NOW) is None
        assert listed.find("203.0.113.9", NOW) is None
    found = process_time()
    assert len(listed) == 50_000
    assert read - begin < 1.5  # takes 0.15: a million lines in 3 s
    assert found - read < 0.5  # takes 0.01, and would take minutes by looking at each


def test_envelope_sender_and_from_are_both_looked_at(policy: Policy) -> None:
    def blocking(mail_from: str, header_from: str | None) -> str | None:
        entry = blocked_by(mail_from, header_from, "", policy, NOW)
        return entry.value if entry else None

    assert blocking("x@qq.com", "anna@kunde.example") == "qq.com"
    assert blocking("anna@kunde.example", "x@mail.qq.com") == "qq.com"
    assert blocking("", None) is None


def test_who_hands_it_in_is_looked_at_and_the_line_is_told(policy: Policy) -> None:
    listed = EntryList.of('# 1\n192.0.2.0/24 why="a farm"\n', "/etc/mailflow/filters/blocked-domains.txt")
    entry = blocked_by("anna@kunde.example", None, "192.0.2.9", replace(policy, blocked=listed), NOW)
    assert entry
    assert told(entry) == "192.0.2.0/24 is blocked, blocked-domains.txt:2: a farm"
    assert blocked_by("anna@kunde.example", None, "", replace(policy, blocked=listed), NOW) is None


@pytest.mark.parametrize(
    "value", ["new.example", "*.zip", "198.51.100.0/24", "2001:db8::/48", "late.example", "Ö@x.org"]
)
def test_one_entry_more_is_what_reading_the_file_again_brings(value: str) -> None:
    text = "qq.com\n192.0.2.0/24\nlate.example expires=2026-11-01\n"
    if value == "late.example":  # it stands in the place of the one that had expired
        text = text.replace("late.example expires=2026-11-01", "")
    again = EntryList.of(f'{text}{value} why="spam"', "blocked-domains.txt")
    entry = Entry(value, "blocked-domains.txt", text.count("\n") + 1, why="spam")
    assert EntryList.of(text, "blocked-domains.txt").plus(entry) == again
    before = EntryList.of("late.example expires=2026-11-01", "blocked-domains.txt")
    assert before.plus(Entry("late.example", "blocked-domains.txt", 1)).find("late.example", NOW)
