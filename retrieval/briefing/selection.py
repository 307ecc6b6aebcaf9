"""Which stories of a window a reader wants, and what ranking has to know of them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrieval.briefing.kinds import is_apart, is_soft, kind_apart
from retrieval.briefing.material import bare_title
from retrieval.briefing.ranking import Signals, toll_of
from retrieval.models import Mention
from retrieval.words import stems

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from retrieval.briefing.gathering import Gathered, Happening
    from retrieval.briefing.request import Request
    from retrieval.briefing.told import Known, Told
    from retrieval.models import Article

# The share of a question's words that a story's lead has to have.
_ASKED_ABOUT = 0.5
# How heavy a story is, is read from its newest articles' beginnings.
_LOOKED_AT, _LEAD = 6, 600
# What is no report and yet worth a line, and how many of these.
_WORTH_A_LINE, _MOST_ASIDES = frozenset({"opinion", "a round-up"}), 2


def of_interest(
    gathered: Gathered, request: Request, told: Told, about: Mapping[int, tuple[str, ...]]
) -> dict[int, Happening]:
    """The stories that the reader wants: of their topics or followed, and not muted.

    Only what has an article that was not read for them: the rest has nothing new to say, whatever
    the window. Not what only round-ups, galleries, columns and the like tell.
    """
    return {
        story.id: story
        for story in _wanted(gathered, request, told, about)
        if not all(map(is_apart, story.articles))
    }


def asides(
    gathered: Gathered, request: Request, told: Told, about: Mapping[int, tuple[str, ...]]
) -> list[Happening]:
    """Opinion and round-ups that the reader may want a line of, those of most outlets first."""
    found = [
        story
        for story in _wanted(gathered, request, told, about)
        if all(kind_apart(one.title, one.url) in _WORTH_A_LINE for one in story.articles)
    ]
    return sorted(found, key=lambda one: (-len(one.outlets), -one.newest.timestamp(), one.id))


def mentioned(
    stories: Sequence[Happening], told: Told, known: Known, most: int, taken: Collection[int] = ()
) -> tuple[Mention, ...]:
    """A line for each of the first stories of which the reader was told nothing, in their order."""
    lines: dict[str, Mention] = {}
    apart = 0
    for story in stories:
        if story.id in taken or story.id in told.mentioned or told.of_story(story.id):
            continue
        line = _mention(story)
        apart += line.kind is not None
        if (
            (line.kind is None or apart <= _MOST_ASIDES)
            and line.headline not in told.headlines
            and line.headline not in known
        ):
            lines.setdefault(line.headline, line)
        if len(lines) == most:
            break
    return tuple(lines.values())


def _mention(story: Happening) -> Mention:
    article = next((one for one in story.articles if not is_apart(one)), story.articles[0])
    headline = bare_title(article.title, article.outlet)
    kind = kind_apart(article.title, article.url)
    return Mention(story.id, headline, article, story.outlets, kind)


def _wanted(
    gathered: Gathered, request: Request, told: Told, about: Mapping[int, tuple[str, ...]]
) -> Iterator[Happening]:
    for story in gathered.stories:
        if (
            story.id not in request.muted
            and not all(told.has_read(one.id, one.revision_id) for one in story.articles)
            and (
                not request.topics
                or story.id in request.followed
                or any(article.revision_id in about for article in story.articles)
            )
        ):
            yield story


def signals_of(
    stories: Mapping[int, Happening],
    gathered: Gathered,
    request: Request,
    told: Told,
    about: Mapping[int, tuple[str, ...]],
) -> list[Signals]:
    """The signals of each story; `about` has, by revision id, the topics of an article."""
    asked = [stems(question) for question in request.asked]
    return [
        Signals(
            story_id=story.id,
            outlets=len(story.outlets),
            newest=story.newest,
            articles=max(len(story.articles), len(story.members)),
            growth=_growth(story, request),
            soft=sum(is_soft(one.title, one.url) for one in story.articles) / len(story.articles),
            toll=max((_toll(one, gathered) for one in story.articles[:_LOOKED_AT]), default=0.0),
            topics=tuple(
                dict.fromkeys(
                    topic for one in story.articles for topic in about.get(one.revision_id, ())
                )
            ),
            asked=_asked_about(asked, story, gathered),
            followed=story.id in request.followed,
            known=bool(told.of_story(story.id)),
        )
        for story in stories.values()
    ]


def _growth(story: Happening, request: Request) -> float:
    """The share of a story's articles that came in the last quarter of the window."""
    start, end = request.window.start, request.window.end
    late = end - (end - start) / 4
    dates = [one.published.at for one in story.articles if one.published]
    return sum(at >= late for at in dates) / len(dates) if len(dates) > 1 else 0.0


def _toll(article: Article, gathered: Gathered) -> float:
    lead = gathered.leads.get(article.revision_id)
    return toll_of(article.title, lead.text[:_LEAD] if lead else "")


def _asked_about(asked: Sequence[frozenset[str]], story: Happening, gathered: Gathered) -> float:
    """How many of a question's words the story's newest lead has, at best; 0 below a half."""
    lead = gathered.leads.get(story.articles[0].revision_id)
    if lead is None or not asked:
        return 0.0
    said = stems(f"{lead.article.title}\n{lead.text}")
    best = max(len(one & said) / len(one) if one else 0.0 for one in asked)
    return best if best >= _ASKED_ABOUT else 0.0
