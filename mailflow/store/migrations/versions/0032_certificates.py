"""A daemon says until when its certificates are good."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.add_column("pulse", sa.Column("certificates", sa.JSON(), nullable=True))
