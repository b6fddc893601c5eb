"""Failures of an entry are counted apart from its claims."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("entry", sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
