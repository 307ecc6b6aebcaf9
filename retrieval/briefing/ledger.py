"""What a reader knows: the claims of the briefings that they got. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from retrieval.messages import ShortDate, UserMessage
from retrieval.text.figures import differing, figure_values, find_figures
from retrieval.text.words import names_in, stem, stems, words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from retrieval.models import Citation, Claim, Story
    from retrieval.storage import Kept
    from retrieval.text.figures import Figure


# The period of a reader's first briefing.
FIRST_WINDOW = timedelta(days=1)


def told_by(kept: Sequence[Kept]) -> Told:
    """The ledger of these briefings, oldest first."""
    stories = [story for one in kept for story in one.briefing.stories]
    return Told(
        claims=tuple(claim for one in kept for claim in _claims(one)),
        headlines=frozenset(story.headline for story in stories),
        corrected=frozenset(key_of(old) for story in stories for old in story.corrects),
        until=_informed_until(kept),
        briefings=tuple(one.id for one in kept),
        read=_read(kept),
        mentioned=frozenset(line.story_id for one in kept for line in one.briefing.also),
    )


def _read(kept: Sequence[Kept]) -> dict[int, int]:
    """By article id, the newest revision used for a story; in old briefings, the cited one."""
    read: dict[int, int] = {}
    for one in kept:
        cited = [(note.article.id, note.article.revision_id) for note in one.briefing.citations]
        told_from = [pair for story in one.briefing.stories for pair in story.read]
        for article_id, revision_id in (*cited, *told_from):
            read[article_id] = max(read.get(article_id, 0), revision_id)
    return read


def _informed_until(kept: Sequence[Kept]) -> datetime | None:
    """The time up to which nothing was left out; briefings on topics or periods don't count."""
    until: datetime | None = None
    for one in sorted(kept, key=lambda one: one.until):
        window = one.briefing.window
        if until is None:
            joins = window.end - window.start >= FIRST_WINDOW
        else:
            joins = window.start <= until
        if joins and not one.briefing.topics:
            until = one.until
    return until


def _claims(kept: Kept) -> Iterator[ToldClaim]:
    notes = {one.n: one for one in kept.briefing.citations}
    for story in kept.briefing.stories:
        for claim in _all_claims(story):
            sources = tuple(_source(notes[n]) for n in claim.citations if n in notes)
            yield ToldClaim(story.id, claim.text, sources, kept.told_at)


def _all_claims(story: Story) -> Iterable[Claim]:
    return (*story.claims, *story.disputed, *story.watch)


def _source(citation: Citation) -> Source:
    article = citation.article
    return Source(
        article_id=article.id,
        revision_id=article.revision_id,
        start=citation.start,
        end=citation.end,
        quote=citation.quote,
        published=article.published.at if article.published else None,
        given=citation,
    )


# A claim is known if it adds nothing to one that was told, neither words nor figures. A claim with
# another figure for the same thing is an update, and names the old figure.

