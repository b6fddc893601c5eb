"""What stands around the words of each mail to a customer: the line above which answers are written, and the footer.

Both are read back by nobody as the customer's words: the line is framed by us (`mail.marks`), and a footer
stands below the line of a signature (RFC 3676 4.3), which ends the words of who writes.
"""

from collections.abc import Mapping

from mailflow.config import Department
from mailflow.desk.policy import Policy
from mailflow.desk.writing.kind import TO_AGENTS, Kind
from mailflow.mail.marks import SIGNATURE, marker
from mailflow.mail.markup.written import Frame
from mailflow.mail.template import Rendered

PLAIN = frozenset({Kind.ESCALATION, Kind.PAGE, Kind.GATE, Kind.DIGEST, Kind.HANDLED})
"""Who reads these works with them, and what answers them is read line by line."""

ABOVE = "Please type your reply above this line"
"""Where no template says it."""


def text_of(
    kind: Kind, rendered: Rendered, department: Department | None, values: Mapping[str, str], policy: Policy
) -> str:
    """The whole text of a mail."""
    if kind in PLAIN:
        return rendered.body
    language, templates = rendered.language, policy.templates
    asked = " ".join(templates.marker(language, values).split())
    if kind in TO_AGENTS:  # whose answers go on to a customer, and nothing of this with them
        return f"{marker(asked or ABOVE)}\n\n{rendered.body}"
    footer = templates.footer(department.name if department else "", language, values)
    above = f"{marker(asked)}\n\n" if asked and policy.config.mail.marker else ""
    return above + _closed(rendered.body, footer)


def frame_of(kind: Kind, language: str, policy: Policy) -> Frame | None:
    """Of its HTML; None where it has none."""
    if kind in PLAIN | TO_AGENTS or not policy.config.mail.html:
        return None
    return policy.templates.frame_of(policy.config.organisation, language)


def _closed(body: str, footer: str) -> str:
    if not footer:
        return body
    signed = SIGNATURE in body.split("\n")
    return f"{body}\n{footer}\n" if signed else f"{body}\n{SIGNATURE}\n{footer}\n"
