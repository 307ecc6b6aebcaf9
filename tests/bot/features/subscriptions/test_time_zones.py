"""Cities, countries, names, offsets and places to time zones."""

from __future__ import annotations

from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.features.subscriptions.time_zones import (
    FoundZone,
    SeveralZones,
    UnknownZone,
    all_cities,
    cities_named,
    find_zone,
    folded,
    is_zone,
    nearest_city,
    todays_name,
    zone_at,
    zone_label,
)


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Kyiv", "Europe/Kyiv"),
        ("Kiev", "Europe/Kyiv"),
        ("Київ", "Europe/Kyiv"),
        ("Киев", "Europe/Kyiv"),
        ("  kYIV.", "Europe/Kyiv"),
        ("Одеса", "Europe/Kyiv"),
        ("Курск", "Europe/Moscow"),
        ("new york", "America/New_York"),
        ("San José, Costa Rica", "America/Costa_Rica"),
        ("Paris", "Europe/Paris"),
        ("Paris, Texas", "America/Chicago"),
        ("Springfield, Oregon", "America/Los_Angeles"),
        ("London, ca", "America/Toronto"),
        ("Germany", "Europe/Berlin"),
        ("Ukraine", "Europe/Kyiv"),
        ("Lord Howe", "Australia/Lord_Howe"),
        ("Europe/Kyiv", "Europe/Kyiv"),
        ("europe/kiev", "Europe/Kyiv"),
        ("america/new york", "America/New_York"),
        ("UTC", "Etc/UTC"),
        ("GMT", "Etc/UTC"),
        ("UTC+3", "Etc/GMT-3"),
        ("utc -5", "Etc/GMT+5"),
        ("+03:00", "Etc/GMT-3"),
        ("UTC−3", "Etc/GMT+3"),
        ("UTC+5:30", "Asia/Kolkata"),
        ("UTC+0", "Etc/UTC"),
    ],
)
def test_what_people_type(typed: str, zone: str) -> None:
    found = find_zone(typed)
    assert isinstance(found, FoundZone)
    assert found.zone == zone


def test_namesakes_with_different_clocks_are_a_choice() -> None:
    found = find_zone("Springfield")
    assert isinstance(found, SeveralZones)
    assert [one.name for one in found.choices] == [
        "Springfield, Missouri",
        "Springfield, Massachusetts",
        "Springfield, Oregon",
    ]
    russia = find_zone("Russia")
    assert isinstance(russia, SeveralZones)
    assert russia.choices[0].zone == "Europe/Moscow"


@pytest.mark.parametrize("typed", ["", "x", "Zzyzx Qwrt", "UTC+15", "UTC+3:17", "12", "x" * 500])
def test_what_is_no_place(typed: str) -> None:
    assert find_zone(typed) == UnknownZone()


def test_a_slip_of_the_pen_is_recognised() -> None:
    assert find_zone("Kharkhiv") == UnknownZone(("Kharkiv",))


@pytest.mark.parametrize(
    ("latitude", "longitude", "zone"),
    [
        (50.45, 30.52, "Europe/Kyiv"),
        (51.73, 36.19, "Europe/Moscow"),
        (40.71, -74.0, "America/New_York"),
        (-17.7, -179.99, "Pacific/Fiji"),  # across the date line
        (-90.0, 0.0, None),
    ],
)
def test_a_place_on_the_map(latitude: float, longitude: float, zone: str | None) -> None:
    found = zone_at(latitude, longitude)
    assert zone in {None, found.zone}
    assert is_zone(found.zone)


def test_every_zone_of_the_cities_is_known_here_by_todays_name() -> None:
    zones = {city.zone for city in all_cities()}
    assert len(zones) > 300
    assert all(is_zone(zone) for zone in zones)
    listed = (files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8")
    assert zones <= {line.split("\t")[2] for line in listed.splitlines() if line[0] != "#"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Europe/Kiev", "Europe/Kyiv"),
        ("Europe/Uzhgorod", "Europe/Kyiv"),
        ("America/Yellowknife", "America/Edmonton"),
        ("Asia/Calcutta", "Asia/Kolkata"),
        # the same clocks as Berlin's, but a name that is in use
        ("Europe/Oslo", "Europe/Oslo"),
        ("Etc/GMT-3", "Etc/GMT-3"),
    ],
)
def test_a_zone_that_was_renamed_has_todays_name(old: str, new: str) -> None:
    assert todays_name(old) == new


def test_every_city_is_found_by_its_name() -> None:
    for city in [*all_cities()][::400]:
        if len(folded(city.name)) > 1:
            assert city in cities_named(city.name)


def test_the_nearest_city_of_a_city_is_itself() -> None:
    for city in [*all_cities()][:300:30]:
        assert nearest_city(city.latitude, city.longitude).zone == city.zone


@given(st.text(max_size=30))
@settings(max_examples=50, deadline=None)
def test_any_text_is_answered(text: str) -> None:
    found = find_zone(text)
    if isinstance(found, FoundZone):
        ZoneInfo(found.zone)


def test_how_zones_are_written() -> None:
    assert zone_label("Etc/GMT-3") == "UTC+3"
    assert zone_label("Etc/GMT+5") == "UTC−5"
    assert zone_label("Etc/UTC") == "UTC"
    assert zone_label("America/New_York") == "America/New York"
    assert not is_zone("Mars/Olympus")
    assert not is_zone("../etc/passwd")
