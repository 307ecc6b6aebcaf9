"""The bot's other messages: start, help, sources, a cited sentence, what became of /add."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.render.dates import day
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
    hello = styled("bold", f"Hello {' '.join(name.split())[:64]}, this is Sitrep.")
    what = (
        "I answer questions from an archive of news articles, and every statement cites the exact "
        "sentence that it rests on. Where the archive holds no answer, I say so."
    )
    how = "Just ask, for example:\n"
    example = styled("italic", "How many North Korean soldiers are in Kursk, and who says so?")
    more = "/sources shows what the archive holds, /help what I can do."
    if is_admin:
        more += (
            "\n\nYou are an admin: paste links, forward posts or send files, and I add them to the "
            "archive; /channels adds what channels post."
        )
    return join([hello, RichText(what), RichText(how) + example, RichText(more)], "\n\n")


def help_page(commands: Sequence[tuple[str, str]], *, in_group: bool) -> RichText:
    """Commands and how answers are to be read."""
    lines = [RichText(f"/{name} – {text}") for name, text in commands]
    asking = "Any other message is a question."
    if in_group:
        asking = "In a group I answer /ask, a mention, or a reply to one of my messages."
    reading = (
        "Numbers such as [1] lead to the footnotes below an answer: outlet, date and a link to the "
        "sentence. The buttons show each sentence in its surroundings."
    )
    return join([join(lines, "\n"), RichText(asking), RichText(reading)], "\n\n")


def sources(summary: Summary) -> RichText:
    """What the archive holds."""
    if summary.articles == 0:
        return RichText("The archive is empty. An admin can fill it with /add.")
    head = styled("bold", f"{_count(summary.articles, 'article')}")
    head = head + f" from {_count(len(summary.outlets), 'outlet')}"
    if summary.oldest and summary.newest:
        head = head + f", {day(summary.oldest)} to {day(summary.newest)}"
    parts = [head + "."]
    lines = [plain(outlet) + f": {articles}" for outlet, articles in summary.outlets[:MOST_OUTLETS]]
    if len(summary.outlets) > MOST_OUTLETS:
        lines.append(RichText(f"and {_count(len(summary.outlets) - MOST_OUTLETS, 'more outlet')}"))
    parts.append(join(lines, "\n"))
    if summary.pending:
        parts.append(RichText(f"{_count(summary.pending, 'article')} still being indexed."))
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
        + styled("bold", _paragraphs(text[span.start : span.end]))
        + _paragraphs(text[span.end : end])
        + (" …" if end < len(text) else "")
    )
    parts = [head, passage]
    if cited.corrected is not None:
        changed = f"This article was corrected on {day(cited.corrected)}, after it was cited."
        said = RichText(" It says now: ") + plain(quoted(cited.now)) if cited.now else RichText()
        parts.insert(1, styled("italic", changed) + said)
    elif cited.changed is not None:
        stands = f"This article was changed on {day(cited.changed)}; the sentence still stands."
        parts.insert(1, styled("italic", stands))
    return join(parts, "\n\n")


def outcome(label: str, result: Outcome) -> RichText:
    """One line on what became of a source."""
    match result:
        case Added(article, first):
            return RichText("Added: ") + _named(article) + _copy_of(first)
        case Revised(article, first):
            updated = RichText("Updated to revision ") + f"{article.revision}: " + _named(article)
            return updated + _copy_of(first)
        case Duplicate(article):
            return RichText("Already in the archive: ") + _named(article)
        case Rejected(reason):
            return RichText("Not added: ") + plain(label) + ". " + plain(reason)


def tally(results: Sequence[Outcome]) -> str:
    """3 added, 1 revised, 2 already there, 1 rejected."""
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
    return RichText(f". A near copy of article {first.id} of ") + (
        plain(first.outlet) + "; kept as its copy, and counted once with it."
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _paragraphs(text: str) -> RichText:
    """White space as it stands, foreign characters made harmless."""
    lines = [plain(line).text for line in text.split("\n")]
    head = " " if text[:1].isspace() and not text.startswith("\n") else ""
    tail = " " if text[-1:].isspace() and not text.endswith("\n") and text.strip() else ""
    return RichText(head + "\n".join(lines) + tail)


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
