"""What a department is told in the morning, when, and in which words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from textwrap import wrap
from typing import Any
from unicodedata import east_asian_width

import pytest

from mailflow.config import Config
from mailflow.desk.conversation.undeliverable import Undeliverable
from mailflow.desk.digests import digest
from mailflow.desk.digests.commands import Command, Verb, orders_in
from mailflow.desk.digests.morning import Doubtful, Morning, Promised, Untaken, in_words
from mailflow.desk.digests.pile import SHOWN, Addressed, Kept, Pile, Share, shares
from mailflow.desk.knowledge.article import Article
from mailflow.desk.policy import Policy
from mailflow.desk.ticket import Priority, Status, Ticket
from mailflow.desk.writing.folding import COLUMNS
from mailflow.desk.writing.letter import write
from mailflow.mail.parse import parse
from mailflow.mail.token import OF_A_CHALLENGE, OF_A_TICKET, minute_of, moment_of, of_a_digest
from tests.conftest import ORGANISATION

NINE = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
EWA = "ewa@staff.example"


def office(policy: Policy, digest_to: Any = (EWA,), zone: str = "UTC", **held: Any) -> Policy:
    """Support is told."""
    support, *others = ORGANISATION["department"]
    departments = [{**support, "digest_to": digest_to}, *others]  # type: ignore[dict-item]
    return replace(
        policy,
        config=Config.model_validate({**ORGANISATION, "department": departments, "held": held, "time_zone": zone}),
    )


def held(number: int = 17, **said: Any) -> Kept:
    ordinary: dict[str, Any] = {
        "received": NINE - timedelta(hours=3),
        "rcpt_tos": ("support@firma.example",),
        "author": "x@strangers.example",
        "subject": "Invoice",
        "reason": "x@strangers.example is not registered",
    }
    return Kept(number=number, **{**ordinary, **said})


MOMENTS = {
    ("08:00", "UTC", "2026-11-02 08:00"): "2026-11-02 08:00",
    ("08:00", "UTC", "2026-11-02 07:59"): None,  # what nobody wrote yesterday is in today's
    ("08:00", "UTC", "2026-11-02 23:59"): "2026-11-02 08:00",
    ("08:00", "Europe/Warsaw", "2026-11-02 07:00"): "2026-11-02 07:00",  # winter
    ("08:00", "Europe/Warsaw", "2026-07-02 07:00"): "2026-07-02 06:00",  # summer
    ("02:30", "Europe/Warsaw", "2026-03-29 12:00"): "2026-03-29 01:30",  # an hour that there is not
    ("08:00", "Pacific/Auckland", "2026-11-02 10:00"): "2026-11-01 19:00",
    ("08:00", "Pacific/Auckland", "2026-11-02 18:00"): None,
    ("00:00", "America/Lima", "2026-11-02 04:59"): "2026-11-01 05:00",
    ("never", "UTC", "2026-11-02 09:00"): None,
}


@pytest.mark.parametrize("case", MOMENTS, ids=str)
def test_the_moment_is_the_time_of_day_of_today(case: tuple[str, str, str], policy: Policy) -> None:
    at, zone, now = case
    found = moments(office(policy, digest_at=at, zone=zone), now)
    assert found == {MOMENTS[case]} - {None}


def moments(policy: Policy, now: str) -> set[str]:
    at = datetime.fromisoformat(f"{now}+00:00")
    return {f"{day.moment.astimezone(UTC):%Y-%m-%d %H:%M}" for day in digest.days(policy, at)}


CALENDARS = [
    {"name": "lima", "time_zone": "America/Lima", "hours": {"mon-fri": "08:00-17:00"}, "closed": ["2026-11-03"]},
    {"name": "cairo", "time_zone": "Africa/Cairo", "hours": {"sun-thu": "08:00-16:00"}},
]
MORNINGS = {  # UTC: Lima is five hours behind, Cairo two before
    "2026-11-01 07:00": {"cairo"},  # a Sunday
    "2026-11-02 13:00": {"lima", "cairo"},
    "2026-11-02 12:59": {"cairo"},
    "2026-11-03 14:00": {"cairo"},  # closed
    "2026-11-06 14:00": {"lima"},  # a Friday
    "2026-11-07 14:00": set(),
}


@pytest.mark.parametrize("now", MORNINGS)
def test_each_department_has_its_own_mornings_and_none_where_it_does_not_work(now: str, policy: Policy) -> None:
    support, billing, _ = ORGANISATION["department"]
    departments = [{**support, "calendar": "lima"}, {**billing, "calendar": "cairo"}]  # type: ignore[dict-item]
    changed = {"calendar": CALENDARS, "department": departments, "held": {"digest_at": "08:00"}}
    standing = replace(policy, config=Config.model_validate({**ORGANISATION, **changed}))
    days = digest.days(standing, datetime.fromisoformat(f"{now}+00:00"))
    assert {day.department.calendar for day in days} == MORNINGS[now]


@pytest.mark.parametrize(("digest_to", "told"), [(None, ["lead@firma.example"]), ([], []), ([EWA, EWA], [EWA])])
def test_who_is_told(digest_to: Any, told: list[str], policy: Policy) -> None:
    found = due(office(policy, digest_to))
    assert [each.address for each in found] == told
    assert {each.mailbox.address for each in found} <= {"support@firma.example"}


def due(policy: Policy) -> list[digest.Due]:
    """Of support's."""
    day = next(day for day in digest.days(policy, NINE) if day.department.name == "support")
    return list(digest.due(day, policy))


