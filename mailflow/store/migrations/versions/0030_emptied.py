"""What is kept no longer says since when."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.add_column("entry", sa.Column("emptied", sa.DateTime(timezone=True), nullable=True))
    op.add_column("outbox", sa.Column("emptied", sa.DateTime(timezone=True), nullable=True))
