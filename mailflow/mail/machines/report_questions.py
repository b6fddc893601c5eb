"""Questions to reports: is it one about the delivery, the reading or the unwantedness of a mail (RFC 3462)?"""

import re

from mailflow.mail.machines.looks import Looks, generated
from mailflow.mail.message import Automatic, AutomaticKind

FINAL_ACTIONS = ("failed",)
STILL_TRYING = ("delayed",)

REPORT_TYPES = {
    "disposition-notification": Automatic(kind=AutomaticKind.DISPOSITION, why="it says whether a mail was read"),
    "feedback-report": Automatic(kind=AutomaticKind.FEEDBACK, why="it passes on a complaint about a mail (RFC 5965)"),
}
_REPORT_TYPE = re.compile(r"report-type\s*=\s*\"?([\w-]{1,60})", re.IGNORECASE)


def delivery_report(looks: Looks) -> Automatic | None:
    if looks.report is None:
        return None
    if not looks.report.recipients and _report_type(looks) in REPORT_TYPES:
        return None  # it says which mail it is about, and of nobody that it did not arrive
    actions = {recipient.action for recipient in looks.report.recipients}
    if actions and actions.isdisjoint((*FINAL_ACTIONS, *STILL_TRYING)):
        return generated("it is a delivery report, and the mail was delivered")
    if actions & {*STILL_TRYING} and not actions & {*FINAL_ACTIONS}:
        return Automatic(kind=AutomaticKind.DELAY, why="it is a delivery report: the mail is late, still being tried")
    return Automatic(kind=AutomaticKind.BOUNCE, why="it is a delivery report: a mail could not be delivered")


def other_report(looks: Looks) -> Automatic | None:
    content_type = looks.header.text("Content-Type")
    if not content_type.lower().startswith("multipart/report"):
        return None
    known = REPORT_TYPES.get(_report_type(looks))
    return known or generated("it is a report that a machine wrote (multipart/report)")


def _report_type(looks: Looks) -> str:
    content_type = looks.header.text("Content-Type")
    named = _REPORT_TYPE.search(content_type) if content_type.lower().startswith("multipart/report") else None
    return named.group(1).lower() if named else ""
