"""Every step on foreign text takes linear time: measured with n, 2n and 4n of odd texts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bot.features.adding.sources import is_question, links_in, only_links
from bot.features.articles.views import folded, wanted
from bot.features.briefings.documents import document
from bot.features.briefings.request import read_briefing
from bot.features.questions.views import sentence_link
from bot.features.subscriptions.request import read_days, read_request, typed_topics
from bot.features.subscriptions.time_zones import find_zone
from bot.features.topics import read_topics
from bot.language import Spoken, speaking, translated
from bot.ops.redaction import striker
from bot.telegram.rich_text import join, plain, split, styled
from retrieval.answering.followups import carried, leans
from retrieval.answering.quoting import _MOST_READ
from retrieval.briefing.choosing import disputed
from retrieval.briefing.ledger import Known
from retrieval.briefing.material import Material, before_news
from retrieval.briefing.reports import terms_of
from retrieval.briefing.telling import is_telling, is_to_come
from retrieval.errors import SitrepError
from retrieval.feeds.models import FeedEntry
from retrieval.feeds.reader import is_part
from retrieval.grounding import CitationIndex
from retrieval.grounding.checks import Evidence, check_claim
from retrieval.grounding.citations import SentenceId, in_its_place, is_corrected, still_says
from retrieval.grounding.composing import rivals
from retrieval.grounding.parsing import StatementParser, parse_line
from retrieval.grounding.quotes import choose_quotes, parts_of, sentences_of
from retrieval.grounding.reader import features, load_reader
from retrieval.ingest.extract.kinds import kind_of
from retrieval.messages import UserMessage
from retrieval.models import Briefing, BriefingWindow, Citation, Claim, Mode, Story, StoryStatus
from retrieval.search.query import make_plan, named_outlets
from retrieval.storage.articles import content_hash
from retrieval.storage.listing import changes
from retrieval.text import figures
from retrieval.text.figures import differing, figure_values, find_figures
from retrieval.text.near_duplicates import band_numbers, is_near_copy, text_print
from retrieval.text.sentences import split as split_text
from retrieval.text.sentences import split_sentences
from retrieval.text.words import names_in, phrases, stemmed, visible
from tests.support.archives import draft
from tests.support.bag_of_words import vectors_of
from tests.support.growth import UNITS, too_steep
from tests.support.passages import article, hit, passage

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2024, 11, 13, 9, tzinfo=UTC)
QUOTE = "Nine people were killed in Sudzha on Tuesday, the governor said."


def _sentences(text: str) -> list[str]:
    return [span.of(text) for span in split_sentences(text)]


def _near_copies(text: str) -> object:
    one, other = text_print("A title", text), text_print("A title", f"{text} 1 more.")
    return band_numbers(text), is_near_copy(one, other)


def _claim(text: str) -> object:
    """As long as a claim may be: what splits a model's answer cuts it there."""
    cited = Citation(1, article(), 0, len(QUOTE), QUOTE)
    claims = [one.text for one in parse_line(f"{text} [1.1]")]
    return [check_claim(one, Evidence([cited], QUOTE)) for one in claims[:20]]


def _quotes(text: str) -> object:
    """What a question does with passages that say this."""
    hits = [hit(passage(part, revision=n)) for n, part in enumerate(_passages(text), start=1)]
    asked = parts_of("How many people were killed in Sudzha, and who said so?")
    sentences = sentences_of(hits)[:_MOST_READ]
    candidates = [each.candidate for each in sentences]
    vectors = vectors_of(asked[0].text, candidates)
    rows = [features(one, candidates, vectors) for one in asked]
    reader = load_reader()
    shown = CitationIndex(tuple(one.passage for one in hits))
    return (
        sentences and choose_quotes(sentences, [reader.score(one).tolist() for one in rows], asked),
        rivals("How many were killed?", shown, [SentenceId(1, 1)]),
        shown.prompt(),
    )


def _passages(text: str) -> list[str]:
    return [one.span.of(text) for one in split_text(text)] or ["Nothing."]


def _story(text: str) -> object:
    """What a briefing does with the passages of a story that say this."""
    parts = [passage(part, outlet=f"O{n}", revision=n) for n, part in enumerate(_passages(text), 1)]
    material = Material.of(1, parts)
    telling = [one for one in material.sentences if is_telling(one.text)][:40]
    known = Known()
    for one in material.sentences:
        known.add(one.text)
    vectors = np.ones((len(telling), 2), dtype=np.float32)
    return disputed(telling, vectors), QUOTE in known


