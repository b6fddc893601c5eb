"""Header fields of mail that went to many: lists of people and newsletters (RFC 2369, RFC 2919, RFC 8058)."""

from mailflow.mail.mime.header import Header

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

_FIELDS = (*LIST_FIELDS, *BULK_FIELDS)
_NAMES = frozenset(name.lower() for name in (*_FIELDS, *MASS_FIELDS))


def bulk_field(header: Header) -> str:
    """The field by which it went to many, else ''."""
    return _first(_FIELDS, header)


def is_newsletter(header: Header) -> bool:
    """Whether one sent it to many, and it answers nobody."""
    if header.has("In-Reply-To") or not _first(MASS_FIELDS, header):
        return False
    return not _first(DISCUSSION_FIELDS, header)


def _first(names: tuple[str, ...], header: Header) -> str:
    if _NAMES.isdisjoint(header):
        return ""
    return next((name for name in names if header.has(name) and not _by_service(header, name)), "")


def _by_service(header: Header, name: str) -> bool:
    return name == "Feedback-ID" and header.text(name).lower().endswith(SENDING_SERVICES)
