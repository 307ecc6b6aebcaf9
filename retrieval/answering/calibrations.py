"""The fitted weights of the decision to answer, by embedding model.

Printed by `python -m benchmarks.refusal --fit`, which also says what they achieve; it takes half an
hour.
"""

from __future__ import annotations

from retrieval.answering.refusal import Calibration

_BY_WORDS = Calibration(intercept=-6.42, covered=3.26, names=1.63, numbers=1.37, kind=0.97)
_BY_MODEL = {
    "all-MiniLM-L6-v2-int8": Calibration(
        intercept=-8.04, likeness=5.51, sentence=2.34, names=0.78, numbers=1.35, kind=0.91
    ),
    "multilingual-e5-small-q4-centred": Calibration(
        intercept=-12.11, likeness=7.36, sentence=6.07, names=2.12, numbers=0.68, kind=1.13
    ),
    "wordllama-l2-supercat-256": Calibration(
        intercept=-7.24, likeness=3.92, sentence=1.55, names=1.40, numbers=1.70, kind=1.19
    ),
}
# These were made for more than English.
_MULTILINGUAL = frozenset({"multilingual-e5-small-q4-centred"})
_LATIN_ENDS = "\u0250"


def is_english_only(model: str) -> bool:
    """Whether an embedding model (by name) is one of ours that was made for English."""
    return model in _BY_MODEL and model not in _MULTILINGUAL


def calibration_of(model: str, question: str = "") -> Calibration:
    """The weights for a question and the passages that an embedding model (by name) compared.

    Words alone for models that nobody calibrated, and for a question in a script for which the
    model was not made.
    """
    if model not in _MULTILINGUAL and _is_foreign(question):
        return _BY_WORDS
    return _BY_MODEL.get(model, _BY_WORDS)


def _is_foreign(question: str) -> bool:
    letters = [letter for letter in question if letter.isalpha()]
    return 2 * sum(letter < _LATIN_ENDS for letter in letters) < len(letters)
