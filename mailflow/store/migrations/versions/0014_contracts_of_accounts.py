"""What an account's contract is, and where it is served."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("account", sa.Column("contract", sa.String(), nullable=False, server_default=""))
    op.add_column("account", sa.Column("region", sa.String(), nullable=False, server_default=""))
