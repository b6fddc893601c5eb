"""What the proving child does: a question about one message to its evidence, or to the names that must be asked first.

Runs where the parsing child runs, under the same limits (edge.parser_child): the libraries below read strangers'
octets, and a stranger's records, with regular expressions and large numbers. No network: the parent asks and tells.
"""

import json

from mailflow.edge.answers import Answers, Later, Wanted
from mailflow.edge.question import Question
from mailflow.edge.sender_policy import check
from mailflow.edge.signatures import check_seal, check_signatures
from mailflow.mail.address import domain_of
from mailflow.mail.identity.dmarc import places, policy_of, record_name
from mailflow.mail.identity.evidence import Dmarc, Evidence, Result, Spf
from mailflow.mail.identity.results import said_by
from mailflow.mail.mime.header import Header


def prove(octets: bytes, _attempt: int = 1) -> dict[str, object]:
    """`octets`: a line of JSON, then the message, or if not `final` its header. Answers {'wanted': [...]} as long as
    names are missing or it was not final, else {'evidence': {...}}."""
    head, _, message = octets.partition(b"\n")
    told = json.loads(head)
    question, answers, final = Question.of_json(told["question"]), Answers(told["answers"]), told["final"]
    evidence = _evidence(question, message, answers, final=final)
    if answers.wanted or not final:
        return {"wanted": list(answers.wanted)}
    return {"evidence": evidence.as_json()}


def _evidence(question: Question, message: bytes, answers: Answers, *, final: bool) -> Evidence:
    author = question.author
    who, said = said_by(Header.of_message(message)[0], question.authserv_ids)
    try:
        seal = check_seal(message, author, question.forwarders, answers, final=final) if question.forwarders else None
    except Wanted:
        seal = None
    return Evidence(
        spf=_spf(question, answers),
        signatures=check_signatures(message, author, answers, final=final),
        dmarc=_dmarc(domain_of(author), answers),
        said_by=who,
        said=said,
        seal=seal,
    )


def _spf(question: Question, answers: Answers) -> Spf | None:
    if not question.peer:
        return None
    try:
        return check(question.peer, question.mail_from, question.helo, answers)
    except Wanted:
        return None
    except Exception as error:  # noqa: BLE001  # pyspf raises whatever a stranger's record leads to
        domain = domain_of(question.mail_from)
        return Spf(result=Result.PERMERROR, domain=domain, peer=question.peer, why=f"{type(error).__name__}: {error}")


def _dmarc(domain: str, answers: Answers) -> Dmarc:
    try:
        for place in places(domain):
            if found := policy_of(domain, place, answers.of("TXT", record_name(place))):
                return found
    except Wanted:
        pass
    except Later as error:
        return Dmarc(result=Result.TEMPERROR, why=str(error))
    return Dmarc(result=Result.NONE)
