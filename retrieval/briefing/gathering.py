"""What a window holds: its articles, by story."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from retrieval.archive import Archive
    from retrieval.models import Article, Passage, Window


@dataclass(frozen=True, slots=True)
class Happening:
    """A story as far as a window has it: its articles, newest first, without copies of others.

    `outlets` are those of the articles, each once, that of the newest first.
    """

    id: int
    articles: tuple[Article, ...]
    outlets: tuple[str, ...]
    newest: datetime


@dataclass(frozen=True, slots=True)
class Gathered:
    """The stories of a window, and what it holds in all; copies count among its articles."""

    articles: int
    outlets: int
    as_of: datetime | None
    stories: tuple[Happening, ...]
    leads: Mapping[int, Passage]


async def gather(archive: Archive, window: Window) -> Gathered:
    """Read what a window holds; stories have been put together before.

    Raises:
        ArchiveError: the archive failed.
    """
    by_story = await archive.stories(window.start, window.end)
    members = [one for found in by_story.values() for one in found]
    articles = await archive.articles(one.revision_id for one in members)
    living = [one for one in members if one.revision_id in articles]
    leads = await archive.passages(f"{one.revision_id}:0" for one in living)
    stories = []
    for story_id, found in sorted(by_story.items()):
        told_by = [
            (one.at, articles[one.revision_id])
            for one in sorted(found, key=lambda one: (one.at, one.article_id), reverse=True)
            if one.revision_id in articles and one.copy_of is None
        ]
        if told_by:
            stories.append(
                Happening(
                    id=story_id,
                    articles=tuple(article for _, article in told_by),
                    outlets=tuple(dict.fromkeys(article.outlet for _, article in told_by)),
                    newest=told_by[0][0],
                )
            )
    return Gathered(
        articles=len(living),
        outlets=len({articles[one.revision_id].outlet for one in living}),
        as_of=max((one.at for one in living), default=None),
        stories=tuple(stories),
        leads={passage.article.revision_id: passage for passage in leads.values()},
    )
