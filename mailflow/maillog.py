"""What happened, for whoever runs the daemon: one function per event, one event one line on stderr (`logline`).

    filed entry=812 ticket=#123 because="In-Reply-To names our message of 3 May"

Bodies and secrets are never logged: there is no function that takes one.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from mailflow.logline import LOG, sentence, traceback_of

MOST_VALUES = 10

# The daemon


def ready(
    *, listen: Iterable[str], imap: Iterable[str] = (), outgoing: str = "", database: str = "", monitor: str = ""
) -> None:
    """Mail is accepted from now on. Others wait for this line, so it is written whatever the level is."""
    values = {
        "listen": _list(listen),
        "imap": _list(imap),
        "outgoing": outgoing,
        "database": database,
        "monitor": monitor,
    }
    LOG.always("info", "ready", values)


def stopping(*, because: str) -> None:
    LOG.info("stopping", because=because)


def stopped(*, because: str = "") -> None:
    LOG.info("stopped", because=because)


def reloaded(*, files: Iterable[str] = (), changed: Iterable[str] = (), restart_needed: Iterable[str] = ()) -> None:
    """`changed`: files, and keys of config.toml. `restart_needed`: sections that are read at the start only."""
    later = _list(restart_needed)
    level = LOG.warning if later else LOG.info
    level("reloaded", files=_list(files), changed=_list(changed), restart_needed=later)


def reload_failed(*, problems: Iterable[object]) -> None:
    """The old configuration stays (DESIGN rule 9): one line for each mistake."""
    for problem in problems:
        LOG.error("reload_failed", problem=problem)


def missing(*, problems: Iterable[object]) -> None:
    """Files that config.toml names and that are not there: what needs them waits, mail comes in all the same."""
    for problem in problems:
        LOG.warning("missing", problem=problem)


def stuck(*, what: Iterable[str], seconds: float) -> None:
    """What must move does not. If that lasts, systemd hears no more of us and starts us again."""
    LOG.error("stuck", what=_list(what), seconds=round(seconds, 1))


def trouble(error: BaseException | str, where: str, **ids: object) -> None:
    """Something we did not expect; the mail it happened to is kept and tried again."""
    LOG.error("trouble", where=where, **ids, error=sentence(error), traceback=traceback_of(error))


def loop_late(*, seconds: float, times: int = 1) -> None:
    """Something held up everything for so long: the worst of `times` since the line before."""
    LOG.warning("loop_late", seconds=round(seconds, 3), times=times)


# Receiving


def accepted(*, entry: int, source: str, mail_from: str, rcpt_tos: Sequence[str], size: int) -> None:
    """Committed to the journal: from here on it is ours."""
    LOG.info("accepted", entry=entry, source=source, mail_from=_path(mail_from), rcpt_tos=_list(rcpt_tos), size=size)


def refused_sender(*, peer: str, mail_from: str, reply: object) -> None:
    LOG.info("refused_sender", peer=peer, mail_from=_path(mail_from), reply=reply)


def refused_recipient(*, peer: str, mail_from: str, rcpt_to: str, reply: object) -> None:
    LOG.info("refused_recipient", peer=peer, mail_from=_path(mail_from), rcpt_to=_path(rcpt_to), reply=reply)


def refused_content(
    *, peer: str, mail_from: str, reply: object, rcpt_tos: Sequence[str] = (), because: str = ""
) -> None:
    """A message that was never accepted, so there is no journal row: this line is all there is."""
    LOG.info(
        "refused_content", peer=peer, mail_from=_path(mail_from), rcpt_tos=_list(rcpt_tos), because=because, reply=reply
    )


def connection_refused(*, peer: str, because: str) -> None:
    LOG.warning("connection_refused", peer=peer, because=because)


def limit_reached(*, limit: str, peer: str, reply: object = "") -> None:
    """`limit` is its key in [limits], or `stress` and `early_talker`, which are none."""
    LOG.info("limit_reached", limit=limit, peer=peer, reply=reply)


def login(*, peer: str, user: str, reply: object) -> None:
    """Whether it succeeded is in the reply."""
    LOG.info("login", peer=peer, user=user, reply=reply)


def certificate(*, address: str, file: str, ends: datetime) -> None:
    """Read, for the listener at `address`."""
    expired = ends <= datetime.now(UTC)
    (LOG.warning if expired else LOG.info)("certificate", listen=address, file=file, ends=ends, expired=expired or "")


# Filing


def filed(*, entry: int, ticket: int | None, because: str) -> None:
    LOG.info("filed", entry=entry, ticket=_number(ticket), because=because)


def dropped(*, entry: int, rule: str, because: str) -> None:
    LOG.info("dropped", entry=entry, rule=rule, because=because)


def held(*, entry: int, because: str) -> None:
    LOG.info("held", entry=entry, because=because)


def waits(*, entry: int, because: str) -> None:
    """It is filed after another one."""
    LOG.info("waits", entry=entry, because=because)


def duplicate(*, entry: int, of: int | None) -> None:
    LOG.info("duplicate", entry=entry, of=of)


def postponed(*, entry: int, error: BaseException | str, due: datetime | None = None, attempts: int = 0) -> None:
    LOG.warning("postponed", entry=entry, error=sentence(error), attempts=attempts or "", due=due)


def failed(*, entry: int, error: BaseException | str) -> None:
    """Given up on after its last attempt; the raw message is kept, a person must look."""
    LOG.error("failed", entry=entry, error=sentence(error), traceback=traceback_of(error))


# Sending


def sent(*, outgoing: int, to: str, reply: object) -> None:
    LOG.info("sent", outgoing=outgoing, to=to, reply=reply)


def deferred(*, outgoing: int, to: str, reply: object, due: datetime | None = None) -> None:
    LOG.warning("deferred", outgoing=outgoing, to=to, reply=reply, due=due)


def refused_by(*, outgoing: int, to: str, reply: object, by: str = "") -> None:
    """The other side said no for good (5xx)."""
    LOG.warning("refused_by", outgoing=outgoing, to=to, by=by, reply=reply)


def unknown(*, outgoing: int, to: str, because: str = "") -> None:
    """Automatic mail that may or may not have left: it is not sent again (DESIGN rule 5)."""
    LOG.warning("unknown", outgoing=outgoing, to=to, because=because)


def silence(*, ticket: int | None, kind: str, to: str, because: str) -> None:
    """A machine has written enough: a mail that is not written. Perhaps a loop that this ends."""
    LOG.warning("silence", ticket=_number(ticket), kind=kind, to=to, because=because)


def automatic_ceiling(*, per_minute: int) -> None:
    """More automatic mail than [limits] automatic_per_minute: what is more waits. A flood, or a loop of many."""
    LOG.error("automatic_ceiling", per_minute=per_minute, because="automatic mail waits; mailflow outbox list")


def incident_told(*, incident: str, tickets: int, mails: int) -> None:
    """What an agent said of it, to those whom the agent's command had not reached."""
    LOG.info("incident_told", incident=incident, tickets=tickets, mails=mails)


