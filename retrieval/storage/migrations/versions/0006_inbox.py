"""Updates that came by webhook, until they are dealt with."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OPEN = sa.text("done_at IS NULL")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "inbox",
        sa.Column("update_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("chat_id", sa.BigInteger, nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.Text),
        sa.Column("claimed_until", sa.DateTime(timezone=True)),
        sa.Column("done_at", sa.DateTime(timezone=True)),
    )
    op.create_index(
        "inbox_open",
        "inbox",
        ["chat_id", "update_id"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_index("inbox_done", "inbox", ["done_at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("inbox")
