"""The author of a held entry may confirm it by answering our challenge."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("entry", sa.Column("confirmed_by", sa.Integer(), nullable=True))
