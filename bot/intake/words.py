"""What is said about a job, and the buttons under it. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.intake.models import State
from bot.render.rich_text import RichText, join, plain, styled

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.intake.models import Counts, Failure, Overview

PREFIX = "intake"
READING = "Reading …"
NOTHING = "There was nothing to add."
# Articles are listed by name up to so many.
MOST_LISTED = 10
_MOST_REASONS = 12
_MOST_LABELS = 3
_ADDRESS = re.compile(r"https?://\S+")

Buttons = tuple[tuple[str, str], ...]
"""(label, action) of one row."""


def counts_line(counts: Counts) -> str:
    """3 added, 1 revised, 2 already there, 1 rejected."""
    named = (
        (counts.added, "added"),
        (counts.revised, "revised"),
        (counts.already, "already there"),
        (counts.rejected, "rejected"),
    )
    return ", ".join(f"{count:,} {name}" for count, name in named if count)


def progress(view: Overview) -> RichText:
    """How far it is: "Reading … 120 of 500: 118 added, 2 rejected"."""
    done = counts_line(view.counts)
    if view.sources <= 1:
        return RichText(f"{READING} {done}".rstrip())
    text = f"{READING} {view.finished:,} of {view.sources:,}"
    return RichText(f"{text}: {done}" if done else text)


def offer(view: Overview) -> RichText:
    """The question whether what was pasted or forwarded shall be added."""
    what = "Add this to the archive?"
    if view.posts == view.sources == 1:
        what = "Add this post to the archive?"
    elif view.posts == view.sources:
        what = f"Add these {view.sources:,} posts to the archive?"
    elif view.sources == 1:
        what = "Add this link to the archive?"
    elif not view.posts:
        what = f"Add these {view.sources:,} links to the archive?"
    elif view.sources > 1:
        what = f"Add these {view.sources:,} posts and links to the archive?"
    lines = [plain(label) for label in view.first_labels]
    if view.sources > len(lines):
        lines.append(RichText(f"and {view.sources - len(lines):,} more"))
    return join([RichText(what), join(lines, "\n")], "\n\n")


def dropped() -> RichText:
    """An offer was declined."""
    return RichText("Not added.")


def summary(view: Overview, state: State, articles: Sequence[RichText]) -> RichText:
    """How it ended: the counts, failures by their reason, and the first articles by name."""
    counts = view.counts
    parts: list[RichText] = []
    if state is State.STOPPED:
        left = view.sources - view.finished
        parts.append(RichText(f"Stopped; {_left(left, view.sources)}"))
    if counts.total == 1 and view.sources == 1 and state is State.DONE:
        if view.failures:
            one = view.failures[0]
            return RichText("Not added: ") + plain(one.label) + ". " + plain(one.reason)
        return articles[0] if articles else RichText(counts_line(counts))
    parts.append(styled("bold", counts_line(counts)) if counts.total else RichText(NOTHING))
    if view.failures:
        parts.append(join([RichText("Not added:"), *_grouped(view.failures)], "\n"))
    if articles and counts.total <= MOST_LISTED:
        parts.append(join(articles, "\n"))
    return join(parts, "\n\n")


def buttons(view: Overview, state: State) -> Buttons:
    """What can be done with a job in this state."""
    if state is State.OFFERED:
        return (("add" if view.sources == 1 else f"add {view.sources:,}", "yes"), ("no", "no"))
    if state is State.RUNNING:
        return (("stop", "stop"),) if view.sources > 1 or view.counts.total > 1 else ()
    found: list[tuple[str, str]] = []
    if state is State.STOPPED and view.finished < view.sources:
        found.append(("continue", "go"))
    if (failed := len(view.failures)) and state in {State.STOPPED, State.DONE}:
        found.append(("retry" if failed == 1 else f"retry the {failed:,} failed", "retry"))
    return tuple(found)


def reason_of(failure: Failure) -> str:
    """Why, without the address, so that the same failure of two pages is one reason."""
    text = _ADDRESS.sub("the page", failure.reason).strip()
    return text[:1].upper() + text[1:]


def _grouped(failures: Iterable[Failure]) -> list[RichText]:
    """A line a reason, the most frequent first, with the names of the first few."""
    groups: dict[str, list[str]] = {}
    for failure in failures:
        groups.setdefault(reason_of(failure), []).append(failure.label)
    ordered = sorted(groups.items(), key=lambda group: -len(group[1]))
    lines = [_group(reason, labels) for reason, labels in ordered[:_MOST_REASONS]]
    if rest := ordered[_MOST_REASONS:]:
        count = sum(len(labels) for _, labels in rest)
        lines.append(RichText(f"• and {count:,} for other reasons"))
    return lines


def _group(reason: str, labels: Sequence[str]) -> RichText:
    many = f"{len(labels):,} × " if len(labels) > 1 else ""
    names = ", ".join(plain(label).text for label in labels[:_MOST_LABELS])
    more = f" and {len(labels) - _MOST_LABELS:,} more" if len(labels) > _MOST_LABELS else ""
    return RichText(f"• {many}") + plain(reason) + f" ({names}{more})"


def _left(left: int, sources: int) -> str:
    if sources == 1:
        return "the rest is not read."
    return f"{left:,} of {sources:,} {'is' if left == 1 else 'are'} not read."
