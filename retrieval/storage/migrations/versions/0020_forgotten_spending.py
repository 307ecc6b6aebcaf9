"""What people spent of a day's tokens before they were forgotten, for the rest of that day."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "forgotten_spending",
        sa.Column("who", sa.String(64), primary_key=True),
        sa.Column("day", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tokens", sa.Integer, nullable=False),
        sa.Column("unlisted", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("forgotten_spending")
