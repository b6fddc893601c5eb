"""A daemon says which mistakes keep its files from being taken over, and is asked to read them again."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("pulse", sa.Column("outdated", sa.DateTime(timezone=True), nullable=True))
    op.add_column("pulse", sa.Column("problems", sa.JSON(), nullable=True))
    op.add_column("pulse", sa.Column("restart_needed", sa.JSON(), nullable=True))
    op.add_column("pulse", sa.Column("asked", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("pulse", sa.Column("answered", sa.Integer(), nullable=False, server_default="0"))