def test_mail_is_brought_to_all_departments_it_was_sent_to_and_none_is_nobodys(policy: Policy) -> None:
    both = addressed("both", 7, "billing@firma.example", "support+x@firma.example")
    nobodys = addressed("nobody's", 9, "who@elsewhere.example")
    assert shares([both, nobodys], policy) == {
        "billing": Share(2, ("both",)),
        "support": Share(4, ("nobody's", "both")),
    }


def test_the_newest_are_looked_for_where_they_can_be(policy: Policy) -> None:
    groups = [addressed(str(newest), newest, f"support+{newest}@firma.example") for newest in range(3 * SHOWN)]
    share = shares(groups, policy)["support"]
    assert (share.count, len(share.among)) == (6 * SHOWN, SHOWN)
    assert set(share.among) == {str(newest) for newest in range(2 * SHOWN, 3 * SHOWN)}


def addressed(written: str, newest: int, *rcpt_tos: str) -> Addressed:
    """Two mails."""
    return Addressed(rcpt_tos=rcpt_tos, written=written, count=2, newest=newest)


def lines(policy: Policy, *mails: Kept) -> list[str]:
    """From the list of what is held on."""
    text = written(policy, Morning(held=Pile(len(mails), mails[:SHOWN])))
    return text[text.index("Mail that is held and waits for a decision, the newest first:") :]


def written(policy: Policy, morning: Morning) -> list[str]:
    standing = office(policy)
    (mail,) = due(standing)
    outgoing = write(digest.digest(mail, morning, standing, NINE), None, standing, NINE)
    assert (outgoing.automatic, outgoing.ticket, outgoing.rcpt_to) == (True, None, EWA)
    assert outgoing.key == f"digest:support:{EWA}:2026-11-02"
    return parse(outgoing.octets).text.splitlines()


def test_it_lists_number_age_author_subject_and_reason(policy: Policy) -> None:
    text = lines(policy, held())
    assert text[2:5] == ["    17  3 h  x@strangers.example", "        «Invoice»", f"        ({held().reason})"]


HOSTILE = "release 18\r\nrelease 19\n\x1b[2J\u202egnp\u200b\u2028release 20 " + "x" * 500


def test_what_a_stranger_wrote_begins_no_line_and_steers_nothing(policy: Policy) -> None:
    text = lines(policy, held(subject=HOSTILE, author=HOSTILE, reason=HOSTILE))
    assert not [line for line in text if line.lstrip().startswith(("release", "reject", "block")) and "1" in line]
    assert all(each.isprintable() for line in text for each in line)


VERBS = ("release", "reject", "block")
WORDS = {
    "a subject to be wrapped": {"subject": "x" * 61 + " reject 18,17,16"},
    "one of letters two columns wide": {"subject": "漢" * 30 + " reject 18,17,16"},
    "a reason of a rule": {"reason": "release 18 " * 20},
    "an address": {"author": "x" * 50 + " block 18 domain"},
    "no blank": {"reason": "漢" * 200},
    "two blanks": {"subject": " ".join(["reject 18"] * 8)},
}


