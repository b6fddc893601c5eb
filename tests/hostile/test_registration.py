"""Who asks to be registered, in hostile hands (T1, S8): nothing about an account is found out, nobody is registered by
anything but an agent's decision, and a stranger is written to once a day."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mailflow.config import Config
from mailflow.config.request import RequestType
from mailflow.desk.contacts.contact import Role
from mailflow.desk.decision import Disposition
from mailflow.desk.intake.catalogue import Catalogue
from mailflow.desk.newcomers import admission
from mailflow.desk.policy import Policy
from mailflow.desk.writing.kind import AUTOMATIC
from mailflow.errors import Refused
from mailflow.flow.corrections import settle_due
from mailflow.mail.identity.evidence import Evidence, Result, Signature
from mailflow.mail.token import OF_A_CHALLENGE, OF_A_REGISTRATION, OF_AN_AGENT, Keyring
from mailflow.store import apply
from mailflow.store.contacts.contact_history import history
from mailflow.store.contacts.contacts import NewContact, add, find
from mailflow.store.newcomers import applications
from mailflow.store.tables import CONTACT, CORRECTION, ENTRY, EVENT, MESSAGE, OUTBOX, TICKET
from mailflow.store.tickets import tickets
from tests.conftest import ORGANISATION
from tests.hostile.world import ANNA, BOB, DORA, OLD, SUPPORT, World, mail

LUC, EWA, PIOTR, OLA = "luc@neu.example", "ewa@staff.example", "piotr@staff.example", "ola@kunde.example"
DAY = timedelta(hours=25)
FIRST = 8
"""The number of the next ticket."""
KIND = {
    "department": "support",
    "title": {"en": ["Registration"]},
    "words": {"en": ["register my address"]},
    "item": [
        {"name": "domain", "kind": "domain", "label": {"en": ["Domain"]}},
        {"name": "number", "kind": "pattern", "pattern": "K-[0-9]+", "label": {"en": ["Number"]}, "optional": True},
        {"name": "reason", "kind": "text", "label": {"en": ["Reason"]}},
    ],
}
AGENTS = [
    {"name": "ewa", "addresses": [EWA], "departments": ["support"]},
    {"name": "piotr", "addresses": [PIOTR], "departments": ["sales"]},
]


@pytest.fixture(scope="module")
def policy(policy: Policy) -> Policy:
    support, *others = ORGANISATION["mailbox"]  # type: ignore[misc]  # a list
    mailboxes = [{**support, "registration": "register"}, *others]  # type: ignore[dict-item]
    config = Config.model_validate({**ORGANISATION, "mailbox": mailboxes, "agent": AGENTS})
    return replace(policy, config=config, kinds=Catalogue.of({"register": RequestType.model_validate(KIND)}))


@pytest.fixture
def world(world: World) -> World:
    """Ola is the primary contact of Anna's account."""
    _has_ola(world)
    return world


class _Undone(Exception):
    """Takes back what was done."""


def _has_ola(world: World) -> None:
    new = NewContact(account="1", name="Ola", addresses=(OLA,), roles=(Role.PRIMARY,), domains=("kunde.example",))
    add(world.connection, new, agent="ewa", at=world.now)


def says(world: World, text: str, author: str = LUC, to: str = SUPPORT, *fields: str, **more: Any) -> Any:
    """The row of the journal."""
    trusted = more.pop("trusted", "evidence" not in more)
    subject = more.pop("subject", "Help")
    world.receive(mail(author, subject, *fields, text=text), mail_from=author or BOB, to=to, trusted=trusted, **more)
    return world.rows(ENTRY)[-1]


def plus(token: str) -> str:
    return SUPPORT.replace("@", f"+{token}@")


def to_us(world: World, address: str = LUC) -> str:
    """Where an answer to our last mail to them goes."""
    row = [row for row in world.rows(OUTBOX) if row.rcpt_to == address][-1]
    _, _, rest = row.octets.decode().partition("Reply-To: <")
    return str(rest.partition(">")[0])


def mails(world: World, address: str = LUC) -> list[str]:
    return [row.kind for row in world.rows(OUTBOX) if row.rcpt_to == address]


@pytest.fixture
def told(world: World) -> World:
    """Luc wrote, and knows how to register."""
    assert says(world, "Our site is down.").disposition == Disposition.HELD
    assert mails(world) == ["registration"]
    return world


