"""How often each limit of the edge was reached since the start, by its name in [limits]; each time with a line in the
log. One for all listeners, read by whoever reports on the daemon.
"""

from collections import Counter
from typing import Literal, get_args

from mailflow import maillog

Limit = Literal[
    "message_size",
    "data_line",
    "command_line",
    "recipients",
    "connections",
    "connections_per_peer",
    "bytes_in_flight",
    "free_space",
    "command_timeout",
    "data_timeout",
    "session_lifetime",
    "commit_timeout",
    "errors",
    "junk_commands",
    "auth_attempts",
    "sender_per_minute",
    "sender_per_hour",
    "received_hops",
    "early_talker",  # spoke before the greeting
    "stress",  # nine in ten connections are taken
]
LIMITS: tuple[Limit, ...] = get_args(Limit)


class Counters:
    def __init__(self) -> None:
        self.reached: Counter[Limit] = Counter()

    def reach(self, limit: Limit, peer: str, reply: str = "") -> str:
        """Counted and logged; `reply`, for whoever says it."""
        self.reached[limit] += 1
        maillog.limit_reached(limit=limit, peer=peer, reply=reply)
        return reply
