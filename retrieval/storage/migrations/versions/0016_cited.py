"""Which answers cite which revision, so that a correction need not read all answers."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_ROWS_AT_ONCE = 500
_ANSWER = sa.table("given_answer", sa.column("id", sa.Integer), sa.column("citations", sa.JSON))


def upgrade() -> None:
    """Create the table, and fill it from the answers that are kept."""
    cited = op.create_table(
        "cited_revision",
        sa.Column("revision_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column(
            "answer_id",
            sa.Integer,
            sa.ForeignKey("given_answer.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
    )
    op.create_index("cited_revision_answer", "cited_revision", ["answer_id"])
    connection, last = op.get_bind(), 0
    page = sa.select(_ANSWER).order_by(_ANSWER.c.id).limit(_ROWS_AT_ONCE)
    while rows := connection.execute(page.where(_ANSWER.c.id > last)).all():
        pairs = sorted({(one["revision_id"], row.id) for row in rows for one in row.citations})
        op.bulk_insert(cited, [{"revision_id": one, "answer_id": answer} for one, answer in pairs])
        last = rows[-1].id


def downgrade() -> None:
    """Drop it."""
    op.drop_table("cited_revision")
