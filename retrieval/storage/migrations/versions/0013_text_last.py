"""In SQLite a revision's text stands behind what searches read of it.

A row that does not fit a page goes on in others, one after the other, and what stands behind the
text is reached through all of them: reading title and date of 250 articles took four times as long.
Postgres keeps long values apart.
"""

import sqlite3

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# The first that can drop a column; with an older one the order stays, which is only slower.
_CAN_DROP = (3, 35, 0)


def upgrade() -> None:
    """Move the column to the end."""
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
    """The order means nothing."""
