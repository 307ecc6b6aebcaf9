"""Briefings as Telegram messages of whole stories, with sources folded under each. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, ClassVar

from bot.features.questions.views import claim_text, footnote, sentence_link, statement
from bot.language import (
    N_,
    all_translated,
    day,
    listed,
    ngettext,
    number,
    translated,
    whole_month_day,
)
from bot.language import gettext as _
from bot.telegram.callback_data import CallbackData
from bot.telegram.rich_text import MAX_ENTITIES, MAX_SIZE, RichText, join, plain, size, styled
from retrieval.grounding.citations import attribution
from retrieval.models import Length, StoryStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime, tzinfo

    from retrieval.models import Briefing, Citation, Claim, Mention, Story
    from retrieval.storage import Kept


_WEEK = timedelta(days=7)
# Marks before a headline.
LABELS = {StoryStatus.UPDATE: N_("Update"), StoryStatus.CORRECTION: N_("Correction")}
# Labels of lines that aren't reports.
_KINDS = {"opinion": N_("opinion"), "a round-up": N_("round-up")}


@dataclass(frozen=True, slots=True)
class _Block:
    """Text that stays in one message; a list's sources go to the end of the message."""

    text: RichText
    number: int | None = None
    sources: tuple[RichText, ...] = ()


@dataclass(frozen=True, slots=True)
class BriefingPage:
    """One message of a briefing, and the numbers of its stories, from 1."""

    text: RichText
    stories: tuple[int, ...]


def pages(briefing: Briefing, zone: tzinfo, *, late: bool = False) -> list[BriefingPage]:
    """The messages of a briefing; a story is split only if it is too long for one message.

    `late`: say that it should have come earlier.
    """
    notes = _notes(briefing)
    as_list = briefing.length is Length.HEADLINES
    blocks = [
        _line(at, story, notes)
        if as_list and story.status is not StoryStatus.CORRECTION
        else _Block(_story(at, story, notes), at)
        for at, story in enumerate(briefing.stories, start=1)
    ]
    if briefing.also:
        lines = [RichText("• ") + mention(one) for one in briefing.also]
        blocks.append(_Block(join([styled("bold", _("Also:")), *lines], "\n")))
    return list(_packed(_head(briefing, zone, late=late), blocks))


def whole(briefing: Briefing, zone: tzinfo) -> RichText:
    """A whole briefing as one text."""
    return join([page.text for page in pages(briefing, zone)], "\n\n")


def sources(briefing: Briefing, at: int) -> RichText:
    """The sources of story `at` (from 1) with their sentences, and why the story was chosen."""
    story = briefing.stories[at - 1]
    cited = _cited(story, _notes(briefing))
    parts = [styled("bold", plain(story.headline)), *(footnote(one) for one in cited)]
    return join(
        [
            *parts,
            styled(
                "italic",
                _("Why this story: {why}.").format(
                    why=plain(", ".join(map(translated, story.why))).text
                ),
            ),
        ],
        "\n\n",
    )


def changed(story: Story, earlier: Sequence[Kept], zone: tzinfo) -> RichText:
    """A story's earlier reports to the reader, by day, and the present one."""
    parts = [styled("bold", plain(story.headline))]
    for kept in earlier:
        claims = [
            claim for one in kept.briefing.stories if one.id == story.id for claim in one.claims
        ]
        if claims:
            told = [RichText("• ") + plain(statement(claim)) for claim in claims]
            head = styled("bold", _("Reported {when}:").format(when=_moment(kept.told_at, zone)))
            parts.append(join([head, *told], "\n"))
    if len(parts) == 1:
        parts.append(RichText(_("This is the first time I've reported it to you.")))
    now = [RichText("• ") + _with_was(claim, marks=False) for claim in story.claims]
    parts.append(join([styled("bold", _("Now:")), *now], "\n"))
    return join(parts, "\n\n")


def nothing_new(briefing: Briefing, zone: tzinfo) -> RichText:
    """The message that there is nothing new."""
    since = _moment(briefing.window.start, zone)
    about = ""
    if briefing.topics:
        about = _(" about {topics}").format(topics=any_of(briefing.topics))
    if not briefing.articles:
        text = _("Nothing new{about} since {since}: no articles have been added since then.")
        text = text.format(about=about, since=since)
    else:
        text = _("Nothing new{about} since {since}, in {held}.")
        text = text.format(about=about, since=since, held=_held(briefing))
    if briefing.closest:
        nearest = _("Closest topics in the archive: {topics}.").format(
            topics=", ".join(briefing.closest)
        )
        text += f" {nearest}"
    return plain(text)