# The share of a claim's words in one that was told, and the share of common words of both.
_INSIDE = 0.75
_ALIKE = 0.6
# The share of words that a statement shares with one that may say the same.
_NEAR = 0.3
# The cosine of statements that mean the same, and of those that do if no name is new.
_MEANS_THE_SAME, _MEANS_MUCH = 0.85, 0.72
# What happened to those that are counted; figures of different classes never replace each other.
_CLASSES = {
    "dead": r"kill|dead\b|deaths?\b|die[ds]?\b|dying|fatal|bod(?:y|ies)\b|убит|загин|погиб|мерт",
    "hurt": r"wound|injur|hurt\b|поранен|ранен|травм",
    "missing": r"missing|unaccounted|зник|пропал",
    "moved": r"displac|evacuat|fled|flee|homeless|shelter|refugee|евакуй|эвакуир|біжен|бежен",
    "held": r"captur|arrest|detain|prison|jail|hostage|charged|полон|плен|аре[шс]т|затрим|задерж",
    "saved": r"rescu|surviv|saved|alive|freed|released|врятов|спас|звільн|освобо",
    "sick": r"infect|cases\b|sick|ill\b|hospitali[sz]|patients?\b|заражен|хвор|захвор|больн|забол",
    "well": r"recover(?:ed|y)|cured|одуж|выздоров",
    "tested": r"tested|tests\b|vaccin|doses?\b|тест|вакцин",
    "destroyed": r"destroy|damag|burn|shot down|intercept|збит|сбит|знищ|уничтож|пошкодж|поврежд",
    "stopped": r"cancel|delay|suspend|closed?\b|скасов|отмен|закрит|закрыт",
    "without": (
        r"without\b|outages?\b|switch\w* off|blackouts?\b|power cuts?\b|lost (?:power"
        r"|their)|cut off|без\b|знеструм|обесточ"
    ),
    "for": r"voted for|in favou?r|support|за\b|підтрим|поддерж",
    "against": r"against|oppos|reject|проти\b|против\b",
    "reported": r"report(?:s|ed)? of\b|reports\b|calls\b|complaints?\b|звернен|скарг|жалоб",
    "given": r"donat|pledg|raised\b|спонсор|пожертв",
}
_MEASURED = re.compile(
    "|".join(rf"(?P<{name}>\b(?:{words}))" for name, words in _CLASSES.items()), re.IGNORECASE
)
# Decisions ("will switch off") are facts already.
_FORECAST = re.compile(
    r"\b(?:could|may|might|would|expect\w*|forecast\w*|predict\w*|project(?:s|ed|ions?)"
    r"|likely|fear\w*|warn\w*|target\w*|aim(?:s|ed)?|goal|milestone|next|hop(?:e[sd]?|ing)|if"
    r"|potential\w*|possibl\w*|needs?|wants?|propos\w*|може|можуть|прогноз\w*"
    r"|очіку\w*|может|могут|ожида\w*)\b",
    re.IGNORECASE,
)
_SHARE = re.compile(r"%|per\s?cent|percent|відсот|процент", re.IGNORECASE)
_MONEY = re.compile(
    r"[$€£₴₽]|\b(?:dollars?|euros?|pounds?|hryvnias?|roubles?|rubles?)\b", re.IGNORECASE
)
_RATE = re.compile(
    r"\b(?:a|an|per|each|every|на|за|в|у) (?:second|minute|hour|day|week|month|year|person|capita"
    r"|секунд\w|хвилин\w|годин\w|час|день|добу|сутки|тиждень|неделю|місяць|месяц|рік|год)\b"
    r"|\b(?:daily|hourly|weekly|monthly|annual(?:ly)?)\b",
    re.IGNORECASE,
)
_RATE_WITHIN, _SHARE_WITHIN = 40, 16
_PART = re.compile(
    r"[;:—–]|,(?!\d)|\b(?:and|while|but|as|та|і|и|а|але|но)\b|[.!?]\s", re.IGNORECASE
)
# Names of times aren't the subject of a statement.
_TIMES = frozenset(
    words(
        "monday tuesday wednesday thursday friday saturday sunday january february march april may "
        "june july august september october november december"
    )
)
_FROM = re.compile(r"\b(?:from|з|від|с|от)\b[^.;]{1,40}?(?=\b(?:to|до)\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Source:
    """A cited sentence: the slice `[start:end]` of a revision; `given` is its footnote."""

    article_id: int
    revision_id: int
    start: int
    end: int
    quote: str
    published: datetime | None
    given: Citation | None = None


@dataclass(frozen=True, slots=True)
class ToldClaim:
    """A statement that a reader got, and the sentences that it cited."""

    story_id: int
    text: str
    sources: tuple[Source, ...]
    told_at: datetime

    @property
    def quotes(self) -> tuple[str, ...]:
        """Its own words and those of its sources."""
        return (self.text, *(source.quote for source in self.sources))

    @property
    def said(self) -> tuple[tuple[str, str], ...]:
        """The sentences that it cites with their outlets; without any, its own words."""
        cited = tuple(
            (one.quote, one.given.article.outlet if one.given else "") for one in self.sources
        )
        return cited or ((self.text, ""),)

    @property
    def dated(self) -> datetime:
        """When it was true: the date of its newest source."""
        return max((one.published for one in self.sources if one.published), default=self.told_at)


@dataclass(frozen=True)
class Told:
    """A reader's ledger. `corrected` are sources whose corrections the reader got.

    `until` is the end of the newest briefing's window, `briefings` has the ids of all that count.
    `read` has, by article id, the newest revision that a story was made from; the parts left out
    then aren't news later. `mentioned` are stories that had one line.
    """

    claims: tuple[ToldClaim, ...] = ()
    headlines: frozenset[str] = frozenset()
    corrected: frozenset[tuple[int, int, int]] = frozenset()
    until: datetime | None = None
    briefings: tuple[int, ...] = ()
    read: Mapping[int, int] = field(default_factory=dict)
    mentioned: frozenset[int] = frozenset()

    def has_read(self, article_id: int, revision_id: int) -> bool:
        """Whether this revision of an article, or a later one, was used for the reader."""
        return self.read.get(article_id, 0) >= revision_id

    def of_story(self, story_id: int) -> tuple[ToldClaim, ...]:
        """The claims told of one story, oldest first."""
        return self._by_story.get(story_id, ())

    @cached_property
    def _by_story(self) -> Mapping[int, tuple[ToldClaim, ...]]:
        found: dict[int, list[ToldClaim]] = defaultdict(list)
        for claim in self.claims:
            found[claim.story_id].append(claim)
        return {story: tuple(claims) for story, claims in found.items()}

    @cached_property
    def known(self) -> Known:
        """The statements that this reader knows, for comparison with new ones."""
        known = Known()
        for claim in self.claims:
            for text in claim.quotes:
                known.add(text)
        return known


@dataclass(slots=True)
class Known:
    """Statements indexed by words, so that a new one is compared with few."""

    _said: list[tuple[frozenset[str], frozenset[float]]] = field(default_factory=list)
    _texts: list[str] = field(default_factory=list)
    _places: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, text: str) -> None:
        """Add a statement."""
        said = _content(text)
        for part in said[0]:
            self._places[part].append(len(self._said))
        self._said.append(said)
        self._texts.append(text)

    def __contains__(self, text: str) -> bool:
        mine, figures = _content(text)
        if not mine:
            return True
        shared = Counter(place for part in mine for place in self._places.get(part, ()))
        return any(
            _says_no_more(count, len(mine), len(self._said[place][0]))
            and figures <= self._said[place][1]
            for place, count in shared.items()
        )

    def copy(self) -> Known:
        """An independent copy."""
        places = defaultdict(list, {stem: list(at) for stem, at in self._places.items()})
        return Known(list(self._said), list(self._texts), places)

    def near(self, text: str, most: int) -> list[str]:
        """The statements that share the most words with one, if enough to say the same."""
        mine, _ = _content(text)
        shared = Counter(place for part in mine for place in self._places.get(part, ()))
        least = _NEAR * len(mine)
        best = [place for place, count in shared.most_common(2 * most) if count >= least]
        return list(dict.fromkeys(self._texts[place] for place in best))[:most]


