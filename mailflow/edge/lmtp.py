"""LMTP (RFC 2033): SMTP that greets by another name and answers for each recipient."""

from typing import ClassVar

from mailflow.edge import replies
from mailflow.edge.reception import Transaction
from mailflow.edge.session import Session


class LmtpSession(Session):
    """One connection that speaks LMTP."""

    source = "lmtp"
    greeting = replies.LMTP_READY
    verbs: ClassVar = Session.verbs - {"EHLO", "HELO"} | {"LHLO"}

    async def smtp_LHLO(self, hostname: str | None) -> None:  # noqa: N802  aiosmtpd's form of a name
        await self.smtp_EHLO(hostname)

    def after_content(self, mail: Transaction, reply: str) -> list[str]:
        return [reply] * len(mail.rcpt_tos)
