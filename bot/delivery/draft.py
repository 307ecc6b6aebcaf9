"""What is shown of a message that is being written, and when: pure, the clock is the caller's."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.render.rich_text import RichText

EVERY_S = 1.0
SLOWEST_S = 16.0


class Draft:
    """The newest text, what of it the reader has, and how soon that may change.

    All instants are seconds of one clock. `lasts_s`: after so long Telegram shows the text no more,
    so it is shown again.
    """

    def __init__(self, lasts_s: float = inf) -> None:
        self._lasts_s = lasts_s
        self._newest: RichText | None = None
        self._shown: RichText | None = None
        self._shown_at = -inf
        self._every_s = EVERY_S
        self._over = False

    @property
    def newest(self) -> RichText | None:
        """What should be shown."""
        return self._newest

    def write(self, text: RichText) -> None:
        """There is more to show; what was not shown yet is passed over."""
        self._newest = text

    def forget(self) -> None:
        """There is nothing to show any more; what the reader has stays."""
        self._newest = None

    def wait(self, now: float) -> float | None:
        """Seconds until something is to be shown; None while there is nothing to show."""
        if self._over or self._newest is None:
            return None
        pause = self._every_s if self._newest != self._shown else self._lasts_s
        return None if pause == inf else max(0.0, self._shown_at + pause - now)

    def showed(self, text: RichText, now: float) -> None:
        """The reader has this text."""
        self._shown, self._shown_at = text, now

    def refused(self, now: float) -> None:
        """Telegram wants fewer, or did not answer: half as often from now on."""
        self._shown_at = now
        self._every_s = min(2 * self._every_s, SLOWEST_S)

    def lost(self) -> None:
        """The message is gone, or can't be: nothing more is shown before the whole."""
        self._over = True
