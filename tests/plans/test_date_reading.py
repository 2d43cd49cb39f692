"""Dates as people type them. Today is Friday 20 November 2026."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.plans.calendar_words import date_order
from bot.plans.date_reading import NEXT_DATE, PAST_DATE, read_date
from bot.plans.reading import Choose, Read, Refused

TODAY = date(2026, 11, 20)


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("next Monday", "2026-11-23"), ("monday", "2026-11-23"), ("Wendsday", "2026-11-25"),
        ("next friday", "2026-11-27"),
        ("monday week", "2026-11-30"), ("friday week", "2026-12-04"), ("a week on tuesday", "2026-12-01"),
        ("2 weeks on monday", "2026-12-07"),
        ("tomorrow", "2026-11-21"), ("tomorow", "2026-11-21"), ("today", "2026-11-20"), ("in 3 weeks", "2026-12-11"),
        ("day after tomorrow", "2026-11-22"), ("in a fortnight", "2026-12-04"), ("a week today", "2026-11-27"),
        ("a week tomorrow", "2026-11-28"), ("in 2 months", "2027-01-20"), ("3 days time", "2026-11-23"),
        ("3 May", "2027-05-03"), ("May 3rd", "2027-05-03"), ("3rd of May 2027", "2027-05-03"), ("3.5.27", "2027-05-03"),
        ("first of december", "2026-12-01"), ("Febuary 3", "2027-02-03"), ("sat 5th dec", "2026-12-05"),
        ("2027-05-03", "2027-05-03"), ("2026/12/1", "2026-12-01"), ("25/12", "2026-12-25"), ("12/25", "2026-12-25"),
        ("3 may at 9", "2027-05-03"), ("25/12/2026 10:30", "2026-12-25"), ("12/12", "2026-12-12"),
    ],
)  # fmt: skip
def test_read(text: str, expected: str) -> None:
    assert read_date(text, TODAY) == Read(day(expected))


@pytest.mark.parametrize(
    ("text", "options", "question"),
    [
        ("12/3", ("2027-03-12", "2026-12-03"), "day_or_month"),
        ("12-3-2027", ("2027-03-12", "2027-12-03"), "day_or_month"),
        ("friday", ("2026-11-20", "2026-11-27"), "which_week"),
        ("next sunday", ("2026-11-22", "2026-11-29"), "which_week"),
        ("monday or tuesday", ("2026-11-23", "2026-11-24"), "which"),
        ("Sunday 3 May 2027", ("2027-05-03",), "weekday_differs"),
    ],
)
def test_asked(text: str, options: tuple[str, ...], question: str) -> None:
    assert read_date(text, TODAY) == Choose(tuple(map(day, options)), question)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("yesterday", "date_past"), ("10 nov", "date_past"), ("3 may 2026", "date_past"), ("last monday", "date_past"),
        ("30 feb", "no_such_date"), ("31/4", "no_such_date"), ("13/13", "no_such_date"), ("29 feb", "date_too_far"),
        ("in 500 weeks", "date_too_far"), ("1/1/2036", "date_too_far"), ("next week", "day_missing"), ("", "empty"),
        ("hello", "not_understood"), ("when it suits", "not_understood"),
    ],
)  # fmt: skip
def test_refused(text: str, reason: str) -> None:
    assert read_date(text, TODAY) == Refused(reason)  # type: ignore[arg-type]


def test_the_country_settles_day_and_month() -> None:
    assert read_date("12/3", TODAY, country="US") == Read(day("2026-12-03"))
    assert read_date("12/3", TODAY, country="GB") == Read(day("2027-03-12"))
    assert read_date("25/12", TODAY, country="US") == Read(day("2026-12-25"))
    assert [date_order(country) for country in ("US", "GB", "SE", "xx", None)] == ["mdy", "dmy", "ymd", None, None]


def test_what_was_left_out_is_shown() -> None:
    assert read_date("the 3rd", TODAY) == Read(day("2026-12-03"), assumed=True)
    assert read_date("12/3", TODAY, PAST_DATE) == Read(day("2026-03-12"), assumed=True)  # 3 December is to come
    assert read_date("1/11", TODAY) == Read(day("2027-01-11"), assumed=True)  # 1 November only just passed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("yesterday", "2026-11-19"), ("monday", "2026-11-16"), ("last monday", "2026-11-16"), ("3 may", "2026-05-03"),
        ("10 nov", "2026-11-10"), ("2 days ago", "2026-11-18"), ("a week ago", "2026-11-13"),
        ("today", "2026-11-20"),
    ],
)  # fmt: skip
def test_looking_back(text: str, expected: str) -> None:
    assert read_date(text, TODAY, PAST_DATE) == Read(day(expected))


@pytest.mark.parametrize("text", ["tomorrow", "next monday", "25 nov", "in 2 weeks"])
def test_looking_back_refuses_the_future(text: str) -> None:
    assert read_date(text, TODAY, PAST_DATE) == Refused("date_future")


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("nächsten Montag", "de", "2026-11-23"), ("3. Mai", "de", "2027-05-03"), ("übermorgen", "de", "2026-11-22"),
        ("in zwei Wochen", "de", "2026-12-04"), ("demain", "fr", "2026-11-21"), ("le 3 mai", "fr", "2027-05-03"),
        ("mañana", "es", "2026-11-21"), ("3 de mayo", "es", "2027-05-03"), ("lundi", "fr-CA", "2026-11-23"),
    ],
)  # fmt: skip
def test_other_languages(text: str, language: str, expected: str) -> None:
    assert read_date(text, TODAY, language=language) == Read(day(expected))


def test_an_unknown_language_still_reads_english() -> None:
    assert read_date("3 may", TODAY, language="tlh") == Read(day("2027-05-03"))
    assert read_date("wa'leS", TODAY, language="tlh") == Refused("not_understood")


@settings(deadline=None)
@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.integers(0, 400))
def test_every_date_written_in_full_is_read(today: date, ahead: int) -> None:
    wanted = today + timedelta(days=ahead)
    for pattern in ("%Y-%m-%d", "%d %B %Y", "%B %d, %Y", "%a %d %b %Y", "%d.%m.%Y"):
        assert read_date(wanted.strftime(pattern), today) == Read(wanted)
    for pattern, country in (("%d/%m/%Y", "GB"), ("%m/%d/%Y", "US")):
        assert read_date(wanted.strftime(pattern), today, country=country) == Read(wanted)


@settings(deadline=None)
@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.text(max_size=80) | st.from_regex(r"\A[\d/ .a-z]{1,20}\Z"))
def test_whatever_is_read_lies_in_the_window(today: date, text: str) -> None:
    for window in (NEXT_DATE, PAST_DATE):
        reading = read_date(text, today, window)
        options = (reading.value,) if isinstance(reading, Read) else getattr(reading, "options", ())
        for option in options:
            assert -window.back <= (option - today).days <= window.ahead
