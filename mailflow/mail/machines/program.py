"""Header fields that programs write on what they send of their own, and by which mail asks programs for silence."""

from mailflow.mail.mime.header import Header

PROGRAM_FIELDS = (
    "X-Cron-Env", "X-Nagios-Notification", "X-Jenkins-Job", "X-Jenkins-Result", "X-Sentry-Project",
    "X-Failed-Recipients", "X-MS-Exchange-Generated-Message-Source", "X-Asterisk-CallerID", "X-Asterisk-CallerIDName",
    "X-Zabbix-Event", "X-PagerDuty-Incident", "X-Bacula-Job", "X-GitLab-Pipeline-Id", "X-GitLab-Pipeline-Status",
    "X-Fax-Id", "X-Voicemail-Id",
)  # fmt: skip
"""Of programs that say nothing of people; a list that passes them on makes no people of them."""
GENERATED_FIELDS = (
    "X-GitHub-Reason", "X-GitLab-NotificationReason", "X-Bugzilla-Type", "X-Facebook-Notify", "X-LinkedIn-Class",
)  # fmt: skip
"""Of programs that also pass on what people write; with the fields of a list it is one."""
NO_ANSWER_WISHES = ("all", "oof", "autoreply")
"""X-Auto-Response-Suppress, MS-OXCMAIL 2.2.3.2.14: 'DR', 'NDR', 'RN', 'NRN' alone concern reports, not answers."""


LOOP_FIELDS = ("X-Mailflow-Loop",)
_NAMES = frozenset(name.lower() for name in (*LOOP_FIELDS, *GENERATED_FIELDS, *PROGRAM_FIELDS))


def first_of(names: tuple[str, ...], header: Header) -> str:
    """The first of these fields of this module that it carries, else ''."""
    if _NAMES.isdisjoint(header):
        return ""
    return next((name for name in names if header.has(name)), "")


def wants_no_answer(header: Header) -> bool:
    """Whether it asks for no automatic answer. Some organisations write the wish on all their mail, what people write
    included, so it does not say who wrote."""
    said = header.text("X-Auto-Response-Suppress").lower()
    return not {wish.strip() for wish in said.replace(";", ",").split(",")}.isdisjoint(NO_ANSWER_WISHES)
