"""Header fields of mail that went to many: lists of people and newsletters (RFC 2369, RFC 2919, RFC 8058)."""

from collections.abc import Mapping

from mailflow.mail.machines.keyword import keywords
from mailflow.mail.mime.header import Header, field_names

LIST_FIELDS = ("List-Id", "List-Post", "List-Help", "List-Subscribe", "List-Archive", "List-Owner", "Mailing-List")
"""RFC 2919, RFC 2369. List-Unsubscribe alone is written by shops too: bulk all the same."""
BULK_FIELDS = ("List-Unsubscribe", "X-Mailing-List", "X-Mailman-Version", "X-BeenThere", "Feedback-ID", "X-Campaign-Id")
BULK_PRECEDENCE = ("bulk", "list", "junk")
SENDING_SERVICES = (":amazonses", ":sg")
"""How Feedback-ID ends that a sending service writes on whatever goes through it, people's mail included."""

DISCUSSION_FIELDS = ("List-Post", "X-BeenThere", "X-Mailman-Version", "Mailing-List", "X-Mailing-List")
"""Of lists to which people write."""
MASS_FIELDS = ("List-Unsubscribe", "List-Unsubscribe-Post", "Feedback-ID", "X-Campaign-Id", "X-Mailer-RecptId")
"""Of newsletters, when none of a discussion stands beside them."""

_FIELDS = field_names(*LIST_FIELDS, *BULK_FIELDS)
_MASS, _DISCUSSION = field_names(*MASS_FIELDS), field_names(*DISCUSSION_FIELDS)


def bulk_field(header: Header) -> str:
    """The field by which it went to many, else ''."""
    return _first(_FIELDS, header)


def is_newsletter(header: Header) -> bool:
    """Whether one sent it to many, and it answers nobody."""
    if header.has("In-Reply-To") or not _first(_MASS, header):
        return False
    return not header.carried(_DISCUSSION)


def bulk_precedence(header: Header) -> str:
    """The keyword of Precedence when it is that of mail to many, else ''."""
    return next((word for word in keywords(header, "Precedence") if word in BULK_PRECEDENCE), "")


def _first(names: Mapping[str, str], header: Header) -> str:
    return next((name for name in header.carried(names) if not _by_service(header, name)), "")


def _by_service(header: Header, name: str) -> bool:
    return name == "Feedback-ID" and header.text(name).lower().endswith(SENDING_SERVICES)
