"""Known incidents: what is told of them, and the tickets that wait for their end."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.create_table(
        "incident",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("tell", sa.Integer(), nullable=False),
        sa.Column("opened", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=False),
        sqlite_autoincrement=True,
    )
    goes_on = sa.text("ended IS NULL")
    op.create_index(
        "ix_incident_open", "incident", ["name"], unique=True, sqlite_where=goes_on, postgresql_where=goes_on
    )
    op.create_index("ix_incident_name", "incident", ["name"])
    op.create_table(
        "incident_state",
        sa.Column("incident", sa.Integer(), sa.ForeignKey("incident.id"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("tell", sa.Boolean(), nullable=False),
    )
    op.add_column("ticket", sa.Column("incident", sa.Integer(), nullable=True))
    op.add_column("ticket", sa.Column("incident_state", sa.Integer(), nullable=False, server_default="0"))
    attached = sa.text("incident IS NOT NULL")
    op.create_index(
        "ix_ticket_incident", "ticket", ["incident", "id"], sqlite_where=attached, postgresql_where=attached
    )
