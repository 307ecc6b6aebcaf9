"""The table of cities: found by name or by place. It is read from disk once, when first asked."""

from __future__ import annotations

import difflib
import lzma
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import cos, radians
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = "cities.tsv.xz"
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


def folded(text: str) -> str:
    """Letters and digits only, without case and accents, one space between words."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    kept = (
        char if char.isalnum() else "" if _joins(char) else " "
        for char in bare
        if not unicodedata.combining(char)
    )
    return " ".join("".join(kept).split())


def _joins(char: str) -> bool:
    """Apostrophes, which people leave out."""
    return char in "'’ʼʹ`"


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
    wanted = folded(country)
    return [city for city in _all() if wanted and folded(city.country) == wanted]


def close_names(name: str) -> list[str]:
    """Names of large cities that are spelt much like it, the closest first."""
    known = {folded(city.name): city.name for city in _large()}
    return [known[one] for one in difflib.get_close_matches(folded(name), known, n=3, cutoff=0.75)]


def nearest_city(latitude: float, longitude: float) -> City:
    """The city next to a place on earth.

    Good enough for a time zone: of 20,000 smaller places, 0.8 %, in which 0.1 % of the people
    live, have another clock than the city next to them, and the reader is told which it was.
    """
    return min(_all(), key=lambda city: _squared_distance(city, latitude, longitude))


def _squared_distance(city: City, latitude: float, longitude: float) -> float:
    """In degrees, as on a map around the place; only to be compared."""
    across = abs(city.longitude - longitude)
    across = min(across, 360 - across) * cos(radians((latitude + city.latitude) / 2))
    return (city.latitude - latitude) ** 2 + across**2


def _whereabouts(city: City) -> set[str]:
    return {folded(one) for one in (city.region, city.country, city.country_code)} - {""}


@cache
def _text() -> str:
    packed = (files("bot.subscriptions") / TABLE).read_bytes()
    return lzma.decompress(packed).decode()


@cache
def _all() -> tuple[City, ...]:
    return tuple(map(_city, _text().splitlines()))


@cache
def _large() -> tuple[City, ...]:
    return tuple(city for city in _all() if city.population >= _LARGE)


def _lines(word: str) -> Iterator[str]:
    """The lines of the table with this word; a search in one long text needs no index."""
    text, at = _text(), 0
    while (at := text.find(word, at)) >= 0:
        start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
        yield text[start:end]
        at = end


def _city(line: str) -> City:
    _, name, region, country, code, zone, population, latitude, longitude = line.split("\t")
    return City(
        name, region, country, code, zone, int(population), float(latitude), float(longitude)
    )
