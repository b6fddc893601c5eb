"""How the session was protected in which an entry came: TLS with its cipher, and who had logged in."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    for name in ("tls", "cipher", "login"):
        op.add_column("entry", sa.Column(name, sa.String(), nullable=False, server_default=""))
