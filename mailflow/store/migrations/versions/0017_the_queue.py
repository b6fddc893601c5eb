"""What waits for us is found by an index, in the order in which it is taken up."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    waits = sa.text("waiting_since IS NOT NULL")
    op.create_index(
        "ix_ticket_queue",
        "ticket",
        ["priority", "waiting_since", "id"],
        sqlite_where=waits,
        postgresql_where=waits,
    )
