"""Robots get no answer, and what looks like a person and never stops gets few (L1, L2)."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from mailflow.desk.agents import answer
from mailflow.desk.decision import Disposition
from mailflow.desk.ticket import Status
from mailflow.mail.parse import parse
from mailflow.store import apply
from mailflow.store.tables import ENTRY, EVENT, OUTBOX, TICKET
from mailflow.store.tickets import tickets
from tests.hostile.world import ANNA, BOB, SUPPORT, World, mail
from tests.mail.test_prose_report import LANGUAGES, PROSE, RETURNED

SALES = "sales@firma.example"
FOUND = "imap:main"
"""A mailbox whose provider refuses forged senders: its authors are believed, and are not our own hosts."""


def automatic(world: World) -> list[Any]:
    return [row for row in world.rows(OUTBOX) if row.automatic]


# L1

FIELDS = {
    "auto-replied": "Auto-Submitted: auto-replied",
    "auto-generated": "Auto-Submitted: auto-generated",
    "auto-notified": "Auto-Submitted: auto-notified",
    "bulk": "Precedence: bulk",
    "junk": "Precedence: junk",
    "auto-reply": "Precedence: auto_reply",
    "list-id": "List-Id: <users.kunde.example>",
    "list-unsubscribe": "List-Unsubscribe: <mailto:off@kunde.example>",
    "suppress-all": "X-Auto-Response-Suppress: All",
    "suppress-dr-and-all": "X-Auto-Response-Suppress: DR, All",
    "x-loop": "X-Loop: help@kunde.example",
    "autoreply": "X-Autoreply: yes",
    "autorespond": "X-Autorespond: yes",
    "return-path": "Return-Path: <>",
    "feedback-id": "Feedback-ID: 17:spring:shop:mailer",
}
AWAY = {
    "cs": "Automatická odpověď: Tiskárna",
    "da": "Automatisk svar: Printer",
    "de": "Automatische Antwort: Drucker",
    "en": "Automatic reply: Printer",
    "es": "Respuesta automática: Impresora",
    "fi": "Automaattinen vastaus: Tulostin",
    "fr": "Réponse automatique : Imprimante",
    "it": "Risposta automatica: Stampante",
    "ja": "自動応答: プリンタ",
    "nl": "Automatisch antwoord: Printer",
    "pl": "Automatyczna odpowiedź: Drukarka",
    "pt": "Resposta automática: Impressora",
    "ru": "Автоматический ответ: Принтер",
    "sv": "Autosvar: Skrivare",
    "tr": "Otomatik yanıt: Yazıcı",
}
REPORTS = {
    **{f"dsn-{action}": ("delivery-status", action) for action in ("failed", "delayed", "delivered", "relayed")},
    "mdn": ("disposition-notification", ""),
    "complaint": ("feedback-report", ""),
    "tls": ("tlsrpt", ""),
}
IN_PROSE = {
    **{name: text + RETURNED for name, text in PROSE.items()},
    **{language: "{}\n\n<jan@weg.example>:\n{}\n\n".format(*LANGUAGES[language]) for language in ("de", "fr", "ja")},
}
DAEMONS = ("mailer-daemon@kunde.example", "postmaster@kunde.example", "no-reply@kunde.example")


def _report(kind: str, action: str) -> bytes:
    status = f"Reporting-MTA: dns; x.example\n\nFinal-Recipient: rfc822; x@x.example\nAction: {action}\nStatus: 5.1.1\n"
    text = (
        f"From: {ANNA}\nSubject: Report\nMIME-Version: 1.0\nMessage-ID: <{kind}{action}@kunde.example>\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="b"\n\n--b\n\nA report.\n\n'
        f"--b\nContent-Type: message/{kind}\n\n{status}\n--b--\n"
    )
    return text.replace("\n", "\r\n").encode()


def _in_prose(text: str) -> bytes:
    return mail("Mail Delivery System <system@kunde.example>", "failure notice", text=text.replace("\n", "\r\n"))


ROBOTS: dict[str, bytes] = {
    **{name: mail(ANNA, "Drucker", field) for name, field in FIELDS.items()},
    **{f"away-{language}": mail(ANNA, subject) for language, subject in AWAY.items()},
    **{name: _report(*report) for name, report in REPORTS.items()},
    **{f"prose-{name}": _in_prose(text) for name, text in IN_PROSE.items()},
    **{address.partition("@")[0]: mail(address, "Drucker") for address in DAEMONS},
}
TO = {"a new ticket": SALES, "an answer that would reopen": ""}


@pytest.mark.parametrize(("robot", "to"), list(product(ROBOTS, TO)), ids=lambda each: str(each).replace(" ", "-"))
def test_l1_a_robot_gets_no_automatic_answer(robot: str, to: str, world: World) -> None:
    before = len(automatic(world))
    rcpt_to = TO[to] or SUPPORT.replace("@", f"+{world.sign(4)}@")
    (filed,) = world.receive(ROBOTS[robot], mail_from=ANNA, to=rcpt_to, trusted=True)
    assert filed.decision.disposition is not Disposition.FAILED
    assert len(automatic(world)) == before
    assert world.rows(TICKET, id=4)[0].status == Status.RESOLVED


@pytest.mark.parametrize("wish", ["OOF", "DR, RN, NRN, OOF, AutoReply"])
def test_l1_a_person_whose_mail_asks_for_no_automatic_answer_gets_none_and_is_heard(wish: str, world: World) -> None:
    before = len(automatic(world))
    for to in (SALES, SUPPORT.replace("@", f"+{world.sign(4)}@")):
        octets = mail(ANNA, "Drucker", f"X-Auto-Response-Suppress: {wish}", text=f"Er druckt nicht, {to}")
        world.receive(octets, mail_from=ANNA, to=to, trusted=True)
    assert len(automatic(world)) == before
    assert world.rows(TICKET, id=4)[0].status == Status.OPEN


def test_l1_counts() -> None:
    assert (len(AWAY), len(REPORTS) + len(IN_PROSE)) == (15, 20)
    assert len(ROBOTS) * len(TO) == 106


# L2

Responder = Callable[[World, int], tuple[str, bytes, str]]
"""In round n: its address, what it sends, and where."""


def _last(world: World, default: str) -> tuple[str, str]:
    """Where an answer to our last mail goes, and its Message-ID."""
    rows = world.rows(OUTBOX)
    read = parse(rows[-1].octets)
    return (read.reply_to[0].address if read.reply_to else default), read.message_id


def _answers(who: str, subject: str = "Re: {}") -> Responder:
    def respond(world: World, n: int) -> tuple[str, bytes, str]:
        to, id_ = _last(world, SALES)
        return who, mail(who, subject.format(n), f"In-Reply-To: <{id_}>", text=f"Danke. {n}"), to

    return respond


def _anew(who: str, subject: str, to: str = SALES) -> Responder:
    return lambda world, n: (who, mail(who, subject.format(n), text=f"Danke. {n}"), to)


def _changes_from(world: World, n: int) -> tuple[str, bytes, str]:
    who = f"robot{n}@fremd.example" if automatic(world)[-1].rcpt_to == f"robot{n - 1}@fremd.example" else ANNA
    return who, mail(who, "Danke", text=f"Danke. {n}"), SALES


def _bounces_bounces(world: World, n: int) -> tuple[str, bytes, str]:
    to, _ = _last(world, SALES)
    return ANNA, _report("delivery-status", "failed").replace(b"<delivery", f"<{n}delivery".encode()), to


def _another_mailflow(world: World, n: int) -> tuple[str, bytes, str]:
    """Acknowledges each of ours as a new ticket of its own, without a mark."""
    to, id_ = _last(world, SALES)
    fields = (f"In-Reply-To: <{id_}>", f"References: <{id_}>", f"Reply-To: <help+{n}@fremd.example>")
    return BOB, mail(BOB, f"[#{n + 100}] We have received your request", *fields, text=f"Number #{n + 100}"), to


def _reopens(world: World, n: int) -> tuple[str, bytes, str]:
    """An agent resolves, it thanks, the ticket is open again."""
    ticket = tickets.load(world.connection, 1)
    assert ticket is not None
    if ticket.status is not Status.RESOLVED:
        apply.carry_out(
            world.connection, 1, answer.resolve(ticket, "ewa", world.policy, world.now), world.policy, world.now
        )
    return ANNA, mail(ANNA, "Re: [#1] Frage", text=f"Danke. {n}"), SUPPORT


RESPONDERS: dict[str, Responder] = {
    "no-headers": _answers(ANNA),
    "changing-subject": _anew(BOB, "Frage {}"),
    "changing-message-id": _anew(ANNA, "Frage", SUPPORT),
    "changing-from": _changes_from,
    "bounce-of-bounce": _bounces_bounces,
    "another-mailflow": _another_mailflow,
    "unknown-to-support": _anew(BOB, "Frage {}", SUPPORT),
    "reopens": _reopens,
}


def goes_on(responder: str, world: World, rounds: int, every: timedelta) -> tuple[int, int]:
    """Automatic mails to the address that got most of them, and tickets opened, within a day; nothing has vanished."""
    world.now += timedelta(days=1)
    started, opened, entries = len(automatic(world)), len(world.rows(TICKET)), len(world.rows(ENTRY))
    for n in range(rounds):
        who, octets, to = RESPONDERS[responder](world, n)
        world.receive(octets, mail_from=who, to=to, trusted=True, source=FOUND)
        world.now += every
    kept = world.rows(ENTRY)[entries:]
    assert len(kept) == rounds
    assert {row.disposition for row in kept} <= {"filed", "held", "dropped"}
    assert all(row.reason for row in kept if row.disposition != "filed")
    told = Counter(row.rcpt_to for row in automatic(world)[started:])
    return max(told.values(), default=0), len(world.rows(TICKET)) - opened


@pytest.mark.parametrize("responder", RESPONDERS)
def test_l2_who_never_stops_gets_five_mails_and_ten_tickets(responder: str, world: World) -> None:
    mails, opened = goes_on(responder, world, 50, timedelta(minutes=1))
    assert mails <= 5
    assert opened <= 10


def test_l2_a_flood_is_held_by_its_name_and_our_own_hosts_are_not(world: World) -> None:
    flood = RESPONDERS["changing-subject"]
    for n in range(11):
        who, octets, to = flood(world, n)
        world.receive(octets, mail_from=who, to=to, trusted=True, source=FOUND)
    last = world.rows(ENTRY)[-1]
    assert (last.disposition, last.reason) == ("held", f"rate: {BOB} has opened 10 tickets within an hour, the most")
    world.receive(mail(BOB, "von uns"), to=SALES, trusted=True)
    assert world.rows(ENTRY)[-1].disposition == "filed"
    world.now += timedelta(hours=1)
    world.receive(mail(BOB, "später"), to=SALES, trusted=True, source=FOUND)
    assert world.rows(ENTRY)[-1].disposition == "filed"


def test_l2_silence_leaves_an_event_and_a_line(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.now += timedelta(days=1)
    for n in range(10):
        who, octets, to = _reopens(world, n)
        world.receive(octets, mail_from=who, to=to, trusted=True, source=FOUND)
    assert "silence ticket=#1 kind=resolved to=anna@kunde.example" in capsys.readouterr().err
    assert world.rows(EVENT, kind="silence")
