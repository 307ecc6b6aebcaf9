"""Stories in quote mode: the claims support the headline."""

from __future__ import annotations

from typing import Any

from retrieval.briefing.drafts import DraftClaim, StoryDraft, without_dangling
from retrieval.briefing.ledger import Told
from retrieval.briefing.material import Material
from retrieval.briefing.quoting import quote_story
from tests.support.fakes import BagOfWordsEmbeddings
from tests.support.passages import article, passage


async def quoted(*passages: Any, most: int = 3, asked_for: bool = False) -> StoryDraft | None:
    material = Material.of(1, passages)
    return await quote_story(
        BagOfWordsEmbeddings(), material, Told(), most, more=False, asked_for=asked_for
    )


async def test_the_headline_is_the_title_that_the_claims_tell() -> None:
    told = "The council of Wend closed the old harbour to all ships on Monday after a storm."
    draft = await quoted(
        passage(told, title="Fishermen fear for their trade", outlet="Alpha", revision=1),
        passage(told, title="Wend closes old harbour after storm", outlet="Beta", revision=2),
    )
    assert draft is not None
    assert draft.headline == "Wend closes old harbour after storm"


async def test_a_title_that_asks_or_speaks_to_the_reader_is_no_headline_where_one_tells() -> None:
    told = "The council of Wend closed the old harbour to all ships on Monday after a storm."
    draft = await quoted(
        passage(told, title="Why Wend closes its old harbour after storm", revision=1),
        passage(told, title="Your ships and the old harbour of Wend", outlet="Beta", revision=2),
        passage(told, title="Wend closes harbour after storm", outlet="Gamma", revision=3),
    )
    assert draft is not None
    assert draft.headline == "Wend closes harbour after storm"


async def test_the_sentence_that_tells_the_title_comes_first_wherever_it_stands() -> None:
    before = (
        "The council of Wend met for a long session on the harbour and its ships on Monday. "
        "Ships of the harbour of Wend carry grain, ore and 900 passengers in a week to Quay. "
        "The session of the council on the harbour of Wend was open to the public on Monday. "
    )
    fact = "The council dismissed the harbour master Ada Orlov over missing grain."
    draft = await quoted(passage(before + fact, title="Wend dismisses Orlov over missing grain"))
    assert draft is not None
    assert draft.claims[0].quotes == fact


async def test_who_has_to_be_introduced_is_introduced_first() -> None:
    text = (
        "When Ann Orlova, owner of a shop in Wend, heard of the harbour plans, she was surprised. "
        "The plans for the harbour inspired Orlova to start the Harbour Club of Wend on Monday."
    )
    draft = await quoted(passage(text, title="Harbour plans inspire to start a Harbour Club"))
    assert draft is not None
    assert draft.claims[0].says.startswith("When Ann Orlova")


async def test_a_feature_whose_title_no_sentence_tells_is_told_only_where_it_is_asked_for() -> None:
    text = "Greeted by the crowd of Quay, the champion walked to the court with a racket on Monday."
    feature = passage(text, title="Why Orlov lost in the final")
    assert await quoted(feature) is None
    assert await quoted(feature, asked_for=True) is not None
    news = passage(text, title="Orlov lost in the final")
    assert await quoted(news) is not None
    many = "More than 1,100 people have died in the floods of Wend since the middle of June."
    assert await quoted(passage(many, title="What you need to know about the rain")) is not None


def test_a_quotation_goes_whose_storm_no_headline_and_no_claim_before_names() -> None:
    def claim(text: str, revision: int) -> DraftClaim:
        source = passage(text, title=f"Title {revision}", revision=revision)
        cited = Material.of(1, [source]).sentences[0].citation()
        return DraftClaim(f"Alpha: {text}", (cited,), quotes=text)

    storm = claim("The storm flooded the old town of Wend.", 1)
    bank = claim("The central bank said that three members voted against.", 2)
    draft = StoryDraft("Wend is dark", (storm, bank))
    assert without_dangling(draft).claims == ()
    named = StoryDraft("National Bank and Hurricane Ina hit Wend", (storm, bank))
    assert without_dangling(named).claims == (storm,)
    assert article().title not in named.headline


async def test_what_is_no_title_is_no_headline() -> None:
    text = "Two people died in the flood at Wend on Monday, and the harbour of Wend was closed."
    title = "Editor’s Note: Our continuing coverage of the flood can be found here."
    draft = await quoted(passage(text, title=title))
    assert draft is not None
    assert draft.headline.startswith("Two people died in the flood at Wend")
    assert len(draft.headline) <= 90
