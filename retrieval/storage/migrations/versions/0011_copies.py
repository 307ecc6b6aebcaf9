"""Near copies and the bands by which they are found; who does not want to hear of corrections."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them; what is stored is compared later, by the bot or `sitrep reindex`."""
    # Alembic adds no column with a foreign key to SQLite without copying the table.
    op.execute("ALTER TABLE article ADD COLUMN copy_of INTEGER REFERENCES article (id)")
    op.add_column("article", sa.Column("compared_revision_id", sa.Integer))
    op.create_index("article_copy_of", "article", ["copy_of"])
    op.create_table(
        "copy_band",
        sa.Column("band", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column(
            "article_id",
            sa.Integer,
            sa.ForeignKey("article.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
    )
    op.create_index("copy_band_article", "copy_band", ["article_id"])
    op.create_table(
        "correction_choice",
        sa.Column("chat_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("wanted", sa.Boolean, nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("correction_choice")
    op.drop_table("copy_band")
    op.drop_index("article_copy_of", "article")
    with op.batch_alter_table("article") as table:
        table.drop_column("compared_revision_id")
        table.drop_column("copy_of")
