"""Whoever is on call is paged about a ticket, until somebody takes it."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    paging = sa.text("state IN ('waiting', 'claimed')")
    op.create_table(
        "page",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket", sa.Integer(), nullable=False),
        sa.Column("on_call", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_way", sa.String(), nullable=False),
        sa.Column("last_reply", sa.String(), nullable=False),
        sa.Column("reached", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.String(), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_by", sa.String(), nullable=False),
        sa.Column("settled", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.id"], name="fk_page_ticket_ticket"),
        sa.PrimaryKeyConstraint("id", name="pk_page"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_page_ticket", "page", ["ticket"])
    op.create_index("ix_page_due", "page", ["due"], sqlite_where=paging, postgresql_where=paging)
    op.create_index(
        "ix_page_open", "page", ["ticket", "on_call"], unique=True, sqlite_where=paging, postgresql_where=paging
    )
    op.create_index("ix_page_ceiling", "page", ["on_call", "created"])
