"""What became of a contact's details is kept: added, changed, verified."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "contact_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["contact"], ["contact.id"], name="fk_contact_event_contact_contact"),
        sa.PrimaryKeyConstraint("id", name="pk_contact_event"),
    )
    op.create_index("ix_contact_event_contact", "contact_event", ["contact"])
