"""By when a ticket is to be answered and resolved, and when the clocks of that stood still."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.add_column("ticket", sa.Column("pauses", sa.String(), nullable=False, server_default="[]"))
    for name in ("response_due", "resolution_due", "due"):
        op.add_column("ticket", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    is_due = sa.text("due IS NOT NULL")
    op.create_index("ix_ticket_due", "ticket", ["due", "id"], sqlite_where=is_due, postgresql_where=is_due)
