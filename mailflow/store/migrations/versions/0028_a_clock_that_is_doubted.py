"""A daemon says why what is due waits."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.add_column("pulse", sa.Column("doubted", sa.String(), nullable=False, server_default=""))
