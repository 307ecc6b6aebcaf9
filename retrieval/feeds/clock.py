"""In which zone a feed's times are that name none: its usual one, else UTC. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, time, tzinfo
from typing import TYPE_CHECKING

from retrieval.ingest.extract.written_dates import Moment, usual_zone

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """A feed's usual zone; `assumed` names it if times without one are read by it, else ""."""

    usual: tzinfo = UTC
    assumed: str = ""

    @classmethod
    def of(cls, moments: Iterable[Moment | None]) -> Clock:
        """The clock of a feed with these moments."""
        known = [one for one in moments if one is not None]
        usual = usual_zone(known)
        bare = any(one.at is not None and one.zone is None for one in known)
        return cls(usual, str(usual) if bare else "")

    def instant(self, moment: Moment | None) -> datetime | None:
        """A moment as an instant in UTC; midnight sharp, which is a day in disguise, as it is."""
        if moment is None:
            return None
        try:
            if moment.at == time(0):
                return Moment(moment.day).instant()
            return moment.instant(self.usual).astimezone(UTC)
        except (ValueError, OverflowError):
            return None
