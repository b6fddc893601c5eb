"""A ticket can be merged into another."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("ticket", sa.Column("merged_into", sa.Integer(), nullable=True))
    merged = sa.text("merged_into IS NOT NULL")
    op.create_index("ix_ticket_merged_into", "ticket", ["merged_into"], sqlite_where=merged, postgresql_where=merged)
