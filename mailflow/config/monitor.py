"""Where others ask how it goes."""

from typing import Self

from pydantic import StrictBool, model_validator

from mailflow.config.values import Door, Section
from mailflow.internet import address_of


class Monitor(Section):
    """[monitor] Where health checks (`/healthz`) and Prometheus (`/metrics`) ask. Only counts are told."""

    address: Door | None = None
    """host:port, [ipv6]:port or unix:PATH (relative to config.toml), HTTP without TLS or login. Not set: nowhere."""
    beyond_this_host: StrictBool = False
    """True: `address` may be one that other hosts reach. Whoever reaches it may ask."""

    @model_validator(mode="after")
    def _within_this_host(self) -> Self:
        if self.address and not self.beyond_this_host and not _is_local(self.address):
            raise ValueError(
                f"{self.address} may be reached from other hosts, without a login: take 127.0.0.1, [::1] or unix:PATH, "
                "or say beyond_this_host = true"
            )
        return self


def _is_local(door: str) -> bool:
    host = door.rpartition(":")[0].strip("[]")
    if door.startswith("unix:") or host == "localhost":
        return True
    try:
        return address_of(host).is_loopback
    except ValueError:
        return False
