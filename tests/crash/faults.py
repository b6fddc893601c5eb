"""What is broken under a running daemon, and mended again; and a sender that notes what it was told meanwhile."""

import asyncio
import resource
import shutil
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.crash.senders import AWAY, Mail, mails
from tests.running import Conversation, Installation, eventually

TEMPORARY = {"421", "450", "451", "452", "cut"}
ONCE_MORE = 20.0  # seconds, in which everything goes on by itself


@dataclass
class Sender:
    """Offers each mail once, as one who comes back some day."""

    installation: Installation
    heap: Iterator[Mail] = field(default_factory=lambda: iter(mails(100_000)))
    sent: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)

    async def offer(self, count: int = 1) -> Counter[str]:
        """How often which code was the last that was said; `cut` where nothing was."""
        return Counter([await self._offer(next(self.heap)) for _ in range(count)])

    async def until_taken(self) -> None:
        async with asyncio.timeout(ONCE_MORE):
            while not (await self.offer())["250"]:  # noqa: ASYNC110  of another program
                await asyncio.sleep(0.1)

    async def _offer(self, mail: Mail) -> str:
        self.sent.add(mail.name)
        try:
            conversation = await Conversation.begin(self.installation.port)
        except AWAY as error:
            return _code(error)
        try:
            await conversation.send(mail.octets, mail.author)
        except AWAY as error:
            return _code(error)
        finally:
            conversation.close()
        self.acknowledged.add(mail.name)
        return "250"


def _code(error: BaseException) -> str:
    said = str(error).rpartition(": ")[2]
    return said[:3] if said[:3].isdigit() else "cut"


def only_temporary(told: Counter[str]) -> bool:
    return told.keys() <= TEMPORARY | {"250"}


def needs_strace() -> None:
    if not shutil.which("strace"):
        pytest.skip("no strace here (Debian: apt install strace)")
    if subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], check=False).returncode:
        pytest.skip("nobody may trace here (ptrace)")


@asynccontextmanager
async def failing(installation: Installation, call: str, error: str, when: str) -> AsyncIterator[None]:
    """System calls of the main process fail, of which `when` says which (strace(1), inject)."""
    assert installation.daemon
    pid = installation.daemon.pid
    injection = f"inject={call}:error={error}:when={when}"
    tracer = await asyncio.create_subprocess_exec(
        "strace", "-f", "-qq", "-o", "/dev/null", "-p", str(pid), "-e", f"trace={call}", "-e", injection
    )
    try:
        await eventually(lambda: _traced(pid))
        yield
    finally:
        tracer.terminate()
        await tracer.wait()


def _traced(pid: int) -> bool:
    """Each of its threads."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return all("TracerPid:\t0\n" not in (task / "status").read_text() for task in tasks)


def descriptors(installation: Installation) -> int:
    assert installation.daemon
    return len(list(Path(f"/proc/{installation.daemon.pid}/fd").iterdir()))


@contextmanager
def limited(installation: Installation, what: int, most: int) -> Iterator[None]:
    """A limit of the kernel, on a process that runs."""
    assert installation.daemon
    soft, hard = resource.prlimit(installation.daemon.pid, what)
    resource.prlimit(installation.daemon.pid, what, (most, hard))
    try:
        yield
    finally:
        resource.prlimit(installation.daemon.pid, what, (soft, hard))


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A disk of its own, where mounting is allowed."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("nobody may mount here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


class Ext4:
    """A disk of its own, of which its kernel can be told that it has met an error: then nobody may write to it any
    more, and that ends only where it is mounted again. Where mounting is allowed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._image = folder.with_suffix(".img")

    def __enter__(self) -> "Ext4":
        self.folder.mkdir()
        with self._image.open("wb") as image:
            image.truncate(32 << 20)
        if not shutil.which("mkfs.ext4"):
            pytest.skip("no mkfs.ext4 here (Debian: apt install e2fsprogs)")
        _run("mkfs.ext4", "-q", str(self._image))
        if not self._mount():
            pytest.skip("nobody may mount here")
        return self

    def __exit__(self, *raised: object) -> None:
        _run("umount", "-l", str(self.folder))

    def err(self) -> None:
        device = _run("findmnt", "-n", "-o", "SOURCE", str(self.folder)).stdout.decode().strip()
        Path(f"/sys/fs/ext4/{Path(device).name}/trigger_fs_error").write_text("1")

    def mount_again(self) -> None:
        """Nobody may have a file of it open."""
        assert _run("umount", str(self.folder)).returncode == 0
        _run("e2fsck", "-p", str(self._image))
        assert self._mount()

    def _mount(self) -> bool:
        mounted = _run("mount", "-o", "loop,errors=remount-ro", str(self._image), str(self.folder))
        return mounted.returncode == 0


def _run(*command: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(command, capture_output=True, check=False)
