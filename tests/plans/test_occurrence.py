"""Local dates and times become the right instants, in every zone, at every clock change."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import islice, takewhile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.plans.cadence import Cadence, Every, OnWeekdays, last_date, months_later, next_date
from bot.plans.occurrence import local_instant, next_occurrence, occurrences, planned_dates
from bot.plans.plan import Loading, UntilDate
from tests.plans import making, reference
from tests.plans.making import plan, utc


@pytest.mark.parametrize(
    ("zone", "day", "at", "local_date", "instant"),
    [
        # gap: shifted by its length, the same day
        ("Europe/Berlin", date(2026, 3, 29), time(2, 30), date(2026, 3, 29), utc(2026, 3, 29, 1, 30)),
        # fold: the first of the two
        ("Europe/Berlin", date(2026, 10, 25), time(2, 30), date(2026, 10, 25), utc(2026, 10, 25, 0, 30)),
        # midnight gap
        ("Africa/Cairo", date(2026, 4, 24), time(0, 15), date(2026, 4, 24), utc(2026, 4, 23, 22, 15)),
        ("Asia/Beirut", date(2026, 3, 29), time(0, 0), date(2026, 3, 29), utc(2026, 3, 28, 22, 0)),
        ("America/Sao_Paulo", date(2018, 11, 4), time(0, 30), date(2018, 11, 4), utc(2018, 11, 4, 3, 30)),
        # fold before midnight: the first 23:30
        ("America/Sao_Paulo", date(2018, 2, 17), time(23, 30), date(2018, 2, 17), utc(2018, 2, 18, 1, 30)),
        # half an hour only
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), date(2026, 10, 4), utc(2026, 10, 3, 15, 45)),
        ("Australia/Lord_Howe", date(2026, 4, 5), time(1, 45), date(2026, 4, 5), utc(2026, 4, 4, 14, 45)),
        # a gap up to midnight: later would be tomorrow, so the stretch before it
        ("America/Scoresbysund", date(2025, 3, 29), time(23, 30), date(2025, 3, 29), utc(2025, 3, 30, 0, 30)),
        # a date that never was
        ("Pacific/Apia", date(2011, 12, 30), time(9, 0), date(2011, 12, 31), utc(2011, 12, 30, 19, 0)),
        ("Asia/Kathmandu", date(2026, 5, 4), time(9, 0), date(2026, 5, 4), utc(2026, 5, 4, 3, 15)),
    ],
)
def test_known_clock_changes(zone: str, day: date, at: time, local_date: date, instant: datetime) -> None:
    assert local_instant(day, at, zone) == (local_date, instant)
    assert reference.around(zone, day).instant(day, at) == (local_date, instant)


@st.composite
def moments(draw: st.DrawFn) -> tuple[str, date, time]:
    """A zone, day and time; half of the times within a day of a clock change."""
    zone, day = draw(making.zones), draw(making.days)
    if draw(st.booleans()):
        middle = datetime.combine(day, time(0))
        watched = reference.SlowZone(zone, middle, middle + timedelta(days=400))
        changes = watched.gaps() + watched.folds()
        if changes:
            start, end = draw(st.sampled_from(changes))
            minutes = int((end - start) / reference.MINUTE)
            moment = start + draw(st.integers(-60, minutes + 60)) * reference.MINUTE
            return zone, moment.date(), moment.time()
    return zone, day, draw(making.times)


@settings(max_examples=150, deadline=None)
@given(moments())
def test_any_time_in_any_zone(moment: tuple[str, date, time]) -> None:
    zone, day, at = moment
    assert local_instant(day, at, zone) == reference.around(zone, day).instant(day, at)


@settings(max_examples=300, deadline=None)
@given(making.cadences, making.days, st.integers(-400, 2000))
def test_series_against_looking_at_every_day(cadence: Cadence, anchor: date, offset: int) -> None:
    after = anchor + timedelta(days=offset)
    days = reference.dates(cadence, anchor, max(anchor, after + reference.DAY), after + timedelta(days=1500))
    found: list[date] = []
    day = after
    while len(found) < len(days):
        day = next_date(cadence, anchor, day)
        found.append(day)
    assert found == days
    before = reference.dates(cadence, anchor, anchor, after)
    assert last_date(cadence, anchor, after) == (before[-1] if before else None)


def test_the_last_of_january_does_not_drift() -> None:
    monthly = Every(1, "months")
    days = [date(2027, 1, 31)]
    for _ in range(14):
        days.append(next_date(monthly, date(2027, 1, 31), days[-1]))
    assert [day.day for day in days] == [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 29, 31]


def test_leap_day() -> None:
    assert months_later(date(2028, 2, 29), 12) == date(2029, 2, 28)
    assert months_later(date(2028, 2, 29), 48) == date(2032, 2, 29)
    assert next_date(Every(1, "days"), date(2028, 2, 28), date(2028, 2, 28)) == date(2028, 2, 29)


def test_a_skipped_date_merges_with_the_next() -> None:
    daily = plan(zone="Pacific/Apia", anchor=date(2011, 12, 28), maintenance=Every(1, "days"))
    dates = [each.local_date for each in islice(occurrences(daily, date(2011, 12, 28)), 4)]
    assert dates == [date(2011, 12, 28), date(2011, 12, 29), date(2011, 12, 31), date(2012, 1, 1)]
    fridays = plan(zone="Pacific/Apia", anchor=date(2011, 12, 23), maintenance=OnWeekdays((4,)))
    dates = [each.local_date for each in islice(occurrences(fridays, date(2011, 12, 20)), 3)]
    assert dates == [date(2011, 12, 23), date(2011, 12, 31), date(2012, 1, 6)]
    saturday = next_occurrence(fridays, utc(2011, 12, 30, 10, 30))  # already 31 December there
    assert saturday is not None
    assert saturday.local_date == date(2011, 12, 31)


def test_the_last_loading_date_is_not_planned_twice() -> None:
    loading = plan(loading=Loading(Every(2, "days"), UntilDate(date(2026, 5, 7))), maintenance=Every(1, "weeks"))
    found = list(islice(planned_dates(loading, date(2026, 1, 1)), 4))
    assert found == [
        (date(2026, 5, 4), "loading"),
        (date(2026, 5, 6), "loading"),
        (date(2026, 5, 13), "maintenance"),
        (date(2026, 5, 20), "maintenance"),
    ]


@settings(max_examples=100, deadline=None)
@given(making.cadences, making.zones, making.times, making.days)
def test_one_after_the_other_none_lost_none_twice(cadence: Cadence, zone: str, at: time, anchor: date) -> None:
    last = anchor + timedelta(days=500)
    watched = reference.SlowZone(
        zone, datetime.combine(anchor, time(0)) - 3 * reference.DAY, datetime.combine(last, time(0)) + 3 * reference.DAY
    )
    expected = reference.occurrences(cadence, anchor, at, watched, anchor, last)
    subject = plan(zone=zone, at=at, anchor=anchor, maintenance=cadence)
    found: list[tuple[date, datetime]] = []
    each = next_occurrence(subject, utc(1999, 1, 1))
    while each is not None and each.local_date <= last:
        found.append((each.local_date, each.due_at))
        each = next_occurrence(subject, each.due_at)
    assert found == expected
    whole = takewhile(lambda each: each.local_date <= last, occurrences(subject, anchor))
    assert [(each.local_date, each.due_at) for each in whole] == expected
