"""Claims of an entry are counted for ever, also when a person lets it begin anew.

A table that was never written is gone: who takes part in a ticket is its requester.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("entry", sa.Column("claims", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE entry SET claims = attempts")
    op.drop_table("participant")
