"""Whether those on call could be reached, without reaching them: nothing is run and nothing is posted."""

import os
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from mailflow.cli.barred import secret
from mailflow.cli.finding import PATIENCE, Finding
from mailflow.config import Config, Step
from mailflow.errors import Trouble
from mailflow.ownership import user
from mailflow.standing import password_in


def pagers(config: Config) -> Iterator[Finding]:
    for on_call in config.on_call:
        for number, step in enumerate(on_call.step, 1):
            yield _way(f"on_call {on_call.name}, step {number}", step)


def _way(about: str, step: Step) -> Finding:
    if step.command:
        return _command(about, Path(step.command[0]))
    if step.mail:
        return Finding(about, f"mails {', '.join(step.mail)}")
    for file in filter(None, (step.webhook_file, step.header_file)):
        try:
            password_in(file)
        except Trouble:
            return secret(about, file)
    return _webhook(about, step.webhook or password_in(step.webhook_file), step.ca_file)


def _command(about: str, program: Path) -> Finding:
    if not program.is_file():
        return Finding(about, f"there is no {program}", "correct command of this step, or install it")
    if not os.access(program, os.X_OK):
        return Finding(about, f"{program} may not be run by {user()}", f"chmod +x {program}")
    return Finding(about, f"{program} is there")


def _webhook(about: str, url: str, ca_file: Path | None) -> Finding:
    """Of the URL only the host is told: its path is often the secret."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((host, port), PATIENCE) as connection:
            if parts.scheme == "https":
                context = ssl.create_default_context(cafile=ca_file)
                context.wrap_socket(connection, server_hostname=host).close()
    except ssl.SSLCertVerificationError as error:
        return Finding(about, f"{host}: {error.verify_message}", "set ca_file of this step, or correct its webhook")
    except OSError as error:
        return Finding(
            about, f"{host}:{port} cannot be reached: {error}", "correct its webhook; is a firewall between?"
        )
    return Finding(about, f"{host} answers; nothing was posted")
