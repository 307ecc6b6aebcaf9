"""The newest about a topic: which articles are about it, and which sentences are quoted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from retrieval.answering.overviews import leads_of_a_topic
from tests.support.passages import hit, passage

if TYPE_CHECKING:
    from retrieval.models import Passage


def told(topic: str, *passages: Passage) -> list[str]:
    hits = [hit(one) for one in passages]
    return [hits[one.hit].passage.sentence(one.index) for one in leads_of_a_topic(topic, hits)]


ROUND_UP = passage(
    "A court freed two bakers on Monday after a long trial. "
    "Hurricane Lena was heading for the coast of Ostrov on Tuesday.",
    title="Bakers freed, storm at sea, cup final: daily briefing",
    day="2024-11-12",
    revision=1,
)
OLDER = passage(
    "A hurricane named Lena formed over the sea on Friday evening.",
    title="Hurricane forms at sea",
    day="2024-11-09",
    revision=2,
)


def test_an_article_of_many_things_tells_the_newest_where_a_sentence_is_about_the_topic() -> None:
    assert told("hurricane", OLDER, ROUND_UP)[0].startswith("Hurricane Lena was heading")


def test_an_article_that_only_mentions_a_name_is_not_about_it() -> None:
    strike = passage(
        "Drivers of Alpha Freight are to strike from Monday over their pay. "
        "The union says that nobody will work on Christmas Eve.",
        title="Freight strike looms",
        day="2024-11-10",
        revision=3,
    )
    later = passage(
        "Rivals such as Borealis could carry few of the parcels during a strike.",
        title="Freight strike looms",
        day="2024-11-10",
        revision=3,
    )
    later = replace(later, id="3:1", ordinal=1)
    assert told("strike at Alpha Freight", strike, later)
    assert told("strike at Borealis", strike, later) == []
