"""What keeps many away is asked about before it is blocked."""

import pytest

from mailflow.desk.lists.blocking import danger_of
from mailflow.desk.lists.sender_block import why_not_blocked
from mailflow.desk.policy import Policy


@pytest.mark.parametrize(
    ("value", "danger"),
    [
        ("support@firma.example", "support@firma.example would block our own address support@firma.example"),
        ("Firma.Example", "Firma.Example would block our own address support@firma.example"),
        ("*.com", "*.com is a public suffix: all who have a domain below it would be blocked"),
        ("co.uk", "co.uk is a public suffix: all who have a domain below it would be blocked"),
        ("github.io", "github.io is a public suffix: all who have a domain below it would be blocked"),
        ("рф.example", ""),
        ("gmail.com", "gmail.com is a mail provider of many: all who have their address there would be blocked"),
        ("Yahoo.co.uk", "Yahoo.co.uk is a mail provider of many: all who have their address there would be blocked"),
        ("0.0.0.0/0", "0.0.0.0/0 is 4,294,967,296 addresses"),
        ("::/0", f"::/0 is {2**128:,} addresses"),
        ("10.0.0.0/8", ""),
        ("2001:db8::/32", ""),
        ("192.0.2.1", ""),
        ("yahoo.firma-spam.example", ""),
        ("someone@gmail.com", ""),
        ("spam.example", ""),
        ("notfirma.example", ""),
        ("mail.firma.example", ""),
    ],
)
def test_what_is_asked_about(policy: Policy, value: str, danger: str) -> None:
    assert danger_of(value, policy.config) == danger


def test_the_sender_of_a_held_mail_is_not_blocked_with_half_of_the_customers(policy: Policy) -> None:
    refused = why_not_blocked("gmail.com", policy.config, of_a_contact=False)
    assert refused.endswith("would be blocked; if it is meant: mailflow block add gmail.com --yes")
    assert why_not_blocked("someone@gmail.com", policy.config, of_a_contact=False) == ""
