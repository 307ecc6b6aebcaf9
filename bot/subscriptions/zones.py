"""Time zones: from what a person types, or from where they are, to an IANA name."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from bot.subscriptions.cities import (
    City,
    cities_named,
    cities_of,
    close_names,
    nearest_city,
)
from bot.subscriptions.geonames import folded
from bot.subscriptions.renamed import todays_name

# A namesake in another zone, or a country's other zone, is not asked about if so many times fewer
# people live there.
_LARGER_NAMESAKE = 5
_LARGER_PART = 10
MOST_CHOICES = 6
MAX_NAME = 80
# Written as an offset, but IANA has none with minutes: zones that never change their clocks.
_WITH_MINUTES = {
    "+03:30": "Asia/Tehran",
    "+04:30": "Asia/Kabul",
    "+05:30": "Asia/Kolkata",
    "+05:45": "Asia/Kathmandu",
    "+06:30": "Asia/Yangon",
    "+08:45": "Australia/Eucla",
    "+09:30": "Australia/Darwin",
    "-09:30": "Pacific/Marquesas",
}
_OFFSET = re.compile(
    r"(?:utc|gmt)?\s*(?:(?P<sign>[+\-−–])\s*(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Found:
    """A zone, and the name by which it was found."""

    zone: str
    name: str


@dataclass(frozen=True, slots=True)
class Several:
    """Namesakes with different clocks, the largest first; `zone` and `name` of each."""

    choices: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """No such place; `close` are names that are spelt much like it."""

    close: tuple[str, ...] = ()


Zone = Found | Several | Unknown


def find_zone(text: str) -> Zone:
    """The zone of a city or country in any usual spelling, an IANA name, or an offset."""
    words = " ".join(text.split()).strip(" .")
    if not words or len(words) > MAX_NAME:
        return Unknown()
    if zone := written_zone(words):
        return Found(zone, words)
    if cities := cities_named(words):
        return _chosen(cities, _LARGER_NAMESAKE)
    if cities := cities_of(words):
        return _chosen(cities, _LARGER_PART)
    if zone := _by_city_of_iana(words):
        return Found(zone, words)
    return Unknown(tuple(close_names(words)))


def written_zone(words: str) -> str | None:
    """The zone of an IANA name or an offset; no city is looked for."""
    return _iana(words) or _offset(words)


def zone_at(latitude: float, longitude: float) -> Found:
    """The zone of a place on earth: that of the nearest city."""
    city = nearest_city(latitude, longitude)
    return Found(city.zone, city.label)


def is_zone(name: str) -> bool:
    """Whether there is such an IANA zone here."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def zone_label(zone: str) -> str:
    """An IANA name as people read it: Etc/GMT-3 is written the other way round."""
    if zone.startswith("Etc/GMT") and len(zone) > len("Etc/GMT"):
        sign, hours = zone[7], zone[8:]
        return f"UTC{'−' if sign == '+' else '+'}{hours}"
    return zone.removeprefix("Etc/").replace("_", " ")


def _chosen(cities: list[City], larger: int) -> Zone:
    """The zone that most of them live in, unless another has not much fewer."""
    people: Counter[str] = Counter()
    largest: dict[str, Found] = {}
    for city in cities:
        people[city.zone] += city.population
        largest.setdefault(city.zone, Found(city.zone, city.label))
    (zone, most), *others = people.most_common()
    if all(most >= number * larger for _, number in others):
        return largest[zone]
    return Several(tuple(largest[zone] for zone, _ in people.most_common(MOST_CHOICES)))


def _iana(words: str) -> str | None:
    return _iana_names().get(words.replace(" ", "_").casefold())


def _by_city_of_iana(words: str) -> str | None:
    """For places that have a zone of their own and are no large city: Lord Howe, Nuuk."""
    wanted = folded(words)
    ends = {folded(name.rsplit("/", 1)[-1]): name for name in sorted(_iana_names().values())}
    return ends.get(wanted) if not wanted.replace(" ", "").isdigit() else None


@cache
def _iana_names() -> dict[str, str]:
    """Area/City names; without abbreviations such as EST, which ignore summer time."""
    names = {
        name.casefold(): todays_name(name)
        for name in available_timezones()
        if "/" in name and not name.startswith(("posix/", "right/", "Etc/"))
    }
    return names | {f"etc/gmt{n:+d}": f"Etc/GMT{n:+d}" for n in range(-14, 13) if n}


def _offset(words: str) -> str | None:
    found = _OFFSET.fullmatch(words)
    if found is None:
        return None
    if found["sign"] is None:
        return "Etc/UTC"
    sign = "+" if found["sign"] == "+" else "-"
    hours, minutes = int(found["hours"]), int(found["minutes"] or 0)
    if minutes:
        return _WITH_MINUTES.get(f"{sign}{hours:02d}:{minutes:02d}")
    if hours == 0:
        return "Etc/UTC"
    name = f"Etc/GMT{'-' if sign == '+' else '+'}{hours}"  # IANA counts them westward
    return name if is_zone(name) else None
