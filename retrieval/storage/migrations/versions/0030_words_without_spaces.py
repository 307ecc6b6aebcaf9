"""Words of Chinese, Japanese, Korean, Arabic, Hebrew and Hindi texts are cut anew in the full text.

What was indexed can only be forgotten by the same words, so an archive that has such texts gets its
full text anew. Its rules for junk knew no words of these scripts either: those passages are looked
at again, and embedded where they were taken for junk.
"""

import re

import sqlalchemy as sa
from alembic import op

from retrieval.text.words import stemmed

revision = "0030"
down_revision = "0028"
branch_labels = None
depends_on = None

_AFFECTED = re.compile("[\u0591-\u06ff\u0900-\u09ff\u3041-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_AT_ONCE = 500
_PASSAGES = sa.text('SELECT id, start, "end" FROM passage WHERE revision_id = :revision')
_INDEX = sa.text("""
    UPDATE passage_fts SET terms =
        setweight(to_tsvector('simple', :title), 'A') || to_tsvector('simple', :body)
    WHERE passage_id = :id
""")


def upgrade() -> None:
    """Index the words anew where there are such texts."""
    connection = op.get_bind()
    query = "SELECT id, title, text FROM revision WHERE id IN (SELECT revision_id FROM passage)"
    rows = connection.execute(sa.text(query).execution_options(yield_per=_AT_ONCE))
    found = [row.id for row in rows if _AFFECTED.search(row.title) or _AFFECTED.search(row.text)]
    for one in found:
        _look_again(connection, one)
        if connection.dialect.name != "sqlite":
            _index(connection, one)
    if found and connection.dialect.name == "sqlite":
        op.execute("INSERT INTO passage_fts (passage_fts) VALUES ('rebuild')")


def _look_again(connection: sa.Connection, revision_id: int) -> None:
    values = {"revision": revision_id}
    hidden = "SELECT count(*) FROM passage WHERE revision_id = :revision AND NOT quotable"
    if connection.execute(sa.text(hidden), values).scalar_one():
        connection.execute(
            sa.text(
                "UPDATE revision SET state = 'pending' WHERE id = :revision AND state = 'indexed'"
            ),
            values,
        )
    again = "UPDATE passage SET junk = NULL, quotable = true WHERE revision_id = :revision"
    connection.execute(sa.text(again), values)


def _index(connection: sa.Connection, revision_id: int) -> None:
    values = {"revision": revision_id}
    query = sa.text("SELECT title, text FROM revision WHERE id = :revision")
    row = connection.execute(query, values).one()
    for one in connection.execute(_PASSAGES, values).all():
        body = stemmed(row.text[one.start : one.end])
        connection.execute(_INDEX, {"id": one.id, "title": stemmed(row.title), "body": body})


def downgrade() -> None:
    """The words stay as they are; an older program has to index them anew."""