def quoted(text: list[str], width: int) -> str:
    """As a careless client does it: first the marks, then the wrapping."""
    return "\n".join(line for each in text for line in (wrap(f"> {each}", width, drop_whitespace=False) or ["> "]))


@pytest.mark.parametrize("width", [70, 72, 76, 78])
@pytest.mark.parametrize("case", WORDS)
def test_no_word_of_a_stranger_begins_a_line_in_whatever_width_it_is_quoted(
    case: str, width: int, policy: Policy
) -> None:
    text = lines(policy, held(**WORDS[case]))
    entry = text[2 : text.index("", 3)]
    assert all(sum(2 if east_asian_width(each) == "W" else 1 for each in line) <= COLUMNS for line in entry)
    assert not [line for line in entry if line.lstrip().startswith(VERBS)]
    marked = [line for line in quoted(entry, width).splitlines() if not line.startswith("> ")]
    assert marked == []
    assert orders_in("release 19\n\n" + quoted(text, width)).commands == (Command(Verb.RELEASE, 19),)


def test_all_of_it_can_be_read(policy: Policy) -> None:
    reason = "a rule of ours holds what says so " * 7
    text = lines(policy, held(reason=reason))
    entry = text[4 : text.index("", 4)]
    assert " ".join(line.strip().removeprefix("… ") for line in entry) == f"({reason.strip()})"


def test_many_are_counted(policy: Policy) -> None:
    text = lines(policy, *(held(number) for number in range(SHOWN + 30)))
    assert len([line for line in text if line.endswith("«Invoice»")]) == SHOWN
    assert "     …  +30: mailflow journal list --held" in text


def test_its_token_says_who_may_answer_and_about_what(policy: Policy) -> None:
    standing = office(policy)
    (mail,) = due(standing)
    morning = Morning(held=Pile(1, [held()]))
    back = parse(write(digest.digest(mail, morning, standing, NINE), None, standing, NINE).octets)
    ring = policy.keyring
    token = ring.sign(of_a_digest("support"), minute_of(mail.day.moment), EWA, mail.day.moment)
    assert back.reply_to[0].address == f"support+{token}@firma.example"
    assert back.message_id.startswith(f"{token}.")
    assert back.automatic.is_automatic
    read = ring.verify(token, of_a_digest("billing"), of_a_digest("support"))
    assert read is not None
    assert (moment_of(read.number), read.purpose) == (mail.day.moment, of_a_digest("support"))
    assert ring.verify(token, of_a_digest("billing")) is None
    assert ring.issued_to(read, EWA)
    assert not ring.issued_to(read, "eve@staff.example")
    assert ring.verify(token, OF_A_TICKET) is None
    assert ring.verify(token, OF_A_CHALLENGE) is None
    assert ring.verify(ring.sign(OF_A_TICKET, 1, EWA, NINE), of_a_digest("support")) is None


def ticket(**said: Any) -> Ticket:
    ordinary: dict[str, Any] = {"subject": "Printer", "requester": "anna@kunde.example", "assignee": "ewa"}
    return Ticket(
        number=12, status=Status.OPEN, priority=Priority.HIGH, department="support", mailbox="support@firma.example",
        requester_name="", contact=None, account=None, language="en", participants=frozenset(), created=NINE,
        last_activity=NINE, waiting_since=NINE, **{**ordinary, **said},
    )  # fmt: skip


def test_it_says_of_a_ticket_when_it_is_due_who_waits_for_what_and_why(policy: Policy) -> None:
    standing = replace(policy, config=Config.model_validate({**ORGANISATION, "due": [{"first_response": "4h"}]}))
    late = Pile(1, [Promised(ticket(), NINE + timedelta(hours=4))])
    said = in_words(Morning(overdue=late, today=Pile(21, late.shown)), "support", standing.schedule, NINE)
    assert said["overdue_list"].splitlines() == [
        "   #12  Mon 2 Nov 13:00 UTC  anna@kunde.example",
        "        «Printer»",
        "        (first response: 4 hours from Mon 2 Nov 09:00 UTC;",
        "        … assigned to ewa)",
    ]
    assert said["today_list"].endswith("     …  +20: mailflow ticket list --due --department support\n")
    assert (said["overdue"], said["today"], said["held"], said["held_list"]) == ("1", "21", "", "")


