"""A daemon says once a minute what it counts, and that automatic mail waits."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "pulse",
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("limits", sa.JSON(), nullable=False),
        sa.Column("refused", sa.JSON(), nullable=False),
        sa.Column("slowed", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("node", name="pk_pulse"),
    )
