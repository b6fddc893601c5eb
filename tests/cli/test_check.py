"""`mailflow check`."""

from typing import Any


def test_a_good_configuration_is_said_to_be_good(company: Any) -> None:
    ran = company.run("check")
    assert (ran.code, ran.out, ran.err) == (0, "config.toml: no mistakes, 0 warnings\n", "")


def test_filters_and_templates_are_read_too(company: Any) -> None:
    (company.folder / "filters/blocked-domains.txt").write_text("qq.com\nnot a domain\n")
    (company.folder / "templates/en/acknowledgement.txt").write_text("Subject: {{ nmber }}\n\nHello\n")
    ran = company.run("check")
    assert ran.code == 78
    problems = ran.err.splitlines()
    assert len(problems) == 2
    assert "filters/blocked-domains.txt:2: " in ran.err
    assert "templates/en/acknowledgement.txt:1: " in ran.err


def test_what_is_probably_not_meant_is_said_and_no_error(company: Any) -> None:
    company.config.write_text(company.config.read_text().replace('"127.0.0.1"]', '"0.0.0.0/0"]'))
    ran = company.run("check")
    assert ran.code == 0
    assert ran.err == "config.toml:10: trust.networks: warning: believes every From line of everybody\n"


def test_a_secret_that_is_not_there_is_said_and_no_error(company: Any) -> None:
    smarthost = '\n[smarthost]\nhost = "smtp.firma.example"\nuser = "u"\npassword_file = "secret"\n'
    company.config.write_text(company.config.read_text() + smarthost)
    ran = company.run("check")
    assert ran.code == 0
    assert ran.err.startswith(f"config.toml:34: smarthost.password_file: warning: {company.folder}/secret is not there")
    assert ran.out == "config.toml: no mistakes, 1 warning\n"


def test_certificates_and_users_are_read_too(company: Any) -> None:
    secured = 'tls = "starttls"\ncertificate = "mail.pem"\nlogin = "offered"\n\n[trust]\nusers_file = "users"'
    company.config.write_text(company.config.read_text().replace("[trust]", secured))
    ran = company.run("check")
    assert ran.code == 0
    assert [line.split(": ")[1] for line in ran.err.splitlines()] == ["listen.certificate", "trust.users_file"]
    (company.folder / "mail.pem").write_text("nothing")
    (company.folder / "users").write_text("noc secret\n")
    ran = company.run("check")
    assert ran.code == 78
    assert f"{company.folder}/mail.pem: certificate: cannot be used: " in ran.err
    assert f"{company.folder}/users:1: user: " in ran.err
    assert "noc secret" not in ran.err


def test_a_template_that_is_gone_is_named_as_the_others_are(company: Any) -> None:
    (company.folder / "templates/en/closing.txt").unlink()
    ran = company.run("check")
    assert ran.err == (
        f"{company.folder}/templates/en/closing.txt: closing: is missing; other languages fall back to it\n"
    )


def test_the_shipped_configuration_has_no_mistakes(company: Any) -> None:
    from pathlib import Path

    shipped = (Path(__file__).parent.parent.parent / "config.toml").read_text()
    company.config.write_text(shipped)
    ran = company.run("check")
    assert (ran.code, ran.err) == (0, "")
