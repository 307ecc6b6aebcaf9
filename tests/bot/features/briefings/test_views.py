from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.features.briefings.documents import document
from bot.features.briefings.pictures import (
    MOST_ENTRIES,
    _width,
    caption,
    card,
    entries,
    timeline,
    wrapped,
)
from bot.features.briefings.views import changed, nothing_new, pages, sources, whole
from bot.language import speaking
from bot.telegram.rich_text import MAX_ENTITIES, MAX_SIZE, size
from retrieval.grounding.citations import attributed
from retrieval.messages import ShortDate, UserMessage
from retrieval.models import (
    Briefing,
    BriefingWindow,
    Citation,
    Claim,
    Length,
    Mention,
    Mode,
    Story,
    StoryStatus,
)
from retrieval.storage import Kept
from tests.support.linking import TOUCHABLE, touchable
from tests.support.passages import article

START = datetime(2024, 11, 11, 20, 0, tzinfo=UTC)
KYIV = ZoneInfo("Europe/Kyiv")


def citation(n: int, quote: str = "Eight thousand came.") -> Citation:
    return Citation(n, article("Troops", "Alpha", revision=n), 0, len(quote), quote)


def story(number: int = 1, text: str = "Eight thousand came.", **more: object) -> Story:
    values: dict[str, object] = {
        "id": number,
        "status": StoryStatus.NEW,
        "headline": f"Headline {number}",
        "claims": (Claim(text, (number,)),),
        "outlets": ("Alpha", "Beta"),
        "why": (UserMessage("2 independent outlets"), UserMessage("new to you")),
    }
    return Story(**{**values, **more})  # type: ignore[arg-type]


def briefing(*stories: Story, **more: object) -> Briefing:
    values: dict[str, object] = {
        "window": BriefingWindow(START, START + timedelta(days=1)),
        "articles": 12,
        "outlets": 3,
        "as_of": START + timedelta(hours=20),
        "mode": Mode.QUOTE,
        "stories": stories,
        "citations": tuple(citation(one.id) for one in stories),
    }
    return Briefing(**{**values, **more})  # type: ignore[arg-type]


def test_the_header_says_what_the_window_holds_in_the_readers_time() -> None:
    text = whole(briefing(story(), topics=("Kursk",)), KYIV).text
    assert text.startswith(
        "12 November · Kursk · 1 story\nFrom 12 articles of 3 outlets since 11 Nov 2024, 22:00\n"
    )


def test_an_update_names_the_old_figure_and_a_single_source_is_said_to_be_one() -> None:
    claims = (Claim("Eleven thousand came.", (1,), UserMessage("was 8,000 on 3 Nov 2024")),)
    one = story(claims=claims, status=StoryStatus.UPDATE, outlets=("Alpha",))
    text = whole(briefing(one), UTC).text
    assert "1. Update: Headline 1\nAlpha: a single source" in text
    assert "• Eleven thousand came. [1] (was 8,000 on 3 Nov 2024)" in text


def test_to_a_ukrainian_reader_all_that_is_the_programs_is_in_ukrainian() -> None:
    held = ShortDate(date(2024, 11, 3))
    was = UserMessage("was {figure} on {date}, {outlet}", figure="8,000", date=held, outlet="Beta")
    quote = "Eleven thousand came."
    claim = Claim.saying(attributed(quote, article("Troops", "Alpha")), (1,))
    why = (
        UserMessage("about {topics}", topics="Kursk"),
        UserMessage("{count} independent outlets", count=2),
        UserMessage("an update"),
    )
    one = story(claims=(replace(claim, was=was),), why=why, disputed=(claim,))
    failed = UserMessage("The chat model's answer broke off.")
    notices = (UserMessage("{why} Some stories are quoted instead.", why=failed),)
    with speaking("uk"):
        text = whole(briefing(one, notices=notices), UTC).text
        reasons = sources(briefing(one), 1).text
    assert "Відповідь мовної моделі обірвалася. Натомість деякі сюжети процитовано." in text
    assert f"• “{quote}” [1] (було 8,000 станом на 3 лист. 2024, Beta)" in text
    assert f"Alpha, 12 лист. 2024: “{quote}” [1]" in text
    assert reasons.endswith("за темою Kursk, незалежних видань: 2, оновлення.")
    for form in ("md", "html"):
        with speaking("uk"):
            file = document(briefing(one, notices=notices), UTC, form)
        assert "було 8,000 станом на 3 лист. 2024, Beta" in file
        assert "Натомість деякі сюжети процитовано" in file


