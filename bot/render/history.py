"""The history of an article: what changed from revision to revision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.render.rich_text import RichText, join, plain, styled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.archive.revisions import RevisionNote
    from retrieval.models import Article


def history_text(article: Article, notes: Sequence[RevisionNote]) -> RichText:
    """Newest revision first; a sentence that went has a minus before it, a new one a plus."""
    head = styled("bold", plain(article.title)) + "\n" + plain(article.outlet)
    if article.url:
        head = head + "\n" + article.url
    return join([head, *(_revision(note) for note in reversed(notes))], "\n\n")


def _revision(note: RevisionNote) -> RichText:
    title = f"Revision {note.number}, stored {note.stored_at:%d %b %Y %H:%M} UTC"
    lines = [styled("bold", title)]
    if note.number == 1:
        lines.append(RichText("As first added."))
    elif not note.changes:
        lines.append(RichText("Only spacing changed."))
    for change in note.changes:
        lines += [RichText("- ") + plain(one) for one in change.gone]
        lines += [RichText("+ ") + plain(one) for one in change.new]
    return join(lines, "\n")
