"""Stories as files: tests/scenarios/NN-name/ with world.toml, mails, and expected.txt (see the README there).

Each story runs on a real database through parse, recall, decide and apply, as the filer does it; what `explain` says
and what goes out is compared with expected.txt. MAILFLOW_REWRITE=1 writes that file anew: the diff is the review.
A story of an organisation (docs/organisations) runs on its very folder, on both databases.
"""

import os
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, true, union_all, update

from mailflow import articlefiles, configfile, rulefiles, typefiles
from mailflow.cli import contactfile
from mailflow.cli.promises import promises
from mailflow.config import UNITS, Config
from mailflow.desk.actions import Action, SetTimer, TakePages
from mailflow.desk.agents import answer
from mailflow.desk.agents.merge import merge
from mailflow.desk.case import Case
from mailflow.desk.contacts.contact import Role
from mailflow.desk.conversation import participants
from mailflow.desk.decide import judge
from mailflow.desk.digests import digest
from mailflow.desk.explain import explain, letter_html, letter_text
from mailflow.desk.incidents import affected
from mailflow.desk.incidents.incident import texts_of
from mailflow.desk.intake.deciding import decided_by_agent
from mailflow.desk.policy import Policy
from mailflow.desk.reach.tasks import tick
from mailflow.desk.thread import clues_of
from mailflow.desk.ticket import Move, Ticket
from mailflow.desk.timing import sla
from mailflow.desk.writing.letter import Outgoing
from mailflow.edge.pager import Tried
from mailflow.flow.corrections import reject as reject_correction
from mailflow.flow.corrections import settle_due as settle_correction
from mailflow.flow.digests import letters as digests_of
from mailflow.flow.digests import write as write_digests
from mailflow.flow.incidents import tell as tell_incidents
from mailflow.flow.page import Attempt, record, take_up_due
from mailflow.flow.page import Failed as FailedPage
from mailflow.flow.reach import advance
from mailflow.mail.envelope import Arrival, Envelope
from mailflow.mail.identity.authentication import Identity, Verdict
from mailflow.mail.parse import parse
from mailflow.mail.template import Templates
from mailflow.standing import names_in, read_policy
from mailflow.store import apply, journal, outbox
from mailflow.store.contacts.contacts import NewContact, add, carry_out, plan
from mailflow.store.database import Database
from mailflow.store.health.audit import audit
from mailflow.store.incidents import disruptions, incidents
from mailflow.store.recall import recall
from mailflow.store.tables import EVENT, MESSAGE, OUTBOX, TICKET, TICKET_DEPARTMENT, TICKET_TAG, TIMER
from mailflow.store.tickets import tickets
from mailflow.store.timing import timers
from tests.conftest import DATABASES, ORGANISATION

FOLDER = Path(__file__).parent / "scenarios"
ROOT = Path(__file__).parent.parent
SHIPPED = ROOT / "templates"
STORIES = sorted(folder.name for folder in FOLDER.iterdir() if (folder / "world.toml").exists())
START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)  # a Monday
TOKEN = re.compile(r"[a-z2-7]{40}(\.[a-z2-7]{16})?")
NO_MATCH = re.compile(r"^no   .*\n(?:     .*\n)*\n", re.MULTILINE)
"""A rule that does not match: an organisation has many."""
DEEDS: dict[str, Callable[[Ticket, str, Policy, datetime], tuple[Action, ...]]] = {
    "resolve": answer.resolve,
    "reopen": answer.reopen,
    "hold": lambda ticket, agent, policy, now: answer.hold(ticket, agent),
    "close": lambda ticket, agent, policy, now: answer.close(ticket, agent),
    "detach": affected.detach,
}


def world_of(story: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / story / "world.toml").read_text("utf-8"))


TOLD_ON = [
    (story, kind) for story in STORIES for kind in DATABASES if kind == "sqlite" or "configuration" in world_of(story)
]


@pytest.mark.parametrize(("story", "kind"), TOLD_ON)
def test_the_story_ends_as_it_should(story: str, kind: str, request: pytest.FixtureRequest, policy: Policy) -> None:
    database = Database(request.getfixturevalue(f"{kind}_url"))
    try:
        with database.begin() as connection:
            told = "".join(Story(FOLDER / story, connection, policy).tell())
    finally:
        database.close()
    expected = FOLDER / story / "expected.txt"
    if os.environ.get("MAILFLOW_REWRITE"):
        expected.write_text(told, "utf-8")
    assert told == expected.read_text("utf-8")


