"""What briefings cost in tokens, and for whom they were written."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what is kept counts as free."""
    op.add_column("briefing", sa.Column("person_id", sa.BigInteger))
    for name in ("input_tokens", "output_tokens"):
        op.add_column("briefing", sa.Column(name, sa.Integer, nullable=False, server_default="0"))
    op.create_index("briefing_written", "briefing", ["written_at"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("briefing_written", "briefing")
    with op.batch_alter_table("briefing") as batch:
        for name in ("output_tokens", "input_tokens", "person_id"):
            batch.drop_column(name)
