"""The history of an article: what changed from revision to revision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.language import day, number
from bot.language import gettext as _
from bot.render.dates import article_day
from bot.render.rich_text import RichText, join, plain, styled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.archive import Kin
    from retrieval.archive.revisions import RevisionNote
    from retrieval.models import Article

MOST_COPIES = 30
# Shown of all revisions together, the newest first.
_MOST_SENTENCES, _MOST_REVISIONS = 40, 20


def history_text(article: Article, notes: Sequence[RevisionNote], kin: Kin) -> RichText:
    """Newest revision first; a sentence that went has a minus before it, a new one a plus.

    Before that, of what the article is a near copy, and what is one of it.
    """
    head = styled("bold", plain(article.title)) + "\n" + plain(article.outlet)
    if article.url:
        head = head + "\n" + article.url
    family = [_family(kin)] if kin.first or kin.copies else []
    newest, left = list[RichText](), _MOST_SENTENCES
    for note in reversed(notes[-_MOST_REVISIONS:]):
        lines = _changes(note)
        newest.append(_revision(note, lines[: max(left, 0)], len(lines)))
        left -= len(lines)
    older = [_more(len(notes) - len(newest))] if len(notes) > len(newest) else []
    return join([head, *family, *newest, *older], "\n\n")


def _family(kin: Kin) -> RichText:
    if kin.first is not None:
        return RichText(_("A near copy of:") + " ") + _named(kin.first)
    lines = [_named(one) for one in kin.copies[:MOST_COPIES]]
    if (rest := len(kin.copies) - MOST_COPIES) > 0:
        lines.append(_more(rest))
    return join([RichText(_("Near copies, counted once:")), *lines], "\n")


def _named(article: Article) -> RichText:
    return RichText(f"{article.id} ") + plain(article.outlet) + f", {article_day(article)}"


def _changes(note: RevisionNote) -> list[tuple[str, str]]:
    """Sentences with their signs."""
    return [
        (sign, one)
        for change in note.changes or ()
        for sign, some in (("- ", change.gone), ("+ ", change.new))
        for one in some
    ]


def _revision(note: RevisionNote, lines: Sequence[tuple[str, str]], every: int) -> RichText:
    """One revision; `lines` are the first of `every` change."""
    title = _("Revision {number}, stored {day} {time} UTC").format(
        number=note.number, day=day(note.stored_at), time=f"{note.stored_at:%H:%M}"
    )
    parts = [styled("bold", title)]
    if note.number == 1:
        parts.append(RichText(_("As first added.")))
    elif note.changes == ():
        parts.append(RichText(_("Only the spacing changed.")))
    parts += [RichText(sign) + plain(one) for sign, one in lines]
    if every > len(lines):
        parts.append(_more(every - len(lines)))
    return join(parts, "\n")


def _more(count: int) -> RichText:
    return RichText(_("and {count} more").format(count=number(count)))
