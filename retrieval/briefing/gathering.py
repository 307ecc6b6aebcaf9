"""What a window holds: its articles, by story."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrieval.outlets import publishers, standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from retrieval.archive import Archive
    from retrieval.archive.story_members import StoryMember
    from retrieval.models import Article, Passage, Window


# From a copy to its original; who is farther away speaks for nobody.
_MOST_STEPS = 8


@dataclass(frozen=True, slots=True)
class Happening:
    """A story as far as a window has it: its articles, newest first, without copies of others.

    `outlets` are those of the articles, one for each publisher, the newest's first. `members` are
    the article and the revision of everything that belongs to it, copies too; `also` are outlets
    that only have copies.
    """

    id: int
    articles: tuple[Article, ...]
    outlets: tuple[str, ...]
    newest: datetime
    members: tuple[tuple[int, int], ...] = ()
    also: tuple[str, ...] = ()


def speakers(members: Iterable[StoryMember], articles: Mapping[int, Article]) -> list[StoryMember]:
    """Of each report that several print, the one that is told; `articles` by revision.

    That is the original, unless a copy's address speaks better for its outlet: what free hosting
    printed first may have been taken from the outlet whose page came later. Copies of what is not
    here are not told.
    """
    by_id = {one.article_id: one for one in members}
    found: dict[int, StoryMember] = {}
    for one in sorted(by_id.values(), key=lambda one: (one.copy_of is not None, one.article_id)):
        root: StoryMember | None = one
        for _ in range(_MOST_STEPS):  # two may repeat each other, when one was revised
            if root is None or root.copy_of is None:
                break
            root = by_id.get(root.copy_of)
        if root is None or root.copy_of is not None:
            continue
        known = found.get(root.article_id)
        if known is None or _standing(one, articles) < _standing(known, articles):
            found[root.article_id] = one
    return list(found.values())


def _standing(one: StoryMember, articles: Mapping[int, Article]) -> int:
    article = articles[one.revision_id]
    return standing(article.outlet, article.url)


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
        living_here = [one for one in found if one.revision_id in articles]
        told_by = [
            (one.at, articles[one.revision_id])
            for one in sorted(
                speakers(living_here, articles),
                key=lambda one: (one.at, one.article_id),
                reverse=True,
            )
        ]
        if told_by:
            outlets = publishers((one.outlet, one.url) for _, one in told_by)
            printed = [articles[one.revision_id] for one in living_here]
            every = publishers(
                [(one.outlet, one.url) for one in ((*(one for _, one in told_by), *printed))]
            )
            stories.append(
                Happening(
                    id=story_id,
                    articles=tuple(article for _, article in told_by),
                    outlets=outlets,
                    also=every[len(outlets) :],
                    newest=told_by[0][0],
                    members=tuple((one.article_id, one.revision_id) for one in living_here),
                )
            )
    return Gathered(
        articles=len(living),
        outlets=len({articles[one.revision_id].outlet for one in living}),
        as_of=max((one.at for one in living), default=None),
        stories=tuple(stories),
        leads={passage.article.revision_id: passage for passage in leads.values()},
    )
