"""Cities, found by name or by place.

They are read when first asked for, which takes a second: not on the event loop. They are kept as
one long text in UTF-8, 3 MB, in which a name is found within milliseconds without an index.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from math import cos, radians
from typing import TYPE_CHECKING

from bot.subscriptions.geonames import folded, read_cities

if TYPE_CHECKING:
    from collections.abc import Iterator

_LARGE = 100_000


@dataclass(frozen=True, slots=True)
class City:
    """A city as GeoNames has it; `region` is filled in where a country has many namesakes."""

    name: str
    region: str
    country: str
    country_code: str
    zone: str
    population: int
    latitude: float
    longitude: float

    @property
    def label(self) -> str:
        """Springfield, Missouri; Kyiv, Ukraine."""
        return f"{self.name}, {self.region or self.country}"


def cities_named(name: str) -> list[City]:
    """Cities that are called so in any spelling, the largest first; "Paris, Texas" works too."""
    head, _, tail = name.partition(",")
    first, where = folded(head), folded(tail)
    if len(first) < 2:  # noqa: PLR2004  no city is written with one letter
        return []
    found = [_city(line) for line in _lines(f"|{first}|")]
    return [city for city in found if not where or where in _whereabouts(city)]


def cities_of(country: str) -> list[City]:
    """The cities of a country, the largest first; none if there is no such country."""
    name = _countries().get(folded(country))
    found = map(_city, _lines(f"\t{name}\t")) if name else ()
    return [city for city in found if city.country == name]


def close_names(name: str) -> list[str]:
    """Names of large cities that are spelt much like it, the closest first."""
    known = _large()
    return [known[one] for one in difflib.get_close_matches(folded(name), known, n=3, cutoff=0.75)]


def nearest_city(latitude: float, longitude: float) -> City:
    """The city next to a place on earth.

    Good enough for a time zone: near a border it may be the neighbour's, and the reply names it.
    """
    return min(all_cities(), key=lambda city: _squared_distance(city, latitude, longitude))


def _squared_distance(city: City, latitude: float, longitude: float) -> float:
    """In degrees, as on a map around the place; only to be compared."""
    across = abs(city.longitude - longitude)
    across = min(across, 360 - across) * cos(radians((latitude + city.latitude) / 2))
    return (city.latitude - latitude) ** 2 + across**2


def _whereabouts(city: City) -> set[str]:
    return {folded(one) for one in (city.region, city.country, city.country_code)} - {""}


@cache
def _text() -> bytes:
    return read_cities().encode()


def all_cities() -> Iterator[City]:
    """All of them, the largest first."""
    return map(_city, _text().splitlines())


@cache
def _countries() -> dict[str, str]:
    """The names of countries, by how they are searched for."""
    return {folded(name): name for name in {city.country for city in all_cities()}}


@cache
def _large() -> dict[str, str]:
    """The names of large cities, by how they are searched for."""
    large = takewhile(lambda city: city.population >= _LARGE, all_cities())
    return {folded(city.name): city.name for city in large}


def _lines(word: str) -> Iterator[bytes]:
    """The lines with this word."""
    text, sought, at = _text(), word.encode(), 0
    while (at := text.find(sought, at)) >= 0:
        start, end = text.rfind(b"\n", 0, at) + 1, text.find(b"\n", at)
        yield text[start:end]
        at = end


def _city(line: bytes) -> City:
    _, name, region, country, code, zone, population, latitude, longitude = line.decode().split(
        "\t"
    )
    return City(
        name, region, country, code, zone, int(population), float(latitude), float(longitude)
    )
