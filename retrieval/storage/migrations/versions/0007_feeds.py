"""Feeds and what was read of them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    """Create the tables."""
    at = sa.DateTime(timezone=True)
    op.create_table(
        "feed",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("url", sa.Text, nullable=False, unique=True),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("site_url", sa.Text),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("added_by", sa.Text, nullable=False),
        sa.Column("added_at", at, nullable=False),
        sa.Column("etag", sa.Text),
        sa.Column("last_modified", sa.Text),
        sa.Column("full_at", at),
        sa.Column("body_hash", sa.String(64)),
        sa.Column("wishes", sa.JSON, nullable=False),
        sa.Column("interval_s", sa.Integer, nullable=False),
        sa.Column("next_at", at, nullable=False),
        sa.Column("entries_at", at),
        sa.Column("checked_at", at),
        sa.Column("news_at", at),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("failing_since", at),
        sa.Column("problem", sa.Text),
        sa.Column("claimed_by", sa.String(36)),
        sa.Column("claimed_until", at),
        sqlite_autoincrement=True,
    )
    op.create_index("feed_due", "feed", ["state", "next_at"])
    op.create_index("feed_host", "feed", ["host"])
    op.create_table(
        "feed_entry",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "feed_id", sa.Integer, sa.ForeignKey("feed.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("url", sa.Text),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("payload", sa.JSON),
        sa.Column("article_id", sa.Integer),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", at, nullable=False),
        sa.Column("read_at", at),
        sa.Column("problem", sa.Text),
        sa.UniqueConstraint("feed_id", "key", name="feed_entry_once"),
    )
    op.create_index("feed_entry_url", "feed_entry", ["url"])
    op.create_index(
        "feed_entry_waiting",
        "feed_entry",
        ["feed_id", "next_at"],
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("feed_entry")
    op.drop_table("feed")
