"""Who must agree, as those who wait for it read it (R1.7)."""

from mailflow.config.request import Gate
from mailflow.desk.intake.titles import titles
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
