"""The history of an article: what changed from revision to revision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.render.dates import article_day
from bot.render.rich_text import RichText, join, plain, styled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.archive import Kin
    from retrieval.archive.revisions import RevisionNote
    from retrieval.models import Article

MOST_COPIES = 30


def history_text(article: Article, notes: Sequence[RevisionNote], kin: Kin) -> RichText:
    """Newest revision first; a sentence that went has a minus before it, a new one a plus.

    Before that, of what the article is a near copy, and what is one of it.
    """
    head = styled("bold", plain(article.title)) + "\n" + plain(article.outlet)
    if article.url:
        head = head + "\n" + article.url
    family = [_family(kin)] if kin.first or kin.copies else []
    return join([head, *family, *(_revision(note) for note in reversed(notes))], "\n\n")


def _family(kin: Kin) -> RichText:
    if kin.first is not None:
        return RichText("A near copy of ") + _named(kin.first) + "."
    lines = [_named(one) for one in kin.copies[:MOST_COPIES]]
    if len(kin.copies) > MOST_COPIES:
        lines.append(RichText(f"and {len(kin.copies) - MOST_COPIES:,} more"))
    return join([RichText("Near copies, counted once with it:"), *lines], "\n")


def _named(article: Article) -> RichText:
    return RichText(f"{article.id} ") + plain(article.outlet) + f", {article_day(article)}"


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
