"""`mailflow audit`: the sums of the journal. Exit code 1 when a message is unaccounted for."""

from mailflow.cli.opening import now, reading
from mailflow.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile
from mailflow.cli.output import print_json, say
from mailflow.errors import Refused
from mailflow.store.health import audit as ledger


def audit(config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Prove that each accepted message ended somewhere: the sums of the journal."""
    with reading(config) as connection:
        found = ledger.audit(connection, now())
    if as_json:
        print_json({"accepted": found.accepted, "counts": dict(found.counts), "problems": list(found.problems)})
    else:
        say(f"{'accepted':<12}{found.accepted:>10,}")
        for name, count in found.counts.items():
            say(f"{name:<12}{count:>10,}")
    if found.problems:
        raise Refused("\n".join(found.problems))
    if not as_json:
        say("the sums agree: each message that was accepted is there, and ended or waits as it says")