@pytest.fixture
def asked(told: World) -> World:
    """And asks for it: #8, of which all is given."""
    says(told, "Domain: kunde.example\r\nReason: I am new", to=to_us(told))
    assert [(row.type, row.account, row.requester) for row in told.rows(TICKET, id=FIRST)] == [("register", None, LUC)]
    return told


def people(world: World) -> Any:
    return [(row.id, row.name, row.roles) for row in world.rows(CONTACT)]


TOKENS = {
    "guessed": lambda world: plus("a" * 40),
    "of another entry": lambda world: plus(world.policy.keyring.sign(OF_A_REGISTRATION, 4_000_000_000, LUC, world.now)),
    "of an old key": lambda world: plus(Keyring((OLD,)).sign(OF_A_REGISTRATION, 8, LUC, world.now)),
    "of a year ago": lambda world: plus(
        world.policy.keyring.sign(OF_A_REGISTRATION, 8, LUC, world.now - timedelta(days=400))
    ),
    "of another kind": lambda world: plus(world.policy.keyring.sign(OF_A_CHALLENGE, 8, LUC, world.now)),
    "of a ticket that is not there": lambda world: plus(world.sign(4_000, LUC)),
}


@pytest.mark.parametrize("how", TOKENS)
def test_no_other_token_opens_a_request(how: str, told: World) -> None:
    entry = says(told, "Domain: kunde.example", to=TOKENS[how](told))
    assert (entry.disposition, told.rows(TICKET, id=FIRST)) == (Disposition.HELD, [])
    assert mails(told) == ["registration"]


WHO = {
    "forged": (LUC, False),
    "another, proven": (BOB, True),
    "like him": ("luc+x@neu.example", True),
    "a contact": (DORA, True),
    "nobody": ("", True),
}


@pytest.mark.parametrize("who", WHO)
def test_the_token_is_his_alone(who: str, told: World) -> None:
    author, trusted = WHO[who]
    before = people(told)
    says(told, "Domain: kunde.example\r\nReason: x", author, to_us(told), trusted=trusted)
    assert [row.type for row in told.rows(TICKET) if row.id >= FIRST and row.type] == []
    assert (people(told), mails(told)) == (before, ["registration"])


FIELDS = {
    "machine": "Auto-Submitted: auto-replied",
    "generated": "Auto-Submitted: auto-generated",
    "list": "List-Id: <x>",
}


@pytest.mark.parametrize("how", FIELDS)
def test_no_machine_opens_a_request(how: str, told: World) -> None:
    says(told, "Domain: kunde.example", LUC, to_us(told), FIELDS[how])
    assert (told.rows(TICKET, id=FIRST), mails(told)) == ([], ["registration"])


def test_what_he_signed_for_others_and_was_handed_in_opens_none(told: World) -> None:
    signature = Signature(
        result=Result.PASS, domain="neu.example", algorithm="rsa-sha256", bits=2048, covers_from=True,
        covers_recipients=True,
    )  # fmt: skip
    evidence = Evidence(signatures=(signature,))
    entry = says(told, "Domain: kunde.example", LUC, to_us(told), f"To: {BOB}", evidence=evidence)
    assert (entry.disposition, told.rows(TICKET, id=FIRST)) == (Disposition.HELD, [])


def test_the_token_joins_the_request_and_after_the_decision_nothing(asked: World) -> None:
    first = plus(asked.policy.keyring.sign(OF_A_REGISTRATION, 8, LUC, asked.now))
    says(asked, "Reason: another", to=first)
    assert [row.id for row in asked.rows(TICKET) if row.id >= FIRST] == [FIRST]
    decides(asked, "#refuse")
    for text in ("Domain: kunde.example", "Why not?"):
        assert says(asked, text, to=first).disposition == Disposition.HELD
    assert says(asked, "Please.", subject="register my address").disposition == Disposition.HELD
    asked.now += DAY
    assert says(asked, "Please?", subject="register my address").disposition == Disposition.FILED


