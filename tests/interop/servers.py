"""Debian's Dovecot and Postfix as throw-away instances: own folders, own ports, started and stopped by the test.

Dovecot runs as root or as anybody; Postfix only starts as root. Neither looks at the machine's own configuration.
"""

import grp
import imaplib
import os
import pwd
import shutil
import signal
import smtplib
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

SBIN = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
PASSWORD = "secret"
READY = 15.0  # seconds


def program(name: str) -> str | None:
    return shutil.which(name, path=SBIN)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def eventually(condition: Callable[[], bool], seconds: float = READY, why: str = "never happened") -> None:
    """The far end is another process: there is nothing to wait on but the clock."""
    until, waiting = time.monotonic() + seconds, threading.Event()
    while not condition():
        assert time.monotonic() < until, why
        waiting.wait(0.02)


def is_open(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


class Dovecot:
    """IMAP with and without TLS, and LMTP; any user, one password."""

    def __init__(self, folder: Path, certificate: Path) -> None:
        self.folder = folder
        self.port, self.tls_port, self.lmtp_port = free_port(), free_port(), free_port()
        self._certificate = certificate
        self._running: subprocess.Popen[bytes] | None = None
        for name in ("run", "state", "mail"):
            (folder / name).mkdir(mode=0o755)
        folder.chmod(0o755)
        if os.geteuid() == 0:  # Dovecot's own users for its services, and mail never as root
            nobody = pwd.getpwnam("nobody")
            os.chown(folder / "mail", nobody.pw_uid, nobody.pw_gid)
        (folder / "dovecot.conf").write_text(self._configuration())

    def start(self) -> None:
        command = [program("dovecot") or "dovecot", "-F", "-c", str(self.folder / "dovecot.conf")]
        self._running = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
        eventually(lambda: is_open(self.port) and is_open(self.lmtp_port), why=self.log())

    def stop(self) -> None:
        """With all its children: connections end at once."""
        if self._running:
            with suppress(ProcessLookupError):
                os.killpg(self._running.pid, signal.SIGTERM)
            self._running.wait(READY)
            eventually(lambda: not is_open(self.port))
            self._running = None

    def signal_imap(self, number: int) -> int:
        """To the processes that serve logged-in clients. How many there were."""
        assert self._running
        found = 0
        for each in Path("/proc").glob("[0-9]*"):
            with suppress(OSError, IndexError):
                stat = (each / "stat").read_text()
                parent, name = int(stat.rpartition(")")[2].split()[1]), stat.split("(")[1].split(")")[0]
                if parent == self._running.pid and name == "imap":
                    os.kill(int(each.name), number)
                    found += 1
        return found

    def deliver(self, user: str, *mails: bytes, mail_from: str = "anna@kunde.example") -> None:
        with smtplib.LMTP("127.0.0.1", self.lmtp_port, local_hostname="test") as client:
            for octets in mails:
                assert client.sendmail(mail_from, [f"{user}@localhost"], octets) == {}

    def agent(self, user: str) -> imaplib.IMAP4:
        """Somebody else's mail program."""
        client = imaplib.IMAP4("127.0.0.1", self.port)
        client.login(user, PASSWORD)
        client.select("INBOX")
        return client

    def mails(self, user: str, folder: str = "INBOX") -> list[bytes]:
        with self.agent(user) as client:
            if client.select(folder)[0] != "OK":
                return []
            found = client.uid("SEARCH", "ALL")[1][0].split()
            return [client.uid("FETCH", uid.decode(), "(BODY.PEEK[])")[1][0][1] for uid in found]

    def renumber(self, user: str) -> None:
        """As after a restored backup: same mail, new UIDVALIDITY, new UIDs. Only while it is stopped."""
        assert self._running is None
        for name in ("dovecot-uidlist", "dovecot.index", "dovecot.index.log", "dovecot.index.cache"):
            (self.folder / "mail" / user / name).unlink(missing_ok=True)

    def log(self) -> str:
        file = self.folder / "dovecot.log"
        return file.read_text(errors="replace")[-2000:] if file.exists() else "no log"

    def _configuration(self) -> str:
        if os.geteuid() == 0:
            internal, group, login, mail, mail_group = "dovecot", "dovecot", "dovenull", "nobody", "nogroup"
        else:
            internal = login = mail = pwd.getpwuid(os.geteuid()).pw_name
            group = mail_group = grp.getgrgid(os.getegid()).gr_name
        where = self.folder
        return f"""
base_dir = {where}/run
state_dir = {where}/state
log_path = {where}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{self._certificate}
ssl_key = <{self._certificate}
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0 secs
auth_username_format = %Ln
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
first_valid_uid = 1
last_valid_uid = 0
mail_location = maildir:{where}/mail/%n
mail_max_userip_connections = 100
postmaster_address = postmaster@localhost
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={mail} gid={mail_group} home={where}/mail/%n allow_all_users=yes
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  process_min_avail = 1
  inet_listener imap {{
    port = {self.port}
  }}
  inet_listener imaps {{
    port = {self.tls_port}
    ssl = yes
  }}
}}
service imap {{
  vsz_limit = 0
}}
service lmtp {{
  inet_listener lmtp {{
    port = {self.lmtp_port}
  }}
}}
namespace inbox {{
  inbox = yes
}}
"""


class Postfix:
    """Relays `firma.example` to mailflow by LMTP, and everything for `kunde.example` to the customers' Dovecot."""

    def __init__(self, folder: Path, inwards: int, customers: int) -> None:
        self.folder = folder
        self.port = free_port()
        self._running: subprocess.Popen[bytes] | None = None
        owner = pwd.getpwnam("postfix")
        for name in ("etc", "spool", "data", "log"):
            (folder / name).mkdir(mode=0o755)
        folder.chmod(0o755)
        os.chown(folder / "data", owner.pw_uid, owner.pw_gid)
        (folder / "etc" / "main.cf").write_text(self._main(inwards, customers))
        (folder / "etc" / "master.cf").write_text(self._master())

    def start(self) -> None:
        command = [program("postfix") or "postfix", "-c", str(self.folder / "etc"), "start-fg"]
        self._running = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        eventually(lambda: is_open(self.port), why=self.log())

    def stop(self) -> None:
        if self._running:
            command = [program("postfix") or "postfix", "-c", str(self.folder / "etc"), "stop"]
            subprocess.run(command, capture_output=True, check=False, timeout=READY)
            with suppress(ProcessLookupError):
                os.killpg(self._running.pid, signal.SIGTERM)
            self._running.wait(READY)
            self._running = None

    def send(self, octets: bytes, mail_from: str, *rcpt_tos: str) -> None:
        with smtplib.SMTP("127.0.0.1", self.port, local_hostname="test") as client:
            assert client.sendmail(mail_from, rcpt_tos, octets) == {}

    def queue(self) -> list[Path]:
        """Mail that has not been delivered yet."""
        spool = self.folder / "spool"
        return [
            file
            for name in ("incoming", "active", "deferred", "maildrop")
            for file in (spool / name).rglob("*")
            if file.is_file()
        ]

    def log(self) -> str:
        file = self.folder / "log" / "postfix.log"
        return file.read_text(errors="replace") if file.exists() else "no log"

    def _main(self, inwards: int, customers: int) -> str:
        where = self.folder
        return f"""
compatibility_level = 3.6
queue_directory = {where}/spool
data_directory = {where}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file = {where}/log/postfix.log
maillog_file_prefixes = {where}
mail_owner = postfix
setgid_group = postdrop
myhostname = relay.example
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
relay_domains = firma.example kunde.example
relay_recipient_maps =
smtpd_relay_restrictions = permit_mynetworks reject
transport_maps = inline:{{ firma.example=lmtp:[127.0.0.1]:{inwards}, kunde.example=lmtp:[127.0.0.1]:{customers} }}
smtp_dns_support_level = disabled
lmtp_tls_security_level = none
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
"""

    def _master(self) -> str:
        inner = """
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
        return f"127.0.0.1:{self.port} inet n - n - - smtpd{inner}"
