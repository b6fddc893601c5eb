"""Who cannot reach an account is answered when it is looked up, not before."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    op.add_column("ticket", sa.Column("seeks_tells", sa.Boolean(), nullable=False, server_default=sa.false()))
