"""What leaves out the very thing that is asked is no answer."""

from __future__ import annotations

import pytest

from retrieval.grounding.asked import ask
from retrieval.grounding.omissions import is_anothers, lacks_what_is_asked


@pytest.mark.parametrize(
    ("question", "sentence", "lacks"),
    [
        ("How many people were wounded at the church?", "Two people were killed there.", True),
        ("How many people were wounded at the church?", "Two people were hurt there.", False),
        ("How many houses were there?", "Two people were killed there.", False),
        ("How many people were killed?", "No one was killed, but two were hurt.", False),
        ("How many people were injured?", "500 people were taken to hospital; two died.", False),
        ("How many chairs were called back after a death?", "They recalled 40 chairs.", False),
        ("Has Orlov visited Wend?", "The mayor of Wend said that all was well.", True),
        ("Has Orlov visited Wend?", "Orlov travelled to Quay for a visit.", False),
        ("Has Orlov been replaced?", "Orlov gave no exact number.", True),
        ("Did the Senate vote?", "The House voted on Monday.", True),
        ("What did Orlov say?", "The grid operator said that outages end.", True),
        ("What did Orlov say?", "It was Orlov who called it an error.", False),
        ("Did Russia leave Wend?", "Russian forces withdrew from Wend.", False),
        ("Has the Fed raised rates?", "The Federal Reserve raised its rate.", False),
        ("Did the EU approve it?", "The European Union approved the package.", False),
        ("Did Beyonce cancel it?", "Beyoncé cancelled her concerts.", False),
        ("What did Susan say?", "The grid operator said that outages end.", True),
        ("Who bought Wendbook?", "Orlov acquired Wendbook for 4 million.", False),
        ("Has Orlov won the cup?", "Orlov beat Berg to lift the cup.", False),
        ("Did Orlov resign?", "Orlov stepped down on Monday.", False),
        ("Who is Orlova's husband?", "Orlova is married to Tom Berg.", False),
        ("What will Americans have to pay?", "Citizens of the United States pay 7 euros.", False),
        ("Who will replace Orlov in Wend?", "Orlov, who plays for Wend, retires.", True),
        ("Who is Orlova's husband?", "Orlova plays for Wend.", True),
        ("Orlova's husband", "Her husband is with Orlova in Wend.", False),
        ("gas tax, what's new?", "A gas tax holiday was proposed.", False),
    ],
)
def test_what_leaves_out_what_is_asked_is_no_answer(
    question: str, sentence: str, lacks: bool
) -> None:
    assert lacks_what_is_asked(ask(question), [sentence], [""], [""]) is lacks


def test_a_deed_in_other_words_is_told_by_their_likeness() -> None:
    asked, said = ask("Did Orlov scuttle the ferry?"), ["Orlov sank the vessel, police said."]
    assert lacks_what_is_asked(asked, said, [""], [""], likeness=0.3)
    assert not lacks_what_is_asked(asked, said, [""], [""], likeness=0.6)


def test_what_is_named_before_or_in_the_title_is_not_left_out() -> None:
    asked = ask("Has Orlov resigned?")
    he, mayor = ["He resigned on Monday."], ["Orlov was mayor."]
    assert not lacks_what_is_asked(asked, he, mayor, [""])
    assert not lacks_what_is_asked(asked, he, [""], ["Orlov resigns"])


def test_a_speaker_in_a_title_does_not_speak_in_each_sentence() -> None:
    asked = ask("What did Orlov say about the bridge?")
    others = ["The bridge is 40 metres long, the ministry said."]
    assert lacks_what_is_asked(asked, others, [""], ["Bridge is closed, Orlov says"])
    assert not lacks_what_is_asked(asked, ["He said so."], ["Orlov came."], [""])


@pytest.mark.parametrize(
    ("question", "sentence", "anothers"),
    [
        ("What did Ada Orlov say about the dam?", '"It holds," Tom Berg said.', True),
        ("What did Ada Orlov say about the dam?", '"It holds," said Tom Berg, a guard.', True),
        ("What does Orlov think of the dam?", "According to Berg, the dam holds.", True),
        ("How did Orlov react to the flood?", "Berg told reporters that the dam holds.", True),
        ("What did Ada Orlov say about the dam?", "Berg said that Orlov trusts the dam.", True),
        ("What did Orlov say about the dam?", "A spokesman did not say when or how.", True),
        ("what did orlov say about the dam", "A spokesman did not say when or how.", True),
        ("What did Orlov say about the dam?", "The dam holds 4 million litres.", True),
        ("What did Orlov say?", "The mayor, Tom Berg, said in his speech that it holds.", True),
        ("What did Ada Orlov say about the dam?", '"It holds," Orlov said.', False),
        ("What did Orlov say?", "The dam holds, as it does in Wend, said Ada Orlov.", False),
        ("What did Orlov say about the dam?", "Orlov last week spoke of 4 million.", False),
        ("What did Orlov's lawyer say?", '"It holds," Tom Berg said.', False),
        ("What did the mayor of Wend say?", '"It holds," Tom Berg said.', False),
        ("What did Moscow say about the dam?", "The ministry said that it holds.", False),
        ("What did critics think of the dam?", "The dam opened to mixed reviews.", False),
        ("What does Ukraine want?", "Kyiv demanded that the dam be rebuilt.", False),
        ("What did they say about the dam?", "The ministry said that it holds.", False),
        ("What broke the dam?", '"The flood did," Tom Berg said.', False),
    ],
)
def test_the_words_of_somebody_else_are_not_what_somebody_said(
    question: str, sentence: str, *, anothers: bool
) -> None:
    assert is_anothers(ask(question), sentence) is anothers


@pytest.mark.parametrize("sentence", ['"It holds," she said.', "She told Reuters that it holds."])
def test_a_pronoun_speaks_for_whom_the_sentence_before_or_the_title_names(sentence: str) -> None:
    question = ask("What did Ada Orlov say about the dam?")
    assert not is_anothers(question, sentence, "Orlov came to Wend.")
    assert not is_anothers(question, sentence, "", "Orlov visits Wend")
    assert is_anothers(question, sentence, "Berg came to Wend.", "Wend prepares")
    assert not is_anothers(question, sentence, '"We have built it well.', "Wend prepares")
    assert is_anothers(question, sentence, '"We built it well," Berg said.', "Wend prepares")


def test_where_only_others_speak_nobody_says_what_somebody_said() -> None:
    question = ask("What did Ada Orlov say about the dam?")
    others, hers = '"It holds," Tom Berg said.', '"It holds," Orlov said.'
    # named before, so that the rule on names has nothing to say
    before, titles = ["Ada Orlov came to Wend.", "Ada Orlov came to Wend."], ["", ""]
    assert lacks_what_is_asked(question, [others, others], before, titles)
    assert not lacks_what_is_asked(question, [others, hers], before, titles)
