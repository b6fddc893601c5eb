"""How far a command has come, for somebody who looks at it: on stderr, and gone when it is done."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[int], None]


@contextmanager
def progress(what: str, total: int, *, is_long: bool) -> Iterator[Advance]:
    """A bar when there is somebody to look at it and something to wait for. `total` in the unit of each step."""
    if not is_long or not sys.stderr.isatty():
        yield lambda step: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda step: bar.advance(task, step)
