"""`mailflow check`."""

from typing import Any

import pytest
import trustme

from mailflow.desk.writing.kind import Kind
from mailflow.mail.values import VALUES


def told(
    company: Any, warnings: str, filters: str = "0 rules in 0 files, 0 examples tried, 1 list with 1 entry"
) -> str:
    folder, languages = company.folder, len(list((company.folder / "templates").iterdir()))
    return (
        f"config.toml: no mistakes, {warnings}\n{folder}/filters: {filters}\n"
        f"{folder}/templates: {len(VALUES)} kinds of mail in {languages} languages\n"
    )


def test_a_good_configuration_is_said_to_be_good(company: Any) -> None:
    ran = company.run("check")
    assert (ran.code, ran.out, ran.err) == (0, told(company, "0 warnings"), "")


def test_what_was_read_is_counted(company: Any) -> None:
    example = '[[rule]]\nname = "a"\nif.subject = "a"\nthen.tag = "x"\n[[rule.example]]\nmail = "Subject: a\\n\\nx"\n'
    (company.folder / "filters/10.toml").write_text(example)
    (company.folder / "filters/20.toml").write_text(example.replace('"a"\nif', '"b"\nif'))
    (company.folder / "filters/30.toml").write_text("")
    (company.folder / "filters/partners.txt").write_text("a.example\nb.example\n")
    counted = "2 rules in 3 files, 2 examples tried, 2 lists with 3 entries"
    assert company.run("check").out == told(company, "0 warnings", counted)


def test_filters_and_templates_are_read_too(company: Any) -> None:
    (company.folder / "filters/blocked-domains.txt").write_text("qq.com\nnot a domain\n")
    (company.folder / "templates/en/acknowledgement.txt").write_text("Subject: {{ nmber }}\n\nHello\n")
    ran = company.run("check")
    assert ran.code == 78
    problems = ran.err.splitlines()
    assert len(problems) == 2
    assert "filters/blocked-domains.txt:2: " in ran.err
    assert "templates/en/acknowledgement.txt:1: " in ran.err


def test_entries_that_have_expired_are_counted(company: Any) -> None:
    file = company.folder / "filters/blocked-domains.txt"
    file.write_text("a.example expires=2020-01-01\nb.example expires=2020-01-02\nc.example\n")
    ran = company.run("check")
    why = "2 entries have expired, without effect: mailflow block list --expired"
    assert (ran.code, ran.err) == (0, f"{file}: expires: warning: {why}\n")


def test_what_is_probably_not_meant_is_said_and_no_error(company: Any) -> None:
    company.config.write_text(company.config.read_text().replace('"127.0.0.1"]', '"0.0.0.0/0"]'))
    ran = company.run("check")
    assert ran.code == 0
    assert ran.err == "config.toml:10: trust.networks: warning: believes every From line of everybody\n"


def test_a_program_and_a_secret_of_a_page_that_are_not_there_are_said(company: Any) -> None:
    steps = '[[on_call.step]]\ncommand = ["/nowhere/page", "S3CR3T"]\n[[on_call.step]]\nafter = "5m"\n'
    hook = 'webhook = "https://pager.example/S3CR3T"\nheader_file = "header"\n'
    company.config.write_text(company.config.read_text() + f'\n[[on_call]]\nname = "night"\n{steps}{hook}')
    ran = company.run("check")
    assert ran.code == 0
    assert f"on_call.step.header_file: warning: {company.folder}/header is not there" in ran.err
    assert "on_call.step.command: warning: /nowhere/page is no program that can be run from here" in ran.err
    assert "S3CR3T" not in ran.err


def test_a_secret_that_is_not_there_is_said_and_no_error(company: Any) -> None:
    smarthost = '\n[smarthost]\nhost = "smtp.firma.example"\nuser = "u"\npassword_file = "secret"\n'
    company.config.write_text(company.config.read_text() + smarthost)
    ran = company.run("check")
    assert ran.code == 0
    assert ran.err.startswith(f"config.toml:34: smarthost.password_file: warning: {company.folder}/secret is not there")
    assert ran.out == told(company, "1 warning")


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
    assert f": listen.certificate: {company.folder}/mail.pem: cannot be used: " in ran.err
    assert f"{company.folder}/users:1: user: " in ran.err
    assert "noc secret" not in ran.err


