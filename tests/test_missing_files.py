"""A secret that config.toml names and that is not there: what needs it waits and is told, and mail comes in."""

import smtplib
from pathlib import Path

from tests.running import Installation, eventually, running

SMARTHOST = """
[smarthost]
host = "127.0.0.1"
port = 9
tls = "none"
user = "mailflow"
password_file = "smarthost-pasword"
"""
MAIL = "From: anna@kunde.example\r\nTo: support@firma.example\r\nSubject: Drucker\r\n\r\nEr druckt nicht.\r\n"


async def test_a_password_of_the_smarthost_that_is_not_there_keeps_no_mail_from_coming_in(
    sqlite_url: str, tmp_path: Path
) -> None:
    installation, password = Installation(tmp_path, sqlite_url, SMARTHOST), tmp_path / "smarthost-pasword"
    line = installation.file.read_text().splitlines().index('password_file = "smarthost-pasword"') + 1
    told = f"{installation.file}:{line}: smarthost.password_file: {password} is not there"
    async with running(installation):
        await installation.start()
        assert f'missing problem="{told}' in installation.log.read_text()
        with smtplib.SMTP("127.0.0.1", installation.port) as client:
            client.sendmail("anna@kunde.example", ["support@firma.example"], MAIL)
        await eventually(lambda: f"4.3.5 cannot read {password}: No such file" in installation.log.read_text())
        code, said = await installation.run("check")
        assert (code, f":{line}: smarthost.password_file: warning: {password} is not there" in said) == (0, True)
        assert f"missing       — {told}" in (await installation.run("status"))[1]
        code, said = await installation.run("reload")
        assert (code, f"main: warning: {told}" in said) == (0, True)
        assert "a new credential needs mailflow install-service once more" in said
        password.write_text("sesame")
        assert "warning" not in (await installation.run("reload"))[1]
        assert "missing" not in (await installation.run("status"))[1]
        assert await installation.stop() == 0
