"""What one probe of `mailflow doctor` found."""

from dataclasses import dataclass

PATIENCE = 10
"""Seconds for each step over the network."""
NOT_RUNNING = "is the daemon running? start it: systemctl start mailflow; by hand: mailflow run, in a clone make run"
RENEW = "renew it for the name that clients come by, then mailflow reload; as a credential of systemd: restart"


@dataclass(frozen=True, slots=True)
class Finding:
    """`advice` is empty when all is well."""

    about: str
    found: str
    advice: str = ""

    @property
    def is_well(self) -> bool:
        return not self.advice