def retells(text: str, told: str, likeness: float) -> bool:
    """Whether a statement says in other words what was told; `likeness` is their cosine.

    It must not add a figure or, if they are less similar, a name.
    """
    if not figure_values(text) <= figure_values(told):
        return False
    if likeness >= _MEANS_THE_SAME:
        return True
    names = frozenset(names_in(text)) - _TIMES
    return likeness >= _MEANS_MUCH and names <= frozenset(words(told))


# "The previous high was $4.11 on July 17, 2008": not the value until now.
_OF_BEFORE = re.compile(
    r"\b(?:previous(?:ly)?|formerly|last (?:year|month)|(?:year|month)s? (?:ago|earlier)"
    r"|(?:19|20)\d\d)\b",
    re.IGNORECASE,
)
_OF = re.compile(r"\bof ((?:the |a |an )?[^\W\d_]+(?: [^\W\d_]+)?)")


def what_it_was(
    text: str,
    told: tuple[ToldClaim, ...],
    at: datetime | None = None,
    outlets: Collection[str] = (),
) -> UserMessage | None:
    """The figure that a statement replaces, such as "was 8,000 on 3 Nov 2024"; None without one.

    It is the newest told figure for the same measure of the same thing (`_measure_the_same`),
    unless that is equal. `at` is the statement's time; newer figures aren't replaced. The source of
    the old figure is named if it isn't among the `outlets` of the new one.
    """
    mine = stems(text)
    found: list[tuple[datetime, int, str | None, str]] = []
    for claim in told:
        if at is not None and claim.dated > at:
            continue
        for quote, said_by in claim.said:
            held = _FROM.sub("", quote)  # "from four hours to two": two is the value
            pair = differing(text, held) or _equal(text, held)
            if pair is None or not _measure_the_same(text, pair[0], held, pair[1]):
                continue
            found.append(
                (claim.dated, len(mine & stems(quote)), _old(text, quote, held, pair), said_by)
            )
    if not found:
        return None
    dated, _, figure, outlet = max(found, key=lambda one: one[:2])
    if figure is None:
        return None
    day = ShortDate(dated)
    if outlet and outlets and outlet not in outlets:
        return UserMessage(
            "was {figure} on {date}, {outlet}", figure=figure, date=day, outlet=outlet
        )
    return UserMessage("was {figure} on {date}", figure=figure, date=day)


