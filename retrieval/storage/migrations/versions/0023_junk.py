"""Which sentences are junk, and in how many articles of an outlet one stands."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them; what is stored is judged when it is read, and counted by the bot or a reindex."""
    op.add_column("article", sa.Column("counted_revision_id", sa.Integer))
    op.add_column("passage", sa.Column("junk", sa.JSON))
    op.add_column(
        "passage", sa.Column("quotable", sa.Boolean, nullable=False, server_default=sa.true())
    )
    op.create_table(
        "sentence_use",
        sa.Column(
            "key",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("articles", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("sentence_use")
    with op.batch_alter_table("passage") as table:
        table.drop_column("quotable")
        table.drop_column("junk")
    with op.batch_alter_table("article") as table:
        table.drop_column("counted_revision_id")
