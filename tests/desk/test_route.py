"""Which mailbox an address means."""  # R2.5

from dataclasses import replace

import pytest

from mailflow.config import Config
from mailflow.desk.policy import Policy
from mailflow.desk.route import fetched_for, mailbox_of, mailboxes_of
from tests.conftest import ORGANISATION


def with_plus_addresses(policy: Policy) -> Policy:
    more = [
        {"address": "support+billing@firma.example", "department": "billing"},
        {"address": "Support+Fax@firma.example", "department": "sales", "plus_addressing": False},
    ]
    return replace(policy, config=Config.model_validate({**ORGANISATION, "mailbox": [*ORGANISATION["mailbox"], *more]}))


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("support@firma.example", "support@firma.example"),
        ("Support@FIRMA.example", "support@firma.example"),
        ("support+anything@firma.example", "support@firma.example"),
        ("postmaster@firma.example", "support@firma.example"),
        ("postmaster", "support@firma.example"),
        ("sales@firma.example", "sales@firma.example"),
        ("nobody@firma.example", None),
        ("support@other.example", None),
        ("postmaster@other.example", None),
        ("", None),
    ],
)
def test_an_address_is_ours_exactly_with_a_plus_part_or_as_postmaster(
    address: str, mailbox: str | None, policy: Policy
) -> None:
    found = mailbox_of(address, policy)
    assert (found.address if found else None) == mailbox


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("support+billing@firma.example", "support+billing@firma.example"),
        ("Support+Billing@Firma.example", "support+billing@firma.example"),
        ("support+billing+anything@firma.example", "support+billing@firma.example"),
        ("support+billing+a+b@firma.example", "support+billing@firma.example"),
        ("support+bill@firma.example", "support@firma.example"),
        ("support+billing+@firma.example", "support@firma.example"),
        ("support+fax@firma.example", "support+fax@firma.example"),
        ("support+fax+anything@firma.example", "support@firma.example"),  # no plus parts there
        ("+support@firma.example", None),
        ("support+@firma.example", None),
    ],
)
def test_a_plus_address_may_be_a_mailbox_of_its_own(address: str, mailbox: str | None, policy: Policy) -> None:
    found = mailbox_of(address, with_plus_addresses(policy))
    assert (found.address.lower() if found else None) == mailbox


def test_each_mailbox_counts_once_in_the_order_of_the_envelope(policy: Policy) -> None:
    found = mailboxes_of(
        ("sales@firma.example", "x@y.example", "sales+a@firma.example", "support@firma.example"), policy
    )
    assert [mailbox.address for mailbox in found] == ["sales@firma.example", "support@firma.example"]


@pytest.mark.parametrize(
    ("shown", "mailboxes"),
    [
        ((), ["support"]),
        (("list@else.example",), ["support"]),
        (("support+billing@firma.example",), ["support+billing"]),
        (("Support+Billing+token@firma.example", "x@else.example"), ["support+billing"]),
        (("support@firma.example", "support+billing@firma.example"), ["support", "support+billing"]),
        (("support+token@firma.example",), ["support"]),
        (("sales@firma.example",), ["support"]),  # what is there is fetched from there
    ],
)
def test_what_is_fetched_is_for_the_plus_addresses_that_it_shows(
    shown: tuple[str, ...], mailboxes: list[str], policy: Policy
) -> None:
    policy = with_plus_addresses(policy)
    found = fetched_for(policy.mailboxes["support@firma.example"], shown, policy)
    assert [mailbox.address.partition("@")[0] for mailbox in found] == mailboxes


def test_an_address_of_a_thousand_plus_signs_is_nobodys(policy: Policy) -> None:
    assert mailbox_of(f"support{'+' * 60_000}@firma.example", policy) is None
