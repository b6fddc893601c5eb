"""Who must agree, as those who wait for it read it (R1.7)."""

from dataclasses import replace

from mailflow.config.request import Gate, Party, RequestType
from mailflow.desk.intake.catalogue import Kind
from mailflow.desk.intake.consent import Consent, ConsentState
from mailflow.desk.intake.dossier import Dossier
from mailflow.desk.intake.progress import Progress
from mailflow.desk.intake.titles import refusal, titles
from tests.desk.conftest import Desk

NAMED = Gate(
    name="paid",
    department="billing",
    title={"en": ("the accounts department",), "de": ("die Buchhaltung",)},
    question={"en": ("Paid?",)},
)
NAMELESS = Gate(name="paid", department="billing", question={"en": ("Paid?",)})


def test_a_department_is_named_in_the_language_of_who_waits_for_it(desk: Desk) -> None:
    assert titles([NAMED], desk.policy, "de") == "- die Buchhaltung"
    assert titles([NAMED], desk.policy, "en") == "- the accounts department"


def test_without_a_name_of_its_own_it_has_that_of_the_department(desk: Desk) -> None:
    assert titles([NAMELESS], desk.policy, "de") == f"- {desk.policy.departments['billing'].title}"


def test_the_no_of_a_department_is_told_as_a_matter_of_our_own(desk: Desk) -> None:
    owner = Party(name="owner", title={"en": ("The owner",)}, address="requester")
    kind = Kind("sale", RequestType(title={"en": ("Sale",)}, party=(owner,), gate=(NAMED,)))
    no = Consent(
        number=1,
        name="paid",
        is_gate=True,
        address="",
        language="",
        seen={},
        state=ConsentState.REFUSED,
        asked=desk.now,
    )
    yes = replace(no, name="owner", is_gate=False, address="anna@x.example", state=ConsentState.GIVEN)
    stopped = Progress(Dossier(kind), (yes, no), "anna@x.example")
    assert refusal(stopped, desk.policy, "en") == {"refused": "", "stopped": "yes"}
    refused = Progress(Dossier(kind), (replace(yes, state=ConsentState.REFUSED),), "anna@x.example")
    assert refusal(refused, desk.policy, "en") == {"refused": "- The owner", "stopped": ""}
