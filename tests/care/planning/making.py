"""A reader, a scene and a small world of towns for the tests of planning."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

from bot.care.planning.steps import Scene
from bot.care.reader import Clinic, Reader, Readers
from bot.knowledge.content import Library
from bot.knowledge.loading import load_library
from bot.plans.cities import Cities
from bot.settings import CONTENT_DIR

MONDAY = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)


@cache
def library() -> Library:
    return load_library(CONTENT_DIR, CONTENT_DIR)


@cache
def readers() -> Readers:
    return Readers(library(), Clinic("Elm Clinic", "01234 567890"))


def reader(country: str | None = "GB", language: str = "en") -> Reader:
    return readers().reader(language, country)


def _towns() -> Iterator[dict[str, Any]]:
    rows = (
        ("London", "GB", "ENG", "Europe/London", 8961989, 51.5, -0.13),
        ("London", "CA", "08", "America/Toronto", 346765, 43.0, -81.2),
        ("Berlin", "DE", "16", "Europe/Berlin", 3426354, 52.5, 13.4),
        ("New York City", "US", "NY", "America/New_York", 8175133, 40.7, -74.0),
        ("Chicago", "US", "IL", "America/Chicago", 2695598, 41.9, -87.6),
        ("Auckland", "NZ", "E7", "Pacific/Auckland", 417910, -36.8, 174.8),
    )
    for name, country, admin, zone, people, latitude, longitude in rows:
        yield {
            "name": name, "countrycode": country, "admin1code": admin, "timezone": zone, "population": people,
            "latitude": latitude, "longitude": longitude, "alternatenames": [],
        }  # fmt: skip


@cache
def cities() -> Cities:
    return Cities(_towns())


def scene(now: datetime = MONDAY, country: str | None = "GB", home_zone: str = "Europe/London") -> Scene:
    return Scene(reader(country), now, home_zone, cities())