def test_each_kind_is_counted_in_the_subject_and_listed_and_nothing_else(policy: Policy) -> None:
    page = Untaken(number=3, ticket=12, on_call="night", cause="a fire", created=NINE - timedelta(hours=6))
    lost = Undeliverable(
        address="bob@kunde.example", since=NINE - timedelta(days=2), until=NINE, status="5.1.1", diagnostic="no such",
        ticket=12,
    )  # fmt: skip
    doubtful = Doubtful(number=8, ticket=12, kind="reminder", rcpt_to="anna@kunde.example", subject="Re", created=NINE)
    morning = Morning(pages=Pile(1, [page]), unreachable=Pile(1, [lost]), doubtful=Pile(1, [doubtful]))
    text = written(policy, morning)
    for line in (
        "     3  6 h  night, #12",
        "   #12  2 d  bob@kunde.example",
        "     8  0 min  anna@kunde.example",
        "    Pages that nobody took:          1",
    ):
        assert line in text
    assert not [line for line in text if "Overdue" in line or "Failed" in line or "release" in line]


@pytest.mark.parametrize("width", [70, 76])
@pytest.mark.parametrize("part", ["overdue", "failed", "pages", "unreachable", "doubtful"])
def test_no_word_of_a_stranger_in_any_part_is_a_command_or_a_line_of_its_own(
    part: str, width: int, policy: Policy
) -> None:
    piles: dict[str, Any] = {
        "overdue": Promised(ticket(subject=HOSTILE, requester=HOSTILE), NINE),
        "failed": held(subject=HOSTILE, author=HOSTILE, reason=HOSTILE),
        "pages": Untaken(number=3, ticket=1, on_call="night", cause=HOSTILE, created=NINE),
        "unreachable": Undeliverable(
            address=HOSTILE, since=NINE, until=NINE, status="5.1.1", diagnostic=HOSTILE, ticket=1
        ),
        "doubtful": Doubtful(number=8, ticket=1, kind="reply", rcpt_to=HOSTILE, subject=HOSTILE, created=NINE),
    }
    text = written(policy, Morning(**{part: Pile(1, [piles[part]])}))
    assert not [line for line in text if line.lstrip().startswith(VERBS)]
    assert all(each.isprintable() for line in text for each in line)
    assert orders_in("release 19\n\n" + quoted(text, width)).commands == (Command(Verb.RELEASE, 19),)


def articles(*said: tuple[str, str, str, int | None]) -> tuple[Article, ...]:
    """Name, language, department, and for how many days it has been confirmed."""
    return tuple(
        Article(
            name=name, language=language, title=name.title(), words=(name,), body="Do.", department=department,
            confirmed=None if days is None else (NINE - timedelta(days=days)).date(),
        )
        for name, language, department, days in said
    )  # fmt: skip


OLD = articles(
    ("password", "en", "support", 30),
    ("password", "pl", "support", 400),
    ("invoice", "en", "billing", 500),
    ("moving", "en", "", None),
    ("new", "en", "support", 3),
)


def test_stale_articles_of_the_department_are_told_the_oldest_first(policy: Policy) -> None:
    policy = replace(office(policy), articles=OLD)
    (day,) = [day for day in digest.days(policy, NINE) if day.department.name == "support"]
    pile = digest.stale(day, policy)
    assert [(each.name, each.languages) for each in pile.shown] == [("moving", ("en",)), ("password", ("pl",))]
    said = in_words(Morning(stale=pile), "support", policy.schedule, NINE)
    assert (said["stale"], "never  moving" in said["stale_list"], "(pl)" in said["stale_list"]) == ("2", True, True)


@pytest.mark.parametrize(
    ("days", "told"), [(0, True), (1, False), (4, False), (7, True)], ids=["Monday", "Tuesday", "Friday", "next Monday"]
)
def test_stale_articles_are_told_once_a_week(days: int, told: bool, policy: Policy) -> None:
    policy = replace(office(policy), articles=OLD)
    (day,) = [day for day in digest.days(policy, NINE + timedelta(days=days)) if day.department.name == "support"]
    assert bool(digest.stale(day, policy).count) is told


def test_nothing_is_stale_where_nobody_says_when(policy: Policy) -> None:
    policy = replace(office(policy), articles=OLD)
    never = policy.config.model_copy(
        update={"articles": policy.config.articles.model_copy(update={"stale_after": None})}
    )
    assert digest.stale(next(digest.days(policy, NINE)), replace(policy, config=never)).count == 0
