"""A post is stored as its readers see it: without what is struck out, with polls and captions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from telegram import Message
from telegram.constants import MessageEntityType as Kind

from bot.features.adding.sources import Post, channel_post, forwarded, post_text

NOW = int(datetime(2026, 11, 27, 9, tzinfo=UTC).timestamp())
CHANNEL = {"id": -1001, "type": "channel", "title": "War Notes", "username": "warnotes"}


def message(**more: Any) -> Message:
    made = Message.de_json({"message_id": 7, "date": NOW, "chat": CHANNEL, **more}, None)
    assert made is not None
    return made


def entity(text: str, part: str, kind: str, **more: Any) -> dict[str, Any]:
    """An entity over `part`, as Telegram counts."""

    def units(of: str) -> int:
        return len(of.encode("utf-16-le")) // 2

    return {"type": kind, "offset": units(text[: text.index(part)]), "length": units(part), **more}


def shown(text: str, *parts: tuple[str, str], caption: bool = False) -> str:
    entities = [entity(text, part, kind) for part, kind in parts]
    name = "caption" if caption else "text"
    return post_text(
        message(**{name: text, f"{name}_entities" if caption else "entities": entities})
    )


@pytest.mark.parametrize("caption", [False, True])
@pytest.mark.parametrize(
    ("text", "part", "wanted"),
    [
        ("The bus killed twelve nine pupils.", "twelve ", "The bus killed nine pupils."),
        ("🔥🚌 It killed twelve nine pupils.", "twelve", "🔥🚌 It killed nine pupils."),
        ("He resigned, and left. Ні.", " resigned", "He, and left. Ні."),
        ("Bread is 40 30 crowns.", "40", "Bread is 30 crowns."),
        ("All gone.", "All gone.", ""),
    ],
)
def test_what_is_struck_out_is_not_said(text: str, part: str, wanted: str, caption: bool) -> None:
    assert shown(text, (part, Kind.STRIKETHROUGH), caption=caption) == wanted


def test_a_spoiler_is_kept_and_marked() -> None:
    text = "👍 The winner is Ida Holt, the jury said."
    assert shown(text, ("Ida Holt", Kind.SPOILER)) == (
        "👍 The winner is ||Ida Holt||, the jury said."
    )


def test_what_is_struck_out_in_a_spoiler_is_gone_with_it() -> None:
    text = "The winner is Ida Holt Jon Veld."
    both = (("Ida Holt", Kind.SPOILER), ("Ida Holt", Kind.STRIKETHROUGH))
    assert shown(text, *both) == "The winner is Jon Veld."


@pytest.mark.parametrize("kind", [Kind.BLOCKQUOTE, Kind.EXPANDABLE_BLOCKQUOTE])
def test_a_quotation_is_a_paragraph_of_its_own(kind: str) -> None:
    text = "The mayor wrote:\nWe sell no boats.\nNobody asked her."
    assert shown(text, ("We sell no boats.", kind)) == (
        "The mayor wrote:\n\nWe sell no boats.\n\nNobody asked her."
    )


def test_custom_emoji_move_no_offset() -> None:
    text = "🟢🟢 Salt costs 9 7 crowns 🟢."
    found = message(
        text=text,
        entities=[
            entity(text, "🟢🟢", Kind.CUSTOM_EMOJI, custom_emoji_id="1"),
            entity(text, "9 ", Kind.STRIKETHROUGH),
            entity(text, "Salt", Kind.BOLD),
        ],
    )
    assert post_text(found) == "🟢🟢 Salt costs 7 crowns 🟢."


def test_an_entity_beyond_the_text_does_no_harm() -> None:
    bad = [
        {"type": "strikethrough", "offset": 90, "length": 5},
        {"type": "spoiler", "offset": 0, "length": 900},
    ]
    assert post_text(message(text="Short.", entities=bad)) == "||Short.||"


MEDIA: list[dict[str, Any]] = [
    {"photo": [{"file_id": "a", "file_unique_id": "a", "width": 1, "height": 1}]},
    {"video": {"file_id": "a", "file_unique_id": "a", "width": 1, "height": 1, "duration": 1}},
    {"animation": {"file_id": "a", "file_unique_id": "a", "width": 1, "height": 1, "duration": 1}},
    {"audio": {"file_id": "a", "file_unique_id": "a", "duration": 1}},
    {"voice": {"file_id": "a", "file_unique_id": "a", "duration": 1}},
    {"document": {"file_id": "a", "file_unique_id": "a"}},
]


@pytest.mark.parametrize("medium", MEDIA, ids=lambda one: next(iter(one)))
def test_the_caption_of_any_medium_is_the_post(medium: dict[str, Any]) -> None:
    found = channel_post(message(caption="The mill burned.", **medium))
    assert found == Post(
        "The mill burned.", "War Notes", "https://t.me/warnotes/7", "2026-11-27T09:00:00+00:00"
    )


def poll(*, closed: bool) -> dict[str, Any]:
    options = [
        {"text": "Yes, at once", "voter_count": 40, "persistent_id": "1"},
        {"text": "No", "voter_count": 2, "persistent_id": "2"},
    ]
    return {
        "id": "1", "question": "Shall the bridge of Varn be closed?", "options": options,
        "total_voter_count": 42, "is_closed": closed, "is_anonymous": True, "type": "regular",
        "allows_multiple_answers": False, "allows_revoting": False, "members_only": False,
    }  # fmt: skip


def test_a_poll_is_its_question_and_its_answers() -> None:
    assert post_text(message(poll=poll(closed=False))) == (
        "Shall the bridge of Varn be closed?\n- Yes, at once\n- No"
    )
    assert post_text(message(poll=poll(closed=True))).endswith("\n- Yes, at once: 40\n- No: 2")


def test_a_forwarded_post_is_what_it_shows() -> None:
    text = "The bus killed twelve nine pupils."
    origin = {"type": "channel", "date": NOW, "chat": CHANNEL, "message_id": 3}
    found = forwarded(
        message(
            text=text,
            entities=[entity(text, "twelve ", Kind.STRIKETHROUGH)],
            forward_origin=origin,
        )
    )
    assert [one.text for one in found if isinstance(one, Post)] == ["The bus killed nine pupils."]
