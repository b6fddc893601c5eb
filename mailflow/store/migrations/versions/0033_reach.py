"""Accounts that are said to be out of reach: who was asked to answer, what came, and what is done besides."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.create_table(
        "reach",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("account", sa.Integer(), sa.ForeignKey("account.id"), nullable=False),
        sa.Column("ticket", sa.Integer(), sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("opened", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sqlite_autoincrement=True,
    )
    _index("uq_reach_open", "reach", ["account"], "state IN ('asked', 'paused', 'wider')", unique=True)
    op.create_index("ix_reach_account", "reach", ["account"])
    op.create_table(
        "reach_letter",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("reach", sa.Integer(), sa.ForeignKey("reach.id"), nullable=False),
        sa.Column("contact", sa.Integer(), sa.ForeignKey("contact.id"), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("asked", sa.DateTime(timezone=True), nullable=False),
        sa.Column("came", sa.String(), nullable=False),
        sa.Column("news", sa.Boolean(), nullable=False),
        sa.Column("more", sa.Boolean(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("heard", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entry", sa.Integer(), sa.ForeignKey("entry.id"), nullable=True),
        sa.Column("words", sa.String(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reach_letter_reach", "reach_letter", ["reach"])
    op.create_index("ix_reach_letter_contact", "reach_letter", ["contact"])
    _index("ix_reach_letter_news", "reach_letter", ["id"], "news")
    op.create_table(
        "reach_task",
        sa.Column("reach", sa.Integer(), sa.ForeignKey("reach.id"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("done", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.String(), nullable=False),
        sa.Column("news", sa.Boolean(), nullable=False),
    )
    op.add_column("ticket", sa.Column("seeks", sa.String(), nullable=False, server_default=""))
    op.add_column("ticket", sa.Column("reach_case", sa.Integer(), nullable=True))
    _index("ix_ticket_seeks", "ticket", ["id"], "seeks <> ''")
    _index("ix_ticket_reach_case", "ticket", ["reach_case"], "reach_case IS NOT NULL")


def _index(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