def test_who_brings_his_token_of_the_request_moves_nothing(asked: World) -> None:
    ticket = tuple(asked.rows(TICKET, id=FIRST)[0])
    says(asked, "Domain: evil.example", BOB, plus(asked.sign(FIRST, LUC)))
    after = tickets.load(asked.connection, FIRST)
    assert after
    assert [each.value for each in after.given if each.item == "domain"] == ["kunde.example"]
    assert (
        asked.rows(TICKET, id=FIRST)[0].requester == ticket[asked.rows(TICKET, id=FIRST)[0]._fields.index("requester")]
    )
    assert BOB not in [row.rcpt_to for row in asked.rows(OUTBOX) if row.ticket == FIRST]


# No oracle

NAMES = {"domain": "kunde.example", "below it": "shop.kunde.example", "a number": "K-1", "none": "nobody.example"}


def heard(world: World, domain: str, author: str) -> list[tuple[str, bytes]]:
    """All that is mailed to `author`, without what must differ: tokens, numbers and what they wrote."""
    says(world, "Our site is down.", author)
    says(world, f"Domain: {domain}", author, to_us(world, author))
    says(world, "Reason: I am new", author, to_us(world, author))
    says(world, "Any news?", author, to_us(world, author))
    found = []
    for row in world.rows(OUTBOX):
        if row.rcpt_to == author:
            body = row.octets.partition(b"\r\n\r\n")[2].replace(domain.encode(), b"DOMAIN")
            found.append((row.kind, (row.created - world.now).total_seconds(), body))
    return found


def test_an_account_that_is_there_and_one_that_is_not_get_the_same_mails_octet_by_octet(
    built: Any, policy: Policy
) -> None:
    told = {}
    for domain in ("kunde.example", "kundx.example"):
        with suppress(_Undone), built.begin() as connection:
            world = World(connection, policy)
            _has_ola(world)
            told[domain] = heard(world, domain, LUC)
            raise _Undone
    assert told["kunde.example"] == told["kundx.example"]
    assert len(told["kunde.example"]) >= 3


def test_nor_is_there_a_difference_for_who_writes_from_the_domain_of_an_account(world: World) -> None:
    author = "x@kunde.example"
    says(world, "Please.", author, subject="register my address")
    (ticket,) = world.rows(TICKET, id=FIRST)
    assert (ticket.account, ticket.contact) == (None, None)


@pytest.mark.parametrize("domain", NAMES)
def test_agents_see_the_account_and_he_does_not(domain: str, told: World) -> None:
    says(told, f"Domain: {NAMES[domain]}\r\nReason: new", to=to_us(told))
    (notice,) = [row for row in told.rows(OUTBOX, kind="notification") if row.rcpt_to == EWA and row.ticket == FIRST]
    assert (OLA.encode() in notice.octets) == (domain in ("domain", "below it"))
    for row in told.rows(OUTBOX):
        if row.rcpt_to == LUC:
            assert not [word for word in (OLA, "Ola", ANNA, EWA) if word.encode() in row.octets]


# Who decides


def decides(world: World, text: str, agent: str = EWA, number: int = FIRST, **more: Any) -> Any:
    return says(world, text, agent, plus(world.policy.keyring.sign(OF_AN_AGENT, number, agent, world.now)), **more)


def done(world: World, entry: Any) -> bool:
    return not str(entry.reason).startswith("not done")


@pytest.mark.parametrize("text", ["#register 1 technical", "#recover anna@kunde.example", "#refuse"])
@pytest.mark.parametrize("who", ["himself", "by his token", "another agent", "forged agent", "released"])
def test_t1_nobody_else_decides(who: str, text: str, asked: World) -> None:
    before = people(asked)
    if who == "himself":
        says(asked, text, LUC, plus(asked.policy.keyring.sign(OF_AN_AGENT, FIRST, EWA, asked.now)))
    elif who == "by his token":
        says(asked, f"{text}\r\nRole: primary\r\nAccount: 1", LUC, to_us(asked))
    elif who == "another agent":
        assert not done(asked, decides(asked, text, PIOTR))
    else:
        decides(asked, text, EWA, trusted=False)
    (ticket,) = asked.rows(TICKET, id=FIRST)
    assert (people(asked), ticket.contact, asked.rows(CORRECTION)) == (before, None, [])
    assert ticket.status == "open"
    assert set(mails(asked)) <= {"registration", "missing", "complete"}
    assert mails(asked, OLA) == []


