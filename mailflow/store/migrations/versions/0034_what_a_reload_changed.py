"""A daemon says what its last reload has changed."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.add_column("pulse", sa.Column("changed", sa.JSON(), nullable=True))
