"""Local parts that say who is behind an address: a program, or nobody who reads (threats section 10)."""

import re

POSTMASTER = ("postmaster",)
DAEMONS = ("mailer-daemon", "mail-daemon", "maildaemon", *POSTMASTER, "nobody", "bounce", "bounces", "autoresponder")
"""Local parts that programs write from, whole or before '+', '-' and '.'. A postmaster may be a person, but one who
writes from another address if it matters."""

NEVER_READ = (
    *DAEMONS, "no-reply", "noreply", "no_reply", "do-not-reply", "donotreply", "do_not_reply", "auto-reply",
    "autoreply", "nie-odpowiadaj", "nieodpowiadaj", "ne-pas-repondre", "nepasrepondre", "no-responder", "noresponder",
    "nicht-antworten", "non-rispondere", "nao-responda", "niet-beantwoorden",
)  # fmt: skip
"""Local parts that nobody reads. What comes from them may still be a person's words: a form on a web page."""

MONITORS = (
    "nagios", "icinga", "icinga2", "zabbix", "logwatch", "cron", "anacron", "monit", "munin", "smartd", "mdadm",
    "fail2ban", "logcheck", "prometheus", "alertmanager", "hylafax",
)  # fmt: skip
"""Local parts that programs watching machines write from. Who answers from there is a person."""

LONGEST = max(map(len, (*NEVER_READ, *MONITORS)))
_MARK = re.compile(r"[+.-]")


def never_reads(address: str) -> bool:
    """Whether nobody would read an answer to this address (threats section 10). For whoever is about to answer."""
    return is_one_of(address, NEVER_READ)


def is_one_of(address: str, names: tuple[str, ...]) -> bool:
    """Whether the local part is one of `names`, whole or before '+', '-' and '.'."""
    local = address.rpartition("@")[0].casefold()
    return local in names or any(local[: mark.start()] in names for mark in _MARK.finditer(local, 0, LONGEST + 1))
