"""What rules and lists cost a mail: the judgement of one mail by a thousand rules, and by a list of a million domains,
beside the same judgement with none. In microseconds a mail, and as a ratio.

    python -m bench.rules [--mails 300] [--rounds 7]

No database and no parsing: `desk.decide` alone, of mails that were read before. The ways take turns, so that a machine
that is slow today is slow for all. Each rule asks two things that no mail has, so that every one of them is asked.
"""

import argparse
import statistics
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bench.mix import mails
from mailflow.config import Config
from mailflow.desk.context import NOTHING_KNOWN
from mailflow.desk.decide import decide
from mailflow.desk.entry import Entry
from mailflow.desk.lists.entrylist import EntryList
from mailflow.desk.policy import Policy
from mailflow.desk.rules.names import Names
from mailflow.desk.rules.rulebook import Rulebook
from mailflow.desk.rules.rulefile import rules_in
from mailflow.mail.envelope import Envelope
from mailflow.mail.message import Message
from mailflow.mail.parse import parse
from mailflow.mail.template import Templates
from mailflow.mail.token import Key, Keyring

RECIPIENT = "support@support.example"
NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
RULES, DOMAINS = 1_000, 1_000_000
CONFIG = {
    "hostname": "support.example",
    "listen": [{"protocol": "smtp", "address": "127.0.0.1:2525"}],
    "department": [{"name": "support", "title": "Support"}],
    "mailbox": [{"address": RECIPIENT, "department": "support", "registered_only": False}],
}
ABOUT = {
    "subject contains": 'if.subject.contains = ["word{0}x", "other{0}x"]',
    "text contains": 'if.text.contains = "phrase {0} x"',
    "from matches": 'if.from.matches = "*@sub{0}.example"',
    "subject regex": "if.subject.regex = 'order ({0}[0-9]+)x'",
    "header is": 'if.header."X-Kind" = "k{0}"',
}
"""What a thousand rules ask, each of these ways."""


def judged_by(policy: Policy, read: Sequence[tuple[Message, Entry]]) -> float:
    """Seconds of processor time."""
    start = time.process_time()
    for message, entry in read:
        decide(message, entry, NOTHING_KNOWN, policy, NOW)
    return time.process_time() - start


def rules_about(condition: str, names: Names) -> Rulebook:
    texts = (f'[[rule]]\nname = "{n}"\n{condition.format(n)}\nthen.tag = "t{n}"\n' for n in range(RULES))
    return Rulebook(rules_in("\n".join(texts), "filters/bench.toml", names))


def policies() -> dict[str, Policy]:
    none = Policy(Config.model_validate(CONFIG), EntryList(), Templates(), Keyring((Key(0, b"k" * 32),)))
    listed = EntryList.of("".join(f"domain{n}.example\n" for n in range(DOMAINS)), "filters/bench.txt")
    names = Names(lists={"bench": listed})
    in_list = '[[rule]]\nname = "l"\nif.from.in_list = "bench"\nthen.drop = true\n'
    return {
        "none": none,
        **{f"{RULES:,} rules, {way}": replace(none, rules=rules_about(ABOUT[way], names)) for way in ABOUT},
        f"{DOMAINS:,} blocked domains": replace(none, blocked=listed),
        f"1 rule, in_list of {DOMAINS:,}": replace(none, rules=Rulebook(rules_in(in_list, "filters/l.toml", names))),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.rules", description="What rules and lists cost a mail.")
    parser.add_argument("--mails", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    read = [(parse(mail.octets), entry_of(mail.sender, mail.octets)) for mail in mails(options.mails, RECIPIENT, 1)]
    ways = policies()
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(options.rounds):
        for name, policy in ways.items():
            spent[name].append(judged_by(policy, read) / len(read) * 1e6)
    nothing = statistics.median(spent["none"])
    for name, each in spent.items():
        median = statistics.median(each)
        print(f"{name:<36}{median:8.0f} µs a mail   ratio {median / nothing:6.2f}", flush=True)


def entry_of(sender: str, octets: bytes) -> Entry:
    envelope = Envelope(source="smtp", mail_from=sender, rcpt_tos=(RECIPIENT,), peer="127.0.0.1", trusted=True)
    return Entry(number=1, envelope=envelope, received=NOW, size=len(octets), octets=octets)


if __name__ == "__main__":
    main()
