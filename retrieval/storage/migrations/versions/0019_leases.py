"""Which program works on a job, a question that was noted, a briefing that is due."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0017"
branch_labels = None
depends_on = None

_TABLES = ("subscription", "intake_job", "noted")


def upgrade() -> None:
    """Add the columns, and the table for work that has no row."""
    for table in _TABLES:
        op.add_column(table, sa.Column("claimed_by", sa.Text))
        op.add_column(table, sa.Column("claimed_until", sa.DateTime(timezone=True)))
    op.create_table(
        "lease",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("claimed_by", sa.Text, nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("lease")
    for table in _TABLES:
        op.drop_column(table, "claimed_until")
        op.drop_column(table, "claimed_by")
