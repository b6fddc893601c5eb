"""A ticket can be split from another."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.add_column("ticket", sa.Column("split_from", sa.Integer(), nullable=True))
    split = sa.text("split_from IS NOT NULL")
    op.create_index("ix_ticket_split_from", "ticket", ["split_from"], sqlite_where=split, postgresql_where=split)
