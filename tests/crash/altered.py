"""The daemon as a program of its own, altered from outside for one story: it dies at a named point, or waits for less.

    python tests/crash/altered.py CHANGE run --config FILE

CHANGE is a name of POINTS, the 24 of threats-and-tests.md, section 3, or one of SHORTER, as in `lease=SECONDS`. Nothing
of this is in the product: a function or a constant of it is replaced before the daemon begins.
"""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import wraps
from importlib import import_module
from inspect import iscoroutinefunction
from itertools import count
from typing import Any, NoReturn

Seen = Callable[[Sequence[Any], Any], object]


def always(_arguments: Sequence[Any], _result: Any) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Point:
    """kill -9 before or after a function. `seen` looks at its arguments, and at its result if it has ended."""

    function: str  # module:Class.name
    after: bool
    seen: Seen = always
    time: int = 1  # the how manieth of those that were seen


def before(function: str, seen: Seen = always, time: int = 1) -> Point:
    return Point(function, after=False, seen=seen, time=time)


def after(function: str, seen: Seen = always, time: int = 1) -> Point:
    return Point(function, after=True, seen=seen, time=time)


def something_came(_arguments: Sequence[Any], result: Any) -> bool:
    return bool(result)


def mail_is_in(arguments: Sequence[Any], _result: Any) -> bool:
    """A group of the writer."""
    return any(type(work).__name__ == "_Received" for work in arguments[1])


def second_is_something(arguments: Sequence[Any], _result: Any) -> bool:
    return bool(arguments[1])


def says_kept(arguments: Sequence[Any], _result: Any) -> bool:
    return any(str(each).startswith("250 2.0.0") for each in arguments[1:])


def is_the_end(arguments: Sequence[Any], _result: Any) -> bool:
    return bool(arguments[1].endswith(b"\r\n.\r\n"))


POINTS = {
    "s1": before("mailflow.edge.transfer:Transfer._kept"),
    "s2": after("mailflow.store.journal:receive_each", something_came),
    "s3": after("mailflow.store.writer:Writer._commit", mail_is_in),
    "s4": before("mailflow.edge.session:Session.after_content"),
    "s5": after("mailflow.edge.conversation:Conversation.say", says_kept),
    "f1": before("mailflow.edge.parser:Parser.parse_some"),
    "f2": before("mailflow.edge.child:Child._read", time=2),  # the first time it waits for the child to be ready
    "f3": before("mailflow.flow.filer:Filer._file", second_is_something),
    "f4": before("mailflow.store.outbox:insert_all", second_is_something),
    "f5": before("mailflow.flow.filer:_tell"),
    "o1": before("mailflow.edge.relay:Smarthost.deliver"),
    "o2": after("mailflow.edge.relay:Smarthost._client"),
    "o3": before("mailflow.flow.dispatch:Dispatch._enter_doubt"),
    "o4": before("mailflow.edge.relay:Smarthost._content", lambda arguments, _: half_of_it(*arguments)),
    "o5": after("aiosmtplib.protocol:SMTPProtocol.write", is_the_end),
    "o6": after("mailflow.edge.relay:Smarthost.deliver"),
    "o7": before("mailflow.flow.dispatch:_tell"),
    "i1": after("mailflow.edge.imap_folder:Folder.fetch", something_came),
    "i2": after("mailflow.flow.shore:Landing.receive"),
    "i3": after("mailflow.edge.imap_folder:Folder.finish"),
    "i4": after("mailflow.edge.imap_folder:Folder.finish"),
    "t1": after("mailflow.store.timing.timers:due", something_came),
    "t2": after("mailflow.flow.escalate:_ring"),
    "t3": before("mailflow.flow.escalate:_tell"),
}
# The same with an escalation, the second mail that leaves: at least once, where the first is at most once
POINTS |= {
    "p4": before(
        "mailflow.edge.relay:Smarthost._content", lambda arguments, _: half_of_it(*arguments, of=b"lead@firma.example")
    ),
    "p5": replace(POINTS["o5"], time=2),
    "p6": replace(POINTS["o6"], time=2),
}


def half_of_it(_smarthost: Any, client: Any, octets: bytes, of: bytes = b"") -> bool:
    """Half of the content is on its way."""
    if of in octets:
        client.protocol.write(octets[: len(octets) // 2])
    return of in octets


def arm(point: Point) -> None:
    owner, name = _place(point.function)
    whole, numbers = getattr(owner, name), count(1)

    def reach(arguments: Sequence[Any], result: Any = None) -> None:
        if point.seen(arguments, result) and next(numbers) == point.time:
            die()

    @wraps(whole)
    async def later(*arguments: Any, **named: Any) -> Any:
        if not point.after:
            reach(arguments)
        result = await whole(*arguments, **named)
        if point.after:
            reach(arguments, result)
        return result

    @wraps(whole)
    def at_once(*arguments: Any, **named: Any) -> Any:
        if not point.after:
            reach(arguments)
        result = whole(*arguments, **named)
        if point.after:
            reach(arguments, result)
        return result

    wrapped = later if iscoroutinefunction(whole) else at_once
    is_static = isinstance(vars(owner).get(name), staticmethod)
    setattr(owner, name, staticmethod(wrapped) if is_static else wrapped)


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("nobody survives this")


def shorten_leases(lease: timedelta) -> None:
    for module in ("mailflow.flow.filer", "mailflow.flow.dispatch"):
        import_module(module).LEASE = lease  # type: ignore[attr-defined]
    import_module("mailflow.daemon").MINUTE = timedelta(seconds=1)  # type: ignore[attr-defined]


def shorten_waits(backoff: timedelta) -> None:
    import_module("mailflow.flow.dispatch").BACKOFF = (backoff,)  # type: ignore[attr-defined]


def shorten_patience(patience: timedelta) -> None:
    import_module("mailflow.rooms").PATIENCE = patience.total_seconds()  # type: ignore[attr-defined]


SHORTER = {"lease": shorten_leases, "backoff": shorten_waits, "patience": shorten_patience}


def _place(function: str) -> tuple[Any, str]:
    module, _, path = function.partition(":")
    *classes, name = path.split(".")
    owner: Any = import_module(module)
    for each in classes:
        owner = getattr(owner, each)
    return owner, name


if __name__ == "__main__":
    change = sys.argv.pop(1)
    name, _, seconds = change.partition("=")
    if seconds:
        SHORTER[name](timedelta(seconds=float(seconds)))
    else:
        arm(POINTS[name])
    from mailflow.cli import main

    main()