def details_changed(*, correction: int, ticket: int) -> None:
    """What is on file of a contact is what it said."""
    LOG.info("details_changed", correction=correction, ticket=ticket)


def details_withheld(*, correction: int, ticket: int, because: str) -> None:
    """It is not: an agent is to decide."""
    LOG.info("details_withheld", correction=correction, ticket=ticket, because=because)


def reach(*, case: int | None, ticket: int, step: str) -> None:
    """An account that somebody cannot reach: it was looked up, or its case has moved."""
    LOG.info("reach", case=case, ticket=ticket, step=step)


# Timers


def escalated(*, ticket: int, to: str | Iterable[str], because: str = "") -> None:
    LOG.warning("escalated", ticket=_number(ticket), to=_list(to), because=because)


def reminded(*, ticket: int, step: int = 0, to: str = "") -> None:
    LOG.info("reminded", ticket=_number(ticket), step=step, to=to)


# The clock


def clock_doubted(*, because: str) -> None:
    """It shows a time that it can hardly be: nothing is done that is due by it. A person must look."""
    LOG.error("clock_doubted", because=because)


def clock_believed(*, because: str) -> None:
    """What is due is done again."""
    LOG.warning("clock_believed", because=because)


def clock_set_back(*, seconds: float) -> None:
    LOG.warning("clock_set_back", by=round(seconds))


# Paging


def paged(*, page: int, ticket: int, on_call: str, step: int, way: str, result: str, reached: bool) -> None:
    """One attempt. `way` names no argument of a command and no path of a URL: they may be secrets."""
    log = LOG.info if reached else LOG.warning
    log("paged", page=page, ticket=_number(ticket), on_call=on_call, step=step, way=way, result=result)


def page_taken(*, page: int, ticket: int, by: str) -> None:
    LOG.info("page_taken", page=page, ticket=_number(ticket), by=by)


def page_withheld(*, page: int, ticket: int, on_call: str, because: str) -> None:
    """More pages than anybody can answer: nobody is paged about this one. A flood, or a rule that fits too much."""
    LOG.error("page_withheld", page=page, ticket=_number(ticket), on_call=on_call, because=because)


def page_given_up(*, page: int, ticket: int, on_call: str, because: str) -> None:
    """Nobody took it: a person must look."""
    LOG.error("page_given_up", page=page, ticket=_number(ticket), on_call=on_call, because=because)


# IMAP


def imap_connected(*, account: str, folder: str = "", because: str = "") -> None:
    LOG.info("imap_connected", account=account, folder=folder, because=because)


def imap_lost(*, account: str, error: BaseException | str, retry_in: float | None = None) -> None:
    """Temporary: it is connected again by itself."""
    LOG.warning("imap_lost", account=account, error=sentence(error), retry_in=retry_in)


def imap_refused(*, account: str, error: BaseException | str, retry_in: float | None = None) -> None:
    """The server does not let us in: somebody must look at the password, token or certificate."""
    LOG.error("imap_refused", account=account, error=sentence(error), retry_in=retry_in)


def imap_kept(*, account: str, count: int, last_uid: int | None = None) -> None:
    LOG.info("imap_kept", account=account, count=count, last_uid=last_uid)


def imap_oversize(*, account: str, uid: int, size: int) -> None:
    """Larger than limits.message_size: left in its folder."""
    LOG.warning("imap_oversize", account=account, uid=uid, size=size)


def retention(*, mail: int, letters: int, tickets: int, pages: int) -> None:
    """What is kept no longer went: so many of each."""
    LOG.info("retention", mail=mail, letters=letters, tickets=tickets, pages=pages)


# Values


def _path(address: str) -> str:
    return f"<{address}>"


def _number(ticket: int | None) -> str:
    return "" if ticket is None else f"#{ticket}"


def _list(texts: str | Iterable[str]) -> str:
    """A list in one value, however long it is."""
    if isinstance(texts, str):
        return texts
    texts = list(texts)
    more = [f"+{len(texts) - MOST_VALUES}"] if len(texts) > MOST_VALUES else []
    return ",".join([*texts[:MOST_VALUES], *more])
