"""How long what is done with is kept."""

from mailflow.config.values import DurationOrNever, Section


class Retention(Section):
    """[retention] How long what is done with is kept: not set, or `"never"`, for ever. The rows stay, so that the sums
    of the journal and who was told what are known; what goes is the mail in them. It is looked through once a day. What
    is held has `[held] keep`."""

    filed: DurationOrNever = None
    """Raw mail of messages that are filed: the words stay in their tickets, attachments go."""
    dropped: DurationOrNever = None
    """Raw mail of what was dropped; then `journal retry` cannot bring it back."""
    duplicate: DurationOrNever = None
    """Raw mail of duplicates. A copy that comes later is a duplicate all the same."""
    failed: DurationOrNever = None
    """Raw mail that could not be read; with it the message is given up, and `dropped` by the rule `retention`."""
    sent: DurationOrNever = None
    """What we wrote and was sent, or cancelled: the content. The answers of agents stay in their tickets, their
    attachments go."""
    closed_tickets: DurationOrNever = None
    """All words, addresses and names of a closed ticket, with its mail; since its last activity. Its number stays."""
    pages: DurationOrNever = None
    """Pages that somebody took: the rows."""
