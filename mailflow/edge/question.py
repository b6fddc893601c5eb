"""What a proving child is asked. Apart from `edge.prove_child`, whose libraries are for the child alone."""

from dataclasses import dataclass
from typing import Any, Self

from mailflow.edge.peer import counted_as
from mailflow.mail.address import domain_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Who is said to have written it, who brought it, and whose word about it counts."""

    author: str  # canonical
    peer: str = ""  # IP address of a stranger at our own edge; '' when it came another way
    mail_from: str = ""
    helo: str = ""
    authserv_ids: tuple[str, ...] = ()
    forwarders: tuple[str, ...] = ()

    @property
    def counted_for(self) -> str:
        """Whoever hands in a lot has to wait for its own: the peer, behind a relay the author's domain."""
        return counted_as(self.peer) or domain_of(self.author)

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def of_json(cls, told: dict[str, Any]) -> Self:
        lists = {name: tuple(told[name]) for name in ("authserv_ids", "forwarders")}
        return cls(**{**told, **lists})
