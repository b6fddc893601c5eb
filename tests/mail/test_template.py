"""Templates: found mistakes at start, literal values, and no way to cost more than they say."""

from pathlib import Path

import pytest
from jinja2 import Environment, meta

from mailflow.desk.writing.kind import Kind
from mailflow.errors import ConfigurationError
from mailflow.mail import sandbox
from mailflow.mail.sandbox import CAP
from mailflow.mail.template import Templates
from mailflow.mail.values import VALUES

SHIPPED = Path(__file__).parent.parent.parent / "templates"
FILES = {file.relative_to(SHIPPED).as_posix(): file.read_text("utf-8") for file in sorted(SHIPPED.rglob("*.txt"))}
LANGUAGES = ("de", "en", "es", "fr", "pl")


def mistakes(**changed: str) -> list[str]:
    files = {**FILES, **{name.replace("_", "/") + ".txt": text for name, text in changed.items()}}
    with pytest.raises(ConfigurationError) as caught:
        Templates.of(files)
    return [str(problem) for problem in caught.value.problems]


def test_every_kind_of_mail_has_a_template_in_every_shipped_language() -> None:
    assert set(VALUES) == {kind.value for kind in Kind}
    assert set(FILES) == {f"{language}/{name}.txt" for language in LANGUAGES for name in (*VALUES, "status", "marker")}


@pytest.mark.parametrize("kind", sorted(VALUES))
def test_every_language_says_the_same_values(kind: str) -> None:
    said = {name: meta.find_undeclared_variables(Environment().parse(FILES[name])) for name in of_kind(kind)}
    assert len(said) == len(LANGUAGES)
    assert {frozenset(each) for each in said.values()} == {frozenset(said[f"en/{kind}.txt"])}


def of_kind(kind: str) -> list[str]:
    return [name for name in FILES if name.partition("/")[2] == f"{kind}.txt"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(VALUES))
def test_a_shipped_template_says_what_its_reader_needs(kind: str, language: str) -> None:
    rendered = Templates.of(FILES).render(kind, language, VALUES[kind])
    assert rendered.language == language
    assert "\n" not in rendered.subject
    assert all(len(line) <= 78 for line in rendered.body.splitlines())
    for word in ("42", "Printer on fire") if "number" in VALUES[kind] else ("support@example.org",):
        assert word in rendered.subject + rendered.body
    assert "\n\n\n" not in rendered.body


def test_what_has_not_changed_is_not_read_again() -> None:
    before, after = Templates.of(FILES), Templates.of({**FILES, "en/reply.txt": FILES["en/reply.txt"] + "\nBye!\n"})
    same = {place for place, letter in after.letters.items() if letter.body is before.letters[place].body}
    assert same == after.letters.keys() - {("reply", "en")}


def test_what_cannot_fail_is_compiled_when_it_is_first_said() -> None:
    """All but markers are: a start costs half of what it did."""
    before = sandbox._compiled.cache_info().misses
    letters = [name for name in FILES if not name.endswith(("marker.txt", "status.txt"))]
    templates = Templates.of({name: f"{FILES[name]}\n{{{{ '!' }}}}" for name in letters})
    assert sandbox._compiled.cache_info().misses == before
    assert templates.render("reply", "pl", VALUES["reply"]).body.endswith("!\n")
    assert sandbox._compiled.cache_info().misses > before


def test_the_status_is_said_in_the_language_of_the_letter() -> None:
    templates = Templates.of(FILES)
    said = {**VALUES["resolved"], "status": "Resolved"}
    assert "Status:  Rozwiązane" in templates.render("resolved", "pl", said).body
    assert "Status:   Resolved" in templates.render("resolved", "it", said).body  # no Italian: all of it is English


def test_without_a_name_the_greeting_is_whole() -> None:
    templates = Templates.of(FILES)
    nameless = {**VALUES["acknowledgement"], "name": ""}
    first = {
        language: templates.render("acknowledgement", language, nameless).body.split("\n")[0] for language in LANGUAGES
    }
    assert first == {"de": "Guten Tag,", "en": "Hello,", "es": "Hola:", "fr": "Bonjour,", "pl": "Dzień dobry!"}


