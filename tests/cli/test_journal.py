"""`mailflow journal`, `mailflow audit` and `mailflow status`: where is my customer's mail?"""

import re
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import IO, Any

import pytest
from sqlalchemy import update

from mailflow import configfile
from mailflow.cli.status import NOT_RUNNING, WAITING
from mailflow.cli.underway import LAST_BEAT
from mailflow.mail.effort import ONLY_HEADER
from mailflow.mail.envelope import Arrival, Envelope, Tls
from mailflow.store import journal
from mailflow.store.database import Database
from mailflow.store.health.pulse import Pulse, beat
from mailflow.store.health.sole_use import claim_sole_use
from mailflow.store.tables import MESSAGE, OUTBOX

JOURNAL = (
    "id received source mail_from rcpt_tos message_id from subject size disposition reason rule ticket attempts".split()
)
BLOCKED = b"From: x@mail.qq.com\r\nMessage-ID: <spam@qq.com>\r\nSubject: buy\r\n\r\nnow\r\n"


def held(company: Any, sender: str = "x@strangers.example") -> int:
    mail = f"From: {sender}\nSubject: Invoice\nMessage-ID: <i.{sender}>\n\nPlease pay.\n".encode()
    trusted = sender == "x@strangers.example"
    number: int = company.deliver(mail, rcpt_to="billing@firma.example", trusted=trusted)
    return number


def daemon_of(company: Any) -> IO[bytes]:
    """What a daemon holds while it runs."""
    lock_file = Database(configfile.load(company.config).database.url).lock_file
    assert lock_file
    return claim_sole_use(lock_file)


def test_every_message_is_listed_with_its_end(company: Any, anna: bytes) -> None:
    company.deliver()
    company.deliver(BLOCKED)
    dropped, filed = company.run("journal", "list", "--json").lines
    assert set(JOURNAL) <= set(filed)
    assert (filed["disposition"], filed["ticket"], filed["size"]) == ("filed", 1, len(anna))
    assert filed["rcpt_tos"] == ["support@firma.example"]
    assert (dropped["disposition"], dropped["rule"], dropped["ticket"]) == ("dropped", "blocked-domain", None)


def test_why_it_is_held_begins_with_the_reason(company: Any) -> None:
    held(company)
    *_, row = company.run("journal", "list", "--held").out.splitlines()
    assert "Invoice  not registered: billing@firma.example serves registered contacts" in row
    (entry,) = company.run("journal", "list", "--held", "--json").lines
    assert entry["reason"].startswith("x@strangers.example is not registered: ")


def test_what_says_nothing_is_not_shown(company: Any) -> None:
    lines = company.run("journal", "show", company.deliver()).out.splitlines()
    assert [line for line in lines if line.endswith(" -")] == []
    assert "ticket         1" in lines


@pytest.mark.parametrize(
    "arguments",
    [
        ("journal", "list", "-d", "Value"),
        ("outbox", "list", "--state", "Value"),
        ("ticket", "priority", 1, "Value"),
        ("ticket", "list", "--status", ""),
        ("ticket", "list", "--status", "o"),
        ("ticket", "cc", 1, "Value", "x@y.example"),
        ("contact", "add", "--account", "1", "--name", "A", "--address", "a@b.example", "--role", "Value"),
    ],
)
def test_a_wrong_word_is_told_with_those_there_are(company: Any, arguments: tuple[object, ...]) -> None:
    ran = company.run(*arguments)
    assert ran.code == 2
    assert re.search(r": '(Value|o|)' is none of [a-z_]+, [a-z_, ]+$", ran.err.rstrip())


def test_the_list_can_be_narrowed_down(company: Any) -> None:
    company.deliver()
    company.deliver(BLOCKED)

    def subjects(*arguments: object) -> list[str]:
        return [row["subject"] for row in company.run("journal", "list", "--json", *arguments).lines]

    assert subjects("--disposition", "dropped") == ["buy"]
    assert subjects("--ticket", 1) == ["The printer burns"]
    assert subjects("--limit", 1) == ["buy"]
    assert company.run("journal", "list", "-d", "lost").code == 2
    assert "buy" in company.run("journal", "list").out


