"""The guarantees hold on real news, if it is available."""

from __future__ import annotations

import gzip
import itertools
import json
import os
from pathlib import Path

import pytest

from retrieval.text.sentences import MAX_SENTENCE_CHARS, split_passages, split_sentences

SHARED = Path(os.environ.get("SITREP_SHARED_DATA") or Path(__file__).parents[4] / "shared/data")
ARTICLES = SHARED / "realtimeqa-2022" / "articles.jsonl.gz"


@pytest.mark.skipif(not ARTICLES.exists(), reason=f"needs {ARTICLES}")
def test_no_word_of_200_real_articles_is_lost() -> None:
    with gzip.open(ARTICLES, "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in itertools.islice(lines, 200)]
    for text in texts:
        sentences = split_sentences(text)
        assert " ".join(span.of(text) for span in sentences).split() == text.split()
        assert all(span.end - span.start <= MAX_SENTENCE_CHARS for span in sentences)
        passages = split_passages(text, sentences)
        assert tuple(s for passage in passages for s in passage.sentences) == sentences
