"""Which mailbox an address means."""  # R2.5

import pytest

from mailflow.desk.policy import Policy
from mailflow.desk.route import mailbox_of, mailboxes_of


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


def test_each_mailbox_counts_once_in_the_order_of_the_envelope(policy: Policy) -> None:
    found = mailboxes_of(
        ("sales@firma.example", "x@y.example", "sales+a@firma.example", "support@firma.example"), policy
    )
    assert [mailbox.address for mailbox in found] == ["sales@firma.example", "support@firma.example"]
