"""The zone of a publication date, so that an article keeps the day that its page shows.

In SQLite the text moves behind the new column, for the reason that 0013 tells.
"""

import sqlite3

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0023"
branch_labels = None
depends_on = None

# The first that can drop a column; with an older one the order stays, which is only slower.
_CAN_DROP = (3, 35, 0)


def upgrade() -> None:
    """Add it; what is stored already stays in UTC."""
    op.add_column("revision", sa.Column("published_offset", sa.Integer))
    connection = op.get_bind()
    if connection.dialect.name != "sqlite" or sqlite3.sqlite_version_info < _CAN_DROP:
        return
    query = sa.text("SELECT sql FROM sqlite_master WHERE type = 'view' AND name = 'passage_text'")
    view = connection.execute(query).scalar_one()
    op.execute("DROP VIEW passage_text")
    op.execute("ALTER TABLE revision ADD COLUMN moved TEXT NOT NULL DEFAULT ''")
    op.execute("UPDATE revision SET moved = text")
    op.execute("ALTER TABLE revision DROP COLUMN text")
    op.execute("ALTER TABLE revision RENAME COLUMN moved TO text")
    op.execute(view)


def downgrade() -> None:
    """Drop it."""
    op.drop_column("revision", "published_offset")
