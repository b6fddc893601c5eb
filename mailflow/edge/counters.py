"""How often each limit of the edge was reached since the start, by its name in [limits], and how often a client was
refused, by why; each time with a line in the log. One for all listeners; the daemon's pulse hands it to `mailflow
status`.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Literal, get_args

from mailflow import maillog
from mailflow.edge import replies

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
REFUSALS: Mapping[str, str] = {
    replies.UNKNOWN_RECIPIENT: "unknown_recipient",
    replies.NOT_OURS: "foreign_recipient",
    replies.BLOCKED: "blocked_sender",
    replies.NOT_YOURS: "sender_of_another",
    replies.BAD_SENDER: "bad_address",
    replies.BAD_RECIPIENT: "bad_address",
    replies.NEEDS_SMTPUTF8: "bad_address",
    replies.BARE_LINE_ENDS: "bare_line_ends",
    replies.NEEDS_TLS: "without_tls",
    replies.NEEDS_LOGIN: "without_login",
    replies.WRONG_LOGIN: "wrong_login",
    replies.TRY_LATER: "trouble",
}
"""Why mail is refused where no limit is reached. What is wrong with a command by itself is nobody's mail."""


class Counters:
    def __init__(self) -> None:
        self.reached: Counter[Limit] = Counter()
        self.refused: Counter[str] = Counter()

    def said(self, reply: str) -> None:
        """Counted, if it is a refusal."""
        if kind := REFUSALS.get(reply):
            self.refused[kind] += 1

    def reach(self, limit: Limit, peer: str, reply: str = "") -> str:
        """Counted and logged; `reply`, for whoever says it."""
        self.reached[limit] += 1
        maillog.limit_reached(limit=limit, peer=peer, reply=reply)
        return reply
