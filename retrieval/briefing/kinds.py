"""The kind of an article, by its title and address: news or something else. Pure.

A round-up, a gallery, a column or a live page is about many things or about no event: it isn't used
for stories in briefings, nor counted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from retrieval.models import Article

_NUMBER = (
    r"(?:\d{1,2}|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|дв[аі]|три|чотири"
    r"|четыре|п['’]?ять|пять|десять|сім|семь)"
)
_DAY = (
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day(?:['’]s)?|today(?:['’]s)?|this week(?:['’]s)?)"
)
_SEVERAL = (
    r"(?:things|stories|headlines|takeaways|facts|photos|pictures|cartoons|reasons|ways|tips)"
)
# Titles that name their kind.
_TITLES = {
    "a round-up": (
        r"^[^,:]{3,28}(?:, [^,:]{3,28}){3,}$"
        rf"|^{_NUMBER} (?:\w+ ){{0,3}}{_SEVERAL}\b(?: you | to | that | from | about "
        r"|:|$| in | of )"
        rf"|\bwhat (?:you need )?to know (?:for|on|about) {_DAY}"
        rf"|\b(?:morning|evening|daily|weekend|noon|{_DAY}) "
        r"(?:briefing|digest|round-?up|recap|wrap)\b"
        r"|^(?:news )?(?:briefs?|round-?up|digest|wrap|recap)\s*[:–—|-]|\b(?:news|weekly|week['’]s"
        r"|daily) (?:round-?up|digest|recap|in review)\b|\bround-?up$"
        r"|^the week in\b(?! (?:pictures|photos))"
        r"|\bweek in review\b|[:;] (?:5|five|ten|10) things\b|\bnews from around (?:our|the) 50\b"
        r"|^(?:today['’]s )?(?:top|main) (?:news|stories|headlines)\b|\b(?:top|main) (?:stories"
        r"|headlines) (?:of|for|this|today)\b|^(?:newsletter|the briefing)\s*[:|–—-]"
        r"|^(?:дайджест|огляд|обзор|підсумки|итоги|головн[еі]|главн(?:ое|ые))\b.{0,20}\b(?:за"
        r"|дня|тижн"
        r"|недел|новин|новост|преси|прессы|день|добу|сутки)|^дайджест\b"
    ),
    "a day of the calendar": (
        r"\bon this (?:day|date)\b|\b(?:today|this day|this week) in history\b"
        r"|\bцей день в історії\b|\bэтот день в истории\b|\b(?:in|from) the archives?$"
        r"|\b\d+ years ago (?:today|this week)\b"
    ),
    "pictures": (
        r"^(?:in )?(?:photos?|pictures?|images|gallery|slideshow|cartoons?|video|watch|у фото|фото"
        r"|в фото|відео|видео|фоторепортаж)\s*[:|–—-]|\b(?:in (?:photos|pictures)"
        r"|photo (?:gallery|essay)"
        r"|(?:photos|pictures|cartoons?|images) (?:of|from|this) (?:the )?(?:week|day|month"
        r"|year))\b"
        r"|\bbest (?:photos|pictures)\b|\b(?:photos|pictures|images) show\b"
    ),
    "a live page": (
        r"\blive (?:updates?|blog|coverage|stream|feed)\b|\bas it happened\b|^(?:watch"
        r"|follow) live\b"
        r"|\bhow to (?:watch|stream)\b|\bwatch (?:it )?live\b|\blive[:|]|^live\b\s*[:|–—-]"
        r"|\bонлайн[- ](?:трансляц|хроник)|\bпряма трансляція\b|\bпрямая трансляция\b"
    ),
    "opinion": (
        r"^(?:opinion|commentary|editorial|column|letters?|op-?ed|analysis|perspective|viewpoint"
        r"|думка|погляд|колонка|мнение|взгляд|блог)s?\s*[:|–—-]|[|–—-]\s*(?:opinion|editorial"
        r"|column"
        r"|commentary|letters?|думка|колонка|мнение)s?$|\bletters? to the editor\b|\(opinion\)"
        r"|^(?:ask|dear) (?:amy|abby|annie|carolyn|prudence|eric)\b"
    ),
    "a review": (
        r"(?:^|\b(?:film|movie|book|album|tv|theatre|theater|game|car|restaurant) )review\s*[:|–—-]"
        r"|\breview$|\brecaps?\b\s*:|\bбест[- ]?селер|^рецензі|^рецензия"
    ),
    "a game": (
        r"\b(?:quiz(?! ?(?:show|master))|crossword|wordle|sudoku|horoscopes?|trivia"
        r"|lottery (?:numbers|results)"
        r"|winning numbers|гороскоп\w*|сканворд|кросворд|кроссворд|вікторина|викторина)\b"
    ),
    "shopping and service": (
        r"^what to do (?:if|when|in case)\b"
        r"|\b(?:best deals|deals? (?:of|for) the (?:day|week)|gift guide|buying guide|coupons?"
        r"|prime day deals|recipes?)\b|^(?:shop|deals?)\s*[:|–—-]|\b(?:tv|viewing) (?:guide"
        r"|listings)\b"
    ),
    "a transcript": (
        r"\brush transcript\b"
        r"|\baired (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w* \d"
    ),
    "a podcast": (
        r"^(?:podcast|listen|подкаст)\s*[:|–—-]|\bpodcast\b\s*[:|]|\btranscript\b\s*[:|–—-]"
        r"|[:|–—-]\s*transcript$"
    ),
}
_TITLE = re.compile(
    "|".join(f"(?P<t{n}>{words})" for n, words in enumerate(_TITLES.values())), re.IGNORECASE
)
_KINDS = tuple(_TITLES)
# By a folder in the address.
_FOLDERS = {
    "opinion": "opinion opinions commentisfree editorial editorials op-ed oped columns columnists "
    "columnist letters commentary dumka kolonka mnenie",
    "a live page": "live live-news live-updates liveblog live-blog liveblogs online-translyaciya",
    "pictures": "gallery galleries pictures in-pictures photos photo-gallery picture-gallery "
    "cartoons "
    "cartoon political-cartoons videos slideshow picture-essay",
    "a game": "quiz quizzes crossword crosswords puzzles horoscope horoscopes games wordle",
    "a review": "review reviews film-review book-review",
    "shopping and service": "deals coupons cnn-underscored underscored reviewed recipes "
    "recipe "
    "select wirecutter",
    "a podcast": "podcast podcasts newsletters newsletter transcripts",
    "a round-up": "daily-briefing morning-briefing briefing-newsletter digest roundup round-up",
}
_FOLDER = {name: kind for kind, names in _FOLDERS.items() for name in names.split()}


# By the last part of the address.
_SLUG = re.compile(
    r"(?:^|-)(?:(?P<roundup>(?:5|five|10|ten)-things(?:-to-know)?|(?:daily|morning"
    r"|evening)-briefing"
    r"|news-from-around|week-in-review|its-(?:mon|tues|wednes|thurs|fri|satur|sun)days-news)"
    r"|(?P<podcast>podcast))(?:-|$)|-(?P<opinion>analysis|opinion)$"
)
_SLUG_KINDS = {"roundup": "a round-up", "podcast": "a podcast", "opinion": "opinion"}
# Desks whose stories weigh less, and explainers and features about earlier news.
_DESKS = (
    "sport sports sport-news football soccer mlb nba nfl nhl wnba tennis golf cricket olympics",
    "baseball basketball ncaaf ncaab mma entertainment celebrity celebrities showbiz life",
    "style culture music movies film tv television books fashion food dining travel arts",
    "lifestyle lifestyles theatre gossip pop-culture people restaurants cars autos",
    "wellness parenting спорт kultura",
)
_SOFT = frozenset(name for names in _DESKS for name in names.split())
_SOFT_SLUG = re.compile(
    r"(?:^|-)(?:analysis|explainer|newsletter|what-matters|feature|obit)(?:-|$)"
)
_EXPLAINS = re.compile(
    r"^(?!(?-i:WHO)\b)(?:why|how|what|who|where|here['’]s|inside|meet|explainer"
    r"|analysis|fact[- ]check|чому|як|що|почему|как|что|кто|хто)\b"
    r"|\bexplained\b|\bhere['’]s what\b|\?(?:\s|$)|\bwhat to know\b"
    r"|\beverything (?:to|you need to) know\b|\bwe have answers\b|\byour questions\b",
    re.IGNORECASE,
)
_PLAYED = re.compile(
    r"\b(?:home runs?|homers?|touchdowns?|quarterbacks?|playoffs?|box office|super bowl"
    r"|world series|grand slam|halftime|emmys?|grammys?|oscars?|red carpet"
    r"|trailer|premier league"
    r"|\d{1,3}-\d{1,3} (?:win|loss|victory|defeat)"
    r"|(?:beats?|edges?|routs?) .{2,30} \d{1,3}-\d{1,3})\b",
    re.IGNORECASE,
)


def is_soft(title: str, url: str | None = None) -> bool:
    """Whether an article is from a desk such as sport or lifestyle, or an explainer."""
    if _EXPLAINS.search(title.strip()) or _PLAYED.search(title):
        return True
    *folders, slug = _parts(url) or [""]
    return any(name in _SOFT for name in folders) or _SOFT_SLUG.search(slug) is not None


def _parts(url: str | None) -> list[str]:
    """The folders of an address, and its last part."""
    try:
        path = urlsplit(url or "").path
    except ValueError:
        return []
    parts = [part for part in unquote(path).casefold().split("/") if part]
    slugs = [part for part in parts if "-" in part and not part.startswith("index")]
    return [*(part for part in parts[:-1] if part not in slugs[-1:]), slugs[-1] if slugs else ""]


def kind_apart(title: str, url: str | None = None) -> str | None:
    """The kind of an article that isn't news ("a round-up", "opinion"); None for news."""
    found = _TITLE.search(title.strip())
    if found is not None and found.lastgroup:
        return _KINDS[int(found.lastgroup[1:])]
    *folders, slug = _parts(url) or [""]
    said = _SLUG.search(slug)
    if said is not None and said.lastgroup:
        return _SLUG_KINDS[said.lastgroup]
    return next((_FOLDER[name] for name in folders if name in _FOLDER), None)


def is_apart(article: Article) -> bool:
    """Whether an article isn't news; see `kind_apart`."""
    return kind_apart(article.title, article.url) is not None
