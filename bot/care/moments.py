"""Moments in words, as the clock on somebody's own wall shows them. Pure."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date


def local(at: datetime, zone: str) -> datetime:
    """The same moment on the clock of an IANA zone."""
    return at.astimezone(ZoneInfo(zone))


def clock_time(at: datetime, zone: str) -> str:
    """`14:03`."""
    return f"{local(at, zone):%H:%M}"


def weekday(at: datetime, zone: str, language: str) -> str:
    """`Monday`, in a language; in English where the language is not known to babel."""
    return format_date(local(at, zone), "EEEE", locale=locale_of(language))


def day_and_time(at: datetime, zone: str, language: str) -> str:
    """`4 May, 14:03`."""
    return f"{format_date(local(at, zone), 'd MMMM', locale=locale_of(language))}, {clock_time(at, zone)}"


def calendar_day(day: date, language: str) -> str:
    """`4 May 2026`."""
    return format_date(day, "d MMMM y", locale=locale_of(language))


def locale_of(language: str) -> Locale:
    """What babel knows of a language; English for one it does not know."""
    try:
        return Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale("en")
