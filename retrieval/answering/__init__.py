"""WALK 2, second half: passages -> written with sentence ids -> ids to spans -> Answer.

`answerer` is the walk; `writing` asks the model, `quoting` does without one and decides whether the
archive answers at all.
"""

from retrieval.answering.answerer import AnswerConfig, Answerer

__all__ = ["AnswerConfig", "Answerer"]
