"""What contacts say of themselves: when they are asked, and when it counts."""

from datetime import timedelta

from mailflow.config.values import Duration, DurationOrNever, Section


class Verification(Section):
    """[verification] Contacts confirm or correct what is on file of them: docs/contacts.md."""

    every: DurationOrNever = None
    """A contact whose details nobody has verified for so long is shown them in the acknowledgement of a new ticket, and
    asked; not set: never. Once a fortnight at most, until there is an answer."""
    delay: Duration = timedelta(hours=24)
    """How long a correction waits, in which any address of the contact may object, before it takes effect."""
