"""`make fuzz`: a million mutants (F1), MAILS and SEED are settings. What fails is saved with what makes it again."""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from mailflow.mail.parse import parse
from tests.mail.mutants import mutant

CHUNK = 1_000
MOST = 2.0  # seconds of processor time for one
Fault = tuple[int, str]
"""Number of a mutant, and what it did."""


def faults(seed: int, numbers: range) -> list[Fault]:
    """Those of the mutants that raise, or take too long."""
    return list(_faults(seed, numbers))


def _faults(seed: int, numbers: range) -> Iterator[Fault]:
    for number in numbers:
        octets = mutant(seed, number)
        start = time.process_time()
        try:
            parse(octets)
        except Exception as error:  # noqa: BLE001  this is what is looked for
            yield number, f"{type(error).__name__}: {error}"
        if (taken := time.process_time() - start) > MOST:
            yield number, f"took {taken:.1f} s"


def main() -> None:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("mails", type=int)
    parser.add_argument("seed", type=int)
    options = parser.parse_args()
    chunks = [range(at, min(at + CHUNK, options.mails)) for at in range(0, options.mails, CHUNK)]
    folder, found = Path(tempfile.mkdtemp(prefix="mailflow-fuzz-")), 0
    with ProcessPoolExecutor() as pool:
        for chunk, faulty in zip(chunks, pool.map(partial(faults, options.seed), chunks), strict=True):
            for number, why in faulty:
                found += 1
                file = folder / f"{options.seed}-{number}.eml"
                file.write_bytes(mutant(options.seed, number))
                print(f"\n{file}: {why}; again: mutant({options.seed}, {number}) of tests/mail/mutants.py")
            print(f"\r{chunk.stop:,} of {options.mails:,} mutants, {found} faults", end="", flush=True)
    print()
    if not found:
        folder.rmdir()
    sys.exit(found > 0)


if __name__ == "__main__":
    main()
