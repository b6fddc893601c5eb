"""Blocked domains match on label boundaries, whatever script they are written in."""  # R3.10

import pytest

from mailflow.desk.blocked import BlockedDomains
from mailflow.desk.policy import Policy
from mailflow.desk.screen import blocked_by
from mailflow.errors import ConfigurationError

BLOCKED = BlockedDomains.of("# spam\nqq.com\n  Exämple.DE   # umlaut\n\n", "blocked-domains.txt")


@pytest.mark.parametrize(
    ("address", "entry"),
    [
        ("someone@qq.com", "qq.com"),
        ("x@mail.qq.com", "qq.com"),
        ("x@a.b.qq.com", "qq.com"),
        ("X@QQ.COM", "qq.com"),
        ("x@qq.com.", "qq.com"),
        ("qq.com", "qq.com"),
        ("x@xn--exmple-cua.de", "Exämple.DE"),
        ("x@exämple.de", "Exämple.DE"),
        ("x@notqq.com", None),
        ("x@qq.com.evil.example", None),
        ("qq.com@kunde.example", None),
        ("x@" + "a." * 30_000 + "qq.com", "qq.com"),
        ("x@" + "a" * 30_000 + "qq.com", None),
        ("x@com", None),
        ("", None),
        ("x@", None),
    ],
)
def test_a_domain_blocks_itself_and_its_subdomains(address: str, entry: str | None) -> None:
    assert BLOCKED.match(address) == entry


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("*.qq.com", "subdomains are always included; write 'qq.com'"),
        ("someone@qq.com", "is an address; write the domain 'qq.com'"),
        ("com", "is no domain; write one a line, such as 'example.com'"),
        ("qq.com spam.example", "is no domain; write one a line, such as 'example.com'"),
        ("-x.example", "is no domain; write one a line, such as 'example.com'"),
    ],
)
def test_a_line_that_is_no_domain_is_named(line: str, why: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        BlockedDomains.of(f"good.example\n{line}\n", "filters/blocked-domains.txt")
    assert [str(problem) for problem in caught.value.problems] == [f"filters/blocked-domains.txt:2: {line}: {why}"]


def test_envelope_sender_and_from_are_both_looked_at(policy: Policy) -> None:
    assert blocked_by("x@qq.com", "anna@kunde.example", policy) == "qq.com"
    assert blocked_by("anna@kunde.example", "x@mail.qq.com", policy) == "qq.com"
    assert blocked_by("", None, policy) is None