def _files(text: str) -> object:
    cited = Citation(1, article(text, text), 0, len(text), text)
    said = UserMessage("{quote} {text}", quote=text, text=UserMessage(text))
    one = Story(1, StoryStatus.NEW, text, (Claim(text, (1,), said, said),), (text,), (said,))
    whole = Briefing(
        window=BriefingWindow(NOW, NOW),
        articles=1,
        outlets=1,
        as_of=NOW,
        mode=Mode.QUOTE,
        stories=(one,),
        citations=(cited,),
    )
    return document(whole, UTC, "md"), document(whole, UTC, "html")


def _messages(text: str) -> object:
    parts = [styled("bold", plain(word)) for word in text.split()] or [plain(text)]
    return split(join(parts, " ")), split(styled("bold", plain(text)))


def _streamed(text: str) -> object:
    parser = StatementParser()
    return [parser.feed(text[at : at + 400]) for at in range(0, len(text), 400)], parser.finish()


def _in_ukrainian(text: str) -> object:
    with speaking(Spoken("uk", chosen=True)):
        return translated(UserMessage(text)), translated(UserMessage("{x}", x=text))


def _changes(text: str) -> object:
    old = _sentences(text)
    new = [one if n % 2 else f"{one} No." for n, one in enumerate(old)]
    return changes(old, new), changes(old, old[::-1])


def _all_figures(text: str) -> object:
    found = []
    for step in (find_figures, figure_values, lambda text: differing(text, QUOTE)):
        figures._remembered.cache_clear()  # what is remembered would not be measured
        found.append(step(text))
    return found


STEPS: dict[str, Callable[[str], object]] = {
    "what stands behind /briefing": lambda text: read_briefing(text, NOW),
    "what stands behind /subscribe": read_request,
    "topics that are typed in the dialogue": typed_topics,
    "days as they are typed": lambda text: read_days(text[:200]),
    "topics": read_topics,
    "a city as it is typed": find_zone,
    "links in a message": lambda text: (
        links_in(text, [text]),
        only_links(text),
        is_question(text),
    ),
    "what stands behind /articles": lambda text: wanted(folded(text)[:200], ("Alpha", "Beta")),
    "a question's plan": lambda text: make_plan(text[:2000], NOW, ("Alpha", text[:60])),
    "outlets in a question": lambda text: named_outlets(text, ("Alpha", "Beta News")),
    "a follow-up": lambda text: (leans(text), carried(text, [text])),
    "sentences and passages": split_text,
    "words of the index": lambda text: (stemmed(text), phrases(text), names_in(text)),
    "near copies": _near_copies,
    "the words of a story": lambda text: terms_of(text, text),
    "figures": _all_figures,
    "what makes an article the same": lambda text: content_hash(draft(text, text)),
    "what changed": _changes,
    "whether a sentence still stands": lambda text: (
        still_says(text, QUOTE),
        in_its_place(text, QUOTE),
        is_corrected(QUOTE, text, f"{text}."),
    ),
    "a model's answer": lambda text: (parse_line(text), _streamed(text)),
    "the claim check": _claim,
    "quotes for a question": _quotes,
    "a briefing's story": _story,
    "sentences of the news": lambda text: (
        [is_telling(one) for one in _sentences(text)],
        [before_news(one, "Alpha") for one in _sentences(text)],
        [is_to_come(one, NOW.date(), NOW.date()) for one in _sentences(text)],
    ),
    "what is foreign in a message": plain,
    "what nobody sees": visible,
    "messages": _messages,
    "files": _files,
    "a link to a sentence": lambda text: sentence_link("https://a.example/1", text),
    "our sentences in another language": _in_ukrainian,
    "secrets in a log": striker(["secret-token"]),
    "what kind of file it is": lambda text: kind_of(text.encode(), text[:200]),
    "a feed's teaser": lambda text: is_part(FeedEntry(None, None, text[:100], text, whole=True)),
}


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", STEPS)
def test_the_work_grows_with_the_text_and_not_with_its_square(name: str) -> None:
    step = STEPS[name]

    def surely(text: str) -> object:
        try:
            return step(text)
        except SitrepError as error:  # a refusal, in a sentence
            return error

    assert [found for unit in UNITS if (found := too_steep(surely, unit, 1_000))] == []
