"""What held mail an agent is told of, when, and in which words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from textwrap import wrap
from typing import Any
from unicodedata import east_asian_width

import pytest

from mailflow.config import Config
from mailflow.desk import digest
from mailflow.desk.commands import Command, Verb, orders_in
from mailflow.desk.digest import SHOWN, Addressed, Held, Pile, Share
from mailflow.desk.folding import COLUMNS
from mailflow.desk.letter import write
from mailflow.desk.policy import Policy
from mailflow.mail.parse import parse
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


def held(number: int = 17, **said: Any) -> Held:
    ordinary: dict[str, Any] = {
        "received": NINE - timedelta(hours=3),
        "rcpt_tos": ("support@firma.example",),
        "author": "x@strangers.example",
        "subject": "Invoice",
        "reason": "x@strangers.example is not registered",
    }
    return Held(number=number, **{**ordinary, **said})


MOMENTS = {
    ("08:00", "UTC", "2026-11-02 08:00"): "2026-11-02 08:00",
    ("08:00", "UTC", "2026-11-02 07:59"): "2026-11-01 08:00",
    ("08:00", "Europe/Warsaw", "2026-11-02 07:00"): "2026-11-02 07:00",  # winter
    ("08:00", "Europe/Warsaw", "2026-07-02 07:00"): "2026-07-02 06:00",  # summer
    ("02:30", "Europe/Warsaw", "2026-03-29 12:00"): "2026-03-29 01:30",  # an hour that there is not
    ("08:00", "Pacific/Auckland", "2026-11-02 18:00"): "2026-11-01 19:00",
    ("00:00", "America/Lima", "2026-11-02 04:59"): "2026-11-01 05:00",
}


@pytest.mark.parametrize("case", MOMENTS, ids=str)
def test_the_moment_is_the_last_of_that_time_of_day(case: tuple[str, str, str], policy: Policy) -> None:
    at, zone, now = case
    moment = digest.last_moment(office(policy, digest_at=at, zone=zone), datetime.fromisoformat(f"{now}+00:00"))
    assert moment is not None
    assert moment.astimezone(UTC) == datetime.fromisoformat(f"{MOMENTS[case]}+00:00")


def test_never_is_never(policy: Policy) -> None:
    assert digest.last_moment(office(policy, digest_at="never"), NINE) is None


@pytest.mark.parametrize(("digest_to", "told"), [(None, ["lead@firma.example"]), ([], []), ([EWA, EWA], [EWA])])
def test_who_is_told(digest_to: Any, told: list[str], policy: Policy) -> None:
    found = list(digest.due(office(policy, digest_to), NINE))
    assert [each.address for each in found] == told
    assert {each.mailbox.address for each in found} <= {"support@firma.example"}


def test_mail_is_brought_to_all_departments_it_was_sent_to_and_none_is_nobodys(policy: Policy) -> None:
    both = addressed("both", 7, "billing@firma.example", "support+x@firma.example")
    nobodys = addressed("nobody's", 9, "who@elsewhere.example")
    assert digest.shares([both, nobodys], policy) == {
        "billing": Share(2, ("both",)),
        "support": Share(4, ("nobody's", "both")),
    }


def test_the_newest_are_looked_for_where_they_can_be(policy: Policy) -> None:
    groups = [addressed(str(newest), newest, f"support+{newest}@firma.example") for newest in range(3 * SHOWN)]
    share = digest.shares(groups, policy)["support"]
    assert (share.count, len(share.among)) == (6 * SHOWN, SHOWN)
    assert set(share.among) == {str(newest) for newest in range(2 * SHOWN, 3 * SHOWN)}


def addressed(written: str, newest: int, *rcpt_tos: str) -> Addressed:
    """Two mails."""
    return Addressed(rcpt_tos=rcpt_tos, written=written, count=2, newest=newest)


def lines(policy: Policy, *mails: Held) -> list[str]:
    standing = office(policy)
    (due,) = digest.due(standing, NINE)
    send = digest.digest(due, Pile(len(mails), mails[:SHOWN]), NINE)
    outgoing = write(send, None, standing, NINE)
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
    assert any(line.startswith("… and 30 more:") for line in text)


def test_its_token_says_who_may_answer_and_about_what(policy: Policy) -> None:
    standing = office(policy)
    (due,) = digest.due(standing, NINE)
    back = parse(write(digest.digest(due, Pile(1, [held()]), NINE), None, standing, NINE).octets)
    ring = policy.keyring
    token = ring.digest(NINE, EWA, "support")
    assert back.reply_to[0].address == f"support+{token}@firma.example"
    assert back.message_id.startswith(f"{token}.")
    assert back.automatic.is_automatic
    read = ring.verify_digest(token, ("billing", "support"))
    assert read is not None
    assert (read.moment, read.department) == (NINE, "support")
    assert ring.verify_digest(token, ("billing",)) is None
    assert ring.issued_to(read, EWA)
    assert not ring.issued_to(read, "eve@staff.example")
    assert ring.verify(token) is None
    assert ring.verify_challenge(token) is None
    assert ring.verify_digest(ring.sign(1, EWA, NINE), ("support",)) is None
