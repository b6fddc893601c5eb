"""A page that is posted to a program elsewhere (RFC 9110). Its answer is a status; what else it says is not read.

Nothing but the configuration says where it goes: no redirect is followed, no proxy or netrc of the environment is
asked. The peer's certificate is verified. Only importer of httpx.
"""

import asyncio
import ssl
from collections.abc import Mapping
from pathlib import Path

import httpx

from mailflow import __version__

ALWAYS = {"Content-Type": "application/json", "User-Agent": f"mailflow/{__version__}"}


async def post(
    url: str, body: bytes, fields: Mapping[str, str], seconds: float, ca_file: Path | None = None
) -> tuple[bool, str]:
    """Did it reach somebody, and in words what was answered. No word names more of the URL than its host."""
    try:
        async with (
            asyncio.timeout(seconds),
            _client(seconds, ca_file) as client,
            client.stream("POST", url, content=body, headers={**ALWAYS, **fields}) as response,
        ):
            return response.is_success, _status(response)
    except TimeoutError:
        return False, f"no answer within {seconds:g} s"
    except Exception as error:  # noqa: BLE001  # whatever it is, its words may repeat the URL
        return False, _why(error)


def _client(seconds: float, ca_file: Path | None) -> httpx.AsyncClient:
    tls = ssl.create_default_context()
    if ca_file:
        tls.load_verify_locations(ca_file)
    return httpx.AsyncClient(verify=tls, timeout=seconds, follow_redirects=False, trust_env=False)


def _status(response: httpx.Response) -> str:
    return f"HTTP {response.status_code}" + (", a redirect, which is not followed" if response.is_redirect else "")


def _why(error: Exception) -> str:
    """The kind of trouble."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted: {cause.verify_message}"
        cause = cause.__cause__ or cause.__context__
    match error:
        case httpx.TimeoutException():
            return "no answer in time"
        case httpx.ConnectError():
            return "no connection"
        case FileNotFoundError() | PermissionError():
            return f"ca_file: {error.strerror}"
        case _:
            return f"no answer: {type(error).__name__}"