def _head(briefing: Briefing, zone: tzinfo, *, late: bool) -> RichText:
    if not briefing.stories:
        return nothing_new(briefing, zone)
    lines = [styled("bold", title_of(briefing, zone)), RichText(counts(briefing, zone))]
    if late:
        lines.append(styled("italic", _("Late: I wasn't running when this was due.")))
    if briefing.unmet:
        text = _("Nothing about {topics}.").format(topics=any_of(briefing.unmet))
        lines.append(styled("italic", plain(text)))
    if briefing.notices:
        lines.append(styled("italic", plain(all_translated(briefing.notices))))
    return join(lines, "\n")


def title_of(briefing: Briefing, zone: tzinfo) -> str:
    """Day, topics and number of stories: "8 September · Kursk · 6 stories"."""
    parts = [
        _days(briefing, zone),
        *([", ".join(briefing.topics)] if briefing.topics else []),
        *([_stories(len(briefing.stories))] if briefing.stories else []),
    ]
    return plain(" · ".join(parts)).text


def _days(briefing: Briefing, zone: tzinfo) -> str:
    """The day, or the first and last day of a summary of the week."""
    first, last = (at.astimezone(zone) for at in (briefing.window.start, briefing.window.end))
    if briefing.window.end - briefing.window.start < _WEEK:
        return whole_month_day(last)
    return f"{whole_month_day(first)} – {whole_month_day(last)}"


def counts(briefing: Briefing, zone: tzinfo) -> str:
    """The number of articles and outlets, and the start of the window."""
    since = _moment(briefing.window.start, zone)
    return _("From {held} since {since}").format(held=_held(briefing), since=since)


def _held(briefing: Briefing) -> str:
    articles = ngettext("{count} article", "{count} articles", briefing.articles)
    outlets = ngettext("of {count} outlet", "of {count} outlets", briefing.outlets)
    return (
        f"{articles.format(count=number(briefing.articles))} "
        f"{outlets.format(count=number(briefing.outlets))}"
    )


def _stories(count: int) -> str:
    return ngettext("{count} story", "{count} stories", count).format(count=number(count))


def any_of(topics: Sequence[str]) -> str:
    """The topics joined by "or"."""
    found = topics[0]
    for one in topics[1:]:
        found = listed([found, one], "or")
    return found


def headline(story: Story) -> str:
    """The headline, and whether it is an update or a correction."""
    label = LABELS.get(story.status)
    if label is None:
        return story.headline
    return _("{label}: {headline}").format(label=_(label), headline=story.headline)


def mention(one: Mention) -> RichText:
    """A story on one line: headline, outlets, and its kind if it isn't a report."""
    title = plain(one.headline)
    if one.article.url:
        title = styled("text_link", title, sentence_link(one.article.url, one.headline))
    line = title + " — " + plain(", ".join(one.outlets))
    kind = _KINDS.get(one.kind or "")
    return line + " (" + _(kind) + ")" if kind else line


def without_source(claim: Claim, notes: Mapping[int, Citation]) -> Claim:
    """A quotation without its outlet and date: the story names its outlets once."""
    for n in claim.citations[:1]:
        if n in notes:
            source = f"{attribution(notes[n].article)}: "
            if claim.text.startswith(source):
                return replace(claim, text=claim.text.removeprefix(source), message=None)
    return claim


def _line(at: int, story: Story, notes: Mapping[int, Citation]) -> _Block:
    """A story in a list: what happened, its outlets, and the numbers of its sources."""
    marks = "".join(f"[{n}]" for n in sorted({n for one in story.claims for n in one.citations}))
    line = styled("bold", plain(f"{at}. {headline(story)}") + (f" {marks}" if marks else ""))
    was = next((one.was for one in story.claims if one.was), None)
    if was:
        line = line + " " + styled("italic", f"({plain(translated(was)).text})")
    folded = tuple(footnote(one, fold=False) for one in _cited(story, notes))
    return _Block(line + "\n" + styled("italic", reported(story)), at, folded)


