"""A daemon says which files its config.toml names that are not there."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.add_column("pulse", sa.Column("missing", sa.JSON(), nullable=True))