def test_what_is_held_is_nothing_else(company: Any) -> None:
    number = held(company)
    ran = company.run("journal", "list", "--held", "--disposition", "failed")
    assert (ran.code, ran.err) == (1, "mailflow: --held is --disposition held; ask for one or the other\n")
    (row,) = company.run("journal", "list", "--json", "--held", "-d", "held").lines
    assert row["id"] == number


def test_what_rules_did_stays_with_the_message(company: Any) -> None:
    tags, holds = 'then.tag = "a"', 'if.subject.contains = "invoice"\nthen.hold = true'
    rules = f'[[rule]]\nname = "all"\n{tags}\n[[rule]]\nname = "pay"\n{holds}\n'
    (company.folder / "filters/10.toml").write_text(rules)
    company.deliver()
    number = held(company)
    assert company.run("journal", "show", "--json", number).json["rules"] == [
        {"rule": "all", "place": "filters/10.toml:1", "effects": {}},  # it opened no ticket
        {"rule": "pay", "place": "filters/10.toml:4", "effects": {"end": "hold"}},
    ]
    assert company.run("journal", "show", "--json", 1).json["rules"][0]["effects"] == {"tags": ["a"]}
    assert "rules          all, pay\n" in company.run("journal", "show", number).out


def test_one_message_is_shown(company: Any) -> None:
    company.deliver()
    assert company.run("journal", "show", 1, "--json").json["message_id"] == "first@kunde.example"
    assert "disposition    filed\n" in company.run("journal", "show", 1).out


TLS = Tls("TLSv1.3", "TLS_AES_256_GCM_SHA384")
CAME = {
    "by SMTP in clear from 192.0.2.7, not authenticated": {"peer": "192.0.2.7"},
    "by SMTP over TLS 1.3 (TLS_AES_256_GCM_SHA384) from 192.0.2.7, authenticated as noc": {
        "source": "submission:noc", "peer": "192.0.2.7", "tls": TLS, "login": "noc",
    },
    "by SMTP over TLS of an unknown version from 192.0.2.7, authenticated as noc": {  # before it was recorded
        "source": "submission:noc", "peer": "192.0.2.7",
    },
    "by LMTP in clear from a local socket, not authenticated": {"source": "lmtp", "peer": "unix", "relayed": True},
    "fetched from the mailbox office": {"source": "imap:office", "relayed": True},
    "by mailflow inject": {"source": "inject"},
}  # fmt: skip


@pytest.mark.parametrize("sentence", CAME)
def test_how_a_message_came_is_told_in_a_sentence(company: Any, sentence: str) -> None:
    number = company.deliver(**CAME[sentence])
    assert f"came           {sentence}\n" in company.run("journal", "show", number).out
    shown = company.run("journal", "show", number, "--json").json
    protected = (shown["tls"], shown["cipher"], shown["login"])
    assert protected == (("TLSv1.3", "TLS_AES_256_GCM_SHA384", "noc") if "TLS 1.3" in sentence else (None,) * 3)


def test_raw_is_what_came(company: Any, anna: bytes) -> None:
    octets = anna + b"\xff\xfe\x00\r\r\n"
    company.deliver(octets)
    assert company.run("journal", "show", 1, "--raw").octets == octets


def test_a_held_message_is_released_once(company: Any) -> None:
    number = held(company)
    assert company.run("journal", "release", number).out == f"entry {number} will be filed\n"
    assert company.run("journal", "show", number, "--json").json["disposition"] == "received"
    again = company.run("journal", "release", number)
    assert again.code == 1
    assert again.err == f"mailflow: cannot release entry {number}: it is received, not held\n"


def test_what_an_agent_rejects_is_dropped_with_name_and_reason(company: Any) -> None:
    number = held(company)
    ran = company.run("journal", "reject", number, "--why", "spam\nof the worst", "--agent", "ewa")
    assert ran.out == f"entry {number} rejected, for good\n"
    shown = company.run("journal", "show", number, "--json").json
    assert (shown["disposition"], shown["rule"]) == ("dropped", "rejected")
    assert shown["reason"].startswith("rejected by ewa: spam of the worst; it was held: x@strangers.example is ")
    assert company.run("audit").code == 0
    again = company.run("journal", "retry", number)
    assert (again.code, again.err.partition(": rejected")[0]) == (1, f"mailflow: entry {number} is dropped for good")
    assert b"Please pay." in company.run("journal", "show", number, "--raw").octets


