"""`mailflow reload`: a question to each daemon, in the row of its pulse, and the number of the last one it answered.
What came of it is said by the pulse itself.

Numbers instead of times: two hosts need not agree on what time it is.
"""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, select, update

from mailflow.store.tables import PULSE


def ask(connection: Connection, nodes: Collection[str]) -> Mapping[str, int]:
    """Have these read their files again; the number of each one's question."""
    question = update(PULSE).where(PULSE.c.node.in_(nodes)).values(asked=PULSE.c.asked + 1)
    return {row.node: row.asked for row in connection.execute(question.returning(PULSE.c.node, PULSE.c.asked))}


def open_question(connection: Connection, node: str) -> int:
    """The number of the last question to `node` that has no answer yet; 0: there is none."""
    waiting = select(PULSE.c.asked).where(PULSE.c.node == node, PULSE.c.asked > PULSE.c.answered)
    return connection.execute(waiting).scalar() or 0


def answer(connection: Connection, node: str, number: int) -> None:
    """What came of it is in the pulse already."""
    connection.execute(update(PULSE).where(PULSE.c.node == node).values(answered=number))
