"""Two real questions to the chat model, for `sitrep doctor`.

Does it answer, how fast, with ids; and does it decline where there is no answer?
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import TYPE_CHECKING

from retrieval.answering.writing import write
from retrieval.grounding import Shown
from retrieval.grounding.supporting import find_support
from retrieval.models import Article, Passage, Precision, Published, Span
from retrieval.splitting import split_sentences

if TYPE_CHECKING:
    from retrieval.providers import ChatModel

QUESTION = "How many passengers does the new Harbour Line tram carry?"
UNANSWERED = "How many passengers does the new Lake Ferry carry?"
_TEXT = (
    "The Harbour Line tram opened on Monday after four years of building. Each of the new trams "
    "carries 214 passengers, the transport office said. Tickets cost the same as before."
)
_HOLDS = "214"
_NOW = datetime(2024, 11, 13, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it: seconds, tokens, and whether what was right there was found and cited.

    `cited`: of `statements`, how many named a sentence that was shown, or if the model is not asked
    for ids, how many such a sentence supports. `declines`: whether it does
    to what the sentences do not answer.
    """

    first_s: float
    whole_s: float
    tokens: int
    as_json: bool
    statements: int
    cited: int
    is_right: bool
    declined: bool
    declines: bool = True


async def try_model(chat: ChatModel) -> Trial:
    """Ask it.

    Raises:
        ModelError: it failed.
    """
    shown = Shown((_passage(),))
    began = perf_counter()
    written = await write(chat, QUESTION, shown, _NOW)
    whole_s = perf_counter() - began
    other = await write(chat, UNANSWERED, shown, _NOW)
    texts = [one.text for one in written.statements]
    supports = await find_support(QUESTION, shown, texts if chat.format == "plain" else [])
    named = [one.ids for one in written.statements]
    return Trial(
        first_s=written.first_s,
        whole_s=whole_s,
        tokens=written.usage.get("output_tokens", 0),
        as_json=written.prompt == "answer_json",
        statements=len(written.statements),
        cited=sum(any(name in shown for name in ids) for ids in supports or named),
        is_right=any(_HOLDS in one.text for one in written.statements),
        declined=written.refused,
        declines=other.refused and not other.statements,
    )


def _passage() -> Passage:
    published = Published(_NOW, Precision.DAY)
    article = Article(
        1, 1, 1, "Tram opens", "Harbour Post", None, author=None, published=published, language="en"
    )
    sentences = tuple(split_sentences(_TEXT))
    return Passage("1:0", article, 0, Span(0, len(_TEXT)), _TEXT, sentences)