def test_an_agent_does_and_what_was_held_is_filed_once_in_its_order(asked: World) -> None:
    says(asked, "And the mail.", subject="Mail")
    says(asked, "A forger.", subject="Forged", trusted=False)
    entry = decides(asked, "#register 1 technical")
    contact = find(asked.connection, LUC)
    assert contact
    assert (contact["account"], contact["roles"], contact["language"]) == ("1", ["technical"], "en")
    filed = [(row.subject, row.contact == contact["id"]) for row in asked.rows(TICKET) if row.id > FIRST]
    assert filed == [("Help", True), ("Mail", True)]
    assert [row.subject for row in asked.rows(ENTRY, author=LUC, disposition="held")] == ["Forged"]
    assert mails(asked, OLA) == ["newcomer"]
    assert mails(asked)[-3:] == ["registered", "acknowledgement", "acknowledgement"]
    kinds = [each["kind"] for each in history(asked.connection, contact["id"])]
    assert kinds == ["added", "proved"]
    assert "kunde.example" in history(asked.connection, contact["id"])[1]["text"]
    assert not done(asked, decides(asked, "#register 1 primary"))
    assert find(asked.connection, LUC) == contact
    assert entry.disposition == Disposition.FILED


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("#register 99", "there is no account '99'"),
        ("#register kunde.example", "there is no account 'kunde.example'; kunde.example names account 1"),
        ("#register 1 admin", "there is no account '1 admin'"),
        ("#register 1 add", "write #register"),
        ("#recover nobody@x.example", "nobody@x.example is nobody's here"),
        ("#recover anna@kunde.example technical", "write #recover"),
        ("We do not know you.\r\n\r\n#refuse", "fixed words"),
        ("#register 1\r\n#refuse", "exclude one another"),
    ],
)
def test_what_cannot_be_is_not_done_and_says_why(text: str, why: str, asked: World) -> None:
    before, sent = people(asked), mails(asked)
    entry = decides(asked, text)
    assert why in entry.reason
    assert (people(asked), mails(asked)) == (before, sent)


def test_two_agents_who_decide_at_once_decide_once(asked: World) -> None:
    """Both judged it before either was carried out: the second finds the row of the first."""
    ticket = tickets.load(asked.connection, FIRST)
    assert ticket
    accounts = applications.accounts_named(asked.connection, ["1", LUC])
    actions = admission.register(ticket, "1", (), "ewa", asked.policy, asked.now, accounts)
    apply.carry_out(asked.connection, FIRST, actions, asked.policy, asked.now)
    with pytest.raises(Refused, match="cannot happen to it"):
        apply.carry_out(asked.connection, FIRST, actions, asked.policy, asked.now)


def test_a_refusal_says_nothing_and_is_the_end(asked: World) -> None:
    decides(asked, "#refuse")
    (row,) = asked.rows(OUTBOX, kind="not_registered")
    assert row.rcpt_to == LUC
    assert not [word for word in ("kunde.example", OLA, "account 1", "ewa") if word.encode() in row.octets.lower()]
    assert asked.rows(TICKET, id=FIRST)[0].status == "closed"
    assert says(asked, "Why?", to=to_us(asked)).disposition == Disposition.HELD
    assert len(asked.rows(ENTRY, author=LUC, disposition="held")) == 2
    assert not done(asked, decides(asked, "#register 1"))


# Recovery


@pytest.fixture
def recovered(asked: World) -> World:
    decides(asked, f"#recover {ANNA}")
    assert [(row.state, row.by) for row in asked.rows(CORRECTION)] == [("pending", LUC)]
    return asked


def test_the_old_address_and_the_primary_contact_are_told_at_once_and_it_is_in_force_later(recovered: World) -> None:
    assert [mails(recovered, each)[-1:] for each in (OLA, ANNA)] == [["recovery"], ["recovery"]]
    assert find(recovered.connection, LUC) is None
    recovered.now += DAY
    assert settle_due(recovered.connection, recovered.policy, recovered.now)
    contact = find(recovered.connection, LUC)
    assert contact
    assert (contact["name"], contact["addresses"], find(recovered.connection, ANNA)) == ("Anna", [LUC], None)
    says(recovered, "And now?", subject="Later")
    (held,) = [row for row in recovered.rows(ENTRY, author=LUC) if row.subject == "Help" and row.id < 12][:1]
    assert held.disposition == Disposition.FILED


