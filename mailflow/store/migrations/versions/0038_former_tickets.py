"""What a database that was replaced had filed is filed once more, and nobody is written to again."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    op.add_column("entry", sa.Column("former_ticket", sa.Integer(), nullable=True))
