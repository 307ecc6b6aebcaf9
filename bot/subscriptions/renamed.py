"""IANA names that were given up, and those that took their place."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


def todays_name(zone: str) -> str:
    """Europe/Kyiv for Europe/Kiev; any other name as it is.

    `zone.tab` lists the names that people choose from, a country's at a time. A zone that it does
    not list any more goes by the name that it links to.
    """
    return _given_up().get(zone, zone)


@cache
def _given_up() -> dict[str, str]:
    listed = {line.split("\t")[2] for line in _lines("zone.tab") if not line.startswith("#")}
    links = (line.split() for line in _lines("tzdata.zi") if line.startswith("L "))
    return {old: new for _, new, old in links if old not in listed}


def _lines(name: str) -> list[str]:
    return (files("tzdata") / "zoneinfo" / name).read_text("utf-8").splitlines()
