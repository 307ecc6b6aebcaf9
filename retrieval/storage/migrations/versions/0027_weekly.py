"""Subscriptions to a summary of the week."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what is there tells what is new, as before."""
    op.add_column(
        "subscription", sa.Column("weekly", sa.Boolean, nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_column("subscription", "weekly")