def test_accounts_that_differ_and_what_is_to_come_have_their_lines() -> None:
    one = story(disputed=(Claim("A: 8", (1,)), Claim("B: 9", (1,))), watch=(Claim("A vote", (1,)),))
    text = whole(briefing(one), UTC).text
    assert "Accounts differ:\nA: 8 [1]\nB: 9 [1]" in text
    assert "To watch: A vote [1]" in text


def test_a_story_names_its_outlets_once_and_each_quotation_by_its_number() -> None:
    said = "Meridian Wire, 12 Nov 2024: “Eight thousand came.”"
    cited = Citation(1, article("Troops"), 0, 20, "Eight thousand came.")
    one = briefing(story(text=said, outlets=("Meridian Wire", "Beta")), citations=(cited,))
    text = whole(one, UTC).text
    shown = text[: text.index("[1] Meridian")]
    assert "• “Eight thousand came.” [1]" in shown
    assert shown.count("Meridian Wire") == 1
    assert "- “Eight thousand came.”[^1]" in document(one, UTC, "md")


def mentions() -> tuple[Mention, ...]:
    return (
        Mention(8, "Cat is the tallest", article("Cat is the tallest", "Beta"), ("Beta",)),
        Mention(9, "Why cats win", article("Why cats win", "Alpha"), ("Alpha",), "opinion"),
    )


def test_what_is_worth_a_line_has_one_under_also_with_a_link() -> None:
    text = whole(briefing(story(), also=mentions()), UTC)
    assert text.text.endswith(
        "Also:\n• Cat is the tallest — Beta\n• Why cats win — Alpha (opinion)"
    )
    assert [one.url for one in text.marks if one.kind == "text_link"][-1] == (
        "https://meridian.example/1#:~:text=Why%20cats%20win"
    )


@pytest.mark.parametrize("form", ["md", "html"])
def test_a_file_has_the_lines_of_also(form: str) -> None:
    text = document(briefing(story(), also=mentions()), UTC, form)
    assert "Cat is the tallest" in text
    assert re.search(r"Cat is the tallest(?:</a>|\]\(<[^>]*>\)) — Beta", text)
    assert "Alpha (opinion)" in text


def test_headlines_are_a_list_whose_sources_open_at_the_end() -> None:
    claims = (Claim("Eleven thousand came.", (2,), UserMessage("was 8,000 on 3 Nov 2024")),)
    one = briefing(
        story(1), story(2, claims=claims, status=StoryStatus.UPDATE), length=Length.HEADLINES
    )
    (page,) = pages(one, UTC)
    assert (
        "1. Headline 1 [1]\nAlpha, Beta\n\n"
        "2. Update: Headline 2 [2] (was 8,000 on 3 Nov 2024)\nAlpha, Beta\n\n[1] Alpha"
    ) in page.text.text
    assert page.stories == (1, 2)
    folded = [one for one in page.text.marks if one.kind == "expandable_blockquote"]
    assert len(folded) == 1
    assert folded[0].end == len(page.text.text)


def test_a_long_list_parts_with_its_sources() -> None:
    many = [story(n, headline=f"Headline {n} " + "of a day " * 60) for n in range(1, 11)]
    found = pages(briefing(*many, length=Length.HEADLINES), UTC)
    assert len(found) > 1
    assert [n for page in found for n in page.stories] == list(range(1, 11))
    for page in found:
        assert size(page.text.text) <= MAX_SIZE
        assert all(f"\n[{n}] Alpha" in page.text.text for n in page.stories)


def test_of_several_topics_that_which_found_nothing_is_named() -> None:
    one = briefing(story(), topics=("Kursk", "tennis"), unmet=("tennis",))
    assert "\nNothing about tennis.\n" in whole(one, UTC).text
    assert "Nothing about tennis." in document(one, UTC, "md")


def test_each_headline_stands_once() -> None:
    text = whole(briefing(*map(story, range(1, 7))), UTC).text
    assert [text.count(f"Headline {n}") for n in range(1, 7)] == [1] * 6


def test_outlets_that_only_have_copies_are_named_apart() -> None:
    assert "Alpha, Beta (also in Gamma)" in whole(briefing(story(also=("Gamma",))), UTC).text


@given(st.lists(st.text(min_size=1, max_size=3000), min_size=1, max_size=8))
def test_messages_hold_whole_stories_within_telegrams_limits(texts: list[str]) -> None:
    stories = [story(n, text) for n, text in enumerate(texts, start=1)]
    found = pages(briefing(*stories), UTC)
    assert [n for page in found for n in page.stories] == list(range(1, len(texts) + 1))
    for page in found:
        if len(page.stories) > 1:
            assert size(page.text.text) <= MAX_SIZE
            assert len(page.text.marks) <= MAX_ENTITIES


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({"articles": 0}, "Nothing new since 11 Nov 2024, 20:00: no articles have been added"),
        ({}, "Nothing new since 11 Nov 2024, 20:00, in 12 articles of 3 outlets."),
        (
            {"topics": ("tennis",), "closest": ("Kursk", "Sudzha")},
            (
                "Nothing new about tennis since 11 Nov 2024, 20:00, in 12 articles of 3 outlets. "
                "Closest topics in the archive: Kursk, Sudzha."
            ),
        ),
    ],
)
def test_a_day_without_news_is_one_honest_line(more: dict[str, object], line: str) -> None:
    assert nothing_new(briefing(**more), UTC).text.startswith(line)


