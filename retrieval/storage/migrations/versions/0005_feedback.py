"""Who was answered how and at what price; votes on answers."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns, create the table."""
    with op.batch_alter_table("given_answer") as batch:
        batch.add_column(sa.Column("person_id", sa.BigInteger))
        batch.add_column(sa.Column("made", sa.JSON))
        batch.add_column(sa.Column("input_tokens", sa.Integer, nullable=False, server_default="0"))
        batch.add_column(sa.Column("output_tokens", sa.Integer, nullable=False, server_default="0"))
    op.create_index("given_answer_asked", "given_answer", ["asked_at"])
    op.create_index("given_answer_person", "given_answer", ["person_id", "asked_at"])
    op.create_table(
        "vote",
        sa.Column(
            "answer_id",
            sa.Integer,
            sa.ForeignKey("given_answer.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("person_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("helpful", sa.Boolean, nullable=False),
        sa.Column("voted_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Take both away."""
    op.drop_table("vote")
    op.drop_index("given_answer_person", "given_answer")
    op.drop_index("given_answer_asked", "given_answer")
    with op.batch_alter_table("given_answer") as batch:
        for name in ("output_tokens", "input_tokens", "made", "person_id"):
            batch.drop_column(name)
