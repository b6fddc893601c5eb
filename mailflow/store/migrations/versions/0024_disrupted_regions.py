"""A region can be disrupted: while it is, the clocks of its tickets stand still."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.create_table(
        "disruption",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
    )
    lasts = sa.text("until IS NULL")
    op.create_index(
        "uq_disruption_lasting", "disruption", ["region"], unique=True, sqlite_where=lasts, postgresql_where=lasts
    )
