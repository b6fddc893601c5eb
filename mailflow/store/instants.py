"""Points in time at the door of the store: aware, or it is our bug and said where it was made."""

from datetime import UTC, datetime

AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
"""When what is new is due: whatever a clock says that was put back since. Only what was postponed waits for a time."""


def aware(now: datetime) -> datetime:
    if now.utcoffset() is None:
        raise ValueError(f"{now!r} has no offset: times are aware UTC")
    return now


def iso(at: datetime | None) -> str | None:
    """As people and programs are shown it (ISO 8601)."""
    return at.isoformat() if at else None
