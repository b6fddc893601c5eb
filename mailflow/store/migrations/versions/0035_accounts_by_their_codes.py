"""Who names an account in a mail writes its code in whichever case."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"

ACCOUNT = sa.table("account", sa.column("id"), sa.column("code"), sa.column("code_folded"))


def upgrade() -> None:
    op.add_column("account", sa.Column("code_folded", sa.String(), nullable=False, server_default=""))
    connection = op.get_bind()
    for number, code in connection.execute(sa.select(ACCOUNT.c.id, ACCOUNT.c.code)).all():
        folded = sa.update(ACCOUNT).where(ACCOUNT.c.id == number).values(code_folded=code.lower())
        connection.execute(folded)  # SQLite itself knows the cases of ASCII only
    op.create_index("ix_account_code_folded", "account", ["code_folded"])
