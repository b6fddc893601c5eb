"""Who wrote a message is kept with its evidence, and how the mail of a contact's address was proved at its best."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("entry", sa.Column("verdict", sa.String(), nullable=False, server_default=""))
    op.add_column("entry", sa.Column("verdict_reason", sa.String(), nullable=False, server_default=""))
    op.add_column("entry", sa.Column("evidence", sa.JSON(), nullable=True))
    op.create_table(
        "pin",
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("address", name="pk_pin"),
    )
