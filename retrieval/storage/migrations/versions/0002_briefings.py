"""Stories, briefings, what readers were told; subscriptions and the outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = (
    "story",
    "story_article",
    "briefing",
    "told",
    "place",
    "subscription",
    "story_choice",
    "outbox",
)
WAITING = sa.text("state IN ('queued', 'sending')")


def upgrade() -> None:
    """Create everything."""
    _stories()
    _briefings()
    _subscriptions()
    _outbox()


def downgrade() -> None:
    """Drop everything."""
    for name in reversed(TABLES):
        op.drop_table(name)


def _stories() -> None:
    op.create_table(
        "story",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "story_article",
        sa.Column(
            "article_id",
            sa.Integer,
            sa.ForeignKey("article.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column(
            "story_id", sa.Integer, sa.ForeignKey("story.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("revision_id", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("copy_of", sa.Integer, sa.ForeignKey("article.id", ondelete="SET NULL")),
    )
    op.create_index("story_article_story", "story_article", ["story_id"])
    op.create_index("story_article_at", "story_article", ["at"])


def _briefings() -> None:
    op.create_table(
        "briefing",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.String(64), unique=True),
        sa.Column("content", sa.JSON, nullable=False),
    )
    op.create_table(
        "told",
        sa.Column("reader", sa.Text, primary_key=True),
        sa.Column(
            "briefing_id",
            sa.Integer,
            sa.ForeignKey("briefing.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("told_briefing", "told", ["briefing_id"])


def _subscriptions() -> None:
    op.create_table(
        "place",
        sa.Column("chat_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("zone", sa.String(64), nullable=False),
    )
    op.create_table(
        "subscription",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("chat_id", sa.BigInteger, nullable=False),
        sa.Column("thread_id", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minute", sa.Integer, nullable=False),
        sa.Column("weekdays", sa.Integer, nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("topics", sa.JSON, nullable=False),
        sa.Column("length", sa.String(16), nullable=False),
        sa.Column("silent", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("next_due_at", sa.DateTime(timezone=True)),
        sa.Column("covered_until", sa.DateTime(timezone=True), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("subscription_chat", "subscription", ["chat_id", "thread_id"])
    op.create_index(
        "subscription_due",
        "subscription",
        ["next_due_at"],
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "story_choice",
        sa.Column("reader", sa.Text, primary_key=True),
        sa.Column(
            "story_id",
            sa.Integer,
            sa.ForeignKey("story.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("choice", sa.String(8), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("once", sa.Text, nullable=False, unique=True),
        sa.Column("chat_id", sa.BigInteger, nullable=False),
        sa.Column("thread_id", sa.BigInteger, nullable=False),
        sa.Column(
            "subscription_id", sa.Integer, sa.ForeignKey("subscription.id", ondelete="SET NULL")
        ),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("claimed_by", sa.Text),
        sa.Column("claimed_until", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("problem", sa.Text),
    )
    op.create_index(
        "outbox_waiting",
        "outbox",
        ["not_before", "id"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_index(
        "outbox_chat",
        "outbox",
        ["chat_id", "id"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
