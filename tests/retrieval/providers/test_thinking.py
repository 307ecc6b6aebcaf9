from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.grounding.parsing import parse
from retrieval.llm.thinking import VisibleText

ANSWER = "Kyiv said 50,000 [1.1].\nMoscow denied it [1.2]."
THOUGHT = "Perhaps MARS is meant [2.1].\nThen VENUS, too. [2.2]"
_FINAL = "<|start|>assistant<|channel|>final<|message|>"
PAIRS = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<reasoning>", "</reasoning>"),
    ("<thought>", "</thought>"),
    ("<Think>", "</THINK>"),
    ("< think >", "</ think >"),
    ('<think type="long">', "</think>"),
    ("<reason>", "</reason>"),
    ("<reflection>", "</reflection>"),
    ("<scratchpad>", "</scratchpad>"),
    ("<analysis>", "</analysis>"),
    ("<chain_of_thought>", "</chain_of_thought>"),
    ("<seed:think>", "</seed:think>"),
    ("<antThinking>", "</antThinking>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("&lt;think&gt;", "&lt;/think&gt;"),
    ("<think>", "</thinking>"),
    ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
    (
        "<|start|>assistant<|channel|>analysis<|message|>",
        "<|end|><|start|>assistant<|channel|>commentary<|message|>MARS<|end|>" + _FINAL,
    ),
    ("analysis", "assistantfinal"),
    ("<unused94>thought\n", "<unused95>"),
    ('<details type="reasoning" done="true"><summary>3 s</summary>', "</details>"),
    ("＜think＞", "＜/think＞"),
    ("Thought: ", "\nFinal Answer: "),
    ("**Thinking:**\n", "\n\n**Answer:** "),
    ("### Reasoning:\n", "\n### Answer:\n"),
]


def visible(*pieces: str, opens_thinking: bool = False, cut: bool = False) -> VisibleText:
    reading = VisibleText(opens_thinking=opens_thinking)
    for piece in pieces:
        reading.feed(piece)
    reading.finish(cut=cut)
    return reading


@pytest.mark.parametrize(("opening", "closing"), PAIRS)
def test_thoughts_between_tags_are_no_part_of_the_answer(opening: str, closing: str) -> None:
    for before, between in (("", ""), ("\n", "\n\n")):
        whole = before + opening + THOUGHT + closing + between + ANSWER
        for pieces in ([whole], list(whole)):
            reading = visible(*pieces)
            assert reading.text.strip("* \n") == ANSWER
            assert reading.had_thoughts


@pytest.mark.parametrize(("opening", "closing"), PAIRS[:20])
def test_where_the_template_wrote_the_opening_tag_all_before_the_closing_one_is_thought(
    opening: str, closing: str
) -> None:
    del opening
    for pieces in ([THOUGHT + closing + ANSWER], list(THOUGHT + closing + ANSWER)):
        reading = visible(*pieces)
        assert reading.text.strip() == ANSWER
        assert reading.closed_unopened


@pytest.mark.parametrize(("opening", "closing"), PAIRS[:20])
def test_thoughts_in_thoughts_and_without_an_end_stay_inside(opening: str, closing: str) -> None:
    nested = f"{opening}{THOUGHT}{opening}VENUS{closing}MARS{closing}{ANSWER}"
    assert visible(*nested).text == ANSWER
    assert visible(f"{opening}{THOUGHT}").text == ""
    assert visible(f"{opening}{THOUGHT}{closing[:-1]}").text == ""
    assert visible(f"{ANSWER}\n{opening}{THOUGHT}").text.strip() == ANSWER


def test_a_model_that_is_known_to_think_first_shows_nothing_before_the_end_of_it() -> None:
    reading = VisibleText(opens_thinking=True)
    reading.feed(THOUGHT)
    assert (reading.text, reading.is_thinking) == ("", True)
    reading.feed("</think>Kyiv")
    assert (reading.text, reading.is_thinking) == ("Kyiv", False)
    assert visible(THOUGHT, opens_thinking=True, cut=True).text == ""
    assert visible(ANSWER, opens_thinking=True).text == ANSWER
    assert visible(f"<think>{THOUGHT}</think>{ANSWER}", opens_thinking=True).text == ANSWER