def blocked_lines(company: Any) -> list[str]:
    lines: list[str] = (company.folder / "filters/blocked-domains.txt").read_text().splitlines()
    return lines


def test_the_sender_of_a_held_message_is_blocked(company: Any) -> None:
    number, before = held(company), blocked_lines(company)
    ran = company.run("journal", "block", number, "--why", "spam", "--agent", "ewa")
    assert ran.out.splitlines()[0] == f"entry {number} rejected, for good"
    *same, line = blocked_lines(company)
    assert same == before
    assert line.startswith('x@strangers.example why="spam"  # ewa 2')
    assert f"filters/blocked-domains.txt:{len(before) + 1}" in ran.out
    shown = company.run("journal", "show", number, "--json").json
    assert (shown["disposition"], shown["rule"]) == ("dropped", "rejected")
    again = company.deliver(b"From: x@strangers.example\nSubject: Again\n\nPay.\n", rcpt_to="billing@firma.example")
    assert company.run("journal", "show", again, "--json").json["rule"] == "blocked-domain"


def test_two_of_one_sender_are_one_line_and_a_domain_is_asked_for(company: Any) -> None:
    first, second = (held(company, f"{each}@strangers.example") for each in "xy")
    before = blocked_lines(company)
    assert company.run("journal", "block", first, second, "--domain").code == 0
    assert [line.split()[0] for line in blocked_lines(company)[len(before) :]] == ["strangers.example"]


@pytest.mark.parametrize(
    ("sender", "options", "why"),
    [
        ("anna@kunde.example", (), "of a registered contact"),
        ("eve@kunde.example", ("--domain",), "of a registered contact"),
        ("eve@nowak.example", ("--domain",), "of a registered contact"),  # whose contact is at mail.nowak.example
        ("billing@firma.example", (), "is ours"),
        ("eve@firma.example", ("--domain",), "is ours"),
        ("lead@staff.example", (), "is ours"),
    ],
)
def test_who_is_known_is_not_blocked_by_a_forged_name(
    company: Any, sender: str, options: tuple[str, ...], why: str
) -> None:
    company.run("contact", "add", "--account", "1", "--name", "Anna", "--address", "anna@kunde.example")
    company.run("contact", "add", "--account", "1", "--name", "Jan", "--address", "jan@mail.nowak.example")
    number, before = held(company, sender), blocked_lines(company)
    ran = company.run("journal", "block", number, *options)
    assert ran.code == 1
    assert why in ran.err
    assert blocked_lines(company) == before
    assert company.run("journal", "show", number, "--json").json["disposition"] == "held"


def test_what_is_held_no_more_blocks_nobody(company: Any) -> None:
    number, before = held(company), blocked_lines(company)
    company.run("journal", "release", number)
    assert company.run("journal", "block", number).code == 1
    assert company.run("journal", "block", 99).err == "mailflow: there is no entry 99\n"
    assert blocked_lines(company) == before


def test_who_released_a_message_is_kept(company: Any) -> None:
    number = held(company)
    company.run("journal", "release", number, "--agent", "ewa")
    assert company.run("journal", "show", number, "--json").json["released_by"] == "ewa"


def test_a_dropped_message_is_tried_again(company: Any) -> None:
    number = company.deliver(BLOCKED)
    assert company.run("journal", "retry", number).code == 0
    assert company.run("journal", "list", "-d", "received", "--json").json["id"] == number


def test_several_are_changed_together_or_not_at_all(company: Any) -> None:
    number = held(company)
    ran = company.run("journal", "release", number, 99)
    assert (ran.code, ran.err) == (1, "mailflow: there is no entry 99\n")
    assert company.run("journal", "show", number, "--json").json["disposition"] == "held"


def test_an_entry_that_is_not_there_is_refused(company: Any) -> None:
    for arguments in (("show", 5), ("show", 5, "--raw"), ("retry", 5)):
        ran = company.run("journal", *arguments)
        assert (ran.code, ran.err) == (1, "mailflow: there is no entry 5\n")


def test_the_sums_agree(company: Any) -> None:
    company.deliver()
    company.deliver(BLOCKED)
    company.deliver()
    held(company)
    found = company.run("audit", "--json").json
    assert found["accepted"] == 4
    assert found["problems"] == []
    assert sum(found["counts"].values()) == 4
    ran = company.run("audit")
    assert ran.code == 0
    assert ran.out.splitlines()[0].split() == ["accepted", "4"]
    assert ran.out.splitlines()[-1].startswith("the sums agree")


