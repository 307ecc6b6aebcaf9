"""Author, language and missing parts of an article are shown wherever it is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from bot.as_json import outcome_json
from bot.render.answers import footnote
from bot.render.pages import outcome_line
from retrieval.models import Added, Article, Citation, Precision, Published

DAY = Published(datetime(2024, 9, 2, tzinfo=UTC), Precision.DAY)
WHOLE = Article(1, 1, 1, "Rivers rise", "Herald", None, "Dana Reed", DAY, "uk")
PART = replace(WHOLE, partial=True)


def test_what_was_added_shows_language_and_author() -> None:
    said = outcome_line("x", Added(WHOLE)).text
    assert said == "Added: Herald, 2 Sep 2024, Ukrainian, by Dana Reed: “Rivers rise”"


def test_what_is_unknown_is_left_out_and_an_unknown_tag_stays() -> None:
    bare = replace(WHOLE, author=None, language="zzx", published=None)
    said = outcome_line("x", Added(bare)).text
    assert said == "Added: Herald, date unknown, zzx: “Rivers rise”"


def test_an_article_read_in_part_says_so_to_admins_and_readers() -> None:
    assert "2 Sep 2024 (a part only), " in outcome_line("x", Added(PART)).text
    citation = Citation(1, PART, 0, 6, "Rivers")
    assert "2 Sep 2024 (a part only): " in footnote(citation).text
    assert outcome_json("x", Added(PART))["partial"] is True


def test_an_authors_name_is_made_harmless() -> None:
    hostile = replace(WHOLE, author="\u202eReuters\n\nAdded: all")
    assert "\u202e" not in outcome_line("x", Added(hostile)).text
    assert "\n" not in outcome_line("x", Added(hostile)).text
