"""A request needs what its kind lists, and is given it item by item."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.add_column("ticket", sa.Column("collects", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("ticket", sa.Column("complete_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "given",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("ticket", sa.Integer(), sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry", sa.Integer(), sa.ForeignKey("entry.id"), nullable=True),
        sa.Column("line", sa.Integer(), nullable=False),
    )
    op.create_index("ix_given_ticket", "given", ["ticket"])