def test_a_message_that_is_unaccounted_for_fails_the_audit(company: Any) -> None:
    company.deliver()
    connection = sqlite3.connect(company.folder / "var/mailflow.db")
    connection.execute("UPDATE entry SET disposition = 'lost'")
    connection.commit()
    connection.close()
    ran = company.run("audit")
    assert ran.code == 1
    assert "accepted 1" in ran.err


def test_the_status_counts_what_waits(company: Any) -> None:
    company.deliver()
    held(company)
    found = company.run("status", "--json").json
    assert found["tickets"]["open"] == 1
    assert found["journal"]["held"] == 1
    assert found["outbox"]["waiting"] >= 1
    assert "held 1        — mailflow journal list --held" in company.run("status").out.splitlines()


def test_the_status_says_first_whether_a_daemon_runs(company: Any) -> None:
    held(company)
    first = company.run("status")
    assert first.code == 0
    assert first.out.splitlines()[:2] == [NOT_RUNNING, "held 1        — mailflow journal list --held"]
    assert company.run("status", "--json").json["running"] is False
    with daemon_of(company):
        assert company.run("status").out.startswith("held 1 ")
        assert company.run("status", "--json").json["running"] is True
    assert company.run("status", "--json").json["running"] is False


def test_the_status_says_what_the_edge_turned_away_and_that_automatic_mail_waits(company: Any) -> None:
    at = datetime.now(UTC)
    counted = {"limits": {"errors": 1, "connections_per_peer": 20}, "refused": {"unknown_recipient": 7}}
    database = Database(configfile.load(company.config).database.url)
    with database.begin() as connection:
        beat(connection, Pulse(node="main", started=at, at=at, slowed=at, **counted))
    database.close()
    (daemon,) = company.run("status", "--json").json["daemons"]
    assert {name: daemon[name] for name in counted} == counted
    told = company.run("status").out
    assert f"ceiling       — automatic mail waits since {at.astimezone():%H:%M}, perhaps a loop: {WAITING}\n" in told
    assert f"\nrefused       7 unknown_recipient, since {at.astimezone():%H:%M}\n" in told
    assert f"\nlimits        20 connections_per_peer, 1 errors, since {at.astimezone():%H:%M}\n" in told


def test_the_alarms_of_a_node_that_has_ended_are_over(company: Any) -> None:
    at = datetime.now(UTC)
    ended = Pulse(node="west", started=at, at=at - LAST_BEAT, limits={"errors": 1}, refused={}, slowed=at, outdated=at)
    database = Database(configfile.load(company.config).database.url)
    with database.begin() as connection:
        beat(connection, ended)
    database.close()
    with daemon_of(company):
        assert company.run("status").out.startswith("nothing needs a person\n")
    assert not re.search("ceiling|reload|limits", company.run("status").out)
    assert len(company.run("status", "--json").json["daemons"]) == 1


def test_the_status_looks_at_the_disk_itself_and_says_what_waits(company: Any) -> None:
    database = Database(configfile.load(company.config).database.url)
    with database.begin() as connection:
        envelope = Envelope(source="smtp", mail_from="anna@kunde.example", rcpt_tos=("support@firma.example",))
        at = datetime.now(UTC) - timedelta(minutes=3)
        journal.receive(connection, [Arrival(envelope=envelope, octets=BLOCKED)] * 12, at)
    database.close()
    config = company.config.read_text()
    with daemon_of(company):
        company.config.write_text(config + '\n[limits]\nfree_space = "1000000G"\n')
        disk = company.run("status", "--json").json["disk"]
        assert disk["folder"] == str(company.folder / "var")
        assert disk["free"] < disk["refused_below"] == disk["ample"] == 1_000_000 << 30
        told = company.run("status").out.splitlines()[0]
        assert told.startswith("disk          — ")
        assert told.endswith(
            f"{disk['folder']}, mail is refused for the time being, 12 to be filed for 3 min: make room"
        )
        company.config.write_text(config + '\n[limits]\nfree_space = "1M"\nmessage_size = "100000G"\n')
        assert "below 1 MiB mail is refused for the time being, 12 " in company.run("status").out.splitlines()[0]