def test_a_certificate_that_clients_do_not_believe_is_warned_of(company: Any) -> None:
    secured = 'tls = "starttls"\ncertificate = "mail.pem"\n\n[trust]'
    company.config.write_text(company.config.read_text().replace("[trust]", secured))
    leaf = trustme.CA().issue_cert("other.example")
    leaf.private_key_and_cert_chain_pem.write_to_path(company.folder / "mail.pem")
    ran = company.run("check")
    file, line = company.folder / "mail.pem", company.config.read_text().splitlines().index('certificate = "mail.pem"')
    why = f"{file} is for other.example, and hostname is mail.firma.example"
    assert (ran.code, ran.err.splitlines()[1:]) == (0, [f"config.toml:{line + 1}: listen.certificate: warning: {why}"])
    assert f"ILL  certificate 127.0.0.1:2525: {why}\n     -> renew it " in company.run("doctor").out


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


def test_mistakes_of_all_files_are_named_at_once(company: Any) -> None:
    company.config.write_text('log_level = "loud"\n' + company.config.read_text())
    (company.folder / "filters/blocked-domains.txt").write_text("not a domain\n")
    (company.folder / "filters/types").mkdir()
    (company.folder / "filters/types/access.toml").write_text("title.en = 'Access'\nitme = 1\n")
    (company.folder / "templates/en/acknowledgement.txt").write_text("Subject: {{ nmber }}\n\nHello\n")
    (company.folder / "templates/en/articles").mkdir()
    (company.folder / "templates/en/articles/reset.md").write_text("Title: Reset\n\nPut it into water.\n")
    ran = company.run("check")
    assert ran.code == 78
    places = ("config.toml:1: log_level", "blocked-domains.txt:1: ", "access.toml:2: itme", "acknowledgement.txt:1: ")
    places += ("reset.md:1: ",)
    assert [place in line for place, line in zip(places, ran.err.splitlines(), strict=True)] == [True] * 5


def test_what_an_editor_keeps_beside_a_file_is_not_read(company: Any) -> None:
    (company.folder / "filters/types").mkdir()
    for file in ("filters/.#rules.toml", "filters/types/.#access.toml", "templates/en/.#resolved.txt"):
        (company.folder / file).symlink_to("ewa@desk.example:1234")
    ran = company.run("check")
    assert (ran.code, ran.err) == (0, "")


def test_the_folders_that_a_wrong_file_names_are_looked_at(company: Any) -> None:
    (company.folder / "templates").rename(company.folder / "words")
    (company.folder / "words/en/closing.txt").unlink()
    text = company.config.read_text()
    company.config.write_text('log_level = "loud"\ntemplates = "words"\nfilters = 7\n' + text)
    ran = company.run("check")
    assert "words/en/closing.txt: closing: is missing" in ran.err
    assert len(ran.err.splitlines()) == 3


def test_certificates_and_templates_are_told_together(company: Any) -> None:
    company.config.write_text(
        company.config.read_text().replace("[trust]", 'tls = "starttls"\ncertificate = "mail.pem"\n\n[trust]')
    )
    (company.folder / "mail.pem").write_text("nothing")
    (company.folder / "templates/en/closing.txt").unlink()
    ran = company.run("check")
    assert [line.split(": ")[1] for line in ran.err.splitlines()] == ["closing", "listen.certificate"]


@pytest.mark.parametrize("kind", VALUES)
def test_each_kind_of_mail_has_its_english_words(company: Any, kind: str) -> None:
    (company.folder / f"templates/en/{kind}.txt").unlink()
    ran = company.run("check")
    assert (ran.code, ran.err) == (
        78,
        f"{company.folder}/templates/en/{kind}.txt: {kind}: is missing; other languages fall back to it\n",
    )


def test_every_mail_that_is_sent_has_a_kind_of_template() -> None:
    assert {kind.value for kind in Kind} == set(VALUES)


def test_a_folder_of_templates_is_named_by_its_language(company: Any) -> None:
    (company.folder / "templates/pl").rename(company.folder / "templates/polski")
    ran = company.run("check")
    why = "templates: is no language code; name it as 'en' or 'pl' are named"
    assert (ran.code, ran.err) == (78, f"{company.folder}/templates/polski: {why}\n")


def test_a_folder_without_templates_is_named(company: Any) -> None:
    for file in (company.folder / "templates").glob("*/*.txt"):
        file.unlink()
    ran = company.run("check")
    assert ran.err == f"{company.folder}/templates: templates: there is no en/ with templates in it\n"


def test_examples_of_rules_are_tried_with_the_other_mistakes(company: Any) -> None:
    rule = '[[rule]]\nname = "one"\nif.subject = "a"\nthen.tag = "a"\n[[rule.example]]\nmail = "Subject: {}\\n\\nx"\n'
    file = company.folder / "filters/10.toml"
    file.write_text(rule.format("a"))
    assert company.run("check").code == 0
    file.write_text(rule.format("b"))
    (company.folder / "templates/en/closing.txt").unlink()
    ran = company.run("check")
    assert ran.code == 78
    assert f'{file}:5: rule.example: \'one\' does not match it: subject is "a": "b"\n' in ran.err
    assert "closing: is missing" in ran.err
    (company.folder / "templates/en/closing.txt").write_text("Subject: x\n\nx\n")
    assert company.run("doctor").err.count("rule.example") == 0  # a daemon that starts at night does not try them


