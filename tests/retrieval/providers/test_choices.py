"""Which embedding model for which archive: the figures are those of the benchmark."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.diagnostics import Level, SqlState, embedding_models
from retrieval.llm.embeddings import LOCAL_MODELS, better_for

TABLE = Path(__file__).parents[3] / "benchmarks" / "results" / "embedders.md"


def test_the_figures_are_those_of_the_benchmark() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|\n").split("|")]
        for line in TABLE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| local")
    ]
    measured = [
        (name, *(round(float(cell), 2) for cell in (hits, uk, ru)), float(ms), int(pace), int(mb))
        for name, hits, _, _, uk, ru, pace, ms, _, _, mb in rows
    ]
    assert measured == [
        (one.setting, one.english, one.ukrainian, one.russian, one.ms_a_question,
         one.passages_a_second, one.megabytes)
        for one in LOCAL_MODELS
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("setting", "languages", "better"),
    [
        ("local", {"en": 95, "de": 5}, None),
        ("local", {"en": 50, "zh": 50}, "local-multilingual"),
        ("local-static", {"uk": 3}, "local-multilingual"),
        ("local-multilingual", {"uk": 3}, None),
        ("openai:text-embedding-3-small", {"uk": 3}, None),
        ("local", {None: 9}, None),
    ],
)
def test_a_model_of_english_is_not_for_an_archive_of_other_languages(
    setting: str, languages: dict[str | None, int], better: str | None
) -> None:
    assert better_for(setting, languages) == better


def test_the_doctor_compares_the_models_and_says_how_to_change() -> None:
    state = SqlState("1", is_newer=False, is_older=False, languages={"uk": 8, "en": 2})
    *models, note = embedding_models("local", state)
    assert [one.what.split(":")[0] for one in models] == [one.setting for one in LOCAL_MODELS]
    assert (note.level, note.do) == (Level.NOTE, "sitrep reindex --model local-multilingual")
    assert embedding_models("openai:any", state) == []
