"""Parties and departments are asked whether they agree to a request."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("ticket", sa.Integer(), sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("is_gate", sa.Boolean(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("seen", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entry", sa.Integer(), sa.ForeignKey("entry.id"), nullable=True),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_consent_ticket", "consent", ["ticket"])
