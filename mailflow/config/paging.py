"""Who is on call, and how they are reached: a ladder of ways, climbed until somebody takes the page."""

import re
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field, model_validator

from mailflow.config.values import Address, Duration, DurationOrNever, Section

AT_ONCE = timedelta(0)
SHORTEST_REPEAT = timedelta(seconds=30)
LONGEST_TIMEOUT = timedelta(minutes=5)
WAYS = ("mail", "command", "webhook", "webhook_file")
_URL = re.compile(r"[!-~]{1,2000}", re.ASCII)


def webhook_url(value: str) -> str:
    """`value` if we post to it. Its mistake is told without it: the path of a webhook is often its secret."""
    url, host = _parts(value)
    if not host or not _URL.fullmatch(value):
        raise ValueError("is no URL; write https://host/path")
    if url.username is not None or url.password is not None:
        raise ValueError("has a user or password in it; put them into header_file")
    if url.scheme != "https" and not (url.scheme == "http" and _is_here(host)):
        raise ValueError("write https://…; http:// is for a program on this machine only")
    return value


def _parts(value: str) -> tuple[SplitResult, str | None]:
    try:
        url = urlsplit(value)
        _ = url.port  # it is read when it is asked for
    except ValueError:
        return urlsplit(""), None
    return url, url.hostname


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _program(value: tuple[str, ...]) -> tuple[str, ...]:
    if value and not value[0].startswith("/"):
        raise ValueError("write the whole path of the program: ['/usr/local/bin/page', …]")
    return value


Command = Annotated[tuple[str, ...], AfterValidator(_program)]
WebhookUrl = Annotated[str, AfterValidator(lambda value: value and webhook_url(value))]


class Step(Section):
    """[[on_call.step]] One way to reach somebody: exactly one of mail, command, webhook."""

    after: Duration = AT_ONCE
    """Counted from when the page began; the first has none, and they grow from step to step."""
    mail: tuple[Address, ...] = ()
    """A mail to each; the answer of any of them takes the page."""
    command: Command = ()
    """A program and its arguments, run without a shell; the page is JSON on its standard input, exit status 0 says that
    it reached somebody."""
    webhook: WebhookUrl = ""
    """https://…, to which the page is posted as JSON; a reply of 2xx says that it reached somebody. Redirects are not
    followed."""
    webhook_file: Path | None = None
    """Read the URL from this file instead, when it is a secret. Looked up as a password_file is."""
    header_file: Path | None = None
    """A header field that goes with it, in a file: `Authorization: Bearer …`. Looked up as a password_file is."""
    ca_file: Path | None = None
    """Certificates to trust besides the system's."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if len([name for name in WAYS if getattr(self, name)]) != 1:
            raise ValueError("a step is one way: set either mail, command, webhook or webhook_file")
        if (self.header_file or self.ca_file) and not (self.webhook or self.webhook_file):
            raise ValueError("header_file and ca_file go with a webhook")
        return self


class OnCall(Section):
    """[[on_call]] Whom rules page: a ladder of ways, again and again until somebody takes it."""

    name: str = Field(pattern=r"^[a-z0-9_-]+$")
    step: tuple[Step, ...] = Field(min_length=1)
    repeat: Duration = timedelta(minutes=5)
    """How often the step that has been reached is tried again; one that fails, once a minute."""
    give_up_after: DurationOrNever = timedelta(days=1)
    """When nobody took it for so long it ends; `mailflow status` shows that until somebody does."""
    timeout: Duration = timedelta(seconds=30)
    """For a command or a webhook; then the command is killed."""
    per_hour: int = Field(default=10, ge=1)
    """Pages that begin within an hour; what is more pages nobody, and the log, the ticket and `mailflow status` say so.
    """

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        times = [step.after for step in self.step]
        if times[0] != AT_ONCE:
            raise ValueError("the first step comes at once: it has no after")
        if times != sorted(set(times)):
            raise ValueError("after must grow from step to step")
        if self.give_up_after is not None and self.give_up_after <= times[-1]:
            raise ValueError("give_up_after must be longer than the after of the last step")
        if self.repeat < SHORTEST_REPEAT:
            raise ValueError("repeat is at least '30s'")
        if not AT_ONCE < self.timeout <= LONGEST_TIMEOUT:
            raise ValueError("timeout is at least '1s' and at most '5m'")
        return self
