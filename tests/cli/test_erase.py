"""`mailflow contact erase`, and what it leaves alone."""

from typing import Any

GREETING = b"Dzie\xc5\x84 dobry!\n\nMy printer burns and nobody comes.\n\nPozdrawiam\n"
HEAD = b"Subject: Printer\nMessage-ID: <%s@x.example>\nContent-Type: text/plain; charset=utf-8\n\n"


def test_an_address_that_nobody_has_is_said_to_be_so(company: Any) -> None:
    ran = company.run("contact", "erase", "nobody@x.example", "--dry-run")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "mailflow: nobody here has nobody@x.example, and nothing tells of it\n"


def test_the_certificate_counts_as_the_dry_run_does(company: Any) -> None:
    company.deliver(b"From: ola@kunde.example\nTo: support@firma.example\n" + HEAD % b"ola" + GREETING)
    plan = company.run("contact", "erase", "ola@kunde.example", "--dry-run", "--json").json
    done = company.run("contact", "erase", "ola@kunde.example", "--yes", "--json").json
    assert plan["found"]
    assert (plan["found"], done["left"]) == (done["found"], {})


def test_a_greeting_that_everybody_writes_stays_in_mail_to_others(company: Any) -> None:
    for name in (b"ola", b"bob"):
        company.deliver(b"From: " + name + b"@kunde.example\nTo: support@firma.example\n" + HEAD % name + GREETING)
    sent = company.folder / "var/sent"
    sent.mkdir()
    words = {
        "1-acknowledgement.eml": b"To: ola@kunde.example\n\n" + GREETING,
        "2-acknowledgement.eml": b"To: bob@kunde.example\nContent-Type: text/plain; charset=utf-8\n\n" + GREETING[:16],
    }
    for name, octets in words.items():
        (sent / name).write_bytes(octets)
    ran = company.run("contact", "erase", "ola@kunde.example", "--yes", "--agent", "ewa")
    assert ran.code == 0, ran.err
    assert [each.name for each in sent.iterdir()] == ["2-acknowledgement.eml"]
    assert (sent / "2-acknowledgement.eml").read_bytes() == words["2-acknowledgement.eml"]
