"""Articles, revisions, passages, their full text, the answers given, and a few words of state."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ALIVE = sa.text("removed_at IS NULL")


def upgrade() -> None:
    """Create everything."""
    _articles()
    _revisions()
    _passages()
    _answers()
    if op.get_bind().dialect.name == "postgresql":
        _full_text_postgresql()
    else:
        _full_text_sqlite()


def downgrade() -> None:
    """Drop everything."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE passage_terms")
        op.execute("DROP TABLE passage_fts")
        op.execute("DROP VIEW passage_text")
    else:
        op.drop_table("passage_fts")
    for name in ("state", "given_answer", "passage", "revision", "article"):
        op.drop_table(name)


def _articles() -> None:
    op.create_table(
        "article",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("url", sa.Text),
        sa.Column("outlet", sa.Text, nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("current_revision_id", sa.Integer),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Text, nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True)),
    )
    op.create_index("article_content", "article", ["content_hash"])
    for name, column, where in (
        ("article_url_once", "url", ALIVE),
        ("article_content_once", "content_hash", sa.text("removed_at IS NULL AND url IS NULL")),
    ):
        op.create_index(
            name, "article", [column], unique=True, sqlite_where=where, postgresql_where=where
        )


def _revisions() -> None:
    op.create_table(
        "revision",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "article_id",
            sa.Integer,
            sa.ForeignKey("article.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("author", sa.Text),
        sa.Column("language", sa.String(16)),
        sa.Column("published_at", sa.DateTime(timezone=True)),
        sa.Column("published_precision", sa.String(8)),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("passages", sa.Integer, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.UniqueConstraint("article_id", "number", name="revision_number_once"),
    )
    op.create_index("revision_state", "revision", ["state"])


def _passages() -> None:
    op.create_table(
        "passage",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "revision_id",
            sa.Integer,
            sa.ForeignKey("revision.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("ordinal", sa.Integer, nullable=False),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("end", sa.Integer, nullable=False),
        sa.Column("sentences", sa.JSON, nullable=False),
        sa.UniqueConstraint("revision_id", "ordinal", name="passage_ordinal_once"),
    )


def _answers() -> None:
    op.create_table(
        "given_answer",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("conversation", sa.Text, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("mode", sa.String(8), nullable=False),
        sa.Column("citations", sa.JSON, nullable=False),
    )
    op.create_table(
        "state",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )


def _full_text_sqlite() -> None:
    # FTS5 over a view: the text stays in `revision` alone, the index holds only its stems
    # (`sitrep_stems` is `retrieval.text.words.stemmed`, which every connection of ours knows).
    # https://sqlite.org/fts5.html#external_content_tables
    op.execute("""
        CREATE VIEW passage_text AS
        SELECT passage.id AS id, sitrep_stems(revision.title) AS title, sitrep_stems(
               substr(revision.text, passage.start + 1, passage."end" - passage.start)) AS body
        FROM passage JOIN revision ON revision.id = passage.revision_id
    """)
    op.execute("""
        CREATE VIRTUAL TABLE passage_fts USING fts5(
            title, body, content='passage_text', content_rowid='id',
            tokenize='unicode61 remove_diacritics 2'
        )
    """)
    op.execute("CREATE VIRTUAL TABLE passage_terms USING fts5vocab(passage_fts, row)")


def _full_text_postgresql() -> None:
    op.execute("""
        CREATE TABLE passage_fts (
            passage_id integer PRIMARY KEY REFERENCES passage (id) ON DELETE CASCADE,
            terms tsvector NOT NULL
        )
    """)
    op.execute("CREATE INDEX passage_fts_terms ON passage_fts USING gin (terms)")
