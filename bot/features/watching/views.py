"""Messages of alerts, and on watching. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.features.briefings.views import LABELS, StoryButton, reported
from bot.features.questions.views import WatchButton, claim_text, footnote, short_label
from bot.features.subscriptions.views import clock
from bot.language import N_, ngettext, number, translated
from bot.language import gettext as _
from bot.telegram.rich_text import RichText, join, plain, styled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.models import Briefing, Claim

ENDED = N_("Stopped watching: {topic}.")
NOT_WATCHED = N_("That isn't watched here. /watch shows what is.")
NONE_YET = N_(
    "Nothing is watched here yet. /watch and a topic, such as /watch Kursk, and I'll write as soon "
    "as two independent outlets report on it."
)
TOO_MANY = N_("There are already {count} watches here; /unwatch and a topic ends one.")
OFF = N_("This bot's operator has switched off watching.")
ONLY_ADMINS = N_("In a group, only its admins can change what's watched.")
NO_HOURS = N_("Write quiet hours like this: /watch quiet 22-7, or /watch quiet off.")

Buttons = tuple[tuple[tuple[str, str], ...], ...]


def alert(briefing: Briefing, topic: str) -> RichText:
    """An alert: what happened, who says so, the sentences, and the sources folded below."""
    story = briefing.stories[0]
    notes = {one.n: one for one in briefing.citations}
    label = LABELS.get(story.status)
    headline = (
        _("{label}: {headline}").format(label=_(label), headline=story.headline)
        if label
        else story.headline
    )
    lines = [styled("bold", plain(headline)), styled("italic", reported(story))]
    lines += [RichText("• ") + _claim(one) for one in story.claims]
    numbers = sorted({n for one in story.claims for n in one.citations})
    cited = [footnote(notes[n], fold=False) for n in numbers]
    lines.append(styled("expandable_blockquote", join(cited, "\n")))
    if topic != story.headline:
        lines.append(styled("italic", _("You watch: {topic}").format(topic=plain(topic).text)))
    return join(lines, "\n")


def _claim(claim: Claim) -> RichText:
    text = claim_text(claim)
    if not claim.was:
        return text
    return text + " " + styled("italic", f"({plain(translated(claim.was)).text})")


def under_alert(briefing_id: int, watch_id: int) -> Buttons:
    """Buttons to ask about the story, as under a briefing, and to stop watching."""
    return (
        (
            (_("Ask about this"), StoryButton(briefing_id, "ask", 1, 1, 1).pack()),
            (_("Stop watching"), WatchButton("off", watch_id).pack()),
        ),
    )


def watching(topics: Sequence[str], most: int, quiet: str) -> str:
    """The confirmation of new watches, with their limits."""
    names = _and(topics)
    text = _(
        "Watching {topics}. I'll write as soon as two independent outlets report on it, or a "
        "figure that I gave you changes."
    ).format(topics=names)
    return f"{text}\n\n{limits(most, quiet)}"


def limits(most: int, quiet: str) -> str:
    """The daily limit and the quiet hours."""
    often = ngettext(
        "At most {count} message in 24 hours.", "At most {count} messages in 24 hours.", most
    ).format(count=number(most))
    return f"{often} {quiet}"


def quiet_time(begins: int, ends: int, zone: str | None) -> str:
    """The quiet hours and their time zone."""
    if begins == ends:
        return _("No quiet hours; /watch quiet 22-7 sets them.")
    hours = {"begins": clock(begins), "ends": clock(ends)}
    if zone is None:
        return _(
            "Quiet from {begins} to {ends} UTC; /watch quiet 22-7 Kyiv sets your hours and city."
        ).format(**hours)
    return _("Quiet from {begins} to {ends} ({zone}).").format(**hours, zone=zone)


def unknown_topic(topic: str, near: Sequence[str]) -> str:
    """A note that no article is about the topic so far; it is watched all the same."""
    text = _("There's nothing about “{topic}” in the archive so far.").format(
        topic=plain(topic).text
    )
    if not near:
        return text
    nearest = _("Closest topics in the archive: {topics}.").format(topics=", ".join(near))
    return f"{text} {nearest}"


def listed(topics: Sequence[str], foot: str) -> RichText:
    """The list of what a chat watches."""
    head = styled("bold", _("Watched here"))
    lines = [RichText("• ") + plain(one) for one in topics]
    return join([join([head, *lines], "\n"), RichText(foot)], "\n\n")


def stop_buttons(watches: Sequence[tuple[int, str]]) -> Buttons:
    """One button for each watch, which ends it."""
    return tuple(
        ((f"✕ {short_label(topic)}", WatchButton("end", watch_id).pack()),)
        for watch_id, topic in watches
    )


def _and(topics: Sequence[str]) -> str:
    return ", ".join(f"“{plain(one).text}”" for one in topics)
