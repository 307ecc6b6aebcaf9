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
        return RichText(_("A near copy of:") + " ") + _named(kin.first)
    lines = [_named(one) for one in kin.copies[:MOST_COPIES]]
    if (rest := len(kin.copies) - MOST_COPIES) > 0:
        lines.append(RichText(_("and {count} more").format(count=number(rest))))
    return join([RichText(_("Near copies, counted once with it:")), *lines], "\n")


def _named(article: Article) -> RichText:
    return RichText(f"{article.id} ") + plain(article.outlet) + f", {article_day(article)}"


def _revision(note: RevisionNote) -> RichText:
    title = _("Revision {number}, stored {day} {time} UTC").format(
        number=note.number, day=day(note.stored_at), time=f"{note.stored_at:%H:%M}"
    )
    lines = [styled("bold", title)]
    if note.number == 1:
        lines.append(RichText(_("As first added.")))
    elif not note.changes:
        lines.append(RichText(_("Only spacing changed.")))
    for change in note.changes:
        lines += [RichText("- ") + plain(one) for one in change.gone]
        lines += [RichText("+ ") + plain(one) for one in change.new]
    return join(lines, "\n")
