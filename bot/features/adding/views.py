"""A job's messages and buttons. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from bot.features.adding.jobs import JobState
from bot.features.questions.views import described
from bot.language import N_, ngettext, number, translated
from bot.language import gettext as _
from bot.telegram.callback_data import CallbackData, SmallNumber
from bot.telegram.rich_text import RichText, join, plain, styled
from retrieval.messages import UserMessage
from retrieval.models import Added, Duplicate, Rejected, Revised

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.features.adding.jobs import Counts, Failure, JobOverview
    from retrieval.models import Article, Outcome


Action = Literal["yes", "no", "stop", "go", "retry"]
READING = N_("Reading …")
NOTHING = N_("There was nothing to add.")
# How many articles are listed by name at most.
MOST_LISTED = 10
_MOST_REASONS = 12
_MOST_LABELS = 3
_THE_PAGE = UserMessage("the page")

Buttons = tuple[tuple[str, Action], ...]
"""(label, action) of one row."""


@dataclass(frozen=True)
class JobButton(CallbackData):
    """A button under the message of a job."""

    PREFIX: ClassVar[str] = "intake"
    number: SmallNumber
    action: Action


def counts_line(counts: Counts) -> str:
    """3 added, 1 revised, 2 already in the archive, 1 rejected."""
    named = (
        (counts.added, _("{count} added")),
        (counts.revised, _("{count} revised")),
        (counts.already, _("{count} already in the archive")),
        (counts.rejected, _("{count} rejected")),
    )
    return ", ".join(text.format(count=number(count)) for count, text in named if count)


def progress(view: JobOverview) -> RichText:
    """The progress: "Reading … 120 of 500: 118 added, 2 rejected"."""
    done = counts_line(view.counts)
    if view.sources <= 1:
        return RichText(" ".join(filter(None, (_(READING), done))))
    text = _("Reading … {done} of {all}").format(
        done=number(view.finished), all=number(view.sources)
    )
    return RichText(f"{text}: {done}" if done else text)


def offer(view: JobOverview) -> RichText:
    """The offer to add pasted links or forwarded posts."""
    many = view.sources
    if many == 0:
        what = _("Add this to the archive?")
    elif view.posts == many:
        what = ngettext(
            "Add this post to the archive?", "Add these {count} posts to the archive?", many
        )
    elif not view.posts:
        what = ngettext(
            "Add this link to the archive?", "Add these {count} links to the archive?", many
        )
    else:
        what = _("Add these posts and links to the archive? In all: {count}")
    lines = [plain(label) for label in view.first_labels]
    if many > len(lines):
        lines.append(RichText(_("and {count} more").format(count=number(many - len(lines)))))
    return join([RichText(what.format(count=number(many))), join(lines, "\n")], "\n\n")


def dropped() -> RichText:
    """An offer was declined."""
    return RichText(_("Not added."))


def summary(view: JobOverview, state: JobState, articles: Sequence[RichText]) -> RichText:
    """The result: counts, failures by reason, and the first articles by name."""
    counts = view.counts
    parts: list[RichText] = []
    if state is JobState.STOPPED:
        left = view.sources - view.finished
        parts.append(RichText(_("Stopped.") + " " + _left(left, view.sources)))
    if counts.total == 1 and view.sources == 1 and state is JobState.DONE:
        if view.failures:
            one = view.failures[0]
            return (
                RichText(_("Not added:") + " ")
                + plain(one.label)
                + ". "
                + plain(translated(one.reason))
            )
        return articles[0] if articles else RichText(counts_line(counts))
    parts.append(styled("bold", counts_line(counts)) if counts.total else RichText(_(NOTHING)))
    if view.failures:
        parts.append(join([RichText(_("Not added:")), *_grouped(view.failures)], "\n"))
    if articles and counts.total <= MOST_LISTED:
        parts.append(join(articles, "\n"))
    return join(parts, "\n\n")


def buttons(view: JobOverview, state: JobState) -> Buttons:
    """The (label, action) buttons of a job in this state."""
    if state is JobState.OFFERED:
        add = _("add") if view.sources == 1 else _("add {count}")
        return ((add.format(count=number(view.sources)), "yes"), (_("no"), "no"))
    if state is JobState.RUNNING:
        return ((_("stop"), "stop"),) if view.sources > 1 or view.counts.total > 1 else ()
    found: list[tuple[str, Action]] = []
    if state is JobState.STOPPED and view.finished < view.sources:
        found.append((_("continue"), "go"))
    if (failed := len(view.failures)) and state in {JobState.STOPPED, JobState.DONE}:
        retry = _("retry") if failed == 1 else _("retry the {count} failed")
        found.append((retry.format(count=number(failed)), "retry"))
    return tuple(found)


def reason_of(failure: Failure) -> str:
    """The reason without the address, so that two pages can share it."""
    text = translated(failure.reason.given(address=_THE_PAGE))
    return text[:1].upper() + text[1:]


def _grouped(failures: Iterable[Failure]) -> list[RichText]:
    """One line per reason, the most frequent first, each with its first few names."""
    groups: dict[str, list[str]] = {}
    for failure in failures:
        groups.setdefault(reason_of(failure), []).append(failure.label)
    ordered = sorted(groups.items(), key=lambda group: -len(group[1]))
    lines = [_group(reason, labels) for reason, labels in ordered[:_MOST_REASONS]]
    if rest := ordered[_MOST_REASONS:]:
        count = sum(len(labels) for _, labels in rest)
        lines.append(
            RichText("• " + _("and {count} for other reasons").format(count=number(count)))
        )
    return lines


def _group(reason: str, labels: Sequence[str]) -> RichText:
    many = f"{len(labels):,} × " if len(labels) > 1 else ""
    names = ", ".join(plain(label).text for label in labels[:_MOST_LABELS])
    more = ""
    if (rest := len(labels) - _MOST_LABELS) > 0:
        more = " " + _("and {count} more").format(count=number(rest))
    return RichText(f"• {many}") + plain(reason) + f" ({names}{more})"


def _left(left: int, sources: int) -> str:
    if sources == 1:
        return _("The rest won't be read.")
    return _("Couldn't read {left} of {all}.").format(left=number(left), all=number(sources))


def outcome_line(label: str, result: Outcome) -> RichText:
    """One line on the result of a source."""
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
    """For a terminal: 3 added, 1 revised, 2 already in the archive, 1 rejected."""
    names = ((Added, "added"), (Revised, "revised"), (Duplicate, "already in the archive"))
    counts = [(sum(isinstance(one, kind) for one in results), name) for kind, name in names]
    counts.append((sum(isinstance(one, Rejected) for one in results), "rejected"))
    return ", ".join(f"{count} {name}" for count, name in counts if count) or "nothing to add"


def _named(article: Article) -> RichText:
    """An article with the outlet and date that were read, so that a wrong one is noticed."""
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
