"""A span of time in words that are told."""

from datetime import timedelta

_UNITS = ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"))


def in_words(time: timedelta) -> str:
    """In the greatest unit of which it is a multiple: '30 days', '12 hours', '90 minutes'."""
    unit, name = next(((unit, name) for unit, name in _UNITS if time >= unit and not time % unit), _SECOND)
    count = time // unit
    return f"{count} {name}" + ("" if count == 1 else "s")


def undecided(keep: timedelta) -> str:
    """Why what was held is so no more ([held] keep)."""
    return f"nobody decided about it for {in_words(keep)}"


_SECOND = (timedelta(seconds=1), "second")
