"""Whether a revision is only a part of its article."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what is stored counts as whole."""
    op.add_column(
        "revision",
        sa.Column("partial", sa.Boolean, nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_column("revision", "partial")
