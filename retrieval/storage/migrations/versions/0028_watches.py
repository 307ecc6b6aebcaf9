"""Topics and stories that chats watch, and the hours in which they want quiet."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "watch",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("chat_id", sa.BigInteger, nullable=False),
        sa.Column("thread_id", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("story_id", sa.Integer, sa.ForeignKey("story.id", ondelete="CASCADE")),
        sa.Column("after_revision", sa.Integer, nullable=False),
        sa.Column("active_since", sa.DateTime(timezone=True)),
        sqlite_autoincrement=True,
    )
    op.create_index("watch_chat", "watch", ["chat_id", "thread_id"])
    op.create_table(
        "quiet_hours",
        sa.Column("chat_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("begins", sa.Integer, nullable=False),
        sa.Column("ends", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("quiet_hours")
    op.drop_table("watch")
