"""Tickets of one author are counted by time, and so are machines that fell silent."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.drop_index("ix_ticket_requester", "ticket")
    op.create_index("ix_ticket_requester", "ticket", ["requester", "created"])
    silence = sa.text("kind = 'silence'")
    op.create_index("ix_event_silence", "event", ["at"], sqlite_where=silence, postgresql_where=silence)