def test_a_file_that_is_named_almost_like_rules_is_warned_of(company: Any) -> None:
    filters = company.folder / "filters"
    for name in ("10-mail.tml", "20-MAIL.TOML", "partners.text", "README.md", "30-mail.toml.off", "40-mail.toml~"):
        (filters / name).write_text("")
    ran = company.run("check")
    assert ran.code == 0
    assert sorted(ran.err.splitlines()) == [
        f"{filters}/10-mail.tml: filters: warning: is not read; did you mean '10-mail.toml'?",
        f"{filters}/20-MAIL.TOML: filters: warning: is not read; did you mean '20-MAIL.toml'?",
        f"{filters}/partners.text: filters: warning: is not read; did you mean 'partners.txt'?",
    ]


def test_what_is_right_and_does_nothing_is_warned_of(company: Any) -> None:
    config = company.config.read_text()
    company.config.write_text(config + '\n[[department]]\nname = "attic"\ntitle = "Attic"\n')
    file = company.folder / "filters/10.toml"
    (company.folder / "filters/partners.txt").write_text("")
    file.write_text(
        '[[rule]]\nname = "one"\nif.subject.contains = "a"\nthen.drop = true\n\n'
        '[[rule]]\nname = "two"\nif.subject = "abc"\nif.from.in_list = "partners"\nthen.tag = "x"\n'
    )
    ran = company.run("check")
    assert (ran.code, ran.out) == (
        0, told(company, "3 warnings", "2 rules in 1 file, 0 examples tried, 2 lists with 1 entry")
    )  # fmt: skip
    assert ran.err.splitlines() == [
        f"{file}:6: rule: warning: 'two' is never asked: 'one' (filters/10.toml:1) ends every mail that it is for",
        f"{file}:6: rule.if: warning: 'two' asks for the list 'partners', in which there is nothing",
        "config.toml:32: department.name: warning: no [[mailbox]], rule or kind of request leads to 'attic'",
    ]


RULES = """
[[rule]]
name = "one"
if.from.in_list = "partners"
if.mailbox = "support@firma.example"
then = { department = "billing", language = "pl" }

[[rule.example]]
mail = "From: a@kunde.example\\nSubject: x\\n\\nx"

[[rule]]
name = "two"
then.department = "biling"
"""
WRONG = "rule.then.department: there is no [[department]] 'biling'; did you mean 'billing'?"


def test_rules_are_read_when_config_toml_is_wrong(company: Any) -> None:
    company.config.write_text('log_level = "loud"\n' + company.config.read_text())
    (company.folder / "filters/partners.txt").write_text("kunde.example\n")
    file = company.folder / "filters/10.toml"
    file.write_text(RULES)
    ran = company.run("check")
    assert [line.split(": ", 1)[1].partition(" is not")[0] for line in ran.err.splitlines()] == [
        "log_level: 'loud'",
        WRONG,
    ]
    company.config.write_text(company.config.read_text().replace('name = "billing"', "name = 7"))
    assert str(file) not in company.run("check").err  # nobody knows which departments there are


def test_a_mistake_in_a_list_or_a_template_is_not_told_again_of_the_rules(company: Any) -> None:
    (company.folder / "filters/partners.txt").write_text("kunde\n")
    (company.folder / "filters/10.toml").write_text(RULES)
    (company.folder / "templates/pl/closing.txt").write_text("Subject: x\n\n{{ nmae }}\n")
    ran = company.run("check")
    assert [line.split(": ")[1] for line in ran.err.splitlines()] == ["kunde", "body", "rule.then.department"]


def test_a_channel_of_a_system_that_cannot_log_in_is_doubted(company: Any) -> None:
    made = company.run("password", "portal", "firma.example", stdin="a long enough secret\n")
    (company.folder / "users").write_text(made.out)
    text = company.config.read_text().replace("[trust]", '[trust]\nusers_file = "users"')
    for name in ("portal", "shop"):
        text += f'\n[[channel]]\nsource = "submission:{name}"\npriority = "high"\n'
    company.config.write_text(text)
    line = text.splitlines().index('source = "submission:shop"') + 1
    why = f"there is no 'shop' in {company.folder}/users"
    ran = company.run("check")
    assert (ran.code, ran.err) == (0, f"config.toml:{line}: channel.source: warning: {why}\n")
