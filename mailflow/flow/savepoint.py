"""One piece of a larger transaction in a savepoint of its own: what is wrong with it must not cost its neighbours."""

from collections.abc import Callable
from typing import TypeVar

from mailflow.store.database import Connection
from mailflow.store.trouble import hits_everyone, is_full

T = TypeVar("T")


def apart(connection: Connection, work: Callable[[], T]) -> T | Exception:
    """What `work` returned, or the error that is this piece's own fault, undone. Trouble of the database is raised."""
    try:
        with connection.begin_nested():
            return work()
    except Exception as error:
        if hits_everyone(error) or is_full(error):
            raise
        return error
