"""The first start on a mailbox of 50,000 mails; MAILS and KILLS are settings."""

import os
from pathlib import Path

import pytest

from tests.edge.fake_imap import FakeImap
from tests.test_first_start import adopted

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]
MAILS = int(os.environ.get("MAILS") or 50_000)
KILLS = int(os.environ.get("KILLS") or 5)


async def test_fifty_thousand_mails_are_adopted_under_kills(tmp_path: Path, sqlite_url: str) -> None:
    with FakeImap() as imap:
        await adopted(tmp_path, sqlite_url, imap, MAILS, KILLS)