def test_sources_say_why_the_story_is_there_and_history_what_was_told() -> None:
    now = briefing(story())
    assert sources(now, 1).text.endswith("Why this story: 2 independent outlets, new to you.")
    assert "the first time I've reported it to you" in changed(now.stories[0], [], UTC).text
    told = Kept(1, START, START, briefing(story(text="Seven thousand came.")))
    text = changed(now.stories[0], [told], UTC).text
    assert "Reported 11 Nov 2024, 20:00:\n• Seven thousand came." in text
    assert text.endswith("Now:\n• Eight thousand came.")


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]


HOSTILE = '<script>alert(1)</script> [x](javascript:1) "quoted" *bold* \u202e # | ~~'


def test_hostile_text_stays_text_in_a_file() -> None:
    one = story(headline=HOSTILE, text=HOSTILE, why=HOSTILE, outlets=(HOSTILE,))
    page = document(briefing(one), UTC, "html")
    tags = Tags()
    tags.feed(page)
    assert "script" not in tags.found
    assert "\u202e" not in page
    markdown = document(briefing(one), UTC, "md")
    assert not re.search(r"(?<!\\)\[x\]\(", markdown)
    assert "<script>" not in markdown.replace("\\<script\\>", "")


def test_nothing_in_a_file_can_be_touched_but_its_own_links() -> None:
    for text in TOUCHABLE:
        more = replace(citation(1, text), article=article(text, text))
        one = story(
            headline=text,
            text=text,
            claims=(Claim(text, (1,), UserMessage("was {quote}", quote=text)),),
        )
        whole_briefing = briefing(one, citations=(more,), topics=(text,))
        markdown = document(whole_briefing, UTC, "md")
        words = re.sub(r"\](\(<.*?>\)|:)", "]", markdown)
        assert touchable(re.sub(r"\\(.)", r"\1", words)) == []
        page = document(whole_briefing, UTC, "html")
        assert touchable(unescape(re.sub(r"<[^>]*>", " ", page.partition("<body>")[2]))) == []


def test_a_file_has_every_claim_and_footnote() -> None:
    one = briefing(story(), story(2))
    for form in ("md", "html"):
        text = document(one, UTC, form)
        assert text.count("Eight thousand came.") == 4
        assert "https://meridian.example/1#:~:text=Eight%20thousand%20came." in text


def test_a_card_shows_the_days_headlines_and_its_caption_leads_to_their_sentences() -> None:
    many = [story(n, headline=f"Headline {n} 🇺🇦 " + "$x$ word " * 40) for n in range(1, 11)]
    shown = briefing(*many, topics=("Kursk",))
    assert card(shown, UTC).startswith(b"\x89PNG")
    under = caption(shown)
    assert under.text.startswith("Sources: 1 Alpha · 2 Alpha")
    assert len([one for one in under.marks if one.kind == "text_link"]) == 10


@given(st.text(), st.booleans())
@settings(max_examples=30, deadline=None)
def test_no_line_of_a_picture_is_wider_than_it(text: str, bold: bool) -> None:
    lines = wrapped(text, 400, 42, 3, bold=bold)
    assert len(lines) <= 3
    assert all(_width(one, 42, bold=bold) <= 400 for one in lines)


def test_what_a_picture_has_no_room_for_ends_with_an_ellipsis() -> None:
    (one,) = wrapped("the road to the north stays closed", 300, 42, 1)
    assert one == "the road to…"
    (one,) = wrapped("x" * 300, 300, 42, 1)
    assert one.endswith("x…")


def test_a_timeline_shows_the_first_report_of_each_day_as_a_picture() -> None:
    rows = [
        (START + timedelta(hours=6 * n), article(f"Day $x$ {n}", revision=n)) for n in range(99)
    ]
    shown = entries(rows)
    assert len(shown) == MOST_ENTRIES
    assert len({at.date() for at, _ in shown}) == MOST_ENTRIES
    assert timeline("Kursk $\\frac{1}", shown, UTC).startswith(b"\x89PNG")
    assert timeline("Nothing", [], UTC).startswith(b"\x89PNG")
