from __future__ import annotations

from datetime import UTC, datetime

from retrieval.briefing.developments import find_corrections
from retrieval.briefing.ledger import Source, Told, ToldClaim
from retrieval.models import Citation
from tests.support.passages import article

AT = datetime(2024, 11, 4, tzinfo=UTC)
OLD = "The ministry said 300 soldiers were captured near Sudzha."
NEW = "The ministry said 30 soldiers were captured near Sudzha, correcting an earlier figure."


def told(*, corrected: bool = False) -> Told:
    source = Source(1, 10, 5, 5 + len(OLD), OLD, AT)
    keys = frozenset({(10, 5, 5 + len(OLD))}) if corrected else frozenset[tuple[int, int, int]]()
    return Told(claims=(ToldClaim(7, OLD, (source,), AT),), corrected=keys)


def newest(text: str, revision: int = 11) -> dict[int, tuple[object, str]]:
    return {1: (article("Captured", "Alpha", revision=revision), text)}


def test_a_sentence_that_changed_is_told_with_what_it_was() -> None:
    text = f"It rained. {NEW} More follows."
    (found,) = find_corrections(told(), newest(text))  # type: ignore[arg-type]
    (claim,) = found.draft.claims
    assert found.story_id == 7
    assert claim.cited[0].quote == NEW
    assert text[claim.cited[0].start : claim.cited[0].end] == NEW
    assert str(claim.was) == f"was “{OLD}”"
    assert found.corrects.article.revision_id == 10


def test_a_sentence_that_is_gone_is_said_to_be_gone() -> None:
    (found,) = find_corrections(told(), newest("Nothing of that stands here any more."))  # type: ignore[arg-type]
    assert found.draft.claims[0].text == f"Alpha no longer says: “{OLD}”"


def cited(article_id: int, revision: int) -> Source:
    given = Citation(1, article("Captured", "Alpha", revision=revision), 5, 5 + len(OLD), OLD)
    return Source(article_id, revision, 5, 5 + len(OLD), OLD, AT, given)


def test_a_claim_all_of_whose_articles_were_removed_is_withdrawn() -> None:
    claim = ToldClaim(7, OLD, (cited(1, 10),), AT)
    (found,) = find_corrections(Told(claims=(claim,)), {})
    (said,) = found.draft.claims
    assert said.text == f"Alpha’s article was removed from the archive. It said: “{OLD}”"
    assert said.cited == ()
    assert found.corrects.article.revision_id == 10
    assert not find_corrections(Told(claims=(claim,), corrected=frozenset({(10, 5, 62)})), {})


def test_a_claim_that_another_article_still_supports_is_not_withdrawn() -> None:
    claim = ToldClaim(7, OLD, (cited(1, 10), cited(2, 20)), AT)
    living = {2: (article("Captured", "Beta", revision=20), OLD)}
    assert find_corrections(Told(claims=(claim,)), living) == []


def test_what_still_stands_or_was_told_is_no_correction() -> None:
    same = newest(f"It rained.\n\n{OLD} More follows.")
    assert find_corrections(told(), same) == []  # type: ignore[arg-type]
    assert find_corrections(told(corrected=True), newest(NEW)) == []  # type: ignore[arg-type]
    assert find_corrections(told(), newest(NEW, revision=10)) == []  # type: ignore[arg-type]


def test_a_page_that_tells_another_story_by_now_corrects_nothing() -> None:
    claim = ToldClaim(7, OLD, (cited(1, 10),), AT)
    other = article("Town choir wins prize in Wend", "Alpha", revision=11)
    text = "The choir of Wend sang on Friday. A jury gave it the first prize."
    assert find_corrections(Told(claims=(claim,)), {1: (other, text)}) == []


def test_a_page_that_keeps_its_title_or_its_words_is_still_corrected() -> None:
    claim = ToldClaim(7, OLD, (cited(1, 10),), AT)
    rewritten = "Nothing of that stands here any more."
    same_title = article("Captured: what is known", "Alpha", revision=11)
    assert len(find_corrections(Told(claims=(claim,)), {1: (same_title, rewritten)})) == 1
    other_title = article("Figures near the border", "Alpha", revision=11)
    about = "Near Sudzha, the ministry counted 30. Of soldiers that were held it says no more."
    assert len(find_corrections(Told(claims=(claim,)), {1: (other_title, about)})) == 1
