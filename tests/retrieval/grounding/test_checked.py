from __future__ import annotations

from typing import Any

from retrieval.errors import ModelError
from retrieval.grounding import CitationIndex, SentenceId
from retrieval.grounding.checked import ModelJudge, check_all
from retrieval.grounding.citations import CitedStatement
from tests.support.fakes import ScriptedChatModel
from tests.support.passages import passage

SHOWN = CitationIndex(
    (passage("Ukraine said 8,000 soldiers came to Kursk. It rained in Sudzha on Monday."),)
)
GOOD = CitedStatement("Ukraine said 8,000 soldiers came.", (SentenceId(1, 1),))
BAD = CitedStatement("Ukraine said 9,000 soldiers came.", (SentenceId(1, 1),))


def model(*script: Any) -> ScriptedChatModel:
    return ScriptedChatModel(script=list(script))


async def test_what_stands_costs_no_call() -> None:
    asked = model()
    checked = await check_all(asked, SHOWN, [GOOD])
    assert list(checked.kept.values()) == [GOOD]
    assert not asked.seen


async def test_a_source_line_that_was_copied_is_no_statement() -> None:
    title = "Power cuts in Karsk grow to three hours"
    shown = CitationIndex((passage("Power cuts in Karsk grow to three hours a day.", title=title),))
    cites = (SentenceId(1, 1),)
    copied = [
        CitedStatement(f"Meridian Wire, Tuesday, 12 November 2024, “{title}”", cites),
        CitedStatement("Meridian Wire, 12 Nov 2024", cites),
    ]
    said = CitedStatement("Power cuts grow to three hours a day, Meridian Wire reports.", cites)
    checked = await check_all(model(""), shown, [*copied, said])
    assert list(checked.kept.values()) == [said]
    assert checked.dropped == 2


async def test_what_cites_the_sentence_beside_the_one_that_says_it_cites_that_one() -> None:
    shown = CitationIndex(
        (
            passage(
                "Rihanna released an album on Monday. "
                "Rihanna will perform at the halftime show in February."
            ),
        )
    )
    beside = CitedStatement("Rihanna will perform at the halftime show.", (SentenceId(1, 1),))
    checked = await check_all(model(), shown, [beside])
    assert list(checked.kept.values()) == [CitedStatement(beside.text, (SentenceId(1, 2),))]
    # in other words than any sentence has, what is cited stays
    freely = CitedStatement("Rihanna sings during the break.", (SentenceId(1, 1),))
    assert list((await check_all(model(), shown, [freely])).kept.values()) == [freely]


async def test_a_failing_statement_is_put_right_once_with_the_reason() -> None:
    asked = model("1. Ukraine said 8,000 soldiers came to Kursk. [1.1]")
    checked = await check_all(asked, SHOWN, [GOOD, BAD])
    assert [one.text for one in checked.kept.values()] == [
        GOOD.text,
        "Ukraine said 8,000 soldiers came to Kursk.",
    ]
    assert checked.dropped == 0
    assert "the figure 9,000 stands in none of its sentences" in asked.prompts[0]
    assert GOOD.text not in asked.prompts[0].partition("Statements:")[2]


async def test_what_fails_again_or_does_not_come_is_left_out_and_counted() -> None:
    for answer in (
        "1. Ukraine said 9,500 soldiers came. [1.1]",
        "1. Ukraine said 8,000 soldiers came. [7.7]",
        "1. Ukraine said 8,000 soldiers came.",
        "NO ANSWER",
        "5. Something else. [1.1]",
        ModelError("The chat model can't be reached."),
    ):
        checked = await check_all(model(answer), SHOWN, [BAD, GOOD])
        assert list(checked.kept.values()) == [GOOD]
        assert checked.dropped == 1


async def test_a_judge_may_reject_what_the_rules_let_pass() -> None:
    chat = model("1. YES\n2. NO", "")
    rain = CitedStatement("It rained in Sudzha on Monday.", (SentenceId(1, 2),))
    checked = await check_all(chat, SHOWN, [GOOD, rain], ModelJudge(chat))
    assert list(checked.kept.values()) == [GOOD]


async def test_a_judge_that_fails_or_rambles_changes_nothing() -> None:
    for answer in (ModelError("The chat model can't be reached."), "I think 1 is NO.", "9. NO"):
        chat = model(answer)
        checked = await check_all(chat, SHOWN, [GOOD], ModelJudge(chat))
        assert list(checked.kept.values()) == [GOOD]
