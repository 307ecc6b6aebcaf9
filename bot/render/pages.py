"""The bot's other messages: start, help, sources, a cited sentence, what became of /add."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.language import day, ngettext, number, translated
from bot.language import gettext as _
from bot.render.autolinks import JOINER
from bot.render.facts import also_in, described
from bot.render.rich_text import RichText, join, plain, styled
from retrieval.grounding.attribution import quoted
from retrieval.models import Added, Duplicate, Rejected, Revised

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.archive import CitedText, Summary
    from retrieval.models import Article, Outcome

MOST_OUTLETS = 15
AROUND = 600


def start(name: str, *, is_admin: bool) -> RichText:
    """The first message that a person gets."""
    hello = styled(
        "bold", _("Hello {name}, this is Sitrep.").format(name=" ".join(name.split())[:64])
    )
    what = _(
        "I answer questions from an archive of news articles. Every statement cites "
        "the exact sentence it relies on, and if the archive has no answer, I say so."
    )
    how = _("Just ask, for example:") + "\n"
    example = styled("italic", _("How many North Korean soldiers are in Kursk, and who says so?"))
    more = _("/sources shows what's in the archive, /help what I can do.")
    if is_admin:
        more += "\n\n" + _(
            "You're an admin: paste links, forward posts or send files, and I'll add them "
            "to the archive. /channels adds what channels post."
        )
    return join([hello, RichText(what), RichText(how) + example, RichText(more)], "\n\n")


def help_page(
    commands: Sequence[tuple[str, str]], *, in_group: bool, inline_as: str | None = None
) -> RichText:
    """Commands and how answers are to be read; `inline_as` is the name that works in any chat."""
    lines = [RichText(f"/{name} – {text}") for name, text in commands]
    asking = _("Any other message is a question.")
    if in_group:
        asking = _("In a group I answer /ask, a mention, or a reply to one of my messages.")
    reading = _(
        "Numbers such as [1] refer to the footnotes below an answer: outlet, date and "
        "a link to the sentence. The buttons show each sentence in context."
    )
    parts = [join(lines, "\n"), RichText(asking), RichText(reading)]
    if inline_as is not None:
        sharing = _("In any chat, type @{name} and a few words to share what is cited on them.")
        parts.append(RichText(sharing.format(name=inline_as)))
    return join(parts, "\n\n")


def sources(summary: Summary) -> RichText:
    """What the archive holds."""
    if summary.articles == 0:
        return RichText(_("The archive is empty. An admin can fill it with /add."))
    head = styled("bold", _articles(summary.articles))
    head = (
        head
        + " "
        + ngettext("from {count} outlet", "from {count} outlets", len(summary.outlets)).format(
            count=number(len(summary.outlets))
        )
    )
    if summary.oldest and summary.newest:
        head = (
            head
            + ", "
            + _("{start} to {end}").format(start=day(summary.oldest), end=day(summary.newest))
        )
    parts = [head + "."]
    lines = [plain(outlet) + f": {articles}" for outlet, articles in summary.outlets[:MOST_OUTLETS]]
    if len(summary.outlets) > MOST_OUTLETS:
        rest = len(summary.outlets) - MOST_OUTLETS
        more = ngettext("and {count} more outlet", "and {count} more outlets", rest)
        lines.append(RichText(more.format(count=number(rest))))
    parts.append(join(lines, "\n"))
    if summary.pending:
        waiting = ngettext(
            "{count} article still being indexed.",
            "{count} articles still being indexed.",
            summary.pending,
        )
        parts.append(RichText(waiting.format(count=number(summary.pending))))
    return join(parts, "\n\n")


def cited_passage(cited: CitedText) -> RichText:
    """A cited sentence, marked, in the text around it."""
    article, text, span = cited.article, cited.text, cited.sentence
    start = _edge(text, span.start, max(0, span.start - AROUND), "before")
    end = _edge(text, span.end, min(len(text), span.end + AROUND), "after")
    title = plain(article.title)
    linked = styled("text_link", title, article.url) if article.url else title
    source = styled("bold", plain(article.outlet)) + ", " + plain(described(article))
    head = source + plain(also_in(article)) + "\n" + linked
    passage = (
        RichText("… " if start > 0 else "")
        + _paragraphs(text[start : span.start])
        + _seam(text, span.start)
        + styled("bold", _paragraphs(text[span.start : span.end]))
        + _seam(text, span.end)
        + _paragraphs(text[span.end : end])
        + (" …" if end < len(text) else "")
    )
    parts = [head, passage]
    if cited.corrected is not None:
        changed = _("This article was corrected on {date}, after I cited it.").format(
            date=day(cited.corrected)
        )
        said = RichText()
        if cited.now:
            said = RichText(" " + _("It says now:") + " ") + plain(quoted(cited.now))
        parts.insert(1, styled("italic", changed) + said)
    elif cited.changed is not None:
        stands = _("This article was changed on {date}; the sentence is still there.").format(
            date=day(cited.changed)
        )
        parts.insert(1, styled("italic", stands))
    return join(parts, "\n\n")


def outcome_line(label: str, result: Outcome) -> RichText:
    """One line on what became of a source."""
    match result:
        case Added(article, first):
            return RichText(_("Added:") + " ") + _named(article) + _copy_of(first)
        case Revised(article, first):
            updated = _("Updated to revision {number}:").format(number=article.revision)
            return RichText(updated + " ") + _named(article) + _copy_of(first)
        case Duplicate(article):
            return RichText(_("Already in the archive:") + " ") + _named(article)
        case Rejected(reason):
            return RichText(_("Not added:") + " ") + plain(label) + ". " + plain(translated(reason))


def tally(results: Sequence[Outcome]) -> str:
    """For a terminal: 3 added, 1 revised, 2 already there, 1 rejected."""
    names = ((Added, "added"), (Revised, "revised"), (Duplicate, "already there"))
    counts = [(sum(isinstance(one, kind) for one in results), name) for kind, name in names]
    counts.append((sum(isinstance(one, Rejected) for one in results), "rejected"))
    return ", ".join(f"{count} {name}" for count, name in counts if count) or "nothing to add"


def _named(article: Article) -> RichText:
    """With outlet and date as they were read, so that a wrong one is seen at once."""
    return (
        plain(article.outlet)
        + ", "
        + plain(described(article))
        + ": “"
        + plain(article.title)
        + "”"
    )


def _copy_of(first: Article | None) -> RichText:
    if first is None:
        return RichText()
    said = _(
        "Nearly the same as article {number} from {outlet}; stored as a copy and counted once."
    )
    return RichText(". ") + plain(said.format(number=first.id, outlet=first.outlet))


def _articles(count: int) -> str:
    return ngettext("{count} article", "{count} articles", count).format(count=number(count))


def _paragraphs(text: str) -> RichText:
    """White space as it stands, foreign characters made harmless."""
    lines = [plain(line).text for line in text.split("\n")]
    head = " " if text[:1].isspace() and not text.startswith("\n") else ""
    tail = " " if text[-1:].isspace() and not text.endswith("\n") and text.strip() else ""
    return RichText(head + "\n".join(lines) + tail)


def _seam(text: str, at: int) -> str:
    """Between two stretches that were made harmless each by itself, in the middle of a word."""
    around = text[max(at - 1, 0) : at + 1]
    return "" if len(around) < 2 or any(map(str.isspace, around)) else JOINER  # noqa: PLR2004


def _edge(text: str, near: int, far: int, side: str) -> int:
    """The edge of a paragraph between `near` and `far`, else of a word."""
    low, high = min(near, far), max(near, far)
    if far in (0, len(text)):
        return far
    if side == "before":
        at = text.find("\n\n", low, high)
        return at + 2 if at >= 0 else max(text.find(" ", low, high), low)
    at = text.rfind("\n\n", low, high)
    return at if at >= 0 else (text.rfind(" ", low, high) if " " in text[low:high] else high)