def _old(text: str, quote: str, held: str, pair: tuple[Figure, Figure]) -> str | None:
    """The old figure as it was told; None if it is equal to the new one, or still valid."""
    new, old = pair
    # A figure that the new statement repeats wasn't replaced.
    mine, theirs = figure_values(text), figure_values(quote)
    if new.value in theirs or old.value in mine:
        return None
    figure = held[old.start : old.end].strip()
    return figure[:1].lower() + figure[1:] if figure.isalpha() else figure  # "Three people died"


def _equal(text: str, other: str) -> tuple[Figure, Figure] | None:
    """A figure that both statements have, for the same count."""
    return next(
        (
            (one, two)
            for one in find_figures(text)
            for two in find_figures(other)
            if one.value == two.value and one.units & two.units
        ),
        None,
    )


def _measure_the_same(text: str, one: Figure, other: str, two: Figure) -> bool:
    """Whether two figures measure the same property of the same thing; False in doubt.

    Both must be facts or forecasts, and of one kind (a share, money, a rate, a count). They must
    count the same things with the same fate: the dead aren't the rescued. The statements must be
    about the same names.
    """
    names = [frozenset(names_in(some)) - _TIMES for some in (text, other)]
    return (
        _kind(text, one) == _kind(other, two)
        and _measures(text, one) == _measures(other, two)
        and bool((one.units & two.units) - frozenset(map(stem, names[0] | names[1])))
        and 2 * len(names[0] & names[1]) >= min(map(len, names))
        and _of_the_same(text, one, other, two)
        and _times_before(_around(text, one)) <= _times_before(other)
        and _times_before(_around(other, two)) <= _times_before(text)
    )


def _times_before(text: str) -> frozenset[str]:
    return frozenset(one.casefold() for one in _OF_BEFORE.findall(text))


def _of_the_same(text: str, one: Figure, other: str, two: Figure) -> bool:
    """Whether two sums or shares are of one thing, if both say of what: of diesel, of gas."""
    if not any(_kind(text, one)[1:3]):
        return True
    mine, theirs = _of_what(text, one), _of_what(other, two)
    return not mine or not theirs or bool(mine & theirs)


def _of_what(text: str, figure: Figure) -> frozenset[str]:
    """The stems of what a figure is about: "a gallon of regular gas"."""
    found = [*_OF.finditer(_around(text, figure))]
    return stems(found[-1][1]) if found else frozenset()


def _kind(text: str, figure: Figure) -> tuple[bool, ...]:
    """Flags of a figure: whether it is a forecast, a share, money, a rate."""
    written = text[max(figure.start - 1, 0) : figure.end]
    behind = text[figure.end : figure.end + _RATE_WITHIN]
    return (
        _FORECAST.search(_around(text, figure)) is not None,
        _SHARE.search(written + behind[:_SHARE_WITHIN]) is not None,
        _MONEY.search(written + behind) is not None,
        _RATE.search(behind) is not None,
    )


def _measures(text: str, figure: Figure) -> frozenset[str]:
    """The classes of what happened to those that a figure counts: dead, rescued, sick, tested."""
    return frozenset(found.lastgroup or "" for found in _MEASURED.finditer(_around(text, figure)))


def _around(text: str, figure: Figure) -> str:
    """The part of a statement around a figure, up to commas and other figures."""
    start = max((one.end() for one in _PART.finditer(text, 0, figure.start)), default=0)
    end = _PART.search(text, figure.end)
    return text[start : end.start() if end else len(text)]


def _content(text: str) -> tuple[frozenset[str], frozenset[float]]:
    return stems(text), figure_values(text)


def _says_no_more(shared: int, mine: int, yours: int) -> bool:
    return shared >= _INSIDE * mine or shared >= _ALIKE * (mine + yours - shared)


Key = tuple[int, int, int]


def key_of(citation: Citation) -> Key:
    """The identity of a citation: the slice of a revision."""
    return citation.article.revision_id, citation.start, citation.end
