"""Header fields that programs write on what they send of their own, and by which mail asks programs for silence."""

from mailflow.mail.mime.header import Header, field_names

PROGRAM_FIELDS = field_names(
    "X-Cron-Env", "X-Nagios-Notification", "X-Jenkins-Job", "X-Jenkins-Result", "X-Sentry-Project",
    "X-Failed-Recipients", "X-MS-Exchange-Generated-Message-Source", "X-Asterisk-CallerID", "X-Asterisk-CallerIDName",
    "X-Zabbix-Event", "X-PagerDuty-Incident", "X-Bacula-Job", "X-GitLab-Pipeline-Id", "X-GitLab-Pipeline-Status",
    "X-Fax-Id", "X-Voicemail-Id",
)  # fmt: skip
"""Of programs that say nothing of people; a list that passes them on makes no people of them."""
GENERATED_FIELDS = field_names(
    "X-GitHub-Reason", "X-GitLab-NotificationReason", "X-Bugzilla-Type", "X-Facebook-Notify", "X-LinkedIn-Class",
)  # fmt: skip
"""Of programs that also pass on what people write; with the fields of a list it is one."""
NO_ANSWER_WISHES = ("all", "oof", "autoreply")
"""X-Auto-Response-Suppress, MS-OXCMAIL 2.2.3.2.14: 'DR', 'NDR', 'RN', 'NRN' alone concern reports, not answers."""

_RESENT = field_names("Resent-From", "Resent-Sender", "Resent-To", "Resent-Date", "Resent-Message-ID")
_ANY = field_names("X-Mailflow-Loop", *GENERATED_FIELDS.values(), *PROGRAM_FIELDS.values())


def program_field(header: Header) -> str:
    """The field of a program that says nothing of people, else ''."""
    return next(iter(header.carried(PROGRAM_FIELDS)), "")


def any_program_field(header: Header) -> str:
    """The field of a program, ours included, whatever it says, else ''."""
    return next(iter(header.carried(_ANY)), "")


def wants_no_answer(header: Header) -> bool:
    """Whether it asks for no automatic answer. Some organisations write the wish on all their mail, what people write
    included, so it does not say who wrote."""
    return not _wishes(header).isdisjoint(NO_ANSWER_WISHES)


def wants_silence(header: Header) -> bool:
    """Whether it asks for nothing at all to be answered, reports and receipts included, as programs do."""
    return "all" in _wishes(header)


def resent(header: Header) -> bool:
    """Whether somebody passed it on, as it was (RFC 5322 3.6.6): marks of the way then say nothing of its author."""
    return bool(header.carried(_RESENT))


def _wishes(header: Header) -> set[str]:
    said = header.text("X-Auto-Response-Suppress").lower()
    return {wish.strip() for wish in said.replace(";", ",").split(",")}
