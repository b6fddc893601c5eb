"""What rules did to a message is kept in the journal, also of one that became no part of a ticket."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("entry", sa.Column("rules", sa.JSON(), nullable=True))
