"""Points in time at the door of the store: aware, or it is our bug and said where it was made."""

from datetime import datetime


def aware(now: datetime) -> datetime:
    if now.utcoffset() is None:
        raise ValueError(f"{now!r} has no offset: times are aware UTC")
    return now
