"""Contacts are asked whether what is on file is true, and correct it by mail; they have a telephone."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    pending, is_open = sa.text("state = 'pending'"), sa.text("state IN ('pending', 'waits')")
    op.add_column("contact", sa.Column("phone", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "contact_question",
        sa.Column("contact", sa.Integer(), sa.ForeignKey("contact.id"), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "correction",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("contact", sa.Integer(), sa.ForeignKey("contact.id"), nullable=False),
        sa.Column("ticket", sa.Integer(), sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("entry", sa.Integer(), sa.ForeignKey("entry.id"), nullable=False, unique=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("settled", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.String(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_correction_contact", "correction", ["contact"])
    op.create_index("ix_correction_due", "correction", ["due"], sqlite_where=pending, postgresql_where=pending)
    op.create_index(
        "uq_correction_open", "correction", ["contact"], unique=True, sqlite_where=is_open, postgresql_where=is_open
    )