class Story:
    """One folder, told step by step."""

    def __init__(self, folder: Path, connection: Connection, policy: Policy) -> None:
        self.folder, self.connection = folder, connection
        self.world = tomllib.loads((folder / "world.toml").read_text("utf-8"))
        self.organisation = ROOT / self.world["configuration"] if "configuration" in self.world else None
        self.policy = _policy_of(self.organisation, policy) if self.organisation else self._firma(policy)
        self.now = self.world.get("start", START)
        self.shown = 0  # outgoing mail up to this row

    def _firma(self, policy: Policy) -> Policy:
        """With what the story has of its own."""
        folder = self.folder
        policy = replace(policy, templates=_templates(folder, policy))
        config = Config.model_validate({**ORGANISATION, **self.world.get("config", {})})
        lists = {file.stem: rulefiles.list_in(file) for file in (folder / "filters").glob("*.txt")}
        rules = rulefiles.read(folder / "filters", names_in(config, policy.templates, lists))
        kinds = typefiles.read(folder / "filters", frozenset(each.name for each in config.department))
        articles = articlefiles.read([folder / "templates"], frozenset(each.name for each in config.department))
        return replace(policy, config=config, rules=rules, kinds=kinds, articles=articles)

    def tell(self) -> Iterator[str]:
        if self.organisation:
            listed = contactfile.read(self.organisation / "contacts.csv")
            carry_out(self.connection, plan(self.connection, listed), agent="ewa", at=self.now)
        for contact in self.world.get("contact", []):
            roles = tuple(Role(role) for role in contact.pop("roles", ["technical"]))
            new = NewContact(roles=roles, **{k: _frozen(v) for k, v in contact.items()})
            add(self.connection, new, agent="ewa", at=self.now)
        for step in self.world["step"]:
            yield f"== {' '.join(f'{key}={_shown(value)}' for key, value in step.items())}\n\n"
            yield TOKEN.sub("<token>", self._done(step))
            self._page()
            self._reach()
            yield TOKEN.sub("<token>", "".join(self._mailed()))
            self.now += timedelta(minutes=1)
        yield "== in the end\n\n"
        yield from self._tickets()
        assert audit(self.connection, self.now).problems == ()
        assert list(self._forgotten()) == []
        assert list(self._betrayed()) == []

    def _done(self, step: dict[str, Any]) -> str:
        if "mail" in step:
            return self._file(step)
        if "release" in step:
            journal.release(self.connection, step["release"], "an agent")
            return self._claimed()
        if "incident" in step:
            return self._incident(step)
        if "rejects" in step:
            reject_correction(self.connection, step["rejects"], step["agent"], "", self.policy, self.now)
            return ""
        if "agent" in step:
            return self._deed(step)
        if "due" in step:
            return self._due(step["due"])
        if "disrupt" in step:
            disruptions.disrupt(self.connection, step["disrupt"], "a storm", "ewa", self.now)
            return ""
        if "lift" in step:
            disruptions.lift(self.connection, step["lift"], self.policy, self.now)
            return ""
        self.connection.execute(update(OUTBOX).where(OUTBOX.c.state == "waiting").values(state="sent"))
        wait = step.get("wait", "0s")
        self.now = step.get("until", self.now + timedelta(seconds=int(wait[:-1]) * UNITS[wait[-1]]))
        while settle_correction(self.connection, self.policy, self.now):
            pass
        return self._ring() + self._tell()

    def _file(self, step: dict[str, Any]) -> str:
        written, answers = (self.folder / step["mail"]).read_text("utf-8"), step.get("answers", "")
        octets = self._filled(written, answers).replace("\n", "\r\n").encode()
        ours = self.policy.config.mailbox[0].address
        envelope = Envelope(
            source=step.get("source", "smtp"),
            mail_from=step.get("mail_from", _from(octets)),
            rcpt_tos=tuple(self._filled(each, answers) for each in step.get("rcpt_to", [ours])),
            peer=step.get("peer", "192.0.2.1"),
            trusted=step.get("trusted", True),
        )
        journal.receive(self.connection, [Arrival(envelope=envelope, octets=octets)], self.now)
        return self._claimed(step.get("verdict", ""))

    def _claimed(self, verdict: str = "") -> str:
        """As flow.filing does it, with the explanation of it: an answer to a challenge sets another one free."""
        told = ""
        while claimed := journal.claim(self.connection, "main", self.now, timedelta(minutes=1), 1, 1 << 30):
            message, entry = parse(claimed[0].octets), claimed[0].entry
            context = recall(self.connection, clues_of(message, entry, self.policy), self.now)
            case = Case.of(message, entry, context, self.policy, self.now)
            if verdict:
                case = replace(case, identity=Identity(case.identity.author, Verdict(verdict), "as the story has it"))
            decision = judge(case)
            apply.file(self.connection, entry, message, decision, self.policy, self.now)
            told += explain(message, entry, decision, []) + "\n"
        return NO_MATCH.sub("", told) if self.organisation else told

    def _incident(self, step: dict[str, Any]) -> str:
        """As `mailflow incident` does it."""
        name, by = step["incident"], {"agent": step["agent"], "at": self.now}
        texts = texts_of(step.get("state", ()), ("en", "fr", "es", "pl"))
        match step["does"]:
            case "open":
                incidents.open_(self.connection, name, step["title"], texts, **by)
            case "update":
                incidents.update_(self.connection, name, texts, tell=step.get("tell", False), **by)
            case "close":
                incidents.close(self.connection, name, texts, **by)
        while tell_incidents(self.connection, self.policy, self.now):
            pass
        return ""

    def _deed(self, step: dict[str, Any]) -> str:
        ticket, agent = tickets.load(self.connection, step["ticket"]), step["agent"]
        assert ticket is not None
        then = Move(step["then"]) if "then" in step else None
        if "reply" in step:
            actions = answer.reply(ticket, step["reply"], agent, self.policy, self.now, then=then)
        elif "call" in step:
            actions = answer.call(ticket, step["call"], agent, self.policy, self.now, whom=step["with"], then=then)
        elif "cc" in step:
            actions = participants.add(ticket, step["cc"], agent, self.policy)
        elif "consent" in step:
            said = (step["consent"], step["answer"], step.get("why", ""))
            is_gate = step.get("is_gate", False)
            actions = decided_by_agent(ticket, *said, agent, self.policy, self.now, is_gate=is_gate)
        elif "no_cc" in step:
            actions = participants.remove(ticket, step["no_cc"], agent)
        elif "done" in step:
            actions = tick(ticket, step["done"], agent)
        elif "note" in step:
            actions = answer.note(ticket, step["note"], agent)
        elif "merge_into" in step:
            into = tickets.load(self.connection, step["merge_into"])
            assert into is not None
            actions = merge(ticket, into, agent, self.policy, self.now, tell=step.get("tell", False))
        elif "attach_to" in step:
            incident = incidents.kept(self.connection, step["attach_to"])
            actions = affected.attach(ticket, incident, agent, self.policy, tell=step.get("tell", False))
        else:
            actions = DEEDS[step["does"]](ticket, agent, self.policy, self.now)
        taking = TakePages(ticket=ticket.number, by=agent)
        apply.carry_out(self.connection, ticket.number, (taking, *actions), self.policy, self.now)
        return ""

    def _page(self) -> None:
        """As flow.page does it; every command and webhook reaches somebody."""
        due = {"node": "main", "policy": self.policy, "now": self.now, "room": 100, "under_way": frozenset[int]()}
        while attempts := take_up_due(self.connection, **due):
            for each in attempts:
                assert not isinstance(each, FailedPage)
                if isinstance(each, Attempt) and each.tried is None:
                    made = replace(each, tried=Tried(True, "exit status 0"))
                    record(self.connection, made, self.policy, self.now)

    def _reach(self) -> None:
        """As flow.reach does it."""
        while moved := advance(self.connection, self.policy, self.now):
            assert moved.error is None, moved

    def _due(self, number: int) -> str:
        """As `mailflow ticket show` tells it."""
        told = promises(self.connection, number, self.policy.schedule)
        return "".join(f"{each['told']}, because of {each['because']}\n" for each in told) + "\n"

    def _ring(self) -> str:
        """As flow.escalate does it."""
        rung = []
        due = timers.due(self.connection, self.now, 100)
        for timer in due:
            timers.remove(self.connection, timer.number)
            steps = [each.step for each in due if (each.ticket, each.kind) == (timer.ticket, timer.kind)]
            actions: tuple[Action, ...] = ()
            if timer.step == max(steps):
                ticket = tickets.load(self.connection, timer.ticket)
                assert ticket is not None
                actions = sla.due_actions(ticket, timer.kind, timer.step, self.policy, self.now, also=steps)
                apply.carry_out(self.connection, ticket.number, actions, self.policy, self.now)
            put_off = all(isinstance(each, SetTimer) for each in actions)
            how = ("put off" if put_off else "done") if actions else "no longer true"
            rung.append(f"{timer.kind} {timer.step} of #{timer.ticket}: {how}\n")
        return "".join(rung) + "\n" if rung else ""

    def _tell(self) -> str:
        """As flow.digests does it."""
        for day in digest.days(self.policy, self.now):
            sends = digests_of(self.connection, day, self.policy, self.now)
            write_digests(self.connection, sends, self.policy, self.now)
        return ""

    def _forgotten(self) -> Iterator[int]:
        """Tickets that wait for us, and nobody will be told."""
        for row in self.connection.execute(select(TICKET)):
            ticket = tickets.load(self.connection, row.id)
            if ticket and sla.waits_for_us(ticket) and self._escalates(ticket.department):
                told = select(EVENT.c.id).where(EVENT.c.ticket == row.id, EVENT.c.kind == "escalated")
                timer = select(TIMER.c.id).where(TIMER.c.ticket == row.id, TIMER.c.kind == "escalate")
                if not self.connection.execute(union_all(told, timer)).first():
                    yield row.id

    def _betrayed(self) -> Iterator[tuple[str, str]]:
        """What is private, and stands in a mail to somebody else."""
        for address, words in self.world.get("private", {}).items():
            rows = self.connection.execute(select(OUTBOX).where(OUTBOX.c.rcpt_to == address)).all()
            assert rows, f"{address} was sent nothing"
            for text in (letter_text(outbox.outgoing_of(row)) for row in rows):
                yield from ((address, word) for word in words if word in text)

    def _escalates(self, department: str) -> bool:
        team = self.policy.departments[department]
        return bool(team.escalate_after or team.escalation)

    def _mailed(self) -> Iterator[str]:
        for row in self.connection.execute(select(OUTBOX).where(OUTBOX.c.id > self.shown).order_by(OUTBOX.c.id)):
            self.shown = row.id
            yield f"{_written(outbox.outgoing_of(row))}\n"

    def _filled(self, text: str, to: str) -> str:
        """`{reply-to}` and `{message-id}` of our last mail (`to` somebody), `{sender}`: its envelope sender."""
        ours = select(OUTBOX).where(OUTBOX.c.rcpt_to == to if to else true())
        row = self.connection.execute(ours.order_by(OUTBOX.c.id.desc()).limit(1)).first()
        if row is None:
            return text
        reply_to = re.search(rb"^Reply-To: <(.*)>", row.octets, re.MULTILINE)
        values = {"reply-to": reply_to[1].decode() if reply_to else "", "message-id": row.message_id}
        values["sender"] = row.mail_from
        return re.sub(r"\{(reply-to|message-id|sender)\}", lambda found: values[found[1]], text)

    def _tickets(self) -> Iterator[str]:
        for row in self.connection.execute(select(TICKET).order_by(TICKET.c.id)):
            also = self.connection.execute(
                select(TICKET_DEPARTMENT.c.department).where(TICKET_DEPARTMENT.c.ticket == row.id)
            ).scalars()
            merged = f", merged into #{row.merged_into}" if row.merged_into else ""
            yield f"#{row.id} {row.status}{merged}, {', '.join((row.department, *also))}: {row.subject}\n"
            tags = self.connection.execute(select(TICKET_TAG.c.tag).where(TICKET_TAG.c.ticket == row.id)).scalars()
            if words := [*([f"type {row.type}"] if row.type else []), *(f"tag {tag}" for tag in sorted(tags))]:
                yield f"    {', '.join(words)}\n"
            for message in self.connection.execute(
                select(MESSAGE).where(MESSAGE.c.ticket == row.id).order_by(MESSAGE.c.id)
            ):
                warning = f" ! {message.warning}" if message.warning else ""
                yield f"    {message.direction:<5}{message.author}: {' '.join(message.reply.split())[:60]}{warning}\n"
            for event in self.connection.execute(select(EVENT).where(EVENT.c.ticket == row.id).order_by(EVENT.c.id)):
                yield f"    {event.at:%d %b %H:%M}  {event.kind}: {event.text}\n"


