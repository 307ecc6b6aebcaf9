"""Walk 2, first half: question -> vector and keyword rankings -> fusion -> passages from SQL."""

from retrieval.search.dates import (
    in_earlier_years,
    no_news_from,
    nothing_from,
    of_that_year,
    of_window,
    only_outside,
)
from retrieval.search.reranking import Reranker
from retrieval.search.searcher import MAX_QUESTION, Searcher, clean_question

__all__ = [
    "MAX_QUESTION",
    "Reranker",
    "Searcher",
    "clean_question",
    "in_earlier_years",
    "no_news_from",
    "nothing_from",
    "of_that_year",
    "of_window",
    "only_outside",
]
