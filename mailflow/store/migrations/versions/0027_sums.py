"""How many were dropped or held by which rule, and how many of each kind were sent, from an index alone; how a daemon's
listeners and mailboxes are."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    ended = sa.text("disposition IN ('dropped', 'held')")
    left = sa.text("state IN ('sent', 'refused', 'unknown', 'cancelled')")
    untaken = sa.text("state IN ('given_up', 'withheld')")
    columns = ["disposition", "rule", "verdict"]
    op.create_index("ix_entry_ended", "entry", columns, sqlite_where=ended, postgresql_where=ended)
    for name in ("listens", "imap"):
        op.add_column("pulse", sa.Column(name, sa.JSON(), nullable=True))
    op.add_column("pulse", sa.Column("worst_lag", sa.Float(), nullable=False, server_default="0"))
    op.create_index("ix_page_untaken", "page", ["state"], sqlite_where=untaken, postgresql_where=untaken)
    op.create_index("ix_outbox_left", "outbox", ["state", "kind"], sqlite_where=left, postgresql_where=left)
