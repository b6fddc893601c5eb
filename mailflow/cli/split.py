"""`mailflow ticket split`: one ticket about two matters becomes two. Which mail may begin the other is judged in
`desk.agents.split`."""

from typing import Annotated, Any

import typer

from mailflow.cli.deed import begun
from mailflow.cli.options import DEFAULT_CONFIG, Agent, AsJson, ConfigFile, number_in
from mailflow.cli.output import Shown, print_json, say
from mailflow.desk.actions import TakePages
from mailflow.desk.agents import split as desk
from mailflow.desk.writing.kind import Kind
from mailflow.logline import escape
from mailflow.store import apply
from mailflow.store.shown import mail_views
from mailflow.store.tickets import splitting


def split(
    number: Annotated[int, typer.Argument(parser=number_in, metavar="NUMBER", help="The ticket of both matters.")],
    from_: Annotated[
        int,
        typer.Option(
            "--from",
            parser=number_in,
            metavar="ENTRY",
            help="The mail that begins the other matter: its entry, as `ticket show` has it. All after it goes too.",
        ),
    ],
    subject: Annotated[str, typer.Option("--subject", help="Of the other ticket; else that of the mail.")] = "",
    tell: Annotated[bool, typer.Option("--tell", help="Mail the requester the other number.")] = False,
    agent: Agent = "",
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Give a second matter in a ticket one of its own: its mails, and what is answered to them later."""
    with begun(config, number, agent) as deed:
        said = splitting.conversation(deed.connection, number)
        actions = desk.split(deed.ticket, said, from_, deed.by, deed.policy, subject=subject, tell=tell)
        takes = TakePages(ticket=number, by=deed.by)
        other = apply.carry_out(deed.connection, number, (takes, *actions), deed.policy, deed.at)
        mail = [each for each in mail_views.outgoing(deed.connection, ticket=other) if each["kind"] == Kind.SPLIT]
    done = ", ".join(
        [f"#{number} was split into #{other}", *(f"told {each['to'][0]} (outbox {each['id']})" for each in mail)]
    )
    if as_json:
        print_json({"done": done, "ticket": other, "split_from": number, "mail": [_mail(each) for each in mail]})
    else:
        say(escape(done))


def _mail(shown: Shown) -> dict[str, Any]:
    return {name: shown[name] for name in ("id", "kind", "to")}