@pytest.mark.parametrize("who", [ANNA, OLA])
def test_either_stops_it_by_a_word(who: str, recovered: World) -> None:
    entry = says(recovered, "stop", who, to_us(recovered, who))
    assert entry.disposition == Disposition.FILED
    assert [row.state for row in recovered.rows(CORRECTION)] == ["waits"]
    recovered.now += DAY
    assert settle_due(recovered.connection, recovered.policy, recovered.now) is None
    assert find(recovered.connection, LUC) is None


@pytest.mark.parametrize("who", [DORA, BOB, LUC])
def test_nobody_else_stops_it(who: str, recovered: World) -> None:
    says(recovered, "stop", who, to_us(recovered, OLA))
    assert [row.state for row in recovered.rows(CORRECTION)] == ["pending"]


@pytest.mark.parametrize(
    "text", ["#register 1 primary", "#register 2", f"#recover {DORA}", f"#recover {OLA}", "#refuse"]
)
@pytest.mark.parametrize("more", ["", "Domain: other.example"])
def test_what_was_decided_is_decided_also_while_the_old_address_may_object(
    text: str, more: str, recovered: World
) -> None:
    """A second agent, or one who is asked once more, would register at once who is to wait."""
    if more:
        says(recovered, more, to=to_us(recovered))
    before = people(recovered)
    assert not done(recovered, decides(recovered, text))
    assert people(recovered) == before
    assert [(row.contact, row.state) for row in recovered.rows(CORRECTION)] == [(1, "pending")]


# S8


def test_a_stranger_is_written_to_once_a_day_unless_he_answers(world: World) -> None:
    for number in range(20):
        says(world, f"Hello {number}", subject=f"Help {number}")
        says(world, f"Please {number}", subject="register my address")
    assert len([row for row in world.rows(OUTBOX) if row.rcpt_to == LUC]) == 1


def test_a_robot_that_answers_everything_gets_five_mails_a_day_and_has_one_request(told: World) -> None:
    for number in range(30):
        says(told, f"Domain: d{number}.example\r\nThank you, ticket {number}.", to=to_us(told))
    written = [row for row in told.rows(OUTBOX) if row.rcpt_to == LUC and row.kind in AUTOMATIC]
    assert len(written) <= 5
    assert len([row for row in told.rows(TICKET) if row.requester == LUC]) == 1


def test_a_flood_of_strangers_gets_a_mail_each_at_most(world: World) -> None:
    senders = [f"x{number}@flut.example" for number in range(60)]
    for author in senders:
        says(world, "Hi", author)
        says(world, "Hi!", author)
    assert max(len(mails(world, author)) for author in senders) == 1
    assert [row for row in world.rows(TICKET) if row.id >= FIRST] == []


def test_who_is_not_proved_gets_nothing(world: World) -> None:
    before = len(world.rows(OUTBOX))
    for number in range(10):
        says(
            world, f"Domain: d{number}.example", f"y{number}@flut.example", subject="register my address", trusted=False
        )
    assert len(world.rows(OUTBOX)) == before
    assert [row for row in world.rows(EVENT) if row.ticket >= FIRST] == []


# Who was told of a newcomer answers


@pytest.fixture
def admitted(asked: World) -> World:
    """Luc is registered, and Ola was told."""
    decides(asked, "#register 1 technical")
    assert mails(asked, OLA) == ["newcomer"]
    return asked


def of_request(world: World) -> list[str]:
    return [row.text for row in world.rows(EVENT, ticket=FIRST, kind="registration") if "our notice" in row.text]


def answers_notice(world: World, text: str, author: str = OLA, *fields: str, **more: Any) -> Any:
    return says(world, text, author, to_us(world, OLA), *fields, **more)


