"""What a reader and all readers together may spend in a day, in tokens. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.language import gettext as _


@dataclass(frozen=True, slots=True)
class Budget:
    """Tokens a day, from midnight UTC; 0 is no limit. Prices are of a million tokens."""

    a_reader: int = 0
    altogether: int = 0
    read_price: float = 0.0
    written_price: float = 0.0
    currency: str = "USD"

    def cost(self, read: int, written: int) -> float:
        """What tokens cost."""
        return (read * self.read_price + written * self.written_price) / 1e6

    @property
    def has_limit(self) -> bool:
        """Whether there is anything to look up before an answer."""
        return self.a_reader > 0 or self.altogether > 0


def beyond(budget: Budget, mine: int, all_of_us: int) -> str | None:
    """Why no model is asked for this reader any more today; None while there is something left."""
    if 0 < budget.a_reader <= mine:
        return _(
            "You have used today’s share of written answers; I quote until midnight UTC. Here are "
            "the sentences themselves."
        )
    if 0 < budget.altogether <= all_of_us:
        return _(
            "Today’s written answers are used up for everyone; I quote until midnight UTC. Here "
            "are the sentences themselves."
        )
    return None
