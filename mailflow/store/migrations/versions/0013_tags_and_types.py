"""What rules set on tickets: words to find them by, and the kind of request."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("ticket", sa.Column("type", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "ticket_tag",
        sa.Column("ticket", sa.Integer(), sa.ForeignKey("ticket.id"), primary_key=True),
        sa.Column("tag", sa.String(), primary_key=True),
    )
    op.create_index("ix_ticket_tag_tag", "ticket_tag", ["tag"])