@pytest.mark.parametrize("text", ["No.", "Who is that? We do not know him.", "Bitte melden Sie sich."])
def test_what_she_answers_is_a_ticket_that_names_the_request_and_he_sees_nothing(text: str, admitted: World) -> None:
    before, of_his = mails(admitted), len(admitted.rows(OUTBOX, ticket=FIRST))
    entry = answers_notice(admitted, text)
    (ticket,) = admitted.rows(TICKET, id=entry.ticket)
    assert (ticket.possible_parent, ticket.requester, ticket.status) == (FIRST, OLA, "open")
    (warning,) = [row.warning for row in admitted.rows(MESSAGE, entry=entry.id)]
    assert warning.endswith(
        f"{'objects to' if text == 'No.' else 'answers'} our notice that {LUC} was registered (#{FIRST})"
    )
    assert [text in each for each in of_request(admitted)] == [True]
    assert (mails(admitted), len(admitted.rows(OUTBOX, ticket=FIRST))) == (before, of_his)
    assert ("acknowledgement", OLA) in [(row.kind, row.rcpt_to) for row in admitted.rows(OUTBOX, ticket=entry.ticket)]


def test_that_she_agrees_is_noted_and_nobody_reads_a_ticket(admitted: World) -> None:
    number = len(admitted.rows(TICKET))
    entry = answers_notice(admitted, "Yes, thank you.\r\nOla")
    assert (entry.disposition, entry.rule, entry.ticket) == (Disposition.FILED, "newcomer", FIRST)
    assert ["agrees" in each for each in of_request(admitted)] == [True]
    assert len(admitted.rows(TICKET)) == number


@pytest.mark.parametrize("text", ["Yes.", "No.", "Please remove him."])
def test_what_she_answers_later_in_her_own_ticket_stays_there(text: str, admitted: World) -> None:
    """Her mail program goes on naming our notice among what her mail refers to."""
    (notice,) = [row for row in admitted.rows(OUTBOX) if row.kind == "newcomer" and row.rcpt_to == OLA]
    first = answers_notice(admitted, "Who is that?", OLA, f"In-Reply-To: <{notice.message_id}>")
    (told,) = [row for row in admitted.rows(OUTBOX, ticket=first.ticket) if row.rcpt_to == OLA]
    thread = f"In-Reply-To: <{told.message_id}>\r\nReferences: <{notice.message_id}> <{told.message_id}>"
    second = says(admitted, text, OLA, to_us(admitted, OLA), thread)
    assert (second.ticket, second.rule) == (first.ticket, "")
    assert len(of_request(admitted)) == 1


NOT_HERS: dict[str, tuple[str, tuple[str, ...], dict[str, Any]]] = {
    "another contact of the account": (ANNA, (), {}),
    "a stranger": (BOB, (), {}),
    "the newcomer": (LUC, (), {}),
    "forged": (OLA, (), {"trusted": False}),
    "a robot": (OLA, ("Auto-Submitted: auto-generated",), {}),
    "a list": (OLA, ("List-Id: <x>",), {}),
}


@pytest.mark.parametrize("who", NOT_HERS)
def test_from_anybody_else_it_counts_for_nothing_and_is_judged_as_any_mail(who: str, admitted: World) -> None:
    author, fields, more = NOT_HERS[who]
    entry = answers_notice(admitted, "Yes.", author, *fields, **more)
    assert (of_request(admitted), entry.rule) == ([], "")
    assert [row.possible_parent for row in admitted.rows(TICKET, id=entry.ticket or 0)] in ([], [None])


def test_an_absence_note_of_hers_is_dropped(admitted: World) -> None:
    entry = answers_notice(admitted, "I am away.", OLA, "Auto-Submitted: auto-replied")
    assert (entry.disposition, entry.rule) == (Disposition.DROPPED, "newcomer-machine")


def test_what_she_signed_for_others_and_was_handed_in_counts_for_nothing(admitted: World) -> None:
    signature = Signature(
        result=Result.PASS, domain="kunde.example", algorithm="rsa-sha256", bits=2048, covers_from=True,
        covers_recipients=True,
    )  # fmt: skip
    answers_notice(admitted, "Yes.", OLA, f"To: {BOB}", evidence=Evidence(signatures=(signature,)))
    assert of_request(admitted) == []


def test_the_token_of_the_notice_opens_nothing_of_the_request(admitted: World) -> None:
    """Neither joined to it, nor decided by it."""
    before = people(admitted)
    for text in ("#register 1 primary", "#refuse", "Domain: evil.example"):
        answers_notice(admitted, text)
    assert people(admitted) == before
    after = tickets.load(admitted.connection, FIRST)
    assert after
    assert (OLA in after.participants, [each.value for each in after.given if each.item == "domain"]) == (
        False, ["kunde.example"],
    )  # fmt: skip
