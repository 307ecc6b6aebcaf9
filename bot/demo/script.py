"""The prepared conversation: two questions that the sample archive answers, one that it does not.

What is checked is what a reader relies on: each footnote's button leads to a stored sentence, and
that very sentence stands in the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.rule import Rule

from bot.demo.chat import is_draft
from bot.local_api.terminal import render_message
from bot.render.answer_menu import CITED, SOURCES
from retrieval.answering.answerer import NOT_IN_ARCHIVE
from retrieval.errors import ArchiveError

if TYPE_CHECKING:
    from rich.console import Console

    from bot.demo.stage import Stage
    from bot.local_api import Message

ANSWERED = (
    "How many troops were massed for the Kursk offensive, and who says so?",
    "How many casualties has Russia suffered, and who says so?",
)
DECLINED = "How many goals did Dynamo Kyiv score?"
PATIENCE_S = 180.0


async def play(stage: Stage, console: Console) -> int:
    """Ask the three questions, print the exchange; 0 only if all went as it should."""
    console.print(f"{(await stage.library.archive.summary()).articles} sample articles.\n")
    verdicts = [await _exchange(stage, console, question) for question in ANSWERED]
    good = all([await citations_hold(stage, reply) for reply in verdicts])
    refusal = await _exchange(stage, console, DECLINED)
    declined = NOT_IN_ARCHIVE in refusal.text and _citing(refusal) is None
    console.print(Rule())
    console.print(_verdict(good=good, declined=declined))
    return 0 if good and declined else 1


async def citations_hold(stage: Stage, reply: Message) -> bool:
    """Whether the reply has footnotes and each is a stored sentence that the reply shows."""
    archive, where = stage.library.archive, f"telegram:{reply.chat.id}:0"
    cites = _citing(reply)
    if cites is None:
        return False
    try:
        numbers = [n for n, _ in await archive.cited_outlets(where, cites)]
        for number in numbers:
            cited = await archive.cited_text(where, cites, number)
            sentence = " ".join(cited.sentence.of(cited.text).split())
            if cited.corrected is not None or not sentence or sentence not in reply.text:
                return False
    except ArchiveError:
        return False
    return bool(numbers)


def _citing(reply: Message) -> int | None:
    """The number of the answer whose sources its buttons open; None where there are none."""
    data = [button.callback_data or "" for row in reply.buttons for button in row]
    opening = [one.split(":") for one in data if one.startswith((f"{CITED}:", f"{SOURCES}:"))]
    return int(opening[0][1]) if opening else None


async def _exchange(stage: Stage, console: Console, question: str) -> Message:
    console.print(Rule(align="left"))
    console.print(f"You: {question}\n", style="bold cyan")
    await stage.person.send(question)
    reply = await stage.person.wait_for_reply(timeout=PATIENCE_S)
    await reply.wait_until(lambda one: not is_draft(one), PATIENCE_S)
    console.print(Padding(render_message(reply), (0, 0, 1, 2), expand=False))
    return reply


def _verdict(*, good: bool, declined: bool) -> str:
    cited = "both answers cite stored sentences" if good else "an answer's citations do not hold"
    no = "the third question was declined" if declined else "the third question was not declined"
    return f"Checked: {cited}; {no}."
