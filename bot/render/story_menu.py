"""The buttons under a briefing: a number a story, and behind it what can be done. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Sequence

PREFIX = "brief"
_IN_A_ROW = 8
_DATA = re.compile(rf"^{PREFIX}:(\d{{1,15}}):([a-z]+):(\d{{1,3}}):(\d{{1,3}}):(\d{{1,3}})$")

Buttons = tuple[tuple[tuple[str, str], ...], ...]
"""Rows of (label, callback data)."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a button means: an action on story `number` of a briefing.

    `first` and `last` are the numbers of the message's stories.
    """

    briefing_id: int
    action: str
    number: int
    first: int
    last: int


def read(data: str) -> Pressed | None:
    """A button's callback data; None if it is none of these."""
    found = _DATA.match(data)
    if found is None:
        return None
    return Pressed(int(found[1]), found[2], int(found[3]), int(found[4]), int(found[5]))


def numbers(briefing_id: int, stories: Sequence[int]) -> Buttons:
    """A button for each story of a message; none for a message without stories."""
    if not stories:
        return ()
    first, last = stories[0], stories[-1]
    buttons = [(f"{n} …", _data(briefing_id, "open", n, first, last)) for n in stories]
    rows = range(0, len(buttons), _IN_A_ROW)
    return tuple(tuple(buttons[at : at + _IN_A_ROW]) for at in rows)


def menu(pressed: Pressed, *, followed: bool, muted: bool) -> Buttons:
    """What can be done with one story."""

    def button(label: str, action: str) -> tuple[str, str]:
        return label, _data(
            pressed.briefing_id, action, pressed.number, pressed.first, pressed.last
        )

    n = pressed.number
    return (
        (
            button(_("{number}: sources").format(number=n), "sources"),
            button(_("what changed"), "changed"),
        ),
        (button(_("ask about this"), "ask"), button(_("timeline"), "timeline")),
        (
            button(_("following ✓") if followed else _("follow"), "follow"),
            button(_("muted ✓") if muted else _("mute"), "mute"),
            button(_("watch"), "watch"),
        ),
        (button(_("« back"), "back"),),
    )


def _data(briefing_id: int, action: str, number: int, first: int, last: int) -> str:
    return f"{PREFIX}:{briefing_id}:{action}:{number}:{first}:{last}"
