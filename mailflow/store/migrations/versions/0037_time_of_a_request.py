"""From when a request has the time that its kind gives it, which stands still while it waits for an incident."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    op.add_column("ticket", sa.Column("expires_since", sa.DateTime(timezone=True), nullable=True))
