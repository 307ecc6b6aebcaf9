"""A chat model as judge of claims, for those who want one: it reads what rules can't."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from prompts import load
from retrieval.errors import ModelError
from retrieval.grounding.checks import Kind, Problem, Verdict
from retrieval.providers.complete import complete

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain_core.language_models import BaseChatModel

    from retrieval.grounding.said import Said
    from retrieval.grounding.shown import Shown
    from retrieval.providers import ChatModel

log = logging.getLogger(__name__)

# Of a statement's number, as a model writes it.
_MOST_DIGITS = 4


class ModelJudge:
    """Asks a model about all statements at once."""

    def __init__(self, model: ChatModel | BaseChatModel) -> None:
        self._model = model

    async def __call__(
        self, shown: Shown, said: Sequence[Said], verdicts: list[Verdict]
    ) -> tuple[list[Verdict], Mapping[str, int]]:
        """The verdicts, with those that the model rejects among them, and the tokens it took.

        A judge that fails changes nothing: the rules have spoken.
        """
        asked = [n for n, verdict in enumerate(verdicts) if verdict.stands]
        if not asked:
            return verdicts, {}
        statements = "\n\n".join(
            _statement(place, said[n], shown) for place, n in enumerate(asked, start=1)
        )
        prompt = load("judge", "statements").format_messages(statements=statements)
        try:
            made = await complete(self._model, prompt, "judge")
        except ModelError as error:
            log.warning("no judgement: %s", error)
            return verdicts, {}
        rejected = {asked[place - 1] for place in _rejected(made.text, len(asked))}
        judged = [
            Verdict((Problem(Kind.TOPIC, said[n].text[:60]),)) if n in rejected else verdict
            for n, verdict in enumerate(verdicts)
        ]
        return judged, made.usage


def _statement(place: int, said: Said, shown: Shown) -> str:
    cited = "\n".join(f"- {shown.citation(name, 1).quote}" for name in said.ids)
    return f"{place}. {said.text}\nSentences:\n{cited}"


def _rejected(answer: str, most: int) -> set[int]:
    """The numbers with a NO behind them."""
    found = set[int]()
    for line in answer.splitlines():
        number, _, word = line.strip().partition(".")
        is_number = (
            number.isascii()
            and number.isdigit()
            and len(number) <= _MOST_DIGITS
            and 1 <= int(number) <= most
        )
        if is_number and word.strip(" .*").upper() == "NO":
            found.add(int(number))
    return found