def _story(at: int, story: Story, notes: Mapping[int, Citation]) -> RichText:
    lines = [
        styled("bold", plain(f"{at}. {headline(story)}")),
        styled("italic", reported(story)),
    ]
    lines += [RichText("• ") + _with_was(without_source(one, notes)) for one in story.claims]
    if story.disputed:
        accounts = join([claim_text(one) for one in story.disputed], "\n")
        lines.append(styled("bold", _("Accounts differ:")) + "\n" + accounts)
    lines += [styled("bold", _("To watch:")) + " " + claim_text(one) for one in story.watch]
    cited = [footnote(one, fold=False) for one in _cited(story, notes)]
    if cited:
        lines.append(styled("expandable_blockquote", join(cited, "\n")))
    return join(lines, "\n")


def reported(story: Story) -> str:
    """A story's outlets; a single source is called that."""
    outlets = plain(", ".join(story.outlets)).text
    if len(story.outlets) == 1:
        outlets = _("{outlet}: a single source").format(outlet=outlets)
    if not story.also:
        return outlets
    also = plain(", ".join(story.also)).text
    return _("{outlets} (also in {also})").format(outlets=outlets, also=also)


def _with_was(claim: Claim, *, marks: bool = True) -> RichText:
    text = claim_text(claim) if marks else plain(statement(claim))
    return (
        text + " " + styled("italic", f"({plain(translated(claim.was)).text})")
        if claim.was
        else text
    )


def _cited(story: Story, notes: Mapping[int, Citation]) -> list[Citation]:
    numbers = [
        n for claim in (*story.claims, *story.disputed, *story.watch) for n in claim.citations
    ]
    return [notes[n] for n in sorted(set(numbers))]


def _notes(briefing: Briefing) -> Mapping[int, Citation]:
    return {one.n: one for one in briefing.citations}


def _packed(head: RichText, blocks: Sequence[_Block]) -> Iterator[BriefingPage]:
    text, held = head, list[_Block]()
    for block in blocks:
        longer = join([text, block.text], "\n\n")
        whole = _with_sources(longer, [*held, block])
        if size(whole.text) > MAX_SIZE or len(whole.marks) > MAX_ENTITIES:
            yield _page(text, held)
            text, held = block.text, [block]
        else:
            text, held = longer, [*held, block]
    yield _page(text, held)


def _page(text: RichText, held: Sequence[_Block]) -> BriefingPage:
    numbers = tuple(one.number for one in held if one.number is not None)
    return BriefingPage(_with_sources(text, held), numbers)


def _with_sources(text: RichText, held: Sequence[_Block]) -> RichText:
    """The text of a list, followed by its sources in one expandable quotation."""
    folded = list(dict.fromkeys(one for block in held for one in block.sources))
    if not folded:
        return text
    return join([text, styled("expandable_blockquote", join(folded, "\n"))], "\n\n")


def _moment(at: datetime, zone: tzinfo) -> str:
    local = at.astimezone(zone)
    return f"{day(local)}, {local:%H:%M}"


_IN_A_ROW = 8

Buttons = tuple[tuple[tuple[str, str], ...], ...]
"""Rows of (label, callback data)."""


_Number = Annotated[int, "[0-9]{1,3}"]


@dataclass(frozen=True)
class StoryButton(CallbackData):
    """A button: an action on story `number` of a briefing.

    `first` and `last` are the numbers of the message's stories.
    """

    PREFIX: ClassVar[str] = "brief"
    briefing_id: int
    action: Annotated[str, "[a-z]+"]
    number: _Number
    first: _Number
    last: _Number


def numbers(briefing_id: int, stories: Sequence[int]) -> Buttons:
    """A button for each story of a message."""
    if not stories:
        return ()
    first, last = stories[0], stories[-1]
    buttons = [(f"{n} …", StoryButton(briefing_id, "open", n, first, last).pack()) for n in stories]
    rows = range(0, len(buttons), _IN_A_ROW)
    return tuple(tuple(buttons[at : at + _IN_A_ROW]) for at in rows)


def menu(pressed: StoryButton, *, followed: bool, muted: bool) -> Buttons:
    """The buttons of one story."""

    def button(label: str, action: str) -> tuple[str, str]:
        return label, replace(pressed, action=action).pack()

    n = pressed.number
    return (
        (
            button(_("{number}: sources").format(number=n), "sources"),
            button(_("what changed"), "changed"),
        ),
        (button(_("ask about this"), "ask"), button(_("timeline"), "timeline")),
        (
            button(_("following ✓") if followed else _("follow"), "follow"),
            button(_("muted ✓") if muted else _("mute"), "mute"),
            button(_("watch"), "watch"),
        ),
        (button(_("« back"), "back"),),
    )
