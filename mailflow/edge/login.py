"""AUTH within a conversation: who has logged in, and how often somebody failed to."""

from collections.abc import Callable

from mailflow import maillog
from mailflow.edge import replies, sasl
from mailflow.edge.conversation import Conversation
from mailflow.edge.users import User, Users


class Login:
    """Of one session. `users` are asked for at each attempt; a reply in their place says why there are none."""

    def __init__(self, users: Callable[[], Users | str]) -> None:
        self.user: User | None = None
        self._users = users

    async def attempt(self, mechanism: str, initial: bytes | None, conversation: Conversation, peer: str) -> str:
        """By a mechanism of sasl; what is said of it in the end."""
        try:
            name, password = await sasl.MECHANISMS[mechanism](initial, conversation.challenge)
        except sasl.Cancelled:
            return replies.CANCELLED
        except sasl.Malformed:
            return replies.BAD_LOGIN
        users = self._users()
        if isinstance(users, str):
            return users
        self.user = await users.logged_in(name, password)
        conversation.failed_logins += self.user is None
        reply = replies.LOGGED_IN if self.user else replies.WRONG_LOGIN
        named = name if name in users.by_name else "?"  # what we do not know may be a password in the wrong place
        maillog.login(peer=peer, user=named, reply=reply)
        return reply
