"""What each kind of mail may say, with samples: a template is tried with them, and shown with them."""

from collections.abc import Mapping

from mailflow.mail.markup.written import BODY

FALLBACK = "en"
"""The language that the others fall back to."""
ANSWERS = "answers/"
"""Before the name of one that a rule answers with."""
MARKER = "marker"
FOOTER = "footer"
FOOTERS = "footers/"
"""Before the name of the department whose it is."""
FRAME = "frame.html"
DAYS = frozenset({"in_force", "received", "opened", "resolves_on"})
"""Values that are days, as mail.day.said_in takes them."""

_ALWAYS = {"organisation": "Example Hosting", "department": "Support", "mailbox": "support@example.org"}
_TICKET = {**_ALWAYS, "name": "Anna Nowak", "number": "42", "subject": "Printer on fire", "status": "Open"}
_FRAME = {"body": BODY, "organisation": "Example Hosting", "language": FALLBACK}
_INCIDENT = {
    **_TICKET,
    "incident": "No web shop opens",
    "state": "We are replacing a switch; we expect it to take until 15:00.",
}
_CORRECTION = {
    **_ALWAYS,
    "name": "Anna Nowak",
    "details": "    Phone: +48 22 555 01 23\n    E-mail: anna@firma.example",
    "address": "anna@firma.example",
    "contact": "Anna Nowak",
}
_MAIL = "    17  2 h  x@strangers.example\n        «Invoice»\n        (it is not registered)\n"
_DUE = "   #42  Mon 2 Nov 08:15  anna@firma.example\n        «Printer on fire»\n        (first response)\n"
_DIGEST = {
    **_ALWAYS,
    "day": "2026-11-02",
    "overdue": "2",
    "overdue_list": _DUE,
    "today": "1",
    "today_list": _DUE,
    "held": "51",
    "held_list": _MAIL,
    "failed": "1",
    "failed_list": _MAIL,
    "pages": "1",
    "pages_list": "     3  6 h  night, #42\n        (rule outages)\n",
    "unreachable": "1",
    "unreachable_list": "   #42  1 d  anna@firma.example\n        (5.1.1 no such user)\n",
    "doubtful": "1",
    "doubtful_list": "     8  1 h  anna@firma.example\n        «Printer on fire»\n",
    "stale": "1",
    "stale_list": "        2025-10-01  password\n        «Reset your password»\n        (en, pl)\n",
}
VALUES: Mapping[str, Mapping[str, str]] = {
    "acknowledgement": {
        **_TICKET,
        "continues": "",
        "on_file": "    Name: Anna Nowak\n    E-mail: anna@firma.example",
        "articles": "Reset your password\n--------\nOpen https://example.org/reset.",
        "wanted": "- The page that it is about (its address, https://…)\n- A screenshot",
    },
    "registration": {  # fixed words only: who is not known must not be able to make us say something
        **_ALWAYS,
        "type": "Registration",
        "missing": "- Domain (one that you have with us)\n- Proof (an invoice, a letter of the owner)",
        "form": "Domain:",
    },
    "registered": {**_TICKET, "in_force": "2026-02-21 14:05 UTC"},
    "not_registered": _TICKET,
    "recovery": {**_CORRECTION, "in_force": "2026-02-21 14:05 UTC"},
    "newcomer": {
        **_ALWAYS,
        "name": "Ola Kot",
        "contact": "Anna Nowak",
        "address": "anna@firma.example",
    },
    "challenge": {
        **_ALWAYS,
        "received": "2026-02-20 14:05 UTC",
    },  # nothing a stranger wrote: the one who is asked may never have seen it
    "missing": {
        **_TICKET,
        "type": "Account support: change of reseller",
        "say": "The transfer takes a day or two.",
        "missing": "- Subscription ID (on every invoice)\n- Proof of payment (PDF or picture)",
        "unclear": "- Preferred date (a day of the calendar)\n  «31 February»",
        "over": "- Preferred date (a day to come)\n  «3 November 2025»",
        "ahead": "- Date of the invoice (as it is printed)\n  «3 November 2027»",
        "known": "    Customer: ABC Ltd",
        "form": "Subscription ID:\nPreferred date:",
        "again": "",
    },
    "step": {
        **_TICKET,
        "type": "Account support: change of reseller",
        "say": "The transfer takes a day or two.",
        "known": "    Subscription ID: SUB-12345\n    Customer: ABC Ltd",
        "waits_for": "- The current reseller\n- Accounts",
        "refused": "- The current reseller",
        "stopped": "",
    },
    "consent": {  # to somebody who takes no part in the ticket: no word of it but what they may see
        **_ALWAYS,
        "type": "Account support: change of reseller",
        "party": "The current reseller",
        "facts": "    Customer: ABC Ltd\n    Preferred date: 3 December 2026",
        "words": "The customer and its subscription leave you on that day.",
        "again": "yes",
        "missing": "- Account for the refund (IBAN)",
        "unclear": "- Account for the refund (IBAN)\n  «the same as always»",
        "form": "Account for the refund:",
        "own": "",
        "waits_for": "- The current reseller",
    },
    "party": {  # the same
        **_ALWAYS,
        "type": "Account support: change of reseller",
        "facts": "    Customer: ABC Ltd\n    Preferred date: 3 December 2026",
        "waits_for": "- Accounts",
        "refused": "",
        "stopped": "",
        "begun": "",
        "over": "",
    },
    "gate": {
        **_TICKET,
        "type": "Account support: change of reseller",
        "requester": "anna@firma.example",
        "gate": "invoices",
        "question": "Are all invoices of this customer paid?",
        "facts": "    Customer: ABC Ltd",
        "unclear": "«I will look»",
    },
    "complete": {
        **_TICKET,
        "type": "Account support: change of reseller",
        "say": "The transfer takes a day or two.",
        "known": "    Subscription ID: SUB-12345\n    Customer: ABC Ltd",
    },
    "reach": {  # to somebody who takes no part in the ticket: the name of who looks for them, and their own details
        **_ALWAYS,
        "name": "Anna Nowak",
        "asker": "Handel Nord Ltd",
        "on_file": "    Name: Anna Nowak\n    E-mail: anna@firma.example",
        "shows": "Name, Phone",
    },
    "reach_state": {
        **_TICKET,
        "type": "Members: a member cannot be reached",
        "sought": "ABC Ltd",
        "state": "begun",
        "known": "    Member: ABC Ltd",
        "tasks": "- Call the numbers on file\n- Look into the trade register",
    },
    "reach_answered": {
        **_TICKET,
        "type": "Members: a member cannot be reached",
        "sought": "ABC Ltd",
        "details": "    Name: Jan Kowalski",
        "coming": "    Phone: +48 22 555 01 23",
        "in_force": "2026-02-21 14:05 UTC",
    },
    "reopened": _TICKET,
    "resolved": _TICKET,
    "details_pending": {**_CORRECTION, "in_force": "2026-02-21 14:05 UTC"},
    "details_changed": _CORRECTION,
    "details_kept": _CORRECTION,
    "reminder": {**_TICKET, "resolves_on": "2026-03-01"},
    "closing": _TICKET,
    "expired": {
        **_TICKET,
        "type": "Account support: change of reseller",
        "say": "The transfer takes a day or two.",
        "missing": "- Proof of payment (PDF or picture)",
        "waits_for": "- The current reseller",
        "reopens": "yes",
    },
    "closed": _TICKET,
    "standing": {**_TICKET, "opened": "2026-02-20", "waits_for": "- The current reseller", "own": ""},
    "requests": {
        **_ALWAYS,
        "name": "Anna Nowak",
        "requests": "    #42  20 Feb 2026  1 Mar 2026  Open\n        Printer on fire",
    },
    "merged": {**_TICKET, "merged": "57"},
    "split": {**_TICKET, "split": "12"},
    "incident": _INCIDENT,
    "incident_update": _INCIDENT,
    "incident_over": _INCIDENT,
    "escalation": {
        **_TICKET,
        "requester": "anna@firma.example",
        "promise": "response",
        "since": "2026-02-20 14:05 UTC",
        "due": "2026-02-20 18:05 UTC",
        "late": "yes",
    },
    "recap": {**_TICKET, "text": "Your printer needs water; we bring some on Monday.", "agent": "ewa"},
    "page": {
        **_TICKET,
        "page": "3",
        "on_call": "night",
        "requester": "anna@firma.example",
        "priority": "urgent",
        "cause": "rule outages (filters/10.toml:2)",
        "since": "2026-02-20 02:05 UTC",
        "attempt": "1",
    },
    "digest": _DIGEST,
    "handled": {
        **_ALWAYS,
        "released": "17, 20",
        "rejected": "18, 22",
        "blocked": "x@strangers.example",
        "refused": "    19: it is held no more: filed in #42",
        "unknown": "    «relase 21»",
    },
    "notification": {
        **_TICKET,
        "cause": "assigned to ewa by piotr",
        "priority": "high",
        "requester": "anna@firma.example",
        "assignee": "ewa",
        "author": "anna@firma.example",
        "sure": "verified: DKIM d=firma.example, aligned",
        "warning": "its author takes no part in this ticket",
        "another_matter": "yes",
        "facts": "    firma.example: account 4711 (Firma); primary contact Ola Kot\n    … <ola@firma.example>",
        "text": "> It burns.\n> Please help.",
    },
    "confirmation": {
        **_TICKET,
        "done": "answered anna@firma.example\nresolved",
        "refused": "",
    },
    "reply": {**_TICKET, "text": "Dear Anna,\n\nplease use water.", "agent": "ewa"},
}
"""What each kind of template may say, with a sample of it. `resolves_on` is '' when tickets are not resolved by time;
`name` is '' when the addressee is not registered; `continues` unless it is a late reply to a closed ticket; `state`
when an incident ended without a word; `wanted` unless the request says too little. Of a digest each number is ''
where there is nothing of the kind, and `…_list` shows some of it. Of a notification `cause` is `new`, `wrote`,
`woke`, or words about what an agent did; `assignee` and `warning` may be '', `another_matter` is `yes` or ''. Of
`missing` each list may be '', and `again` is `yes` after a reply; `articles` and `waits_for` of `standing` may be ''.
Of `step` and `party` `refused` is '' unless a party does not agree, and `stopped` `yes` where a department alone said
no; `again` and `unclear` are '' the first time. Of `expired` `missing` or `waits_for` is '', and `reopens` where a
reply begins anew. Of `consent` `own` is `yes` to whose request it is, who alone is told whom
else it `waits_for`. Of `reach` `shows` is '' where nothing is shown; of `reach_state` `state` is `begun`, `paused`,
`resumed`, `wider`, `tasks` or `heard`, and `tasks` there for `wider` and `tasks`, `known` in the first; of
`reach_answered` `coming` and `in_force` only where a correction is pending. A confirmation has either `done` or
`refused`."""


def values_of(kind: str) -> Mapping[str, str]:
    """What a template of `kind` may say, with samples."""
    if kind == FRAME:
        return _FRAME
    return _TICKET if kind.startswith(ANSWERS) else VALUES.get(kind, _ALWAYS)
