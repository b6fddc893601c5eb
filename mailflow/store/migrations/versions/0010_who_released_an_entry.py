"""Which agent let a held entry through."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("entry", sa.Column("released_by", sa.String(), nullable=False, server_default=""))
