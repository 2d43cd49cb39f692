"""Staffed hours: what can be read, what cannot, and who is there when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.care.hours import DAYS, HoursError, Span, StaffedHours, parse_hours, staffed_hours
from bot.settings import SettingsError, read_settings

OFFICE = "mon-fri 09:00-17:00"
LONDON = "Europe/London"


def at(text: str, zone: str = LONDON) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def hours(text: str, zone: str = LONDON) -> StaffedHours:
    found = parse_hours(text, zone)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("mon 09:00-17:00", {Span(0, 540, 1020)}),
        ("MON-Wed 9:00-17:30", {Span(day, 540, 1050) for day in (0, 1, 2)}),
        ("fri-mon 10:00-12:00", {Span(day, 600, 720) for day in (4, 5, 6, 0)}),
        ("mon,thu 09:00-12:00,13:00-17:00", {Span(d, *s) for d in (0, 3) for s in ((540, 720), (780, 1020))}),
        ("mon 09:00-12:00; sat 10:00-11:00", {Span(0, 540, 720), Span(5, 600, 660)}),
        ("sun 22:00-06:00", {Span(6, 1320, 1800)}),
        ("sun 00:00-24:00", {Span(6, 0, 1440)}),
        ("24/7", {Span(day, 0, 1440) for day in range(7)}),
    ],
)
def test_hours_are_read(text: str, spans: set[Span]) -> None:
    assert set(hours(text).spans) == spans


def test_no_hours_stated() -> None:
    assert parse_hours("", LONDON) is None
    assert parse_hours("   ", LONDON) is None


@pytest.mark.parametrize(
    "text",
    ["monday 9-5", "mon", "mon-fri", "mon 9-17", "mon 25:00-26:00", "mon 09:60-10:00", "mon 09:00-24:01",
     "xxx 09:00-10:00", "mon-xxx 09:00-10:00", ";", "09:00-17:00", "mon 09:00–17:00"],
)  # fmt: skip
def test_what_cannot_be_read_is_said_at_start(text: str) -> None:
    with pytest.raises(HoursError):
        parse_hours(text, LONDON)
    stated = read_settings(_env_file=None, care_team_hours=text)
    with pytest.raises(SettingsError, match="CARE_TEAM_HOURS"):
        staffed_hours(stated)


@pytest.mark.parametrize(
    ("moment", "staffed"),
    [
        ("2026-05-04 08:59:59", False),
        ("2026-05-04 09:00", True),
        ("2026-05-04 16:59:59", True),
        ("2026-05-04 17:00", False),
        ("2026-05-09 12:00", False),
    ],
)
def test_office_hours(moment: str, staffed: bool) -> None:
    assert hours(OFFICE).open_at(at(moment)) is staffed


def test_the_next_opening() -> None:
    assert hours(OFFICE).next_opening(at("2026-05-08 17:30")) == at("2026-05-11 09:00")
    assert hours(OFFICE).next_opening(at("2026-05-04 10:00")) == at("2026-05-05 09:00")
    assert hours("24/7").next_opening(at("2026-05-04 10:00")) is None


def test_a_night_shift_is_one_span() -> None:
    night = hours("mon-sun 20:00-08:00")
    assert night.open_at(at("2026-05-04 03:00"))
    assert not night.open_at(at("2026-05-04 12:00"))
    assert night.next_opening(at("2026-05-04 12:00")) == at("2026-05-04 20:00")


def test_clock_changes() -> None:
    early = hours("sun 01:30-10:00")  # on 29 March 2026 London has no 01:30
    opening = early.next_opening(at("2026-03-28 12:00"))
    assert opening is not None
    assert opening == at("2026-03-29 02:30")
    long_night = hours("sat 22:00-06:00")  # on 25 October 2026 it lasts an hour more
    assert long_night.open_at(at("2026-10-25 05:59"))
    assert not long_night.open_at(at("2026-10-25 06:00"))


weeks = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 23), st.integers(0, 59), st.integers(1, 24 * 60)),
    min_size=1,
    max_size=6,
)
moments = st.integers(0, 366 * 86_400).map(lambda second: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second))


def spoken(spans: list[tuple[int, int, int, int]]) -> str:
    parts = []
    for day, hour, minute, length in spans:
        end = (hour * 60 + minute + length) % 1440
        parts.append(f"{DAYS[day]} {hour:02}:{minute:02}-{end // 60:02}:{end % 60:02}")
    return "; ".join(parts)


def staffed_slowly(spans: list[tuple[int, int, int, int]], moment: datetime) -> bool:
    """Minutes since Monday 00:00, with the week as a circle."""
    now = moment.weekday() * 1440 + moment.hour * 60 + moment.minute
    return any((now - (day * 1440 + hour * 60 + minute)) % (7 * 1440) < length for day, hour, minute, length in spans)


@given(weeks, moments)
@settings(max_examples=150, deadline=None)
def test_against_a_circle_of_minutes(spans: list[tuple[int, int, int, int]], moment: datetime) -> None:
    found = hours(spoken(spans), "UTC")
    assert found.open_at(moment) is staffed_slowly(spans, moment)


@given(weeks, moments)
@settings(max_examples=60, deadline=None)
def test_the_next_opening_is_the_first_minute_that_opens(
    spans: list[tuple[int, int, int, int]], moment: datetime
) -> None:  # fmt: skip
    found = hours(spoken(spans), "UTC").next_opening(moment)
    minute = moment.replace(second=0, microsecond=0)
    expected = None
    for _ in range(7 * 1440 + 1):
        minute += timedelta(minutes=1)
        if staffed_slowly(spans, minute) and not staffed_slowly(spans, minute - timedelta(minutes=1)):
            expected = minute
            break
    assert found == expected
