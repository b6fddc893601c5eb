"""What an agent may decide about who asks to be registered, and what comes of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mailflow.config import Agent
from mailflow.config.request import RequestType
from mailflow.desk.actions import ChangeStatus, Send
from mailflow.desk.agents.instructions import admitted_as, instructions_in
from mailflow.desk.contacts.contact import NamedAccount, OneOfAccount, Role
from mailflow.desk.contacts.details import Detail
from mailflow.desk.intake.catalogue import Catalogue
from mailflow.desk.intake.given import Given
from mailflow.desk.newcomers.admission import recover, refuse, register
from mailflow.desk.newcomers.admitted import Recover, Register
from mailflow.desk.newcomers.applicant import facts
from mailflow.desk.ticket import Move, Status
from mailflow.desk.writing.kind import Kind
from mailflow.errors import Refused

LUC, OLA, ANNA = "luc@neu.example", "ola@kunde.example", "anna@kunde.example"
KIND = {
    "department": "support",
    "title": {"en": ["Registration"]},
    "item": [
        {"name": "domain", "kind": "domain", "label": {"en": ["Domain"]}},
        {"name": "name", "kind": "text", "label": {"en": ["Name"]}, "optional": True},
        {"name": "former", "kind": "address", "label": {"en": ["Former address"]}, "optional": True},
    ],
}
ROLES = {OLA: frozenset({Role.PRIMARY}), ANNA: frozenset({Role.TECHNICAL})}
ACCOUNT = NamedAccount(
    code="4711",
    name="Kunde",
    contacts=tuple(
        OneOfAccount(id=number, name=name, language="de", roles=ROLES[address], addresses=(address, f"2.{address}"))
        for number, (name, address) in enumerate((("Ola Kot", OLA), ("Anna Weber", ANNA)), 1)
    ),
)
ACCOUNTS = {"4711": ACCOUNT, "kunde.example": ACCOUNT, ANNA: ACCOUNT}


@pytest.fixture
def clerk(desk: Any) -> Any:
    """A desk at which strangers ask to be registered; support decides."""
    support, *others = desk.policy.config.mailbox
    agents = tuple(Agent(name=name, addresses=(f"{name}@staff.example",), departments=(where,)) for name, where in
                   (("ewa", "support"), ("piotr", "sales")))  # fmt: skip
    here = desk.having(mailbox=(support.model_copy(update={"registration": "register"}), *others), agent=agents)
    here.policy = replace(here.policy, kinds=Catalogue.of({"register": RequestType.model_validate(KIND)}))
    return here


def ticket(clerk: Any, **said: Any) -> Any:
    given = Given(item="domain", value="kunde.example", words="kunde.example", by=LUC, at=clerk.now, entry=3, line=2)
    ordinary: dict[str, Any] = {
        "type": "register", "contact": None, "account": None, "requester": LUC, "requester_name": "Luc Martin",
        "language": "fr", "participants": frozenset({LUC}), "given": (given,), "collects": True,
    }  # fmt: skip
    return clerk.ticket(**{**ordinary, **said})


def registered(clerk: Any, account: str = "4711", roles: tuple[str, ...] = (), agent: str = "ewa", **said: Any) -> Any:
    return register(ticket(clerk, **said), account, roles, agent, clerk.policy, clerk.now, ACCOUNTS)


def test_a_new_contact_with_what_is_known_of_it_and_the_evidence(clerk: Any, only: Any) -> None:
    actions = registered(clerk)
    (new,) = only(actions, Register)
    assert (new.account, new.name, new.address, new.language) == ("4711", "Luc Martin", LUC, "fr")
    assert (new.roles, new.by) == ((Role.TECHNICAL,), "ewa")
    assert new.evidence == "#42; domain = kunde.example (entry 3, line 2: «kunde.example»)"
    assert [(send.kind, send.to) for send in only(actions, Send)] == [(Kind.REGISTERED, LUC), (Kind.NEWCOMER, OLA)]
    assert [each.move for each in only(actions, ChangeStatus)] == [Move.RESOLVE]


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ({"requester_name": "Luc Martin"}, "Luc Martin"),
        ({"requester_name": ""}, LUC),
        ({"requester_name": "Buy at http://evil.example"}, LUC),
        ({"given": (Given(item="name", value="Lucie", words="", by=LUC, at=None),)}, "Lucie"),  # type: ignore[arg-type]
    ],
)
def test_how_a_contact_is_called(said: Any, name: str, clerk: Any, only: Any) -> None:
    assert only(registered(clerk, **said), Register)[0].name == name


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no such account": ({"account": "4712"}, "there is no account '4712'"),
    "a domain is no account": ({"account": "kunde.example"}, "kunde.example names account 4711 (Kunde)"),
    "another department's agent": ({"agent": "piotr"}, "piotr does not decide about that"),
    "routed to the other department": ({"agent": "piotr", "department": "sales"}, "piotr does not decide"),
    "another kind": ({"type": "fault"}, "no request to be registered"),
    "a contact's": ({"contact": 7}, "no request to be registered"),
    "nothing proves who": ({"believed": False}, "of who is proved"),
    "decided": ({"status": Status.CLOSED}, "is closed: it was decided"),
    "registered meanwhile": ({"requester": ANNA}, "is registered already: Anna Weber"),
    "of ours": ({"requester": "support+x@firma.example"}, "is an address of ours"),
    "an agent's": ({"requester": "ewa@staff.example"}, "is an agent's"),
    "blocked": ({"requester": "x@qq.com"}, "is blocked"),
    "called so already": ({"requester_name": "Anna Weber"}, "has a contact Anna Weber already"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_with_why(case: str, clerk: Any) -> None:
    said, why = REFUSED[case]
    with pytest.raises(Refused) as refused:
        registered(clerk, **said)
    assert why in str(refused.value)


@pytest.mark.parametrize(("keep", "wanted"), [(False, f"{LUC}, 2.{ANNA}"), (True, f"{LUC}, {ANNA}, 2.{ANNA}")])
def test_who_lost_access_has_the_new_address_after_the_delay(keep: bool, wanted: str, clerk: Any, only: Any) -> None:
    actions = recover(ticket(clerk), ANNA, "ewa", clerk.policy, clerk.now, ACCOUNTS, entry=9, keep=keep)
    (change,) = only(actions, Recover)
    assert (change.contact, change.wanted) == (2, {Detail.ADDRESSES: wanted})
    assert (change.due, change.address, change.entry) == (clerk.now + timedelta(days=1), LUC, 9)
    told = {send.to: (send.kind, send.corrects) for send in only(actions, Send)}
    assert told.pop(LUC) == (Kind.REGISTERED, None)
    assert told == dict.fromkeys((OLA, ANNA, f"2.{ANNA}"), (Kind.RECOVERY, 9))


def test_an_address_that_nobody_has_is_not_recovered(clerk: Any) -> None:
    with pytest.raises(Refused, match="is nobody's here"):
        recover(ticket(clerk), "x@y.example", "ewa", clerk.policy, clerk.now, ACCOUNTS, entry=9)


@pytest.mark.parametrize("status", [Status.OPEN, Status.AWAITING_CUSTOMER, Status.ON_HOLD, Status.RESOLVED])
def test_a_refusal_closes_and_is_told_to_nobody_else(status: Status, clerk: Any, only: Any) -> None:
    actions = refuse(ticket(clerk, status=status), "ewa", clerk.policy, clerk.now, ACCOUNTS)
    assert [(send.kind, send.to) for send in only(actions, Send)] == [(Kind.NOT_REGISTERED, LUC)]
    assert [each.move for each in only(actions, ChangeStatus)][-1] is Move.CLOSE


def test_agents_see_what_each_thing_names(clerk: Any) -> None:
    given = [
        Given(item=item, value=value, words="", by=LUC, at=clerk.now)
        for item, value in (("domain", "kunde.example"), ("former", ANNA), ("name", "Luc"))
    ]
    asks = ticket(clerk, given=tuple(given))
    assert list(facts(asks, clerk.policy.kinds, ACCOUNTS)) == [
        f"kunde.example: account 4711 (Kunde); primary contact Ola Kot <{OLA}>",
        f"{ANNA}: Anna Weber <{ANNA}>, technical, of account 4711 (Kunde); primary contact Ola Kot <{OLA}>",
    ]
    assert list(facts(asks, clerk.policy.kinds, {})) == [
        "kunde.example: no account of ours",
        f"{ANNA}: no account of ours",
    ]


@pytest.mark.parametrize(
    ("argument", "name", "words"),
    [
        ("4711", "4711", ()),
        ("4711 technical Billing", "4711", ("technical", "billing")),
        ("Firma Nord primary", "Firma Nord", ("primary",)),
        ("billing", "billing", ()),
        (f"{ANNA} add", ANNA, ("add",)),
        ("", "", ()),
    ],
)
def test_how_an_instruction_is_read(argument: str, name: str, words: tuple[str, ...]) -> None:
    assert admitted_as(argument) == (name, words)


def test_what_an_instruction_names_is_looked_up() -> None:
    assert instructions_in("#register Firma Nord primary").admits == ("Firma Nord",)
    assert instructions_in(f"#recover {ANNA}").admits == (ANNA,)
    assert instructions_in("#resolve").admits == ()