def test_a_daemon_that_runs_and_says_nothing_is_named(company: Any) -> None:
    at = datetime.now(UTC)
    database = Database(configfile.load(company.config).database.url)
    with database.begin() as connection:
        beat(connection, Pulse(node="main", started=at, at=at - timedelta(minutes=12), limits={}, refused={}))
    database.close()
    with daemon_of(company):
        told = company.run("status").out
    assert told.startswith("unheard       — main runs, but has said nothing for 12 min: see its log, doctor\n")
    assert "unheard" not in company.run("status").out


def test_the_status_says_how_old_its_news_of_a_daemon_is(company: Any) -> None:
    at = datetime.now(UTC)
    database = Database(configfile.load(company.config).database.url)
    with database.begin() as connection:
        beat(connection, Pulse(node="main", started=at, at=at - timedelta(minutes=2), limits={}, refused={}))
    database.close()
    with daemon_of(company):
        assert f"\nmain          runs since {at.astimezone():%H:%M}, as of 2 min ago\n" in company.run("status").out
    assert "as of" not in company.run("status").out


def test_the_status_names_the_mail_that_nobody_could_read(company: Any) -> None:
    company.deliver()
    database = Database(configfile.load(company.config).database.url)
    with database.begin() as connection:
        connection.execute(update(MESSAGE).values(warning=ONLY_HEADER))
    database.close()
    (unread,) = company.run("status", "--json").json["unread"]
    what = f"only its header could be read, of #{unread['ticket']} first: mailflow journal show --raw {unread['entry']}"
    assert f"unread 1      — {what}\n" in company.run("status").out


def test_the_status_is_calm_when_nobody_is_needed(company: Any) -> None:
    company.deliver()
    with daemon_of(company):
        first, blank, *under_way = company.run("status").out.splitlines()
    assert (first, blank) == ("nothing needs a person", "")
    assert [line.split()[0] for line in under_way] == ["journal", "outbox", "24", "tickets", "timers"]
    assert "0 to be filed" in under_way[0]
    assert "1 to be sent, the oldest for " in under_way[1]
    assert under_way[2] == "24 hours      1 came, 1 filed"
    assert under_way[3].endswith(" 1 open")


def test_the_status_says_how_each_daemon_and_its_mailboxes_are(company: Any) -> None:
    at = datetime.now(UTC)
    well = {"name": "sales", "connected": True, "since": None, "last_seen": at.isoformat(), "left": 3, "error": ""}
    ill = {**well, "name": "support", "connected": False, "left": 0, "error": "[AUTHENTICATIONFAILED] \x1b[31mno"}
    ill["last_seen"] = (at - timedelta(hours=2)).isoformat()
    pulse = Pulse(
        node="main", started=at, at=at, limits={}, refused={}, listens=("127.0.0.1:25",), imap=(well, ill),
        worst_lag=2.34,
    )  # fmt: skip
    database = Database(configfile.load(company.config).database.url)
    with database.begin() as connection:
        beat(connection, pulse)
    database.close()
    with daemon_of(company):
        lines = company.run("status").out.splitlines()
    why = "[AUTHENTICATIONFAILED] \\x1b[31mno"
    assert lines[0] == f"mailbox       — support is not fetched for 2 h: {why}; mailflow doctor tries it"
    assert f"main          runs since {at.astimezone():%H:%M}, on 127.0.0.1:25, late by 2.3 s within a minute" in lines
    assert "imap sales    looked through 0 s ago, 3 to be fetched" in lines
    assert f"imap support  looked through 2 h ago, not connected: {why}" in lines


def test_the_status_names_what_waits_too_long(company: Any) -> None:
    company.deliver()
    database = Database(configfile.load(company.config).database.url)
    with database.begin() as connection:
        connection.execute(OUTBOX.update().values(created=datetime.now(UTC) - timedelta(hours=3)))
    database.close()
    with daemon_of(company):
        assert company.run("status").out.startswith(f"unsent 1      — the oldest for 3 h: {WAITING}\n")


def test_held_mail_is_listed_with_who_what_and_why(company: Any) -> None:
    held(company)
    head, _, row = company.run("journal", "list", "--held").out.splitlines()
    assert head.split() == ["id", "age", "source", "from", "ticket", "subject", "why"]
    assert "x@strangers.example" in row
    assert "Invoice" in row
    assert " s " in row
