"""mailflow's units for systemd >= 247: the text of service, socket and nightly backup, and what differs of it.

`packaging/` has them as they are where docs/operations.md puts everything (`python docs/reference.py` writes them),
`mailflow install-service` writes those of this machine. tests/interop/test_systemd.py holds them to their rating.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

NAMES = ("mailflow.service", "mailflow.socket", "mailflow-backup.service", "mailflow-backup.timer")
COPIES = "/var/backups/mailflow"
"""Where backups are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What differs. Paths as systemd reads them: absolute, or with its specifiers (%E is /etc, %S is /var/lib)."""

    program: str = "mailflow"
    config: str = "%E/mailflow/config.toml"
    user: str = "mailflow"
    state: str = "%S/mailflow"
    state_directory: str = "mailflow"  # below %S, made by systemd; '' when the state is elsewhere
    writable: tuple[str, ...] = ()  # folders besides
    has_file: bool = True  # the database is SQLite
    homes: bool = False  # something of it is in somebody's home
    credentials: Mapping[str, str] = field(default_factory=dict)
    streams: tuple[str, ...] = ("127.0.0.1:2525", "%S/mailflow/lmtp.sock")


def units(machine: Machine) -> dict[str, str]:
    """Text by name; no socket where nothing listens, no copies of a database that is no file."""
    texts = {"mailflow.service": service(machine)}
    if machine.streams:
        texts["mailflow.socket"] = socket(machine)
    if machine.has_file:
        texts |= {"mailflow-backup.service": backup(machine), "mailflow-backup.timer": TIMER}
    return texts


def service(machine: Machine) -> str:
    values = {
        "program": machine.program,
        "config": machine.config,
        "user": machine.user,
        "state": machine.state,
        "wants": "network-online.target" + (" mailflow.socket" if machine.streams else ""),
        "after": "network-online.target postgresql.service" + (" mailflow.socket" if machine.streams else ""),
        "state_directory": _state_directory(machine.state_directory),
        "writable": _lines("ReadWritePaths", machine.writable),
        "credentials": _lines("LoadCredential", [f"{name}:{file}" for name, file in machine.credentials.items()]),
        "homes": "read-only" if machine.homes else "yes",
        "also": "Also=mailflow.socket\n" if machine.streams else "",
    }
    return SERVICE.format(**values)


def backup(machine: Machine) -> str:
    return BACKUP.format(
        program=machine.program,
        config=machine.config,
        user=machine.user,
        copies=COPIES,
        writable=" ".join(dict.fromkeys((machine.state, *machine.writable, COPIES))),
        homes="read-only" if machine.homes else "yes",
    )


def socket(machine: Machine) -> str:
    return SOCKET.format(streams=_lines("ListenStream", machine.streams), user=machine.user)


def _state_directory(name: str) -> str:
    return f"StateDirectory={name}\nStateDirectoryMode=0700\n" if name else ""


def _lines(key: str, values: "tuple[str, ...] | list[str]") -> str:
    return "".join(f"{key}={value}\n" for value in values)


SERVICE = """\
# mailflow under systemd >= 247; docs/operations.md says how it is installed.
[Unit]
Description=mailflow, e-mail tickets
Documentation=https://pypi.org/project/mailflowd/
Wants={wants}
After={after}
# 75, a taken port or a database that is away, is tried again for ever; RestartSec keeps below this limit
StartLimitIntervalSec=20
StartLimitBurst=5

[Service]
Type=notify
NotifyAccess=main
ExecStart={program} run --config {config}
ExecReload=kill -HUP $MAINPID
Restart=on-failure
RestartSec=5
# 78: the configuration is wrong; restarting does not mend it. (Of an ExecStartPre=mailflow check 78 does not count.)
RestartPreventExitStatus=78
# a migration asks for more
TimeoutStartSec=90
# longer than mailflow takes to finish what it has begun: 25 s, and with a database that does not answer 40 s
TimeoutStopSec=45
# heard only while the loop, the writer and the filer move
WatchdogSec=60
KillMode=mixed

# useradd --system; not DynamicUser=, whose state nobody else gets at: agents work as this user too
User={user}
Group={user}
{state_directory}WorkingDirectory={state}
{writable}UMask=0077
# one line for each password_file, certificate, key … that config.toml names by a relative path:
#LoadCredential=imap-password:%E/mailflow/imap-password
{credentials}
MemoryHigh=1G
MemoryMax=2G
TasksMax=128
LimitNOFILE=8192
LimitCORE=0
# a parsing child that is killed for its memory must not take the daemon along
OOMPolicy=continue

NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
PrivateTmp=yes
PrivateDevices=yes
PrivateUsers=yes
PrivateMounts=yes
ProtectSystem=strict
ProtectHome={homes}
ProtectHostname=yes
ProtectClock=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectProc=invisible
ProcSubset=pid
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RemoveIPC=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
KeyringMode=private
DevicePolicy=closed
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
{also}"""

SOCKET = """\
# systemd listens for mailflow: port 25 needs no capability, and who connects while mailflow restarts waits.
[Unit]
Description=mailflow, e-mail tickets: where mail comes in
Documentation=https://pypi.org/project/mailflowd/

[Socket]
# each is the address of a [[listen]] of config.toml; of what is not here mailflow opens the socket itself
{streams}BindIPv6Only=ipv6-only
FreeBind=yes
Backlog=512
NoDelay=yes
KeepAlive=yes
# of unix sockets: who hands in mail is put into this group
SocketUser={user}
SocketGroup={user}
SocketMode=0660
DirectoryMode=0750

[Install]
WantedBy=sockets.target
"""

BACKUP = """\
# A copy of the SQLite database while mailflow runs, with token.key; mailflow-backup.timer starts it.
# The folder must be there, on another disk if possible: install -d -m 700 -o {user} -g {user} {copies}
[Unit]
Description=Back up the database of mailflow
Documentation=https://pypi.org/project/mailflowd/

[Service]
Type=oneshot
ExecStart={program} db backup --keep 14 --config {config} {copies}
User={user}
Group={user}
UMask=0077
Nice=10
IOSchedulingClass=idle
ReadWritePaths={writable}
NoNewPrivileges=yes
CapabilityBoundingSet=
PrivateTmp=yes
PrivateDevices=yes
PrivateNetwork=yes
ProtectSystem=strict
ProtectHome={homes}
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_UNIX
RestrictNamespaces=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
"""

TIMER = """\
# systemctl enable --now mailflow-backup.timer
[Unit]
Description=Back up the database of mailflow every night

[Timer]
OnCalendar=*-*-* 02:30
RandomizedDelaySec=10min
Persistent=yes

[Install]
WantedBy=timers.target
"""
