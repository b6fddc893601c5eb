"""Until when a customer is away, as an absence note said: reminders count from then."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.add_column("ticket", sa.Column("away_until", sa.DateTime(timezone=True), nullable=True))
