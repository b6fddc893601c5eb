"""Who takes part in a ticket besides its requester."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "participant",
        sa.Column("ticket", sa.Integer(), sa.ForeignKey("ticket.id"), primary_key=True),
        sa.Column("address", sa.String(), primary_key=True),
        sa.Column("takes_part", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
    )
