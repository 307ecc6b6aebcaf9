"""Which copy represents a report that several outlets print."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from retrieval.briefing.gathering import speakers
from retrieval.storage.briefings import StoryMember
from tests.support.passages import article

if TYPE_CHECKING:
    from retrieval.models import Article

NOON = datetime(2024, 11, 12, 12, tzinfo=UTC)


def printed(*outlets: tuple[str, str], copies: dict[int, int]) -> list[str]:
    """Who speaks, of articles numbered from 1; `copies` are which of them repeat which."""
    articles: dict[int, Article] = {}
    members = []
    for number, (outlet, url) in enumerate(outlets, start=1):
        articles[number] = replace(article("A title", outlet=outlet, revision=number), url=url)
        members.append(StoryMember(number, number, NOON, copies.get(number)))
    return sorted(articles[one.revision_id].outlet for one in speakers(members, articles))


def test_the_outlets_own_page_tells_what_free_hosting_printed_first() -> None:
    thief = ("thief.blogspot.com", "https://thief.blogspot.com/1")
    wire = ("Wire", "https://wire.example/1")
    alpha = ("Alpha", "https://alpha.example/1")
    assert printed(thief, wire, copies={2: 1}) == ["Wire"]
    assert printed(wire, thief, copies={2: 1}) == ["Wire"]
    assert printed(wire, alpha, copies={2: 1}) == ["Wire"]
    assert printed(thief, wire, alpha, copies={2: 1, 3: 2}) == ["Wire"]
    assert printed(wire, alpha, copies={}) == ["Alpha", "Wire"]
    assert printed(thief, wire, copies={1: 9, 2: 2}) == []
    assert printed(thief, wire, copies={1: 2, 2: 1}) == []
