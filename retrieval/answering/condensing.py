"""A follow-up, through the chat model, into a question that stands alone."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prompts import load
from retrieval.answering.followups import LONGEST, carried, leans
from retrieval.errors import ModelError
from retrieval.providers.complete import complete
from retrieval.search import clean_question
from retrieval.words import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain_core.language_models import BaseChatModel

    from retrieval.providers import ChatModel

log = logging.getLogger(__name__)

REMEMBERED = 4
# What models put around a question.
_AROUND = re.compile(
    r"^[\s*_#-]*(?:(?:the )?(?:newest |rewritten |new |full |standalone )?question[*_ ]*:[*_ ]*)?",
    re.IGNORECASE,
)
_MARKS = ' *_"“”„«»`'


@dataclass(frozen=True, slots=True)
class Condensed:
    """A question that stands alone, and the tokens that this took."""

    question: str
    usage: Mapping[str, int] = field(default_factory=dict)


async def condense(
    model: ChatModel | BaseChatModel | None, question: str, earlier: Sequence[str]
) -> Condensed:
    """The question as it stands alone; `earlier` are the conversation's, oldest first.

    Without a model, or when it fails or writes what can't be the question, by the rules of
    `carried`. A question that does not lean on anything is returned as it is, and no model asked.
    """
    if not earlier or not leans(question):
        return Condensed(question)
    if model is None:
        return Condensed(carried(question, earlier))
    prompt = load("condense", "earlier", "question").format_messages(
        earlier="\n".join(f"- {_line(one)}" for one in earlier[-REMEMBERED:]),
        question=_line(question),
    )
    try:
        made = await complete(model, prompt, "condense")
    except ModelError as error:
        log.warning("chat model failed, follow-up by rules: %s", error, exc_info=error)
        return Condensed(carried(question, earlier))
    written = _AROUND.sub("", clean_question(made.text)).strip(_MARKS)
    fits = not made.cut and _fits(made.text.strip(), written)
    fits = fits and _is_resolved(written, question, earlier)
    return Condensed(written if fits else carried(question, earlier), made.usage)


def _is_resolved(written: str, question: str, earlier: Sequence[str]) -> bool:
    """Whether this is the question made whole: not as it was, none of before, and no answer."""
    before = [words(one) for one in (question, *earlier)]
    is_question = written.endswith("?") or not question.rstrip().endswith("?")
    return is_question and words(written) not in before and not leans(written)


def _line(text: str) -> str:
    return " ".join(text.split())[:LONGEST]


def _fits(raw: str, written: str) -> bool:
    """Whether this can be a question: one line of words, no link, no longer than asked for."""
    return (
        bool(words(written))
        and len(written) <= LONGEST
        and len(raw.splitlines()) == 1
        and "://" not in written
    )
