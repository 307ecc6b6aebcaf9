"""SQLite's view of how often each word stands in the archive, which nothing reads any more."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop it."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE passage_terms")


def downgrade() -> None:
    """Create it again; it holds nothing of its own."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE passage_terms USING fts5vocab(passage_fts, row)")
