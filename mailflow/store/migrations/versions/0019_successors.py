"""Which closed ticket a ticket continues, and from there which ones continue it."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("ticket", sa.Column("continues", sa.Integer(), nullable=True))
    continues = sa.text("continues IS NOT NULL")
    op.create_index("ix_ticket_continues", "ticket", ["continues"], sqlite_where=continues, postgresql_where=continues)