def test_without_a_closing_date_the_reminder_does_not_threaten() -> None:
    said = {**VALUES["reminder"], "resolves_on": ""}
    body = Templates.of(FILES).render("reminder", "en", said).body
    assert "If we do not hear" not in body
    assert "\n\n\n" not in body


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Subject: a\n\nHello {{ nmae }}", "de/reply.txt:3: body: 'nmae' is undefined"),
        ("Subject: {{ nmae }}\n\nHello", "de/reply.txt:1: Subject: 'nmae' is undefined"),
        ("Subject: a\n\nx\n{% if name %}\nHello", "de/reply.txt:5: body: Unexpected end of template"),
        ("Subject: a\n\n{% for a in name %}x{% endfor %}", "de/reply.txt:3: body: 'for' is not available"),
        ("Subject: a\n\n{{ 'x' * 10**8 }}", "de/reply.txt:3: body: 'mul' is not available"),  # X31
        ("Subject: a\n\n\n{{ name.__class__ }}", "de/reply.txt:4: body: 'getattr' is not available"),
        ("Subject: a\n\n{{ name['x'] }}", "de/reply.txt:3: body: 'getitem' is not available"),
        ("Subject: a\n\n{{ range(10) }}", "de/reply.txt:3: body: 'call' is not available"),
        ("Subject: a\n\n{% include 'en/reply.txt' %}", "de/reply.txt:3: body: 'include' is not available"),
        ("Subject: a\n\n{% set a = name %}", "de/reply.txt:3: body: 'assign' is not available"),
        ("Subject: a\n\n{{ name|center(99999999) }}", "de/reply.txt:3: body: there is no filter 'center'; known"),
        ("Subject: a\n\n{{ name|truncate('x') }}", "de/reply.txt:3: body: "),
        ("Subject: a\n\n{% if name < 3 %}x{% endif %}", "de/reply.txt:3: body: '<' not supported"),
        ("Subject: a\n\n" + "x" * (CAP + 1), f"de/reply.txt: body: says more than {CAP} characters"),
        ("Subject: a\n\n" + "{% if name %}" * 120 + "{% endif %}" * 120, "de/reply.txt: body: is nested too deeply"),
        ("Subject: a\nBcc: x@y.example\n\nHello", "de/reply.txt:2: Bcc: expected one of: Subject: …"),
        ("Subject: a\n\n \n", "de/reply.txt: body: is missing"),
        ("\n\nHello", "de/reply.txt:1: Subject: is missing"),
    ],
)
def test_a_mistake_in_a_template_names_file_and_line(text: str, problem: str) -> None:  # M4
    assert mistakes(de_reply=text)[0].startswith(problem)


def test_a_file_that_is_no_kind_of_mail_is_a_mistake() -> None:
    assert mistakes(en_goodbye="Subject: a\n\nb")[0].startswith("en/goodbye.txt: goodbye: is no kind of mail")


ANSWER = "Subject: {{ subject }}\n\nPlease try this, {{ name }}: #{{ number }}\n"


def test_answers_of_rules_are_templates_like_an_acknowledgement() -> None:
    files = {
        **FILES,
        "en/answers/pass-word.txt": ANSWER,
        "pl/answers/pass-word.txt": ANSWER.replace("Please", "Proszę"),
    }
    templates = Templates.of({f"/etc/mailflow/templates/{name}": text for name, text in files.items()})
    assert templates.answers == {"pass-word"}
    assert templates.render("answers/pass-word", "pl", VALUES["acknowledgement"]).body.startswith(
        "Proszę try this, Anna"
    )
    assert templates.render("answers/pass-word", "fr", VALUES["acknowledgement"]).language == "en"
    assert templates.speaks("answers/pass-word", "pl")
    assert not templates.speaks("answers/pass-word", "fr")


def test_mistakes_in_answers_are_found() -> None:
    assert mistakes(en_answers_x="Subject: x\n\n{{ resolves_on }}\n") == [
        "en/answers/x.txt:3: body: 'resolves_on' is undefined; known here: organisation, department, mailbox, name, "
        "number, subject, status"
    ]
    assert mistakes(pl_answers_x=ANSWER) == ["en/answers/x.txt: answers/x: is missing; other languages fall back to it"]
    assert mistakes(en_answers_X=ANSWER) == [
        "en/answers/X.txt: answers/X: has no usable name; take small letters, digits, '_' and '-'"
    ]


def test_english_must_be_whole_because_the_others_fall_back_to_it() -> None:
    with pytest.raises(ConfigurationError, match=r"en/reminder\.txt: reminder: is missing"):
        Templates.of({name: text for name, text in FILES.items() if name != "en/reminder.txt"})


@pytest.mark.parametrize("words", ["{{ 7 * 7 }}", "{% for a in b %}", "{{ name.__class__ }}", "{# x #}", "}}", "{{"])
def test_words_in_a_value_are_never_template(words: str) -> None:  # M4
    rendered = Templates.of(FILES).render("reply", "en", {**VALUES["reply"], "text": words, "subject": words})
    assert rendered.body.startswith(f"{words}\n")
    assert rendered.subject == f"Re: {words}"


def test_a_letter_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="says more than"):
        Templates.of(FILES).render("reply", "en", {**VALUES["reply"], "text": "x" * (CAP + 1)})


def test_a_subject_of_several_lines_becomes_one() -> None:
    said = {**VALUES["reply"], "subject": "a\r\nBcc: x@y.example"}
    assert Templates.of(FILES).render("reply", "en", said).subject == "Re: a Bcc: x@y.example"  # M3


@pytest.mark.parametrize("language", ["en", "es", "fr", "pl"])
def test_the_shipped_answers_end_in_a_signature_that_mail_programs_know(language: str) -> None:  # RFC 3676 4.3
    folder = Path(__file__).parent.parent.parent / "templates"
    shipped = Templates.of({str(file): file.read_text(encoding="utf-8") for file in folder.glob("*/*.txt")})
    assert "\n-- \nSupport, Example Hosting\n" in shipped.render("reply", language, VALUES["reply"]).body
