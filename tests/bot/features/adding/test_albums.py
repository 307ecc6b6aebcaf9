from __future__ import annotations

import pytest

from bot.features.adding.jobs import _album_post
from bot.features.adding.sources import Post


def part(number: int, text: str) -> Post:
    url = f"https://t.me/notes/{number}"
    return Post(text, "Notes", url, "2026-11-27T09:00:00+00:00", "album")


@pytest.mark.parametrize("order", [(7, 8), (8, 7)])
def test_an_album_stands_under_its_first_part_whichever_is_read_first(
    order: tuple[int, int],
) -> None:
    parts = {7: part(7, "The first."), 8: part(8, "The second.")}
    whole = _album_post(parts[order[0]], parts[order[1]])
    assert whole.url == "https://t.me/notes/7"
    assert whole.text == "The first.\n\nThe second."