def _policy_of(organisation: Path, policy: Policy) -> Policy:
    """As the daemon reads it, with a key that is the same in each run."""
    config = configfile.load(organisation / "config.toml")
    return replace(read_policy(config, organisation), keyring=policy.keyring)


def _templates(folder: Path, policy: Policy) -> Templates:
    """Those of the shipped ones, and those of the story."""
    files = {
        file.relative_to(root).as_posix(): file.read_text("utf-8")
        for root in (SHIPPED, folder / "templates")
        for file in sorted((*root.rglob("*.txt"), *root.glob("frame.html")))
    }
    return Templates.of(files) if (folder / "templates").exists() else policy.templates


def _written(outgoing: Outgoing) -> str:
    signed = "signed sender" if "+" in outgoing.mail_from else "plain sender"
    times = "at most once" if outgoing.automatic else "at least once"
    page = ", with HTML" if letter_html(outgoing) else ""
    sender = signed if outgoing.mail_from else "null sender"
    return f"-> {outgoing.kind}, {times}, {sender}{page}\n{letter_text(outgoing)}"


def _from(octets: bytes) -> str:
    found = re.search(rb"^From:.*?([^\s<>]+@[^\s<>]+)", octets, re.MULTILINE)
    return found[1].decode() if found else ""


def _shown(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value).split("\n")[0]


def _frozen(value: object) -> Any:
    return tuple(value) if isinstance(value, list) else value