@pytest.mark.parametrize(
    "text",
    [
        ANSWER,
        "I think < 5 and > 3 [1.1].",
        "An [analysis] of 5 [1.1].",
        "Analysis of it: a < b [1.1]",
        "Thoughts of peace: Kyiv said so [1.1].",
        "Answer: 50,000 [1.1].",
        "analysis shows 5 [1.1].",
        "a & b &lt; c [1.1]",
        "<b>Kyiv</b> said so [1.1] <",
        "",
    ],
)
def test_what_is_no_thought_is_left_as_it_is(text: str) -> None:
    for pieces in ([text], list(text)):
        assert visible(*pieces).text == text


@pytest.mark.parametrize(
    "end", ["</s>", "<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<｜end▁of▁sentence｜>", "<eos>"]
)
def test_behind_the_end_of_its_turn_a_model_talks_to_itself(end: str) -> None:
    whole = f"{ANSWER}{end}\n<|im_start|>user\n{THOUGHT}"
    for pieces in ([whole], list(whole)):
        assert visible(*pieces).text == ANSWER


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        ("<|START_RESPONSE|>", "<|END_RESPONSE|>"),
        ("<|begin_of_box|>", "<|end_of_box|>"),
        ("<|im_start|>assistant\n", "<|im_end|>"),
        ("<|start_header_id|>assistant<|end_header_id|>\n\n", "<|eot_id|>"),
        ("<start_of_turn>model\n", "<end_of_turn>"),
        ("<s>", "</s>"),
        ("<output>", "</output>"),
        ("<response>", "</response>"),
    ],
)
def test_of_a_models_own_marks_nothing_is_left(before: str, behind: str) -> None:
    whole = f"{before}{ANSWER}{behind}"
    for pieces in ([whole], list(whole)):
        assert visible(*pieces).text.strip() == ANSWER


def test_tags_around_an_answer_leave_nothing() -> None:
    assert visible(f"<think>{THOUGHT}</think><answer>{ANSWER}</answer>").text == ANSWER
    assert visible(f"{THOUGHT}<answer>{ANSWER}</answer>").text == ANSWER
    assert visible(f"{ANSWER}<|return|>").text == ANSWER
    assert visible(f"<think/>{ANSWER}").text == ANSWER


WORDS = st.lists(
    st.sampled_from(["MARS ", "VENUS is [1.1]. ", "<", ">", "[", "]", "\n", "a<b ", "&", "/", "|"]),
    max_size=8,
).map("".join)


@given(st.data())
def test_nothing_between_the_tags_reaches_a_claim_whatever_the_chunks(data: st.DataObject) -> None:
    whole = ""
    for _ in range(data.draw(st.integers(1, 3))):
        opening, closing = data.draw(st.sampled_from(PAIRS[:20]))
        inner = data.draw(WORDS)
        if data.draw(st.booleans()):
            inner = f"{inner} {opening}{data.draw(WORDS)} {closing}{data.draw(WORDS)} "
        whole += f"{opening}{inner} {closing}\n{ANSWER}\n"
    if data.draw(st.booleans()):
        opening, _ = data.draw(st.sampled_from(PAIRS[:20]))
        whole += f"{opening}{data.draw(WORDS)}"
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=12)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    reading = VisibleText()
    for piece in pieces:
        reading.feed(piece)
        assert "MARS" not in reading.text
        assert "VENUS" not in reading.text
    text = reading.finish()
    assert text == visible(whole).text
    assert not any("MARS" in one.text or "VENUS" in one.text for one in parse(text))
    assert {one.text for one in parse(text)} == {"Kyiv said 50,000.", "Moscow denied it."}


@given(st.text(alphabet="<>[]/|think ANSWER◁▷&lgt;\n", max_size=120), st.integers(1, 7))
def test_any_text_is_read_alike_in_any_pieces(text: str, size: int) -> None:
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    assert visible(*pieces).text == visible(text).text
