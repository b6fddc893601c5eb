"""`mailflow ticket consent` and `mailflow ticket gate`: who agrees, as an agent has it; and what `ticket show` says."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from mailflow.cli.deed import change
from mailflow.cli.options import DEFAULT_CONFIG, Agent, AsJson, ConfigFile, TicketNumber
from mailflow.desk.intake.catalogue import Catalogue
from mailflow.desk.intake.deciding import ANSWERS, decided_by_agent
from mailflow.desk.intake.dossier import Dossier
from mailflow.desk.intake.progress import Progress
from mailflow.desk.ticket import Ticket

Answer = Annotated[str, typer.Argument(metavar="ANSWER", help=f"{', '.join(ANSWERS)}: asked anew.")]
Why = Annotated[str, typer.Option("--why", help="How you know, or why; kept as the evidence.")]


def consent(
    number: TicketNumber,
    party: Annotated[str, typer.Argument(metavar="PARTY", help="Of its kind of request, see `ticket show`.")],
    answer: Answer,
    why: Why = "",
    agent: Agent = "",
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Say whether a party agrees, where its mail did not, or ask it anew."""
    _decide(number, party, answer, why, agent, config, as_json=as_json, is_gate=False)


def gate(
    number: TicketNumber,
    name: Annotated[str, typer.Argument(metavar="GATE", help="Of its kind of request, see `ticket show`.")],
    answer: Answer,
    why: Why = "",
    agent: Agent = "",
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Confirm what a request waits for, or say that it is not so."""
    _decide(number, name, answer, why, agent, config, as_json=as_json, is_gate=True)


def _decide(
    number: int, name: str, answer: str, why: str, agent: str, config: Path, *, as_json: bool, is_gate: bool
) -> None:
    change(
        config,
        number,
        agent,
        as_json,
        lambda deed: decided_by_agent(deed.ticket, name, answer, why, deed.by, deed.policy, deed.at, is_gate=is_gate),
    )


def consents(ticket: Ticket | None, kinds: Catalogue) -> Sequence[dict[str, Any]]:
    """The last question to each party and gate, in the order of the kind; who was not asked yet has no state."""
    kind = kinds.kinds.get(ticket.type) if ticket and ticket.collects else None
    if ticket is None or kind is None:
        return []
    progress = Progress(Dossier(kind, ticket.given), ticket.consents, ticket.requester)
    parties = [each.name for each in kind.shape.party if each.consent and progress.address_of(each)]
    gates = [each.name for each in kind.shape.gate]
    return [_shown(name, progress, is_gate=name in gates) for name in (*parties, *gates)]


def told(shown: Sequence[dict[str, Any]]) -> Iterator[str]:
    """For people."""
    for each in shown:
        what = f"gate {each['name']}" if each["is_gate"] else f"consent of {each['name']}"
        address = f" {each['address']}" if each["address"] else ""
        yield f"  {what}{address}: {each['state'] or 'not asked yet'}" + (
            f"  ({each['evidence']})" if each["evidence"] else ""
        )


def _shown(name: str, progress: Progress, *, is_gate: bool) -> dict[str, Any]:
    found = progress.standing.get(name)
    asked = progress.named(name)
    return {
        "name": name,
        "is_gate": is_gate,
        "address": progress.address_of(asked) if asked else "",
        "state": found.state.value if found else None,
        "asked": found.asked.isoformat() if found else None,
        "answered": found.answered.isoformat() if found and found.answered else None,
        "entry": found.entry if found else None,
        "words": found.words if found else None,
        "by": found.by if found else None,
        "evidence": found.evidence if found else None,
    }
