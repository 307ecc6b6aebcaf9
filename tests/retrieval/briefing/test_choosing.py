from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.briefing.choosing import choose, disputed, to_watch
from retrieval.briefing.material import Material, choose_articles, is_telling, leans
from tests.support.fakes import BagOfWordsEmbeddings
from tests.support.passages import article, passage

ALPHA = (
    "Ukraine's general staff said 8,000 North Korean soldiers were in the Kursk region. "
    "He added that the number could still grow in the coming weeks. "
    "Parliament will vote on the defence budget on Thursday in Kyiv. "
    "Sign up for our newsletter to read more about the war every day."
)
BETA = (
    "The Pentagon said 11,000 North Korean soldiers were in the Kursk region. "
    "Its spokeswoman spoke of the deployment on Monday in Washington at length."
)
GAMMA = (
    "Ukraine's general staff said 8,000 North Korean soldiers were in the Kursk region of Russia."
)


def material() -> Material:
    return Material.of(
        1,
        [
            passage(ALPHA, outlet="Alpha", revision=1, day="2024-11-03"),
            passage(BETA, outlet="Beta", revision=2, day="2024-11-05"),
            passage(GAMMA, outlet="Gamma", revision=3, day="2024-11-04"),
        ],
    )


def vectors(material: Material) -> np.ndarray:
    made = BagOfWordsEmbeddings().embed_documents([one.text for one in material.sentences])
    matrix = np.asarray(made, dtype=np.float32)
    return np.asarray(matrix / np.linalg.norm(matrix, axis=1, keepdims=True))


def chosen(most: int = 4, known: tuple[int, ...] = ()) -> list[str]:
    mine = material()
    found = choose(mine.sentences, vectors(mine), most, lambda n: n in known)
    return [one.sentence.text for one in found]


def test_the_lead_that_several_outlets_share_comes_first_and_cites_them() -> None:
    mine = material()
    first = choose(mine.sentences, vectors(mine), 4, lambda _: False)[0]
    outlets = {one.article.outlet for one in (first.sentence, *first.others)}
    assert outlets == {"Alpha", "Gamma"}


def test_two_outlets_figures_are_two_statements_and_copies_are_one() -> None:
    told = chosen()
    assert any("8,000" in text for text in told)
    assert any("11,000" in text for text in told)
    assert sum("8,000" in text for text in told) == 1


def test_what_the_reader_knows_and_what_is_no_news_is_not_chosen() -> None:
    assert not any("11,000" in text for text in chosen(known=(4,)))
    assert not any("newsletter" in text for text in chosen())


def test_outlets_that_count_differently_are_set_side_by_side_the_newer_first() -> None:
    mine = material()
    pair = disputed(mine.sentences, vectors(mine))
    assert pair is not None
    assert pair[0].article.outlet == "Beta"
    assert "8,000" in pair[1].text


def test_what_is_to_come_is_only_what_an_article_says() -> None:
    mine = material()
    coming = to_watch(mine.sentences, [], lambda _: False)
    assert coming is not None
    assert coming.text.startswith("Parliament will vote")
    assert to_watch(mine.sentences[3:], [], lambda _: False) is None


@pytest.mark.parametrize(
    "text", ["He said so.", "But nobody came to the meeting.", "Він це сказав."]
)
def test_a_sentence_that_needs_the_one_before_is_known_by_its_first_word(text: str) -> None:
    assert leans(text)


@pytest.mark.parametrize(
    "text",
    [
        "Read more about the war in our newsletter today.",
        "Photo by A. Person for the Agency on May 3.",
    ],
)
def test_advice_and_picture_credits_are_no_news(text: str) -> None:
    assert not is_telling(text)


def test_each_outlet_has_its_turn_among_the_articles_that_are_read() -> None:
    articles = [
        article(outlet=outlet, revision=n)
        for n, outlet in enumerate(["A", "A", "A", "B", "C", "A"], start=1)
    ]
    assert [one.outlet for one in choose_articles(articles, 4)] == ["A", "B", "C", "A"]


@given(st.integers(1, 6), st.sets(st.integers(0, 6)))
def test_never_more_than_asked_for_never_twice_and_never_what_is_known(
    most: int, known: set[int]
) -> None:
    mine = material()
    found = choose(mine.sentences, vectors(mine), most, lambda n: n in known)
    texts = [one.sentence.text for one in found]
    assert len(texts) == len(set(texts)) <= most
    assert not {mine.sentences.index(one.sentence) for one in found} & known
